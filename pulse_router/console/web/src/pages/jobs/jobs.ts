/** Jobs as these pages ask for them. */

import { type Schema, send } from "../../api/client.ts";
import { isAcross } from "../dead-letters/letters.ts";

export type Job = Schema<"JobAnswer">;

export function pathOfJobs(): "/api/v1/operator/jobs" | "/api/v1/customer/jobs" {
  return isAcross() ? "/api/v1/operator/jobs" : "/api/v1/customer/jobs";
}

export function moveJob(id: number, move: "pause" | "resume" | "cancel") {
  return send("post", `${pathOfJobs()}/{job_id}/${move}`, { path: { job_id: id } });
}

/** What a job has come to, as a bar shows it. */
export function partsOf(job: Job) {
  return [
    { n: job.done, tone: "good" as const },
    { n: job.failed, tone: "bad" as const },
    { n: job.skipped, tone: "quiet" as const },
  ];
}

export function isUnfinished(job: Job): boolean {
  return job.state === "WAITING" || job.state === "RUNNING";
}
