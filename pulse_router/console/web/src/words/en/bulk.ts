/** Registering many devices at once. */

import { count } from "../../rules/numbers.ts";

const plural = new Intl.PluralRules("en");
const one = (n: number, single: string, several: string): string =>
  `${count(n).exact} ${plural.select(n) === "one" ? single : several}`;

export const bulk = {
  lead: "One device a line. What is right is registered; what is not can be mended and sent again.",
  lines: "Devices",
  hint: "NDJSON, or CSV whose first line names device_id, site_id, provision_token. Without a token each gets one.",
  choose: "Choose a file",
  drop: "Drop a file here, or paste lines.",
  example: "Fill in an example",
  read: (devices: number) => `${one(devices, "device", "devices")} read`,
  faulty: (n: number) => `${one(n, "line", "lines")} with a fault`,
  faults: "What is wrong",
  line: (n: number) => `Line ${count(n).exact}`,
  faultSaid: {
    json: "It is no JSON object.",
    unknown: (name: string) => `There is no "${name}" of a device.`,
    device_id: "A device id has 1 to 128 characters of letters, digits and _ . : -",
    site_id: "A site is a text of 1 to 128 characters.",
    provision_token: "A token is a text of 8 to 256 characters.",
    twice: (line: number) => `It stands in line ${count(line).exact} already.`,
    columns: "It has more values than the first line names.",
    quote: "A quotation mark is not closed.",
    tooLong: "It is longer than 8,192 bytes.",
  },
  noHeader: "The first line of CSV must name device_id.",
  tooMany: "At most 100,000 lines, and 16 MiB, go at once.",
  skipFaulty: "Lines with a fault are not sent.",
  register: (n: number) => `Register ${count(n).exact}`,
  sending: "Sending",
  stop: "Stop",
  stopped: "Stopped. What was registered until then stays; send the same again for the rest.",
  broke:
    "The answer has ended before its time. What was registered stays; send the same again for the rest.",
  progress: "How far it is",
  created: (n: number) => `${count(n).exact} registered`,
  existing: (n: number) => `${count(n).exact} there already`,
  refused: (n: number) => `${count(n).exact} refused`,
  results: "What became of each line",
  columns: { line: "Line", device: "Device", result: "Result", token: "Token", why: "Why" },
  words: {
    CREATED: "registered",
    EXISTS: "there already",
    REFUSED: "refused",
  } as Readonly<Record<string, string>>,
  given: "given once",
  own: "your own",
  stays: "as it was",
  tokens: (n: number) => `${one(n, "token", "tokens")}, shown this once`,
  tokensText:
    "They are in this tab until it is closed or reloaded, and nowhere else. Download them now.",
  asNdjson: "Download as NDJSON",
  asCsv: "Download as CSV",
  forget: "Forget them here",
  mend: (n: number) => `Mend the ${one(n, "refused line", "refused lines")}`,
  again: "Register others",
  seeAll: "See all devices",
  shownSome: (shown: number, all: number) =>
    `The first ${count(shown).exact} of ${count(all).exact} are listed.`,
} as const;
