/** What the installation says of itself before anybody signs in. */

import { signal } from "@preact/signals";
import { get, type Schema } from "../api/client.ts";
import { Problem } from "../api/problem.ts";
import { label } from "./title.ts";

export type Config = Schema<"ConsoleConfigAnswer">;

/** The installation's own words; undefined until it has been reached. */
export const config = signal<Config | undefined>(undefined);

/** Read it; the router may be away, which the next reading mends. */
export async function readConfig(): Promise<Config | undefined> {
  try {
    config.value = await get("/console/config");
    label.value = config.value.label ?? "";
  } catch (fault) {
    if (!(fault instanceof Problem)) throw fault;
  }
  return config.value;
}
