/** The books in a word: nothing unexplained, or by how much an equation is off. */

import { Badge } from "../../parts/values.tsx";
import { operator as words } from "../../words/en/operator.ts";

/** Whether every message is accounted for; an equation that cannot be told is passed over. */
export function Balance({ ledger }: { ledger: object }) {
  const { mismatch = {} } = ledger as { mismatch?: Readonly<Record<string, number | null>> };
  const off = Object.entries(mismatch).filter(([, by]) => by !== null && by !== 0);
  if (off.length === 0) return <Badge state="ok" word={words.balanced} />;
  return (
    <span class="badges">
      {off.map(([entry, by]) => (
        <Badge key={entry} state="unavailable" word={words.off(entry, by ?? 0)} />
      ))}
    </span>
  );
}
