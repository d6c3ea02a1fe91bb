/** The query of an address as values: lists stand with commas, nothing is left of what is empty. */

export type Value = string | number | boolean | readonly (string | number)[] | null | undefined;
export type Patch = Readonly<Record<string, Value>>;

/** A query; it never changes. */
export class Query {
  readonly #params: URLSearchParams;

  constructor(text: string) {
    this.#params = new URLSearchParams(text);
  }

  get(name: string): string | undefined {
    return this.#params.get(name) ?? undefined;
  }

  has(name: string): boolean {
    return this.#params.has(name);
  }

  /** The values of a list. A value may hold a comma of its own, which is then written `%2C`. */
  list(name: string): string[] {
    const text = this.#params.get(name);
    return text ? text.split(",").map((part) => part.replaceAll("%2C", ",")) : [];
  }

  /** The same with other values. */
  with(patch: Patch): Query {
    const changed = new URLSearchParams(this.#params);
    for (const [name, value] of Object.entries(patch)) {
      const text = written(value);
      if (text === "") changed.delete(name);
      else changed.set(name, text);
    }
    return new Query(changed.toString());
  }

  /** Everything, lists not taken apart. */
  all(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.#params);
  }

  /** As it stands in an address; commas and colons stay legible. */
  toString(): string {
    return this.#params.toString().replaceAll("%2C", ",").replaceAll("%3A", ":");
  }
}

function written(value: Value): string {
  if (value === null || value === undefined || value === false) return "";
  if (typeof value === "object") {
    return value.map((part) => String(part).replaceAll(",", "%2C")).join(",");
  }
  return String(value);
}
