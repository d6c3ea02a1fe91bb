/** Who one is: the session that a token gives, and what may be done with it. */

import { computed, signal } from "@preact/signals";
import { get, type Schema } from "../api/client.ts";
import { foreignTenant, token } from "../api/credentials.ts";

/** read, write: the tenant's things. read_all, write_all: those of all tenants. */
export type Action = "read" | "write" | "read_all" | "write_all";

const NEEDS: Readonly<Record<Action, string>> = {
  read: "customer_viewer",
  write: "customer_admin",
  read_all: "operator",
  write_all: "operator-admin",
};

/** subject, tenant and roles as in the token; until: when it ends, milliseconds. */
export interface Session {
  readonly subject: string | undefined;
  readonly tenant: string | undefined;
  readonly roles: readonly string[];
  readonly until: number;
  /** Whether it may be done, or which role it needs. */
  may(action: Action): true | { readonly needs: string };
}

export type Who = Schema<"WhoamiAnswer">;

const who = signal<Who | undefined>(undefined);

/** The session; undefined where nobody has signed in. */
export const session = computed<Session | undefined>(() => {
  const known = who.value;
  if (known === undefined) return undefined;
  const foreign = foreignTenant.value !== undefined;
  return {
    subject: known.subject ?? undefined,
    tenant: known.tenant_id ?? undefined,
    roles: known.roles,
    until: Date.parse(known.expires_at),
    may: (action) => allowed(known, action, foreign) || { needs: NEEDS[action] },
  };
});

function allowed(known: Who, action: Action, foreign: boolean): boolean {
  switch (action) {
    case "read":
      return foreign ? known.may.read_all : known.may.read_own;
    case "write":
      return known.may.write_own && !foreign;
    case "read_all":
      return known.may.read_all;
    case "write_all":
      return known.may.write_all;
  }
}

/** Ask the router whose a token is. Throws Problem when it is not taken. */
export function whoIs(given: string): Promise<Who> {
  return get("/api/v1/whoami", { as: given });
}

/** Be whom a token names. */
export function begin(given: string, known: Who): void {
  token.value = given;
  who.value = known;
}

/** Be nobody again. */
export function end(): void {
  token.value = undefined;
  who.value = undefined;
}
