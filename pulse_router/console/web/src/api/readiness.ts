/** What the router lacks now: the answer of `/ready`, which is a problem when something is missing. */

import { get } from "./client.ts";
import { Problem } from "./problem.ts";

/** What is missing by part, and why; empty when nothing is. Throws Problem. */
export async function missingParts(signal: AbortSignal): Promise<Readonly<Record<string, string>>> {
  try {
    return (await get("/ready", { signal })).missing;
  } catch (problem) {
    if (!(problem instanceof Problem) || !("missing" in problem.body)) throw problem;
    return problem.body.missing as Record<string, string>;
  }
}
