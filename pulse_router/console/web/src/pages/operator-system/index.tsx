/** What the router runs on: its parts, its books, and what was lost before it came here. */

import { get } from "../../api/client.ts";
import { useReading } from "../../api/reading.ts";
import { Facts, Page, Section } from "../../parts/page.tsx";
import { States } from "../../parts/states.tsx";
import { Badge, Count, Length } from "../../parts/values.tsx";
import { system as words } from "../../words/en/operator.ts";
import { titles } from "../../words/en/titles.ts";
import { Balance } from "../operator/balance.tsx";

const EVERY_MS = 5_000;

export default function OperatorSystemPage() {
  const reading = useReading((signal) => get("/health", { signal }), [], { every: EVERY_MS });
  return (
    <Page title={titles.operatorSystem} lead={words.lead}>
      <States reading={reading}>
        {(health) => (
          <>
            <Section heading={words.parts}>
              <Facts
                facts={[
                  ["MQTT", <Part state={health.mqtt} />],
                  ["PostgreSQL", <Part state={health.database} />],
                  health.nats !== "disabled" ? ["NATS", <Part state={health.nats} />] : false,
                ]}
              />
            </Section>
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
    </Page>
  );
}

function Part({ state }: { state: string }) {
  return state === "ok" ? <Badge state="ok" /> : <Badge state="unavailable" word={state} />;
}

/** The entries that are counts, under their names. */
function numbers(entries: object, names: Readonly<Record<string, string>> = {}) {
  return Object.entries(entries).flatMap(([name, n]) =>
    typeof n === "number" ? [[names[name] ?? name, <Count key={name} n={n} />] as const] : [],
  );
}
