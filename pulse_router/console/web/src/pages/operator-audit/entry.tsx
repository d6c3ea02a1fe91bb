/** One change: each field as it was and as it is. */

import type { Schema } from "../../api/client.ts";
import { Button } from "../../parts/button.tsx";
import { Facts } from "../../parts/page.tsx";
import { Time } from "../../parts/values.tsx";
import { type Json, writeJson } from "../../rules/digits.ts";
import { audit as words } from "../../words/en/operator.ts";

type Change = Schema<"AuditAnswer">;
type Record = Readonly<{ [field: string]: Json }> | null;

export function Entry({ change, onClose }: { change: Change; onClose: () => void }) {
  const before = change.before as Record;
  const after = change.after as Record;
  const fields = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])];
  const changed = new Set(change.changed);
  return (
    <aside class="entry" aria-label={change.action}>
      <header class="section-head">
        <h2 class="mono">{change.action}</h2>
        <Button tone="plain" icon="cross" label={words.back} onClick={onClose} />
      </header>
      <Facts
        facts={[
          [words.at, <Time at={change.at} ms />],
          [words.who, change.subject],
          [words.tenant, <span class="mono">{change.tenant_id}</span>],
          [
            words.target,
            <span class="mono">{`${change.target_type} ${change.target_id ?? ""}`}</span>,
          ],
          [words.request, <span class="mono">{change.request_id}</span>],
        ]}
      />
      {change.omitted_bytes ? (
        <p class="faint">{words.omitted(String(change.omitted_bytes))}</p>
      ) : (
        <table class="changes">
          <thead>
            <tr>
              <th scope="col" />
              <th scope="col">{words.before}</th>
              <th scope="col">{words.after}</th>
            </tr>
          </thead>
          <tbody>
            {fields.map((field) => (
              <tr key={field} class={changed.has(field) ? "differs" : ""}>
                <th scope="row">{field}</th>
                <td>{shown(before, field)}</td>
                <td>{shown(after, field)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </aside>
  );
}

function shown(record: Record, field: string) {
  const value = record?.[field];
  if (value === undefined) return <span class="faint">{words.nothing}</span>;
  return <code>{typeof value === "string" ? value : writeJson(value)}</code>;
}
