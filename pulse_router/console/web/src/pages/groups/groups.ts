/** Groups as pages ask for them. */

import { get, type Schema } from "../../api/client.ts";

export type Group = Schema<"GroupAnswer">;

const MOST = 500;

/** The tenant's groups, by name; the first 500, from which one is picked. */
export async function readGroups(signal: AbortSignal): Promise<readonly Group[]> {
  const page = await get("/api/v1/customer/device-groups", { query: { limit: MOST }, signal });
  return page.groups;
}
