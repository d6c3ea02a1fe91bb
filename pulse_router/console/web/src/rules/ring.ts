/** A bounded list of what streams in: the oldest goes when the newest comes. */

export class Ring<T> {
  readonly capacity: number;
  /** How many were pushed out since it was made or cleared. */
  dropped = 0;
  #items: T[] = [];
  #start = 0;

  constructor(capacity: number) {
    if (!(capacity >= 1)) throw new RangeError("a ring holds at least one");
    this.capacity = capacity;
  }

  get length(): number {
    return this.#items.length;
  }

  get isFull(): boolean {
    return this.#items.length === this.capacity;
  }

  push(item: T): void {
    if (!this.isFull) {
      this.#items.push(item);
      return;
    }
    this.#items[this.#start] = item;
    this.#start = (this.#start + 1) % this.capacity;
    this.dropped += 1;
  }

  /** The item at a place, 0 the oldest; from the end by negative numbers, -1 the newest. */
  at(place: number): T | undefined {
    const length = this.#items.length;
    const from = place < 0 ? length + place : place;
    if (from < 0 || from >= length) return undefined;
    return this.#items[(this.#start + from) % this.capacity];
  }

  /** The items from one place to before another, oldest first. */
  slice(from = 0, to = this.length): T[] {
    const found: T[] = [];
    for (let place = Math.max(0, from); place < Math.min(to, this.length); place += 1) {
      found.push(this.at(place) as T);
    }
    return found;
  }

  clear(): void {
    this.#items = [];
    this.#start = 0;
    this.dropped = 0;
  }

  *[Symbol.iterator](): Iterator<T> {
    for (let place = 0; place < this.length; place += 1) yield this.at(place) as T;
  }
}
