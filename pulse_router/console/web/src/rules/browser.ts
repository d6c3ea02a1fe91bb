/** What a browser lacks of that which the console uses. */

interface Abilities {
  readonly isSecureContext: boolean;
  readonly WebSocket?: unknown;
  readonly HTMLElement: { readonly prototype: object };
  readonly localStorage?: unknown;
}

export type Lacking = "secure" | "storage" | "sockets" | "popovers";

export function lacking(browser: Abilities): Lacking[] {
  const found: Lacking[] = [];
  if (!browser.isSecureContext) found.push("secure");
  if (browser.localStorage === undefined) found.push("storage");
  if (browser.WebSocket === undefined) found.push("sockets");
  if (!("showPopover" in browser.HTMLElement.prototype)) found.push("popovers");
  return found;
}
