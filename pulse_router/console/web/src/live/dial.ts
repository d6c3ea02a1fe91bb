/** Opens a socket to the router: the token goes as a subprotocol, and never into the address. */

import { foreignTenant } from "../api/credentials.ts";
import { ROUTER } from "../app/location.ts";
import { type Patch, Query } from "../rules/query.ts";

/** Open a socket at a path under the router, for the tenant that is looked at. */
export function dial(path: string, used: string, query: Patch = {}): WebSocket {
  const address = new URL(ROUTER + path, location.href);
  address.protocol = address.protocol.replace("http", "ws");
  address.search = new Query("").with({ ...query, tenant_id: foreignTenant.peek() }).toString();
  return new WebSocket(address, ["bearer", used]);
}

/** How long to wait before a line is made again: twice as long each time, and never all at once. */
export class Patience {
  #wait = FIRST_MS;

  next(): number {
    const wait = this.#wait * (0.5 + Math.random());
    this.#wait = Math.min(this.#wait * 2, LONGEST_MS);
    return wait;
  }

  /** The line stands: the next time begins with little again. */
  reset(): void {
    this.#wait = FIRST_MS;
  }
}

const FIRST_MS = 1_000;
const LONGEST_MS = 30_000;
