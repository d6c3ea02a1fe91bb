/** What a job is about: in words, as the list that shows the same, and the job that takes it back. */

import { link } from "../../app/location.ts";
import { fromQuery, type Query, writeToken } from "../../rules/filters.ts";
import { jobs as words } from "../../words/en/jobs.ts";
import { fieldsOf, type Plan } from "../dead-letters/letters.ts";
import type { Job } from "../jobs/jobs.ts";

/** The filter as the list's query has it. */
function queryOf(job: Job): Query {
  const query: Query = {};
  for (const [name, value] of Object.entries(job.filter ?? {})) {
    if (value !== null && value !== undefined && String(value) !== "") query[name] = String(value);
  }
  return query;
}

export function filterWords(job: Job): string {
  const tokens = fromQuery(queryOf(job), fieldsOf([]));
  return tokens.length === 0 ? words.noFilter : tokens.map(writeToken).join(" ");
}

/** The list under the same filter. */
export function filterLink(job: Job): string {
  return link("/dead-letters", queryOf(job));
}

/** The job that takes this one back; undefined where nothing does. */
export function undoOf(job: Job): Plan | undefined {
  const pairs = { discard: ["restore", "DISCARDED"], restore: ["discard", "FAILED"] } as const;
  if (job.action !== "discard" && job.action !== "restore") return undefined;
  const [action, status] = pairs[job.action];
  const tenant: Query = job.tenant_id === null ? {} : { tenant_id: job.tenant_id };
  return { action, filter: { ...queryOf(job), ...tenant, status }, upToId: job.up_to_id };
}
