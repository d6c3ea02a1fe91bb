/** Stored and refused messages, and what became of each. */

import { count } from "../../rules/numbers.ts";

const plural = new Intl.PluralRules("en");
const one = (n: number, single: string, several: string): string =>
  `${count(n).exact} ${plural.select(n) === "one" ? single : several}`;

const operators: Readonly<Record<string, string>> = {
  $eq: "=",
  $ne: "≠",
  $gt: ">",
  $gte: "≥",
  $lt: "<",
  $lte: "≤",
  $in: "is one of",
  $nin: "is none of",
  $regex: "matches",
  $startsWith: "starts with",
  $endsWith: "ends with",
  $contains: "contains",
  $exists: "is there:",
  $size: "has so many elements:",
  $all: "has all of",
  $elemMatch: "has an element that meets",
};

const groups: Readonly<Record<string, string>> = {
  $and: "all of",
  $or: "any of",
  $nor: "none of",
  $not: "not all of",
};

export const clauses = {
  operator: (name: string) => operators[name] ?? name,
  group: (name: string) => groups[name] ?? name,
  holds: "holds",
  not: "does not hold",
  unknown: "cannot be told",
  missing: "missing",
  otherType: (type: string) => `of another type: ${type}`,
  found: "found",
  none: "The route asks for nothing more than its topic.",
  caption: "What the route asks for, clause by clause",
} as const;

export const messages = {
  fields: {
    device: "Device",
    site: "Site",
    type: "Type",
    topic: "Topic filter",
    metric: "Metric",
    reason: "Reason",
    last: "In the last",
    from: "From",
    to: "Before",
  },
  columns: {
    received: "Received",
    device: "Device",
    type: "Type",
    topic: "Topic",
    metrics: "Metrics",
    id: "Id",
    reason: "Reason",
    detail: "What was wrong",
  },
  stored: (n: number, isExact: boolean) =>
    isExact
      ? one(n, "message is stored", "messages are stored")
      : `More than ${count(n).exact} messages are stored`,
  refused: (n: number, isExact: boolean) =>
    isExact
      ? one(n, "message was refused", "messages were refused")
      : `More than ${count(n).exact} messages were refused`,
  none: "Nothing is stored yet",
  noneText: "What devices publish stands here, the newest first.",
  noneRefused: "Nothing was refused",
  noneRefusedText: "Messages that break a rule stand here, with the rule.",
  firstSteps: "First steps",
  message: (id: string) => `Message ${id}`,
  refusal: (id: number | string) => `Refused message ${id}`,
  delivery: (id: string) => `Delivery ${id}`,
  register: "Register this device",
} as const;

export const traces = {
  outcomes: {
    delivered: "delivered",
    pending: "pending",
    failed: "failed",
    discarded: "discarded",
    written: "written",
    no_route: "no route",
    refused: "refused",
    unknown: "unknown",
  } as Readonly<Record<string, string>>,
  steps: {
    sent: "Sent",
    received: "Received",
    stored: "Stored",
    refused: "Refused",
    matched: "Matched",
    ended: "Ended",
  } as Readonly<Record<string, string>>,
  way: "Its way",
  after: (length: string) => `${length} later`,
  routes: "Routes",
  route: (id: number) => `Route ${id}`,
  gone: "gone",
  noRoutes: "There is no route that could have taken it.",
  more: "Further routes",
  before: "Then",
  now: "Now",
  topic: (level: number, wanted: string, found: string) =>
    `The topic does not fit: level ${level} is ${found}, not ${wanted}.`,
  disabled: "disabled",
  differs: "Now is not as it was then.",
  changes: "Changed since",
  changedBy: (kind: string, fields: string) => (fields ? `${kind}: ${fields}` : kind),
  by: (who: string) => `by ${who}`,
  seeClauses: "Clause by clause",
  deliveries: "Deliveries",
  webhookId: "webhook-id",
  attempts: (n: number) => one(n, "attempt", "attempts"),
  pushbacks: (n: number) => `pushed back ${count(n).exact} times`,
  next: "next attempt",
  deadLetter: (id: number) => `Dead letter ${id}`,
  attemptLine: "Attempts in time",
  first: "first attempt",
  noAnswer: "no answer",
  payload: "Payload",
  inexact:
    "It is put together again from what is stored: order and spaces may differ from what was sent.",
  facts: {
    device: "Device",
    status: "Device is",
    topic: "Topic",
    type: "Type",
    id: "Event id",
    request: "Request",
    reason: "Reason",
  },
  unregistered: "not registered",
  why: "Why",
  rule: "What to do",
  searched: "Where was looked",
  place: "Place",
  found: "Found",
  kept: "Kept for",
  notFound: "Nothing of it is kept",
  test: "Test a route with it",
} as const;
