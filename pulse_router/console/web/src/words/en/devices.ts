/** Devices: the list, registering one, a device's page. */

import { count } from "../../rules/numbers.ts";

const plural = new Intl.PluralRules("en");
const one = (n: number, single: string, several: string): string =>
  `${count(n).exact} ${plural.select(n) === "one" ? single : several}`;

export const devices = {
  device: (id: string) => `Device ${id}`,
  listed: (n: number, isExact: boolean) =>
    `${isExact ? "" : "More than "}${one(n, "device", "devices")}`,
  columns: {
    device: "Device",
    status: "Status",
    site: "Site",
    seen: "Last seen",
    registered: "Registered",
    tenant: "Tenant",
  },
  fields: {
    text: "Device id or site, a part of it",
    status: "Status",
    site: "Site",
    group: "Group",
    silent: "Silent for at least",
    tenant: "Tenant",
  },
  group: (id: string) => `Group ${id}`,
  sort: "Order",
  sorts: {
    device_id: "by id",
    silent: "silent for longest first",
    newest: "newest first",
  },
  never: "never",
  none: "There is no device yet.",
  noneText: "The router takes messages of devices that it knows, and of no others.",
  noneAcross: "No tenant has a device.",
  register: "Register a device",
  many: "Many at once",

  // Registering one
  deviceId: "Device id",
  deviceHint: "1 to 128 characters of letters, digits and _ . : -",
  site: "Site",
  siteHint: "Where it stands; routes and streams can ask for it.",
  ownToken: "A token of your own",
  ownTokenHint: "8 to 256 characters. Left empty, the router makes one.",
  registerIt: "Register",
  wasRefused: (device: string) =>
    `${device} has sent messages that were refused, for nobody has registered it.`,
  seeRefused: "See what was refused",
  isRegistered: (device: string) => `${device} is registered. What it sends is taken from now on.`,
  isThere: (device: string) => `${device} is registered already.`,
  seeIt: "Go to its page",
  another: "Register another",
  token: "The device's token",
  tokenGiven: "It has the token that you gave.",
  publish: "Let it speak, as mosquitto_pub of mosquitto-clients does:",
  kept: "I have kept it",
} as const;

export const device = {
  actions: "What can be done with it",
  tabs: {
    overview: "How it does",
    metrics: "Metrics",
    timeline: "What came of it",
    label: "Parts of the device",
  },
  facts: {
    device: "Device",
    site: "Site",
    registered: "Registered",
    seen: "Last seen",
    previous: "Token before holds until",
  },
  noSite: "none",
  health: "Health",
  tiles: {
    hour: "In the last hour",
    refused: "Refused in the last day",
    gaps: "Gaps",
    clock: "Clock off by",
    alerts: "Open alerts",
  },
  perMinute: (rate: string) => `${rate} a minute`,
  missing: (n: string) => `${n} messages missing in the newest`,
  noGaps: "none found",
  right: "less than a minute",
  ahead: "It is ahead of ours.",
  behind: "It is behind ours, or the message was under way for so long.",
  unheard: "nothing stored yet",
  newest: "Newest",
  newestAt: "Sent",
  newestNone: "It has sent nothing that is stored yet.",
  live: "It is shown as it comes.",
  gaps: "Gaps",
  gapsText:
    "Found by the numbers that the device counts with. What is missing never arrived; the router has lost none of it.",
  gapColumns: {
    at: "Seen at",
    type: "Type",
    missing: "Missing",
    range: "Expected, and got",
  },
  range: (expected: string, got: string) => `${expected}, ${got}`,
  groups: "Groups",
  noGroups: "It is in no group.",
  unknown: (id: string) => `There is no device ${id}, or no more.`,
  unknownText:
    "What it has sent before is kept for as long as messages are. Messages of a device that is not registered are refused.",
  allGroups: "All groups",

  // Actions
  edit: "Edit",
  editTitle: (id: string) => `Edit ${id}`,
  save: "Save",
  saved: "Saved.",
  revoke: "Revoke",
  revoked: (id: string) => `${id} is revoked: whatever it sends is refused.`,
  reinstate: "Reinstate",
  reinstated: (id: string) => `${id} may speak again.`,
  rotate: "New token",
  rotateTitle: (id: string) => `Give ${id} a new token`,
  rotateText:
    "The new token holds at once. Let the one before hold beside it until the device has the new one.",
  overlap: "The token before holds on for",
  overlaps: {
    "1": "1 hour",
    "24": "1 day",
    "168": "7 days",
    "720": "30 days",
    "0": "not at all",
  } as Readonly<Record<string, string>>,
  rotateIt: "Make it",
  cutOff:
    "Without an overlap the device is refused from this moment on, until it has the new token. This cannot be undone.",
  newToken: (id: string) => `The new token of ${id}`,
  remove: "Delete",
  removeTitle: (id: string) => `Delete ${id}?`,
  removeText:
    "It leaves its groups, and its open alerts are closed. What it has sent stays until retention takes it. Its token cannot be had back; to stop it for a while, revoke it.",
  removeIt: (id: string) => `Delete ${id}`,
  removed: (id: string) => `${id} is deleted.`,
  raise: "Raise an alert",

  // Metrics
  period: "Period",
  periods: {
    "1h": "1 h",
    "24h": "24 h",
    "7d": "7 d",
    "30d": "30 d",
  } as Readonly<Record<string, string>>,
  zoomed: "The span that was drawn over",
  all: "Zoom out",
  zoomHint: "Draw over a chart to zoom in; a double click zooms out.",
  charted: (shown: number, all: number) =>
    `${count(shown).exact} of ${one(all, "metric", "metrics")} are charted.`,
  choose: "Metrics",
  min: "least",
  mean: "mean",
  max: "most",
  metricColumns: {
    name: "Metric",
    messages: "Messages",
    numbers: "Numbers",
    last: "Last",
    show: "Chart",
  },
  chart: (name: string) => `Chart ${name}`,
  noMetrics: "It has sent no metrics in this time.",
  noNumbers: "None of it was a number in this time.",
  incomplete: (at: string) =>
    `There are too many messages for all of them: the chart is complete from ${at} on.`,
  bucket: (length: string) => `each point: ${length}`,

  // Timeline
  timelineNone: "Nothing came of it in this time.",
  message: "stored",
  refusal: "refused",
  noRoute: "no route has taken it",
  route: (id: number) => `route ${id}`,
  more: "Show more",
  states: {
    delivered: "delivered",
    discarded: "discarded",
    failed: "failed",
    pending: "pending",
    replayed: "replayed",
  } as Readonly<Record<string, string>>,
} as const;
