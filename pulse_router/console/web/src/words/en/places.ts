/** The pages of this browser, of the installation, and the search. */

export const notFound = {
  lead: "The address leads to no page of the console. It may be misspelt, or of another version.",
  overview: "To the overview",
} as const;

export const settings = {
  lead: "These are kept in this browser, and hold for it alone.",
  theme: "Theme",
  themes: { system: "As the system", light: "Light", dark: "Dark" },
  zone: "Times",
  zones: { local: "Local", utc: "UTC" },
  density: "Rows",
  densities: { usual: "Usual", compact: "Compact" },
  letters: "Single letters are keys",
  lettersHint: "Switch them off if speech or a reader presses letters for you.",
  keys: "List the keys",
  token: "Token",
  tokenText: "A pasted token is kept in this tab alone. Signing out forgets it.",
} as const;

export const about = {
  version: "Version",
  installation: "Installation",
  demo: "A demo: everything runs in one process, and nothing is meant to last.",
  docs: "API description",
  checks: "Is it well?",
  well: "Everything that is asked of the router is in place.",
  parts: {
    mqtt: ["The broker", "Is it running, and may the router connect? See [mqtt] in its settings."],
    database: [
      "The database",
      "Is it running, and may the router connect? See [database] in its settings.",
    ],
    nats: ["NATS", "Is it running, and may the router connect? See [nats] in its settings."],
    schema: ["The schema", "Run `pulse-router migrate`."],
    ledger: ["The books", "They are off: look at the overview, and keep the log."],
    other: ["A part", "Look at the router's log."],
  } as Readonly<Record<string, readonly [string, string]>>,
  command: "The same, and the settings themselves, on the router's machine:",
  check: "pulse-router check --connect",
  browser: "This browser",
  lacks: {
    secure: [
      "Cryptography and the clipboard",
      "The page came over plain HTTP: sign in with a pasted token, and copy by selecting.",
    ],
    storage: ["Storage", "What you choose here is forgotten with the page."],
    sockets: ["WebSockets", "Figures are read every five seconds instead."],
    popovers: ["Popovers", "Menus do not open: take a newer browser."],
  } as Readonly<Record<string, readonly [string, string]>>,
  lacksNothing: "It lacks nothing that the console uses.",
  licences: "Licences",
  licencesText: "pulse-router is under the Apache License 2.0. The console has parts of:",
} as const;

export const find = {
  title: (text: string) => `Find: ${text}`,
  ask: "Type an id, a webhook-id, a request's id, a device or a route's name into the field above.",
  none: (text: string) => `Nothing is called ${text}.`,
  searched:
    "Looked for among stored, refused and dead messages, deliveries, devices and routes. What is older than retention keeps is gone; what is another tenant's is not shown.",
  kinds: {
    message: "Message",
    delivery: "Delivery",
    dead_letter: "Dead letter",
    rejected_message: "Refused message",
    route: "Route",
    device: "Device",
    request: "Request",
  },
} as const;
