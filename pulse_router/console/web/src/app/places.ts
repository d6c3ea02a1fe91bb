/** The pages that the navigation leads to, with the letter that follows `g`. */

import type { IconName } from "../icons.tsx";
import { titles } from "../words/en/titles.ts";

/** isFirst: among the five places of a narrow screen. */
export interface Way {
  readonly path: string;
  readonly title: string;
  readonly icon: IconName;
  readonly letter?: string;
  readonly isFirst?: boolean;
}

export const OF_TENANT: readonly Way[] = [
  { path: "/", title: titles.overview, icon: "overview", letter: "o", isFirst: true },
  { path: "/messages", title: titles.messages, icon: "message", letter: "m", isFirst: true },
  { path: "/live", title: titles.live, icon: "live", letter: "l" },
  { path: "/routes", title: titles.routes, icon: "route", letter: "r", isFirst: true },
  {
    path: "/dead-letters",
    title: titles.deadLetters,
    icon: "deadLetter",
    letter: "d",
    isFirst: true,
  },
  { path: "/jobs", title: titles.jobs, icon: "job" },
  { path: "/rejected", title: titles.rejected, icon: "ban", letter: "x" },
  { path: "/devices", title: titles.devices, icon: "device", letter: "v" },
  { path: "/groups", title: titles.groups, icon: "group" },
  { path: "/alerts", title: titles.alerts, icon: "alert", letter: "a" },
];

export const OF_OPERATOR: readonly Way[] = [
  { path: "/operator", title: titles.operator, icon: "operator" },
  { path: "/operator/audit", title: titles.operatorAudit, icon: "clock" },
  { path: "/operator/system", title: titles.operatorSystem, icon: "settings" },
];

export const OF_BROWSER: readonly Way[] = [
  { path: "/settings", title: titles.settings, icon: "settings" },
  { path: "/about", title: titles.about, icon: "info" },
];

/** Whether a way leads to where one is, or above it. */
export function isHere(way: Way, here: string): boolean {
  if (way.path === "/" || way.path === "/operator") return here === way.path;
  return here === way.path || here.startsWith(`${way.path}/`);
}
