/** How the router is: what is as it should be, who shares the work, its figures and books. */

import { get, type Schema } from "../../api/client.ts";
import { useReading } from "../../api/reading.ts";
import { Facts, Section } from "../../parts/page.tsx";
import { States } from "../../parts/states.tsx";
import { Age, Badge, Count, Length } from "../../parts/values.tsx";
import { system as words } from "../../words/en/system.ts";
import { Balance } from "../operator/balance.tsx";
import type { Database, System } from "./index.tsx";

const EVERY_MS = 5_000;

export function State({ system }: { system: System }) {
  return (
    <>
      <Section heading={words.checks}>
        <ul class="checks">
          {system.checks.map((check) => (
            <Check key={check.name} check={check} />
          ))}
        </ul>
      </Section>
      <Section heading={words.warnings}>
        {system.warnings.length === 0 && <p class="faint">{words.noWarnings}</p>}
        <ul class="checks">
          {system.warnings.map((warning) => (
            <li key={warning}>
              <Badge state="degraded" word={warning} />
            </li>
          ))}
        </ul>
      </Section>
      {system.database !== null && <Routers database={system.database} />}
      <Health />
    </>
  );
}

function Check({ check }: { check: Schema<"CheckAnswer"> }) {
  return (
    <li>
      <Badge
        state={check.is_ok ? "ok" : "unavailable"}
        word={words.checkNames[check.name] ?? check.name}
      />
      {check.problem !== null && <span>{check.problem}</span>}
      {!check.is_ok && check.since !== null && (
        <span class="faint">
          {words.since} <Age at={check.since} />
        </span>
      )}
    </li>
  );
}

function Routers({ database }: { database: Database }) {
  return (
    <Section heading={words.routers}>
      {database.routers.length === 0 && <p class="faint">{words.noRouters}</p>}
      <ul class="checks">
        {database.routers.map((router) => (
          <li key={router.name}>
            <span class="mono">{router.name}</span>
            <Badge
              state={router.lives ? "ok" : "unavailable"}
              word={router.lives ? words.lives : words.gone}
            />
            {router.is_this && <Badge state="" word={words.isThis} />}
            <span class="faint">{words.lanes(router.lanes, database.lanes)}</span>
          </li>
        ))}
      </ul>
      {database.free_lanes > 0 && <p class="faint">{words.freeLanes(database.free_lanes)}</p>}
    </Section>
  );
}

function Health() {
  const reading = useReading((signal) => get("/health", { signal }), [], { every: EVERY_MS });
  return (
    <States reading={reading}>
      {(health) => (
        <>
          <Section heading={words.figures}>
            <Facts
              facts={[
                [words.depth, <Count n={health.delivery_queue_depth} />],
                [words.snapshot, <Length ms={health.oldest_snapshot_seconds * 1000} />],
                [words.above, <Count n={health.tenants_above_limits} />],
              ]}
            />
          </Section>
          <Section heading={words.books}>
            <p>
              <Balance ledger={health.ledger} />
            </p>
            <Facts facts={numbers(health.ledger)} />
          </Section>
          <Section heading={words.upstream}>
            <Facts facts={numbers(health.upstream, words.lost)} />
          </Section>
        </>
      )}
    </States>
  );
}

/** The entries that are counts, under their names. */
function numbers(entries: object, names: Readonly<Record<string, string>> = {}) {
  return Object.entries(entries).flatMap(([name, n]) =>
    typeof n === "number" ? [[names[name] ?? name, <Count key={name} n={n} />] as const] : [],
  );
}
