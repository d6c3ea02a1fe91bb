/** Numbers that look random and are the same for the same seed. */

export interface Random {
  below(most: number): number;
  of<T>(choices: readonly T[]): T;
}

export function random(seed: number): Random {
  let state = (seed + 1) * 0x9e3779b9;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (most: number): number => Math.floor(next() * most);
  return { below, of: (choices) => choices[below(choices.length)] as (typeof choices)[number] };
}
