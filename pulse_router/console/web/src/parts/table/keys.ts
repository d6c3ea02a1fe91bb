/** The keys of a table, while a row of it has the focus or nothing else has. */

export interface TableKeys {
  move: (by: number, extends_: boolean) => void;
  open: () => void;
  select: (extends_: boolean) => void;
  selectAll: () => void;
}

/** Do what a key says; tell whether it said anything. */
export function tableKey(event: KeyboardEvent, keys: TableKeys): boolean {
  if (event.ctrlKey || event.altKey || event.metaKey) return false;
  switch (event.key) {
    case "j":
    case "J":
      keys.move(1, event.shiftKey);
      return true;
    case "k":
    case "K":
      keys.move(-1, event.shiftKey);
      return true;
    case "Enter":
      keys.open();
      return true;
    case "x":
    case "X":
      keys.select(event.shiftKey);
      return true;
    case "*":
      keys.selectAll();
      return true;
  }
  return false;
}

/** Whether keys belong to what has the focus: it is typed into, or has keys of its own. */
export function hasOwnKeys(target: EventTarget | null): boolean {
  return (
    target instanceof Element &&
    target.closest('input, textarea, select, [contenteditable], [role="menu"], dialog') !== null
  );
}
