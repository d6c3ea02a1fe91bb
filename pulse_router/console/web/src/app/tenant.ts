/** Whose things are looked at: those of one's own tenant, or of the one that the address names. */

import { batch, signal } from "@preact/signals";
import { foreignTenant } from "../api/credentials.ts";
import type { Session } from "./session.ts";

/**
 * ok: the page may be shown. other: the address names a tenant that one may not see.
 * choose: the page is of one tenant, and there is none.
 */
export type Sight = "ok" | "other" | "choose";

/** The tenant whose things are shown now; undefined where no one's are. */
export const shownTenant = signal<string | undefined>(undefined);

/** Take the tenant that an address names, before anything is asked of the router. */
export function look(session: Session, named: string | undefined, isAcross: boolean): Sight {
  const foreign = named !== undefined && named !== session.tenant ? named : undefined;
  if (foreign !== undefined && session.may("read_all") !== true) {
    settle(undefined, undefined);
    return "other";
  }
  const shown = foreign ?? session.tenant;
  settle(foreign, shown);
  return shown === undefined && !isAcross ? "choose" : "ok";
}

/** Look at nobody's things. */
export function lookAway(): void {
  settle(undefined, undefined);
}

function settle(foreign: string | undefined, shown: string | undefined): void {
  if (foreignTenant.peek() === foreign && shownTenant.peek() === shown) return;
  batch(() => {
    foreignTenant.value = foreign;
    shownTenant.value = shown;
  });
}
