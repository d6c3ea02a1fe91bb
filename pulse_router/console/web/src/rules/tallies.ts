/** Counts by name, of so many names at the most: what has none of its own counts among the others. */

export class Tallies {
  readonly most: number;
  others = 0;
  #counts = new Map<string, number>();

  constructor(most = 1_000) {
    this.most = most;
  }

  get size(): number {
    return this.#counts.size;
  }

  add(name: string): void {
    const known = this.#counts.get(name);
    if (known === undefined && this.#counts.size >= this.most) this.others += 1;
    else this.#counts.set(name, (known ?? 0) + 1);
  }

  /** Those that count most, by count, then by name. */
  top(n: number): { name: string; count: number }[] {
    return [...this.#counts]
      .map(([name, count]) => ({ name, count }))
      .sort((one, other) => other.count - one.count || (one.name < other.name ? -1 : 1))
      .slice(0, n);
  }

  clear(): void {
    this.#counts.clear();
    this.others = 0;
  }
}
