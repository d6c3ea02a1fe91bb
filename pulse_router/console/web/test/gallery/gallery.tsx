/** All parts on one page, with what a router might have said. */

import { render } from "preact";
import { useState } from "preact/hooks";
import { LocationProvider } from "preact-iso/router";
import { Problem } from "../../src/api/problem.ts";
import type { Reading } from "../../src/api/reading.ts";
import { ICON_NAMES, Icon } from "../../src/icons.tsx";
import { Button } from "../../src/parts/button.tsx";
import { Chart } from "../../src/parts/chart.tsx";
import { CopyAs, Copyable } from "../../src/parts/copying.tsx";
import { Dialog } from "../../src/parts/dialog.tsx";
import { AreaField, Check, SelectField, TextField, TimeField } from "../../src/parts/field.tsx";
import { FilterBar } from "../../src/parts/filter_bar.tsx";
import { BytesView, JsonView } from "../../src/parts/json_view.tsx";
import { Facts, Page, Section } from "../../src/parts/page.tsx";
import { Secret } from "../../src/parts/secret.tsx";
import { Bar, Spark } from "../../src/parts/spark.tsx";
import { NoneFiltered, NoneYet, States } from "../../src/parts/states.tsx";
import type { Column } from "../../src/parts/table/columns.ts";
import { Table } from "../../src/parts/table/table.tsx";
import { Tabs } from "../../src/parts/tabs.tsx";
import { Toasts, undo } from "../../src/parts/toasts.tsx";
import { Age, Badge, Count, Time } from "../../src/parts/values.tsx";
import { readJson } from "../../src/rules/digits.ts";
import { FROM, LAST, TO, type Token, withToken } from "../../src/rules/filters.ts";
import { NOTHING, type Selection } from "../../src/rules/selection.ts";

const PAYLOAD = readJson(
  '{"ts":"2026-03-09T10:03:21.120Z","metrics":{"temperature":91.20,"pressure":12345678901234567890,"door":true,"note":"مرحبا"},"tags":["a","b"],"extra":{}}',
);
const THEN = readJson(
  '{"ts":"2026-03-09T10:03:21.120Z","metrics":{"temperature":91.2,"pressure":12345678901234567890,"door":true,"note":"مرحبا"},"tags":["a"],"extra":{}}',
);
const TIMES = Array.from({ length: 200 }, (_, at) => Date.UTC(2026, 2, 9, 10) + at * 60_000);
const SERIES = [
  { label: "min", values: TIMES.map((_, at) => 20 + 5 * Math.sin(at / 20) - 2) },
  {
    label: "mean",
    values: TIMES.map((_, at) => (at > 90 && at < 100 ? null : 20 + 5 * Math.sin(at / 20))),
  },
  { label: "max", values: TIMES.map((_, at) => 20 + 5 * Math.sin(at / 20) + 3) },
];

interface Letter {
  id: number;
  device: string;
  error: string;
  status: string;
  at: number;
}

const NOW = Date.now();
const LETTERS: Letter[] = Array.from({ length: 10_000 }, (_, at) => ({
  id: 10_000 - at,
  device: `DEV-${(at * 7) % 40}`,
  error:
    ["HTTP 503 Service Unavailable: the queue is full, come again later", "no answer within 10 s"][
      at % 2
    ] ?? "",
  status: ["FAILED", "FAILED", "REPLAYED", "DISCARDED"][at % 4] ?? "",
  at: NOW - at * 61_000,
}));
const FIELDS = [
  {
    name: "status",
    label: "Status",
    kind: "choice" as const,
    many: true,
    choices: ["FAILED", "REPLAYED", "DISCARDED"],
  },
  { name: "device", label: "Device", kind: "text" as const },
  { name: "error", label: "Error text", kind: "text" as const, bare: true },
  { ...LAST, label: "Time" },
  { ...FROM, label: "From" },
  { ...TO, label: "To" },
];
const COLUMNS: Column<Letter>[] = [
  { key: "id", head: "Id", width: "96px", cell: (row) => row.id, card: 1 },
  {
    key: "status",
    head: "Status",
    width: "140px",
    cell: (row) => <Badge state={row.status} />,
    card: 2,
    token: (row) => ({ field: "status", value: row.status }),
  },
  {
    key: "device",
    head: "Device",
    width: "140px",
    cell: (row) => row.device,
    token: (row) => ({ field: "device", value: row.device }),
  },
  { key: "error", head: "Error", width: "minmax(160px, 3fr)", cell: (row) => row.error, card: 3 },
  {
    key: "at",
    head: "Age",
    width: "120px",
    align: "end",
    cell: (row) => <Age at={row.at} />,
    sorts: true,
  },
];

const reading = <T,>(state: Partial<Reading<T>>): Reading<T> => ({
  value: undefined,
  problem: undefined,
  loading: false,
  at: undefined,
  againAt: undefined,
  again: () => undefined,
  ...state,
});

function Gallery() {
  const [tokens, setTokens] = useState<readonly Token[]>([
    { field: "status", value: "FAILED" },
    { field: "status", value: "DISCARDED", not: true },
    { field: "error", value: "HTTP 503" },
    { field: "last", value: "24h" },
  ]);
  const [selection, setSelection] = useState<Selection>(NOTHING);
  const [dialog, setDialog] = useState("");
  const [text, setText] = useState("");
  const [time, setTime] = useState<string | undefined>("2026-03-09T10:03:21Z");
  const problem = new Problem({
    status: 422,
    title: "Unprocessable Content",
    detail: "The request has fields that are not valid.",
    requestId: "0a1b2c3d",
    errors: [{ path: "payload_filter.temperature.$gt", message: "must be a number or a string" }],
  });
  const away = new Problem({
    status: 503,
    title: "",
    detail: "The database cannot be reached now; try again.",
  });
  const close = (): void => setDialog("");
  return (
    <main class="content">
      <Page
        title="Parts"
        lead="All parts of the console, with what a router might have said."
        actions={
          <>
            <CopyAs
              request={() => "curl"}
              command={() => "pulse-router"}
              markdown={() => "**x**"}
            />
            <Button icon="replay" onClick={() => setDialog("replay")}>
              Replay
            </Button>
            <Button tone="danger" icon="trash" onClick={() => setDialog("purge")}>
              Purge 1,204
            </Button>
            <Button
              tone="primary"
              icon="plus"
              onClick={() =>
                undo(
                  "Discarded 3.",
                  10_000,
                  async () => 1,
                  async () => 1,
                )
              }
            >
              Discard
            </Button>
            <Button aria-disabled>Off</Button>
            <Button icon="more" label="More" tone="plain" />
          </>
        }
      >
        <Section heading="Values">
          <Facts
            facts={[
              ["Time", <Time key="" at={NOW - 90_000} ms age />],
              ["Device's", <Time key="" at={NOW - 90_000} device={{ received: NOW }} />],
              ["Count", <Count key="" n={1_234_567} exact={false} />],
              ["Id", <Copyable key="" text="382461453925352448" />],
              [
                "States",
                ["FAILED", "REPLAYED", "DISCARDED", "RUNNING", "WAITING", "retrying"].map(
                  (state) => (
                    <>
                      <Badge key={state} state={state} />{" "}
                    </>
                  ),
                ),
              ],
            ]}
          />
          <p class="gallery-icons">
            {ICON_NAMES.map((name) => (
              <span key={name} title={name}>
                <Icon name={name} />{" "}
              </span>
            ))}
          </p>
        </Section>
        <Section heading="States">
          <States reading={reading<number>({ loading: true })} lines={3}>
            {() => ""}
          </States>
          <States reading={reading<number>({ problem })}>{() => ""}</States>
          <States
            reading={reading<number>({
              problem: away,
              value: 7,
              at: NOW - 300_000,
              againAt: NOW + 600_000,
              loading: true,
            })}
          >
            {(value) => <p>The value is {value}.</p>}
          </States>
          <NoneYet
            icon="deadLetter"
            title="Nothing has failed"
            command="pulse-router demo --rate 200"
          >
            Deliveries that are given up stand here.
          </NoneYet>
          <NoneFiltered
            tokens={tokens}
            count={async (left) => ({ n: left.length === 0 ? 1204 : 12, isExact: true })}
            onDrop={() => undefined}
            onDropAll={() => undefined}
          />
        </Section>
        <Section heading="Fields">
          <TextField label="Name" value={text} onInput={setText} hint="1 to 100 characters." />
          <TextField
            label="Topic filter"
            value="tenant/#/x"
            onInput={setText}
            error="# stands at the end only."
          />
          <SelectField
            label="Destination"
            value="webhook"
            onChoose={setText}
            choices={[{ value: "webhook", label: "Webhook" }]}
            isOptional
          />
          <TimeField label="From" value={time} onInput={setTime} />
          <AreaField label="Filter" value={'{"temperature": {"$gt": 80}}'} onInput={setText} />
          <Check
            label="One, then ten, then the rest"
            checked
            onChange={() => undefined}
            hint="It stops by itself when those fail."
          />
        </Section>
        <Section heading="Payloads">
          <JsonView
            label="Payload"
            value={PAYLOAD}
            against={THEN}
            mark="metrics.pressure"
            actions={[{ name: "Use as filter", run: () => undefined }]}
          />
          <br />
          <BytesView label="Bytes" bytes={new Uint8Array(40).map((_, at) => at * 7)} />
        </Section>
        <Section heading="Figures">
          <Spark label="Failed" values={[0, 3, 1, 8, 2, 9, 4, 12]} tone="bad" />
          <br />
          <Bar
            label="Done"
            whole={100}
            parts={[
              { n: 42, tone: "good" },
              { n: 8, tone: "bad" },
              { n: 5, tone: "quiet" },
            ]}
          />
          <br />
          <Chart
            label="Temperature"
            unit="°C"
            times={TIMES}
            series={SERIES}
            onZoom={() => undefined}
          />
          <Secret name="DEV-7" value="tok_0123456789abcdef" />
          <Tabs
            label="Parts of a route"
            tabs={[
              { key: "a", label: "How it does", content: () => <p>Well.</p> },
              { key: "b", label: "Dead letters", count: 12, content: () => <p>Twelve.</p> },
            ]}
          />
        </Section>
        <Section heading="A list">
          <FilterBar fields={FIELDS} tokens={tokens} onChange={setTokens} />
          <Table
            caption="Dead letters"
            columns={COLUMNS}
            rows={LETTERS}
            rowKey={(row) => row.id}
            open={(row) => `#${row.id}`}
            total={LETTERS.length}
            selection={selection}
            onSelect={setSelection}
            onToken={(token) => setTokens(withToken(tokens, token, FIELDS))}
            sort={{ key: "at", isDown: true }}
            onSort={() => undefined}
            waiting={{ count: 14, show: () => undefined }}
          />
        </Section>
      </Page>
      {dialog === "replay" && (
        <Dialog
          title="Replay 1,204 dead letters"
          confirm="Replay 1,204"
          onConfirm={async () => close()}
          onClose={close}
        >
          <p>Those with status FAILED and error "HTTP 503", up to number 9,941.</p>
        </Dialog>
      )}
      {dialog === "purge" && (
        <Dialog
          title="Purge 1,204 dead letters"
          danger
          typed="1204"
          confirm="Purge 1,204"
          onConfirm={async () => close()}
          onClose={close}
        >
          <p>They are removed for good, whatever their status.</p>
        </Dialog>
      )}
      <Toasts />
    </main>
  );
}

render(
  <LocationProvider>
    <Gallery />
  </LocationProvider>,
  document.getElementById("app") as HTMLElement,
);
