/** Alerts: open, acknowledged, closed. */

import { count } from "../../rules/numbers.ts";

const plural = new Intl.PluralRules("en");
const one = (n: number, single: string, several: string): string =>
  `${count(n).exact} ${plural.select(n) === "one" ? single : several}`;

export const alerts = {
  alert: (id: number) => `Alert ${id}`,
  listed: (n: number, isExact: boolean) =>
    `${isExact ? "" : "More than "}${one(n, "alert", "alerts")}`,
  columns: {
    opened: "Opened",
    severity: "Severity",
    status: "Status",
    title: "Title",
    device: "Device",
    key: "Key",
    actions: "Actions",
    changed: "Changed",
  },
  fields: {
    status: "Status",
    severity: "Severity",
    device: "Device",
  },
  views: "Which alerts",
  all: "All",
  open: "Open",
  acknowledged: "Acknowledged",
  closed: "Closed",
  none: "There is no alert.",
  noneText: "They are raised by devices' rules through the API, or here by hand.",
  raise: "Raise an alert",
  raiseIt: "Raise it",
  raised: "Raised.",
  isOpen: "The device has an open alert of this key already: it was changed to what you gave.",
  device: "Device",
  title: "Title",
  key: "Key",
  keyHint: "What it is about: a device has one open alert of each key.",
  severity: "Severity",
  acknowledgeN: (n: number) => `Acknowledge ${count(n).exact}`,
  closeN: (n: number) => `Close ${count(n).exact}`,
  reopenN: (n: number) => `Open ${count(n).exact} again`,
  done: {
    ACKNOWLEDGED: (n: number) => `${one(n, "alert", "alerts")} acknowledged.`,
    CLOSED: (n: number) => `${one(n, "alert", "alerts")} closed.`,
    OPEN: (n: number) => `${one(n, "alert", "alerts")} opened again.`,
  },
  closeTitle: (n: number) => `Close ${one(n, "alert", "alerts")}?`,
  closeText:
    "What is closed stays so. Raised again, it is a new alert; to say that you look after it, acknowledge it.",
} as const;
