/** A pasted token outlives a reload of its tab, in the tab's own storage, and nothing else does. */

const NAME = "pulse.token";

export function kept(): string | undefined {
  return sessionStorage.getItem(NAME) ?? undefined;
}

export function keep(token: string): void {
  sessionStorage.setItem(NAME, token);
}

export function forget(): void {
  sessionStorage.removeItem(NAME);
}
