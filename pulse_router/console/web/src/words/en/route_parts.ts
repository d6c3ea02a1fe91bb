/** Of one route: how to connect an app to it, what it missed, and how it was changed. */

import { count } from "../../rules/numbers.ts";

const plural = new Intl.PluralRules("en");
const one = (n: number, single: string, several: string): string =>
  `${count(n).exact} ${plural.select(n) === "one" ? single : several}`;

export const connect = {
  expect: "What to expect",
  expectText: "A request as this route makes it, by the newest stored message that its topic fits.",
  expectSample:
    "A request as this route makes it. No stored message fits its topic, so it is by one that is made up.",
  needsOwn: "An operator only reads here: this asks for what the tenant's own people may do.",
  needsAdmin: (role: string) => `To see the request as it would be made, ${role} is needed.`,
  cannot: "No request can be made of it",
  copyRequest: "Copy as curl",
  userProperties:
    "It is published to the broker; what stands here as headers are its user properties.",
  written: "It is written into a table; there is nothing to connect.",

  secret: "Secret",
  signedBy: (n: number) =>
    n === 1 ? "Signed by one secret" : `Signed by ${count(n).exact} secrets, the newest first`,
  unsigned: "Not signed",
  unsignedText:
    "Whoever knows the address can send to the app what it takes for a delivery. Rotate the secret, and it has one.",
  oldEnds: "An old secret ends",
  secretText: "A secret is shown once, when it is made. Rotate it where nobody has kept it.",

  verify: "Verify the signature",
  verifyText:
    "The secret is signed with as its text, or, where it begins with whsec_, as the bytes whose base64 it is. Check the body as it came, before anything parses it.",
  languages: "Languages",
  copySample: (language: string) => `Copy the ${language} code`,
} as const;

export const bench = {
  heading: "Signature bench",
  text: "Paste the headers and the body as the app got them: it says why the signature does not verify.",
  headers: "Headers",
  headersHint: "As a log, curl or JSON has them; one in a line.",
  headersExample: "webhook-id: …\nwebhook-timestamp: …\nwebhook-signature: v1,…",
  noHeaders: "There is no header in this.",
  body: "Body",
  bodyHint:
    "Byte for byte. A page turns line ends into \\n: where the body has others, paste it as base64.",
  isBase64: "The body is pasted as base64",
  received: "When it came",
  receivedHint: "Now, where it is not said.",
  tolerance: "Seconds that it may be old",
  verify: "Verify",
  advice: {
    valid: "The app may take it.",
    valid_by_old_secret: "Give the app the new secret before the old one ends.",
    too_old:
      "Look at the app's clock, and at what holds requests back before it. A stored request is old by right: say when it came.",
    too_new: "Look at the app's clock: it is behind.",
    body_reserialised:
      "The content is the same, its bytes are not: something has parsed and written it again. Let the app read the raw body before any parser.",
    headers_changed: "Look at what stands before the app: a proxy or a framework has changed it.",
    header_missing: "Look at what stands before the app: a proxy or a framework may drop it.",
    malformed: "Copy it whole; a log may have cut it.",
    no_match:
      "Compare the secret of the app with the one that was shown. Where nobody knows, rotate it.",
    not_signed: "Rotate its secret, and it has one.",
  } as Readonly<Record<string, string>>,
  expires: "It ends",
  which: "Header",
} as const;

export const missed = {
  heading: "Near misses",
  text: "Messages of the last hour that its topic fits and its filter does not: which clause fails most, and how close they came.",
  looking: (n: number) => `${one(n, "message", "messages")} looked at`,
  waits: "Another preview runs; this one waits for its turn.",
  counts: (looked: number, fits: number, passed: number) =>
    `${one(looked, "message", "messages")} looked at, ${count(fits).exact} of them by a topic that fits, ${count(passed).exact} of these passed: ${count(fits - passed).exact} missed.`,
  cut: {
    seconds: "It stopped after 30 s.",
    messages: "It stopped at the most that are looked at.",
    database: "The database was busy; it stopped.",
    router: "The router was busy; it stopped.",
  } as Readonly<Record<string, string>>,
  again: "Look again",
  examples: "Messages that it missed",
  example: (device: string) => `A message of ${device}`,
  none: "Nothing was stored in the last hour",
  noneText: "What devices send is looked at here as soon as it is stored.",
  noneFits: "No message has come by a topic that fits",
  noneFitsText: (topic: string) => `Its topic filter is ${topic}.`,
  allPass: "It missed nothing",
  allPassText: "Each message of the last hour that its topic fits has passed.",
  noFilter: "It asks for nothing more than its topic",
  noFilterText: "So it misses no message whose topic fits.",
} as const;

const actions: Readonly<Record<string, string>> = {
  create_route: "created",
  change_route: "changed",
  replace_route: "replaced",
  delete_route: "deleted",
  rotate_route_secret: "secret rotated",
  resume_route: "all tried now",
};

export const changes = {
  heading: "Versions",
  text: "Each change of this route, the newest first. Choose one to see the route as it was after it.",
  version: (n: number) => `Version ${n}`,
  noVersion: "no version",
  action: (name: string) => actions[name] ?? name.replaceAll("_", " "),
  by: (who: string, isOperator: boolean) => `by ${who}${isOperator ? ", an operator" : ""}`,
  now: "Now",
  fields: {
    name: "Name",
    topic_filter: "Topic filter",
    payload_filter: "Payload filter",
    destination_type: "Destination type",
    destination_config: "Destination",
    is_enabled: "Enabled",
  } as Readonly<Record<string, string>>,
  field: "Field",
  compareWith: "Compare with",
  against: { before: "the version before", now: "how it is now" } as Readonly<
    Record<string, string>
  >,
  compared: (one: string, other: string) => `${one} beside ${other}`,
  nothing: "nothing",
  hidden: "Values of headers are masked, and secrets left out: no change keeps them.",
  unknown: "How it was then is not known: a change after it was too large to be kept.",
  isNow: "This is how it is now.",
  restore: (n: number) => `Restore version ${n}`,
  restored: (n: number) => `The route is as it was in version ${n}.`,
  restoreText: "Its secrets stay, and whether it is enabled.",
  lost: (names: string) =>
    `Nobody has kept the values of these headers, so they cannot come back: ${names}.`,
  otherType:
    "The destination is of another type, so it is written anew: without secret, and without headers.",
  more: "There are older changes, which are in the audit.",
  none: "No change is known",
  noneText: "What is changed through the API stands here, with who did it.",
} as const;
