/** Versions of a route: each change with who made it, any two side by side, and the way back. */

import { get, type Schema } from "../../api/client.ts";
import { useReading } from "../../api/reading.ts";
import { useQuery } from "../../app/location.ts";
import { NoneYet, States } from "../../parts/states.tsx";
import { Time } from "../../parts/values.tsx";
import { shapeOf, type Version, versionsOf } from "../../rules/versions.ts";
import { changes as words } from "../../words/en/route_parts.ts";
import { Comparison } from "./comparison.tsx";
import type { Known } from "./index.tsx";

export type Change = Schema<"AuditAnswer">;

const PAGE = 200;
const MOST_PAGES = 5;

export function Changes({ known }: { known: Known }) {
  const { route } = known;
  const [query, setQuery] = useQuery();
  const reading = useReading((signal) => readChanges(route.id, signal), [route.id, route.version], {
    changes: ["routes"],
  });
  const chosen = Number(query.get("change"));
  return (
    <States
      reading={reading}
      lines={8}
      empty={(found) =>
        found.changes.length === 0 ? (
          <NoneYet icon="clock" title={words.none}>
            {words.noneText}
          </NoneYet>
        ) : undefined
      }
    >
      {({ changes, isAll }) => {
        const versions = versionsOf(route, changes);
        const open = versions.find(({ change }) => change.id === chosen) ?? versions[0];
        const before = open && versions[versions.indexOf(open) + 1];
        return (
          <>
            <p class="faint">{words.text}</p>
            <div class="versions">
              <ol class="version-list" aria-label={words.heading}>
                {versions.map((version) => (
                  <li key={version.change.id}>
                    <button
                      type="button"
                      aria-current={version === open ? "true" : undefined}
                      onClick={() => setQuery({ change: version.change.id }, { replace: true })}
                    >
                      <Told version={version} />
                    </button>
                  </li>
                ))}
              </ol>
              {open && (
                <Comparison
                  key={open.change.id}
                  known={known}
                  version={open}
                  number={numberOf(open.change)}
                  before={before?.shape}
                  now={shapeOf(route)}
                />
              )}
            </div>
            {!isAll && <p class="faint">{words.more}</p>}
          </>
        );
      }}
    </States>
  );
}

function Told({ version }: { version: Version<Change> }) {
  const { change } = version;
  const number = numberOf(change);
  const fields = change.changed.flatMap((field) => words.fields[field] ?? []);
  return (
    <>
      <strong>
        {number === undefined ? words.noVersion : words.version(number)}
        {" · "}
        {words.action(change.action)}
      </strong>
      <span>
        <Time at={change.at} />
      </span>
      <span class="faint">{words.by(change.subject, change.actor === "operator")}</span>
      {fields.length > 0 && <span class="faint">{fields.join(", ")}</span>}
    </>
  );
}

function numberOf(change: Change): number | undefined {
  const { version } = (change.after ?? {}) as { version?: number };
  return version;
}

async function readChanges(id: number, signal: AbortSignal) {
  const changes: Change[] = [];
  let after: string | null = null;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const found: Schema<"AuditPage"> = await get("/api/v1/customer/audit", {
      query: {
        target_type: "message_routes",
        target_id: String(id),
        limit: PAGE,
        ...(after === null ? {} : { after }),
      },
      signal,
    });
    changes.push(...found.entries);
    after = found.next;
    if (after === null) break;
  }
  return { changes, isAll: after === null };
}
