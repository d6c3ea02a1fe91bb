/** Which of many events are shown, where they come faster than anybody reads: one of so many. */

export const SHOWN_PER_SECOND = 50;

/** One of how many is shown at a rate: 1, 2, 4, 8, … so that it does not waver. */
export function oneOf(perSecond: number, most = SHOWN_PER_SECOND): number {
  let step = 1;
  while (perSecond / step > most) step *= 2;
  return step;
}

/** Picks what is shown. All are counted. */
export class Sampler {
  /** One of how many is shown now. */
  step = 1;
  counted = 0;
  #second = 0;
  #inSecond = 0;

  /** Count an event that came at a time (milliseconds), and tell whether it is shown. */
  shows(atMs: number): boolean {
    const second = Math.floor(atMs / 1000);
    if (second !== this.#second) {
      // A quiet second in between shows all again.
      this.step = oneOf(second === this.#second + 1 ? this.#inSecond : 0);
      this.#second = second;
      this.#inSecond = 0;
    }
    this.counted += 1;
    this.#inSecond += 1;
    // The first second of a flood must not show all of it either.
    this.step = Math.max(this.step, oneOf(this.#inSecond));
    return this.counted % this.step === 0;
  }
}
