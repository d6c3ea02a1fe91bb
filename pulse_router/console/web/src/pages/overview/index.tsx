/** Whether it runs, what flows, whether every message is accounted for, and what needs somebody. */

import { get, type Schema } from "../../api/client.ts";
import { useReading } from "../../api/reading.ts";
import { link } from "../../app/location.ts";
import { figures } from "../../live/socket.ts";
import { Page, Section } from "../../parts/page.tsx";
import { States } from "../../parts/states.tsx";
import { overview as words } from "../../words/en/overview.ts";
import { titles } from "../../words/en/titles.ts";
import { AttentionList } from "./attention.tsx";
import { BookList } from "./books.tsx";
import { Flow } from "./flow.tsx";
import { HealthLine } from "./health.tsx";
import { Stock } from "./stock.tsx";

export type Overview = Schema<"CustomerOverview">;

export default function OverviewPage() {
  const reading = useReading((signal) => get("/api/v1/customer/overview", { signal }), [], {
    changes: ["routes", "devices", "groups", "alerts", "dead_letters", "rejected"],
    every: 30_000,
  });
  return (
    <Page title={titles.overview}>
      <HealthLine />
      <States reading={reading} lines={12}>
        {(overview) => (
          <>
            <FirstSteps overview={overview} />
            <Section heading={words.attention}>
              <AttentionList found={overview.attention} />
            </Section>
            <Section heading={words.flow}>
              <Flow states={overview.states} totals={totals(overview)} />
            </Section>
            <Section heading={words.books}>
              <BookList overview={overview} books={totals(overview)} />
            </Section>
            <Section heading={words.stock}>
              <Stock states={overview.states} />
            </Section>
          </>
        )}
      </States>
    </Page>
  );
}

/** The newest totals: those of the live figures where there are any. */
function totals(overview: Overview): Readonly<Record<string, number>> {
  return figures.value?.totals ?? overview.books;
}

function FirstSteps({ overview }: { overview: Overview }) {
  const { devices_active, devices_revoked, routes_enabled, routes_disabled } = overview.states;
  if (devices_active + devices_revoked > 0 && routes_enabled + routes_disabled > 0) return null;
  return (
    <p class="note">
      {words.first} <a href={link("/start")}>{words.firstStep}</a>
    </p>
  );
}
