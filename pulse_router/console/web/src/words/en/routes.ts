/** Routes: where messages go, how that goes, and what can be done with them. */

import { count } from "../../rules/numbers.ts";

const plural = new Intl.PluralRules("en");
const one = (n: number, single: string, several: string): string =>
  `${count(n).exact} ${plural.select(n) === "one" ? single : several}`;
const deliveries = (n: number, isExact = true): string =>
  (isExact ? "" : "more than ") + one(n, "delivery", "deliveries");

export const routes = {
  one: (id: number) => `Route ${id}`,
  lead: (n: number, isExact: boolean) => (isExact ? "" : "More than ") + one(n, "route", "routes"),
  create: "New route",
  none: "There is no route yet",
  noneText: "A route says which messages go where: by their topic and by what they carry.",
  noneOfAnyone: "No tenant has a route yet.",
  firstSteps: "First steps",
  more: "Show further routes",

  columns: {
    name: "Name",
    tenant: "Tenant",
    state: "State",
    destination: "Destination",
    rate: "Per second",
    p95: "p95",
    pending: "Pending",
    failed: "Failed",
    dead_lettered: "Dead",
    lastError: "Last error",
    minute: "Last minute",
    topic: "Topic filter",
    changed: "Changed",
  },
  fields: {
    name: "Name or topic",
    type: "Destination",
    state: "State",
    tenant: "Tenant",
  },
  types: {
    webhook: "Webhook",
    mqtt_republish: "MQTT",
    postgresql: "PostgreSQL",
  } as Readonly<Record<string, string>>,
  states: {
    enabled: "enabled",
    disabled: "disabled",
    gone: "gone",
    fault: "fault",
    broken: "breaker open",
  } as Readonly<Record<string, string>>,
  stateText: {
    enabled: "works",
    disabled: "somebody has disabled it",
    gone: "the router has disabled it: its endpoint answered 410",
  } as Readonly<Record<string, string>>,
  spark: (name: string) => `${name}: delivered in each second of the last minute`,

  // Actions
  edit: "Edit",
  enable: "Enable",
  disable: "Disable",
  enabled: (name: string) => `${name} is enabled. What was pending goes on.`,
  disabled: (name: string) => `${name} is disabled. What is pending waits.`,
  rotate: "Rotate secret",
  rotateText:
    "The router makes a new secret, and shows it once. Meanwhile each request is signed by the old one, too: give the new one to the receiver before the overlap ends.",
  overlap: "The old secret goes on for",
  overlaps: {
    "1": "1 hour",
    "24": "a day",
    "168": "7 days",
    "720": "30 days",
    "0": "ends now",
  } as Readonly<Record<string, string>>,
  endsNow:
    "Until the receiver has the new secret, it will refuse what it gets. That is right where the old one has leaked.",
  rotated: (name: string) => `The new secret of ${name}`,
  secretName: (id: number) => `Secret of route ${id}`,
  remove: "Delete",
  removeTitle: (name: string) => `Delete ${name}?`,
  removeButton: (n: number) =>
    n === 0 ? "Delete route" : `Delete route, give up ${count(n).exact}`,
  removePending: (n: number, isExact: boolean) =>
    `${deliveries(n, isExact)} ${plural.select(n) === "one" && isExact ? "is" : "are"} pending. ${n === 1 ? "It becomes a dead letter" : "They become dead letters"}: they can be replayed through another route.`,
  removeNothing: "Nothing is pending.",
  removeDead: (n: number, isExact: boolean) =>
    `${isExact ? "" : "More than "}${one(n, "dead letter", "dead letters")} of it stay, and can be replayed through another route.`,
  removeBack: "The route itself cannot be brought back; its changes stay in the audit.",
  removed: (name: string) => `${name} is deleted.`,
  asPending: "What is pending",
  keys: { edit: "Edit the route" },

  // The route
  tabs: "What there is of this route",
  tab: {
    doing: "How it does",
    pending: "Pending",
    delivered: "Delivered",
    dead: "Dead letters",
    missed: "Messages it missed",
    connect: "Connect",
    changes: "Changes",
  },
  toList: "Back to the routes",
  gone: (id: number) => `Route ${id} is gone`,
  goneText: "It was deleted, or was never there.",
  goneBy: (who: string, when: string) => `It was deleted by ${who}, ${when}.`,
  goneLetters: "Its dead letters",
  disabledNow: "It is disabled: what is pending waits, and nothing new is taken.",
  breakerNow: (error: string) =>
    `Its endpoint fails so often that only probes go out${error ? `: ${error}` : "."}`,
  faultNow: (fault: string) => `It cannot work as it is: ${fault}`,
  goneNow: (reason: string) => `The router has disabled it: ${reason}`,
  heldNow: "The endpoint has asked for a pause; nothing is sent before",
  mend: "Mend it in the editor",

  // How it does
  facts: {
    state: "State",
    topic: "Topic filter",
    destination: "Destination",
    rate: "Now",
    pending: "Pending",
    oldest: "The oldest waits since",
    delivered: "Delivered",
    failed: "Failed attempts",
    dead: "Dead letters",
    since: "Counted since",
    unjudged: "Not judged",
    breaker: "Breaker",
    concurrency: "At once",
    limit: "At most",
    held: "Held until",
    p50: "p50",
    p95: "p95",
    p99: "p99",
    attempts: "Of the last",
    lastError: "Last error",
    version: "Version",
  },
  perSecond: (rate: string) => `${rate}/s`,
  attempts: (n: number) => one(n, "attempt", "attempts"),
  concurrency: (n: number) => one(n, "attempt", "attempts"),
  rateHeading: "Deliveries and latency",
  answersHeading: "Delivered by answer",
  answers: "Delivered a minute",
  answer: (status: number | null) => (status === null ? "no number" : String(status)),
  leftOut: "without receipt",
  span: "Over",
  spans: { "1": "the last hour", "3": "3 hours", "6": "6 hours" } as Readonly<
    Record<string, string>
  >,
  noAnswers: "Nothing was delivered in this time.",
  answered: {
    heading: "Attempts by answer",
    caption: "What the destination has answered, and what became of it",
    none: "Nothing was delivered in this time, and no attempt of what waits or was given up is known.",
    columns: {
      answer: "Answer",
      delivered: "Delivered in this time",
      waiting: "Of what waits",
      dead: "Given up",
      example: "For example",
    },
  },
  noAnswer: "no answer",

  // Pending
  pendingLead: (n: number, isExact: boolean) => `${deliveries(n, isExact)} pending`,
  pendingColumns: {
    due: "Next attempt",
    device: "Device",
    attempts: "Attempts",
    error: "Last error",
    waiting: "Waits",
    id: "webhook-id",
    act: "Act",
  },
  pendingCaption: "What is pending, the longest due first",
  nonePending: "Nothing is pending",
  nonePendingText: "What has matched was delivered, or given up.",
  tryOne: "Try now",
  tryOneOf: (id: string) => `Try delivery ${id} now`,
  triedOne: "It is tried as soon as the route's limits allow.",
  tryAll: "Try all now",
  triedAll: (n: number) =>
    n === 0
      ? "Nothing has waited after a failure; the breaker is closed."
      : `${deliveries(n)} ${n === 1 ? "is" : "are"} due now, and the breaker is closed.`,
  tryAllHint: "After a fix: closes the breaker and makes all that waits due.",
  firstOf: (shown: number, all: string) => `The first ${count(shown).exact} of ${all} are shown.`,

  // Delivered
  deliveredColumns: {
    settled: "Delivered",
    id: "webhook-id",
    event: "Message",
    status: "Answer",
    attempts: "Attempts",
    took: "Took",
  },
  deliveredCaption: "What was delivered, the newest first",
  deliveredLead: "A receipt is kept for some days; each leads to the trace of its message.",
  noneDelivered: "No receipts",
  noneDeliveredText: "What this route delivers stands here, as long as receipts are kept.",
  readAgain: "Read again",
  status: "Only those answered",

  // Dead letters
  deadAll: "All of them, with filters and actions",
  noneDead: "Nothing has failed",
  noneDeadText: "What this route gives up stands here.",
} as const;

/** The kinds of the list of states that can be filtered by. */
export const STATES = ["enabled", "disabled", "gone"] as const;
