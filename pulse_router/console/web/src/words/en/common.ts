/** What stands on every page: states, lists, filters, dialogs. */

import { count } from "../../rules/numbers.ts";

const plural = new Intl.PluralRules("en");
const one = (n: number, single: string, several: string): string =>
  `${count(n).exact} ${plural.select(n) === "one" ? single : several}`;

export const common = {
  loading: "Loading",
  again: "Try again",
  close: "Close",
  cancel: "Cancel",
  more: "More",
  undo: "Undo",
  undone: "Undone.",
  optional: "optional",
  yes: "yes",
  no: "no",
  none: "none",
  list: (items: readonly string[]) =>
    new Intl.ListFormat("en", { type: "disjunction" }).format(items),

  // States
  isOld: (age: string) => `This is as of ${age} ago; newer could not be read.`,
  againIn: (seconds: number) => `It is tried again in ${one(seconds, "second", "seconds")}.`,
  requestId: "Request id",
  copySupport: "Copy for support",
  firstStep: "First step",
  noneFiltered: "These filters show none.",
  looking: "None among the newest; looking further back.",
  withoutFilter: (filter: string) => `Without ${filter}`,
  dropAll: "Drop all filters",

  // Numbers
  moreThan: (text: string) => `more than ${text}`,
  exactly: (text: string) => text,

  // Times
  ago: (length: string) => `${length} ago`,
  tip: (utc: string, local: string, raw: string) => `UTC ${utc}\nlocal ${local}\nraw ${raw}`,
  byDevice: "device's clock",
  ahead: (length: string) => `The device's clock is ${length} ahead of ours.`,
  behind: (length: string) => `The device's clock is ${length} behind ours.`,

  // Tables
  waiting: (n: number) => `${one(n, "new row", "new rows")}: show`,
  selectRow: (name: string) => `Select ${name}`,
  selectShown: "Select all that are shown",
  sortBy: (column: string) => `Sort by ${column}`,
  filterBy: (text: string) => `Filter by ${text}; with Shift, leave it out`,
  rows: (n: string, isExact: boolean) => (isExact ? `${n} rows` : `more than ${n} rows`),
  shown: (n: number, total: string) => `${count(n).exact} of ${total}`,
  columns: "Columns",
  actions: "Actions",
  moreComes: "More rows are loading",
  rowsSelected: (n: number) => `${one(n, "row", "rows")} selected`,
  allSelected: (n: string) => `All ${n} that match are selected`,
  selectAll: (n: string) => `Select all ${n} that match`,
  selectNone: "Select none",

  keys: {
    down: "The next row",
    up: "The row before",
    rangeDown: "Select on to the next row",
    rangeUp: "Select on to the row before",
    select: "Select the row, or do so no more",
    range: "Select from the last one to this row",
    all: "Select all that match",
  },

  // Filters
  filters: "Filters",
  filterHint: "Filter, for example",
  addFilter: "Add a filter",
  removeFilter: (filter: string) => `Remove ${filter}`,
  not: (value: string) => `not ${value}`,
  clear: "Clear",
  suggestions: "Suggestions",
  tokenFaults: {
    unknown: (text: string) => `There is no filter "${text}" here.`,
    value: (text: string) => `"${text}" has a value that this filter does not take.`,
    exclude: (text: string) => `"${text}": this filter cannot leave a value out.`,
    comma: (text: string) => `"${text}": a value of a list must not have a comma.`,
  },
  spans: {
    "15m": "the last 15 minutes",
    "1h": "the last hour",
    "24h": "the last 24 hours",
    "7d": "the last 7 days",
    "30d": "the last 30 days",
  } as Readonly<Record<string, string>>,
  last: "in the last",
  from: "from",
  to: "before",

  // Dialogs
  typeToConfirm: (word: string) => `Type ${word} to confirm`,
  failed: "That did not work.",
  notifications: "Notifications",
  dismiss: "Dismiss",

  // Fields
  noTime: "A time is written 2026-03-09 10:03:21.",
  required: "This is needed.",
  needs: (role: string, have: string) => `Needs ${role}; you have ${have || "no role"}.`,

  // Secrets
  show: "Show",
  hide: "Hide",
  download: "Download",
  kept: "I have kept it",
  shownOnce: "It is shown this once. Whoever has it can speak in its name.",
  secret: "Secret",

  // Copying
  copy: "Copy",
  copyFilled: "Copy with the token",
  copied: "Copied.",
  notCopied: "This browser does not let a page copy here. Select the text and copy it.",
  copyAs: "Copy as",
  asRequest: "curl",
  asCommand: "pulse-router command",
  asMarkdown: "Markdown",

  // Payloads
  tree: "Tree",
  text: "Text",
  findIn: "Find in it",
  foundIn: (n: number) => one(n, "place", "places"),
  copyAll: "Copy all",
  copyPath: "Copy path",
  copyValue: "Copy value",
  fold: (path: string) => `Fold ${path}`,
  unfold: (path: string) => `Unfold ${path}`,
  items: (n: number) => one(n, "item", "items"),
  fields: (n: number) => one(n, "field", "fields"),
  showMore: (n: number) => `Show ${count(n).exact} more`,
  noText: (form: string, bytes: string) => `It is no text: shown as ${form}, ${bytes}.`,
  noJson: "It is no JSON, and shown as it came.",
  isCut: (shown: string, all: string) => `The first ${shown} of ${all} are kept.`,
  base64: "base64",
  hex: "hex",
  whole: "the whole",
  differs: "differs",

  // Charts
  chart: (name: string) => `Chart: ${name}. The table below has its figures.`,
  spark: (least: string, most: string, last: string) => `From ${least} to ${most}, now ${last}`,
  asTable: "As a table",
  at: "Time",
} as const;
