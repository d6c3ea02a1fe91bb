/**
 * Every sentence of the console, in English. A second language is a second file like this one.
 *
 * A page imports the file of its own area (`words/en/<area>.ts`), so that its sentences are loaded
 * with it; this one joins them for whoever needs all: the tests. A sentence with a value is a
 * function of it; numbers, plurals and times go through `Intl`.
 */

import { alerts } from "./en/alerts.ts";
import { bulk } from "./en/bulk.ts";
import { common } from "./en/common.ts";
import { deadLetters } from "./en/dead_letters.ts";
import * as devices from "./en/devices.ts";
import { door } from "./en/door.ts";
import { editor, trying } from "./en/editor.ts";
import * as errors from "./en/errors.ts";
import { groups } from "./en/groups.ts";
import { jobs } from "./en/jobs.ts";
import { lists } from "./en/lists.ts";
import { live } from "./en/live.ts";
import { overview } from "./en/overview.ts";
import * as routeParts from "./en/route_parts.ts";
import { routes } from "./en/routes.ts";
import { keys, shell, tenants } from "./en/shell.ts";
import { start } from "./en/start.ts";
import { system } from "./en/system.ts";
import { titles } from "./en/titles.ts";
import * as traces from "./en/traces.ts";

export const en = {
  alerts,
  bulk,
  common,
  deadLetters,
  devices,
  door,
  editor,
  errors,
  groups,
  jobs,
  keys,
  live,
  lists,
  overview,
  routeParts,
  routes,
  shell,
  start,
  system,
  tenants,
  titles,
  traces,
  trying,
} as const;
