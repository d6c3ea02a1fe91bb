/** Holds up whoever is about to leave a page, until it has been asked about. */

/** Gets the address of another page that is about to be gone to; true holds it up. */
export type Guard = (address: string) => boolean;

let guard: Guard | undefined;

/** Have somebody asked before one leaves the page; returns how to end that. Back is not held up. */
export function guardLeaving(asked: Guard): () => void {
  guard = asked;
  document.addEventListener("click", holdLink, { capture: true });
  return () => {
    document.removeEventListener("click", holdLink, { capture: true });
    guard = undefined;
  };
}

/** Whether going to an address is held up; another query of the same page never is. */
export function isHeld(address: string): boolean {
  const leaves = new URL(address, location.origin).pathname !== location.pathname;
  return leaves && guard?.(address) === true;
}

function holdLink(event: MouseEvent): void {
  const isPlain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey;
  const link = event.target instanceof Element ? event.target.closest("a[href]") : null;
  if (!(link instanceof HTMLAnchorElement) || !isPlain || link.target === "_blank") return;
  if (link.origin !== location.origin || !isHeld(link.pathname + link.search)) return;
  event.preventDefault();
  event.stopPropagation();
}
