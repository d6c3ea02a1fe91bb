/** Dead letters: what could not be delivered. */

import { count } from "../../rules/numbers.ts";

const plural = new Intl.PluralRules("en");
const letters = (n: number, isExact = true): string =>
  `${isExact ? "" : "more than "}${count(n).exact} dead ${plural.select(n) === "one" ? "letter" : "letters"}`;
const number = (n: number, isExact = true): string =>
  (isExact ? "" : "more than ") + count(n).exact;

export const deadLetters = {
  letters,
  one: (id: number) => `Dead letter ${id}`,
  route: (id: number) => `#${id}`,
  goneRoute: "its route is gone",

  // The list
  columns: {
    id: "Id",
    tenant: "Tenant",
    status: "Status",
    route: "Route",
    device: "Device",
    error: "Error",
    attempts: "Attempts",
    age: "Age",
  },
  fields: {
    status: "Status",
    route: "Route",
    error: "Error text",
    cause: "Answer",
    device: "Device",
    type: "Destination",
    last: "Time",
    from: "From",
    to: "Before",
    tenant: "Tenant",
  },
  causes: {
    redirect: "a redirect (3xx)",
    client_error: "a client error (4xx)",
    server_error: "a server error (5xx)",
    no_answer: "no answer",
  } as Readonly<Record<string, string>>,
  none: "Nothing has failed",
  noneText: "A delivery that is given up stands here until somebody replays or discards it.",
  counted: (failed: number, replayed: number, discarded: number) =>
    `${number(failed)} FAILED, ${number(replayed)} REPLAYED, ${number(discarded)} DISCARDED`,

  // Causes
  causesHeading: "Causes",
  causesCaption: "Dead letters by route and error",
  causeColumns: { route: "Route", error: "Error", count: "Failed", newest: "Newest", when: "When" },
  causesNone: "Nothing that matches has FAILED.",
  causesInexact: "Of the newest 50,000.",
  showCause: (error: string) => `Show those with the error: ${error}`,
  moreCauses: (n: number) => `Show ${count(n).exact} more causes`,

  // What can be done
  replay: "Replay",
  replayN: (n: number, isExact = true) => `Replay ${number(n, isExact)}`,
  replayOther: "Replay through another route",
  discard: "Discard",
  discardN: (n: number, isExact = true) => `Discard ${number(n, isExact)}`,
  restore: "Restore",
  restoreN: (n: number, isExact = true) => `Restore ${number(n, isExact)}`,
  purge: "Purge",
  purgeOld: "Purge by age",
  purgeN: (n: number, isExact = true) => `Purge ${number(n, isExact)}`,
  allThatMatch: (id: number) => `All that match, up to number ${id}`,
  discarded: (n: number) => `Discarded ${letters(n)}.`,
  restored: (n: number) => `Restored ${letters(n)}.`,
  replayed: (n: number) => `Replayed ${letters(n)}.`,
  replayedSome: (done: number, failed: number, skipped: number) =>
    `Replayed ${count(done).exact}; ${count(failed).exact} failed again, ${count(skipped).exact} were passed over.`,
  purged: (n: number) => `Purged ${letters(n)}.`,
  nothingFits: (action: string) => `None of the selected can be ${action}.`,
  doing: { replay: "replayed", discard: "discarded", restore: "restored", purge: "purged" },

  // Dialogs
  counting: "Counting…",
  which: "Which",
  selected: (n: number) => `the ${letters(n)} that are selected`,
  all: "all of them",
  upToName: "Up to number",
  upTo: (id: number) => `${id}: what arrives later is not touched`,
  byRoute: "By route",
  what: {
    replay: "Each is delivered once more, by its route as it is now.",
    discard: "They are given up. They stay to be seen, as DISCARDED.",
    restore: "They are FAILED again, and can be replayed.",
    purge: "They are removed for good.",
  },
  back: {
    replay: "What is delivered cannot be taken back; the receiver knows it by the same webhook-id.",
    discard: "It can be taken back: restore.",
    restore: "It can be taken back: discard.",
    purge: "This cannot be taken back.",
  },
  staged: "One, then ten, then the rest",
  stagedHint: "It stops by itself when those fail: the cause is not mended then.",
  through: "Through",
  ownRoutes: "their own routes",
  now: "Now",
  before: "Then",
  changed: "changed since",
  unchanged: "as it was",
  isDisabled: "disabled: it still replays",
  breakerOpen: "breaker open: its endpoint fails again and again",
  takes: (length: string) => `At the present pace it takes about ${length}.`,
  noneMatch: "None that match can be.",
  olderThan: "Older than, in days",
  olderThanHint: "1 to 365, whatever their status.",
  days: "A whole number from 1 to 365.",
  wouldPurge: (n: number, days: number) =>
    n === 0 ? `None is older than ${days} days.` : `${letters(n)} are older than ${days} days.`,
  ofTenant: (tenant: string) => `of ${tenant}`,
  ofAllTenants: "of ALL tenants",
  allWord: "ALL",

  // One
  facts: {
    status: "Status",
    failedAt: "Given up",
    replayedAt: "Replayed",
    route: "Route",
    device: "Device",
    topic: "Topic",
    event: "Message",
    delivery: "webhook-id",
    attempts: "Attempts",
    destination: "Destination",
  },
  trace: "Trace",
  attempts: "Attempts",
  attempt: (n: number) => `Attempt ${n}`,
  answered: "Answered",
  noStatus: "no status",
  noResponse: "nothing",
  sameAnswer: "the same answer as before",
  pushedBack: (n: number) => `pushed back ${count(n).exact} times`,
  onlyLast: (n: number) => `The last ${count(n).exact} are kept.`,
  later: (length: string) => `${length} later`,
  payload: "Payload",
  destination: "Destination",
  others: (n: number, isExact: boolean) =>
    n === 0 ? "No other like it" : `The ${number(n, isExact)} others like it`,
  errorHeading: "Why",
  useAsFilter: "Test a route with it",
  toList: "Back to the list",
  didNot: "It was not delivered.",
  noRoute: "Its route is gone. Choose another one.",
  chooseRoute: "Route",

  // Keys
  keys: { replay: "Replay what is selected", discard: "Discard what is selected" },
} as const;
