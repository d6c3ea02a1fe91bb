/** All tenants at a glance: the totals, the books, what needs attention, and who is stuck. */

import { get, type Schema } from "../../api/client.ts";
import { useReading } from "../../api/reading.ts";
import { Facts, Page } from "../../parts/page.tsx";
import { States } from "../../parts/states.tsx";
import { Badge, Count } from "../../parts/values.tsx";
import { operator as words } from "../../words/en/operator.ts";
import { titles } from "../../words/en/titles.ts";
import { Attention } from "./attention.tsx";
import { Balance } from "./balance.tsx";
import { Tenants } from "./tenants.tsx";
import "./operator.css";

const EVERY_MS = 10_000;

export default function OperatorPage() {
  const reading = useReading((signal) => get("/api/v1/operator/overview", { signal }), [], {
    every: EVERY_MS,
  });
  return (
    <Page title={titles.operator} lead={words.lead}>
      <States reading={reading}>
        {(overview) => (
          <>
            <Totals overview={overview} />
            <Attention needs={overview.attention} />
          </>
        )}
      </States>
      <Tenants />
    </Page>
  );
}

function Totals({ overview }: { overview: Schema<"OverviewAnswer"> }) {
  const names = Object.keys(words.total) as (keyof typeof words.total)[];
  return (
    <>
      <dl class="totals">
        {names.map((name) => (
          <div key={name}>
            <dt>{words.total[name]}</dt>
            <dd>
              <Count n={overview.totals[name]} />
            </dd>
          </div>
        ))}
      </dl>
      <Facts
        facts={[
          [words.parts, <Connections overview={overview} />],
          [words.books, <Balance ledger={overview.ledger} />],
        ]}
      />
    </>
  );
}

function Connections({ overview }: { overview: Schema<"OverviewAnswer"> }) {
  const parts = { MQTT: overview.mqtt, PostgreSQL: overview.database, NATS: overview.nats };
  return (
    <span class="badges">
      {Object.entries(parts).map(
        ([name, state]) =>
          state &&
          state !== "disabled" && (
            <Badge
              key={name}
              state={state === "ok" ? "ok" : "unavailable"}
              word={state === "ok" ? name : `${name}: ${state}`}
            />
          ),
      )}
    </span>
  );
}
