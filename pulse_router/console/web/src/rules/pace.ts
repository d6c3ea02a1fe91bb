/** How many came in each of the last seconds. */

export const PACE_SECONDS = 120;
const SMOOTH_SECONDS = 3;

export class Pace {
  readonly seconds: number;
  #counts: number[];
  #second = 0;

  constructor(seconds = PACE_SECONDS) {
    this.seconds = seconds;
    this.#counts = new Array(seconds + 1).fill(0);
  }

  /** Count one that came at a time, in milliseconds. */
  add(atMs: number): void {
    this.#goTo(atMs);
    this.#counts[this.#second % this.#counts.length] = this.#now() + 1;
  }

  /** The counts of the seconds that are over, the oldest first. */
  values(nowMs: number): number[] {
    this.#goTo(nowMs);
    return Array.from({ length: this.seconds }, (_, place) =>
      this.#of(this.#second - this.seconds + place),
    );
  }

  /** How many come in a second: the mean of the last seconds that are over. */
  perSecond(nowMs: number): number {
    const newest = this.values(nowMs).slice(-SMOOTH_SECONDS);
    return newest.reduce((sum, n) => sum + n, 0) / SMOOTH_SECONDS;
  }

  clear(): void {
    this.#counts.fill(0);
  }

  #now(): number {
    return this.#of(this.#second);
  }

  #of(second: number): number {
    return second < 0 ? 0 : (this.#counts[second % this.#counts.length] ?? 0);
  }

  /** Begin the seconds that have passed since; a clock that was put back begins none. */
  #goTo(atMs: number): void {
    const second = Math.floor(atMs / 1000);
    const passed = Math.min(second - this.#second, this.#counts.length);
    for (let step = 0; step < passed; step += 1) {
      this.#counts[(second - step) % this.#counts.length] = 0;
    }
    this.#second = Math.max(second, this.#second);
  }
}
