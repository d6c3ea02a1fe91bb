/** What a request is signed with, and whose data it reads. It knows nobody who signs in. */

import { signal } from "@preact/signals";

/** The token of now. It lives in memory only; who signs in may keep it elsewhere. */
export const token = signal<string | undefined>(undefined);

/** The tenant that is read as, where it is not the token's own. */
export const foreignTenant = signal<string | undefined>(undefined);

/** When the router answered last, and since when it does not; milliseconds of this clock. */
export const answeredAt = signal<number | undefined>(undefined);
export const lostSince = signal<number | undefined>(undefined);

type Asker = (refused: string | undefined) => Promise<boolean>;

let asker: Asker = async () => false;

/** Name who asks for another token over the page; it says whether there is one now. */
export function askWith(ask: Asker): void {
  asker = ask;
}

/** Ask for another token than the one that was refused. */
export function askAgain(refused: string | undefined): Promise<boolean> {
  return refused !== token.peek() && token.peek() !== undefined
    ? Promise.resolve(true)
    : asker(refused);
}
