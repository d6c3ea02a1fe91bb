/** Jobs: the same done with many dead letters. */

import { count } from "../../rules/numbers.ts";

const n = (value: number): string => count(value).exact;

export const jobs = {
  title: (id: number) => `Job ${id}`,
  does: {
    replay: "Replay",
    discard: "Discard",
    restore: "Restore",
    purge: "Purge",
  },
  of: (action: string, matched: number, isExact: boolean) =>
    `${action} ${isExact ? "" : "more than "}${n(matched)}`,
  columns: {
    id: "Id",
    tenant: "Tenant",
    action: "Does",
    state: "State",
    progress: "Progress",
    failed: "Failed",
    by: "By",
    created: "Made",
  },
  states: {
    WAITING: "It waits for its turn.",
    RUNNING: "It is under way, and goes on without this page.",
    PAUSED: "It is paused: nothing is done until it is resumed.",
    STOPPED: "It has stopped by itself.",
    CANCELLED: "It was cancelled. What was done stays done.",
    DONE: "It is done.",
  } as Readonly<Record<string, string>>,
  none: "No jobs yet",
  noneText: "What is done with all dead letters that match becomes a job.",
  toLetters: "Dead letters",
  progress: "Progress",
  counts: (done: number, failed: number, skipped: number, matched: string) =>
    `${n(done)} done, ${n(failed)} failed, ${n(skipped)} passed over, of ${matched}`,
  rate: (perSecond: string) => `${perSecond} a second`,
  left: (length: string) => `about ${length} left`,
  facts: {
    filter: "Filter",
    upTo: "Up to number",
    through: "Through route",
    pace: "Pace",
    by: "By",
    created: "Made",
    started: "Began",
    ended: "Ended",
    request: "Request id",
    tenant: "Tenant",
  },
  noFilter: "none: all of them",
  staged: "one, then ten, then the rest",
  atOnce: "all at once",
  allTenants: "all tenants",
  pause: "Pause",
  resume: "Resume",
  resumeStopped: "Try again what failed",
  cancel: "Cancel the job",
  cancelTitle: "Cancel the job?",
  cancelText: "What is done stays done; the rest is left as it is. It cannot be resumed.",
  failures: "Not done",
  failuresNone: "Nothing has failed or was passed over.",
  failureColumns: { letter: "Dead letter", outcome: "Outcome", error: "Why", at: "When" },
  undo: (action: string) => `${action} them again`,
  undoText:
    "It is about all that match and stand so, also those that stood so before this job began.",
  watch: "Watch it again",
} as const;
