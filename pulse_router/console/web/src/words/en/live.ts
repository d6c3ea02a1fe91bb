/** The live tail: its meters, its line, and what was missed. */

import { count } from "../../rules/numbers.ts";

const plural = new Intl.PluralRules("en");
const one = (n: number, single: string, several: string): string =>
  `${count(n).exact} ${plural.select(n) === "one" ? single : several}`;

export const live = {
  lead: "Telemetry as it is accepted, a moment before it is committed. The newest stands on top.",
  caption: "Live telemetry",
  fields: { device: "Device", group: "Group", metric: "Metric", text: "Text" },
  columns: { sent: "Sent", device: "Device", site: "Site", metrics: "Metrics", id: "Event id" },
  message: (id: string) => `message ${id}`,

  // Meters
  perSecond: "a second",
  rate: "Messages a second, of two minutes",
  counted: "counted",
  held: "held here",
  left: (n: number) => `${one(n, "older one is", "older ones are")} no longer held here.`,
  inMessages: "See what is stored",
  leftOut: "left out",
  devices: "By device",
  others: "others",
  showDevice: (id: string, n: number) => `Show ${id} alone: ${one(n, "message", "messages")}`,
  sampled: (step: number) => `1 of ${step} shown; all are counted.`,
  showAll: "A filter shows all again.",

  // What one does
  pause: "Pause",
  resume: "Resume",
  clear: "Clear",
  download: "Download",
  downloadHint: "What is held, a line each (NDJSON), as it came",
  again: "Connect again",

  // The line
  line: {
    opening: "Connecting",
    live: "Live",
    paused: "Paused",
    scrolled: "Held while you read",
    full: "Full",
    hidden: "At rest",
    lost: "Connecting again",
    refused: "Closed",
    left: "Closed",
  },
  pausedText: (n: number, most: string) =>
    `${one(n, "message waits", "messages wait")} behind. At ${most} the line is closed; resuming goes on from there, and nothing is lost.`,
  scrolledText: (n: number) =>
    `${one(n, "message waits", "messages wait")} above. Scroll to the top to go on.`,
  fullText: (most: string) =>
    `${most} messages wait, and the line is closed. Resuming shows them and goes on with what came since.`,
  hiddenText: "The tab was hidden for a minute. It goes on when the tab is looked at.",
  code: (code: number, reason: string) => (reason === "" ? `(${code})` : `(${code}: ${reason})`),

  // What was missed
  missed: { dropped: "dropped", gap: "gap", cut: "cut" },
  dropped: (n: number) =>
    `${one(n, "message was", "messages were")} left out here: this page read too slowly. They are stored.`,
  gap: (from: string, to: string) =>
    `Messages may be missing here, which cannot be had any more: after ${from} up to ${to}.`,
  cut: (length: string) =>
    `The line was closed for ${length} before any message came; what came meanwhile is not shown.`,

  // Nothing
  none: "Nothing has come yet",
  noneText: "The line is open. What a device sends from now on appears here at once.",
  firstSteps: "Register a device and let it speak",
  noneStored: "What came before is in Messages.",
} as const;
