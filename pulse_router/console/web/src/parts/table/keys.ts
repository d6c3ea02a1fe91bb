/** The keys of a table; `?` lists them. */

import { useKeys } from "../../app/keys.ts";
import { common } from "../../words/en/common.ts";

/** move: by rows, selecting on the way or not. touch: select the current row, or up to it. */
export function useTableKeys(does: {
  move: (by: number, extend: boolean) => void;
  touch: ((extend: boolean) => void) | undefined;
  selectAll: (() => void) | undefined;
}): void {
  const { move, touch, selectAll } = does;
  const says = common.keys;
  useKeys([
    { keys: "j", say: says.down, run: () => move(1, false) },
    { keys: "k", say: says.up, run: () => move(-1, false) },
    ...(touch
      ? [
          { keys: "J", say: says.rangeDown, run: () => move(1, true) },
          { keys: "K", say: says.rangeUp, run: () => move(-1, true) },
          { keys: "x", say: says.select, run: () => touch(false) },
          { keys: "X", say: says.range, run: () => touch(true) },
        ]
      : []),
    ...(selectAll ? [{ keys: "*", say: says.all, run: () => selectAll() }] : []),
  ]);
}
