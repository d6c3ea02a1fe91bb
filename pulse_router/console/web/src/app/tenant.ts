/** Whose things are looked at: those of one's own tenant, or of the one that the address names. */

import { foreignTenant } from "../api/credentials.ts";
import type { Session } from "./session.ts";

/**
 * ok: the page may be shown. other: the address names a tenant that one may not see.
 * choose: the page is of one tenant, and there is none.
 */
export type Sight = "ok" | "other" | "choose";

/** Take the tenant that an address names, before anything is asked of the router. */
export function look(session: Session, named: string | undefined, isAcross: boolean): Sight {
  const foreign = named !== undefined && named !== session.tenant ? named : undefined;
  if (foreign !== undefined && session.may("read_all") !== true) {
    settle(undefined);
    return "other";
  }
  settle(foreign);
  return foreign === undefined && session.tenant === undefined && !isAcross ? "choose" : "ok";
}

function settle(tenant: string | undefined): void {
  if (foreignTenant.peek() !== tenant) foreignTenant.value = tenant;
}
