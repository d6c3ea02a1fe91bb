/** The frame around the pages. */

const clock = (at: number, utc: boolean): string =>
  new Intl.DateTimeFormat("en", {
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
    ...(utc ? { timeZone: "UTC" } : {}),
  }).format(at) + (utc ? " UTC" : "");

const moment = (at: number, utc: boolean): string =>
  new Intl.DateTimeFormat("en", {
    dateStyle: "medium",
    timeStyle: "medium",
    hourCycle: "h23",
    ...(utc ? { timeZone: "UTC" } : {}),
  }).format(at) + (utc ? " UTC" : "");

const minutes = new Intl.NumberFormat("en", { style: "unit", unit: "minute", unitDisplay: "long" });

export const shell = {
  product: "pulse-router",
  title: (page: string, label: string) => [page, label || shell.product].join(" · "),
  skip: "Skip to the content",
  navigation: "Pages",
  more: "More",
  fold: "Fold the navigation",
  unfold: "Unfold the navigation",
  groups: { tenant: "Tenant", operator: "Operator" },
  find: "Find",
  findHint: "Id, webhook-id, device or route",
  findKey: "/",
  menu: "You and this browser",
  close: "Close",
  signOut: "Sign out",
  signIn: "Sign in",
  keys: "Keys",
  theme: { system: "Theme: as the system", light: "Theme: light", dark: "Theme: dark" },
  zone: { local: "Times: local", utc: "Times: UTC" },
  settings: "Settings",
  about: "About",
  start: "First steps",
  api: "API",
  live: {
    live: "Live",
    not: "Not live",
    paused: "Live figures rest while this tab is hidden",
    reading: "Read every five seconds: the router has as many live figures open as it may",
    gone: (at: number, utc: boolean) => `No live figures since ${clock(at, utc)}`,
    none: "No live figures without a tenant",
  },
  offline: (at: number, utc: boolean) =>
    `The router cannot be reached. It answered last at ${clock(at, utc)}; what you see is from then.`,
  offlineAtOnce: "The router cannot be reached.",
  ends: (at: number, left: number, utc: boolean) =>
    `Your token ends in ${minutes.format(Math.max(1, Math.ceil(left / 60_000)))}, at ${clock(at, utc)}.`,
  extend: "Give another",
  clock,
  moment,
} as const;

export const unloaded = {
  title: "This page could not be loaded",
  text: "The router cannot be reached, or it is of another version than when this tab was opened.",
  again: "Load it again",
} as const;

export const tenants = {
  switch: "Tenant",
  all: "All tenants",
  own: (tenant: string) => `${tenant} (yours)`,
  reading: (tenant: string) => `You read as ${tenant}. Nothing can be changed.`,
  leave: "Leave",
  choose: "Choose a tenant",
  chooseText:
    "This page shows one tenant's things. Your token names none: choose whose you want to see.",
  name: "Tenant's id",
  open: "Open",
  none: "No tenant of that name is known; Enter opens it all the same.",
  other: {
    title: "This link is to another tenant",
    text: (theirs: string, yours: string) =>
      `It leads to ${theirs}; you are signed in for ${yours}. Nothing was asked of the router.`,
    noTenant: "no tenant",
    stay: (yours: string) => `Open this page for ${yours}`,
    signIn: "Sign in as somebody else",
  },
} as const;

export const keys = {
  title: "Keys",
  text: "They rest while you type. Single letters can be switched off.",
  off: "Single letters are keys",
  everywhere: "Everywhere",
  here: "On this page",
  find: "Find",
  list: "List the keys",
  go: (page: string) => `Go to: ${page}`,
  utc: "UTC or local times",
  theme: "The next theme",
  back: "Close what is open",
} as const;
