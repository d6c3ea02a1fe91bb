/** What the router runs on: how it is, its settings, the room its tables take, its migrations. */

import { get, type Schema } from "../../api/client.ts";
import { useReading } from "../../api/reading.ts";
import { Facts, Page } from "../../parts/page.tsx";
import { NoneYet, States } from "../../parts/states.tsx";
import { Tabs } from "../../parts/tabs.tsx";
import { system as words } from "../../words/en/system.ts";
import { titles } from "../../words/en/titles.ts";
import { Migrations } from "./migrations.tsx";
import { Room } from "./room.tsx";
import { Settings } from "./settings.tsx";
import { State } from "./state.tsx";
import "./system.css";

export type System = Schema<"SystemAnswer">;
export type Database = Schema<"DatabaseAnswer">;

const EVERY_MS = 10_000;

export default function OperatorSystemPage() {
  const reading = useReading((signal) => get("/api/v1/operator/system", { signal }), [], {
    every: EVERY_MS,
  });
  return (
    <Page title={titles.operatorSystem} lead={words.lead}>
      <States reading={reading} lines={10}>
        {(system) => (
          <>
            <Facts
              facts={[
                [words.version, <span class="mono">{system.version}</span>],
                [words.python, <span class="mono">{system.python_version}</span>],
                system.database !== null && [
                  words.server,
                  <span class="mono">{system.database.server_version}</span>,
                ],
                system.database !== null && [words.taken, words.bytes(system.database.bytes)],
              ]}
            />
            <Tabs
              label={words.label}
              tabs={[
                { key: "state", label: words.tabs.state, content: () => <State system={system} /> },
                {
                  key: "settings",
                  label: words.tabs.settings,
                  content: () => <Settings settings={system.settings} />,
                },
                {
                  key: "room",
                  label: words.tabs.room,
                  content: () => told(system, (database) => <Room tables={database.tables} />),
                },
                {
                  key: "migrations",
                  label: words.tabs.migrations,
                  content: () => told(system, (database) => <Migrations database={database} />),
                },
              ]}
            />
          </>
        )}
      </States>
    </Page>
  );
}

/** What the database has to say, where it can be asked. */
function told(system: System, show: (database: Database) => preact.ComponentChildren) {
  if (system.database !== null) return show(system.database);
  return (
    <NoneYet icon="warn" title={words.away}>
      {words.awayText}
    </NoneYet>
  );
}
