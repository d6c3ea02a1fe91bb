/** Two versions side by side, field by field, and the button that brings one of them back. */

import { useState } from "preact/hooks";
import { send } from "../../api/client.ts";
import { useQuery } from "../../app/location.ts";
import { Button } from "../../parts/button.tsx";
import { Dialog } from "../../parts/dialog.tsx";
import { SelectField } from "../../parts/field.tsx";
import { May } from "../../parts/may.tsx";
import { say, sayProblem, UNDO_MS, undo } from "../../parts/toasts.tsx";
import { type Json, writeJson } from "../../rules/digits.ts";
import {
  backTo,
  differing,
  FIELDS,
  type Shape,
  type Version,
  wayBack,
} from "../../rules/versions.ts";
import { changes as words } from "../../words/en/route_parts.ts";
import type { Change } from "./changes.tsx";
import type { Known } from "./index.tsx";

export function Comparison(props: {
  known: Known;
  version: Version<Change>;
  number: number | undefined;
  before: Shape | undefined;
  now: Shape;
}) {
  const { version, number, now } = props;
  const [query, setQuery] = useQuery();
  const against = query.get("against") === "now" || props.before === undefined ? "now" : "before";
  const { shape } = version;
  if (shape === undefined) return <p class="panel">{words.unknown}</p>;
  const other = against === "now" ? now : props.before;
  const name = number === undefined ? words.noVersion : words.version(number);
  const isNow = differing(shape, now).every((field) => field === "is_enabled");
  const columns = [
    [against === "now" ? words.now : words.against.before, other],
    [name, shape],
  ] as const;
  return (
    <section class="panel comparison" aria-label={words.compared(name, columns[0][0] ?? "")}>
      <header class="section-head">
        <h2>{name}</h2>
        <SelectField
          label={words.compareWith}
          value={against}
          choices={Object.entries(words.against).map(([value, label]) => ({ value, label }))}
          onChoose={(value) =>
            setQuery({ against: value === "before" ? null : value }, { replace: true })
          }
        />
      </header>
      <table class="changes">
        <thead>
          <tr>
            <th scope="col">{words.field}</th>
            {columns.map(([head]) => (
              <th key={head} scope="col">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {FIELDS.map((field) => (
            <tr key={field} class={differing(other ?? {}, shape).includes(field) ? "differs" : ""}>
              <th scope="row">{words.fields[field]}</th>
              {columns.map(([head, given]) => (
                <td key={head}>
                  <Value value={given?.[field]} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <p class="faint">{words.hidden}</p>
      {isNow ? (
        <p>{words.isNow}</p>
      ) : (
        number !== undefined && <Restore known={props.known} shape={shape} number={number} />
      )}
    </section>
  );
}

function Value({ value }: { value: Json | undefined }) {
  if (value === undefined || value === null) return <span class="faint">{words.nothing}</span>;
  return <pre>{typeof value === "string" ? value : writeJson(value, 2)}</pre>;
}

/** Brings a version back at once, to be undone; asks where something of it cannot come back. */
function Restore({ known, shape, number }: { known: Known; shape: Shape; number: number }) {
  const [isAsking, setAsking] = useState(false);
  const { route, etag, again } = known;
  const { patch, lost } = wayBack(route, shape);
  const isOther = patch.destination_type !== undefined;
  const restore = async (): Promise<void> => {
    setAsking(false);
    let restored: Awaited<ReturnType<typeof change>> | undefined;
    await undo(
      words.restored(number),
      UNDO_MS,
      async () => {
        restored = await change(route.id, patch, etag);
      },
      () => change(route.id, backTo(restored?.body ?? route, route), restored?.etag),
      again,
    );
  };
  /** Another kind of destination has lost its secret, so there is no way back but to write it anew. */
  const rewrite = async (): Promise<void> => {
    setAsking(false);
    try {
      await change(route.id, patch, etag);
      say(words.restored(number));
    } catch (fault) {
      sayProblem(fault);
    }
    again();
  };
  return (
    <>
      <p class="faint">{words.restoreText}</p>
      <May action="write">
        <Button
          icon="undo"
          tone="primary"
          onClick={() => (lost.length > 0 || isOther ? setAsking(true) : void restore())}
        >
          {words.restore(number)}
        </Button>
      </May>
      {isAsking && (
        <Dialog
          title={words.restore(number)}
          confirm={words.restore(number)}
          onConfirm={isOther ? rewrite : restore}
          onClose={() => setAsking(false)}
        >
          {lost.length > 0 && <p>{words.lost(lost.join(", "))}</p>}
          {isOther && <p>{words.otherType}</p>}
        </Dialog>
      )}
    </>
  );
}

function change(id: number, patch: Shape, etag: string | undefined) {
  return send("patch", "/api/v1/customer/message-routes/{route_id}", {
    path: { route_id: id },
    body: patch as never,
    etag,
  });
}
