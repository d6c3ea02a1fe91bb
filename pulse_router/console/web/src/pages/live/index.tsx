/** What arrives now: filtered by the router and in the page, paused without loss. */

import { useEffect, useMemo, useRef } from "preact/hooks";
import { addressOf } from "../../api/client.ts";
import { useKeys } from "../../app/keys.ts";
import { useQuery } from "../../app/location.ts";
import { shownTenant } from "../../app/tenant.ts";
import { type Tail, tailOf } from "../../live/tail.ts";
import { Button } from "../../parts/button.tsx";
import { CopyAs } from "../../parts/copying.tsx";
import { type BarField, FilterBar } from "../../parts/filter_bar.tsx";
import { Page } from "../../parts/page.tsx";
import { download } from "../../parts/secret.tsx";
import { command, curl } from "../../rules/copying.ts";
import { fromQuery, type Token, toQuery, withToken } from "../../rules/filters.ts";
import type { Query } from "../../rules/query.ts";
import type { TailFilters } from "../../rules/tail_filters.ts";
import { live as words } from "../../words/en/live.ts";
import { titles } from "../../words/en/titles.ts";
import { LineState } from "./line_state.tsx";
import { Meters } from "./meters.tsx";
import { Rows } from "./rows.tsx";

const FIELDS: readonly BarField[] = [
  { name: "device", param: "device_id", label: words.fields.device, kind: "text", many: true },
  { name: "group", param: "group_id", label: words.fields.group, kind: "id", many: true },
  { name: "metric", label: words.fields.metric, kind: "text", many: true },
  { name: "text", param: "q", label: words.fields.text, kind: "text", bare: true },
];

export default function LivePage() {
  const [query, setQuery] = useQuery();
  const tenant = shownTenant.value ?? "";
  const tail = useMemo(() => tailOf(tenant), [tenant]);
  const tokens = fromQuery(query.all(), FIELDS);
  const filters = filtersOf(query);
  const find = query.get("q") ?? "";
  const key = JSON.stringify(filters);
  tail.log.narrow(
    find,
    Object.values(filters).some((values) => values.length > 0),
  );
  useEffect(() => {
    tail.follow(filters);
    return () => tail.leave();
  }, [tail, key]);
  const top = useRef<HTMLDivElement>(null);
  useScrollFreeze(tail, top);

  const change = (changed: readonly Token[]): void => {
    const cleared = { device_id: null, group_id: null, metric: null, q: null };
    setQuery({ ...cleared, ...toQuery(changed, FIELDS) });
  };
  const goOn = (): void => {
    // Before the newest are shown, or the view would be frozen at once again.
    if (isBelow(top.current)) top.current?.scrollIntoView({ block: "end" });
    tail.resume();
  };
  const turn = (): void => (tail.log.frozen === "pause" ? goOn() : tail.freeze("pause"));
  useKeys([{ keys: "p", say: `${words.pause} / ${words.resume}`, run: turn }]);
  const onToken = (token: Token): void => change(withToken(tokens, token, FIELDS));
  return (
    <Page
      title={titles.live}
      lead={words.lead}
      actions={<Actions tail={tail} tenant={tenant} filters={filters} />}
    >
      <FilterBar fields={FIELDS} tokens={tokens} onChange={change} />
      <Meters tail={tail} onDevice={(device) => onToken({ field: "device", value: device })} />
      <LineState tail={tail} onTurn={turn} />
      <div ref={top} />
      <Rows tail={tail} tokens={tokens} onToken={onToken} onTokens={change} onGoOn={goOn} />
    </Page>
  );
}

function Actions(props: { tail: Tail; tenant: string; filters: TailFilters }) {
  const { tail, filters } = props;
  const save = (): void => {
    const lines = tail.log.all().flatMap((row) => (row.text === "" ? [] : [`${row.text}\n`]));
    const at = new Date().toISOString().replaceAll(":", "-");
    download(`live-${props.tenant}-${at}.ndjson`, lines.join(""), "application/x-ndjson");
  };
  return (
    <>
      <CopyAs
        request={() => {
          const path = "/api/v1/customer/telemetry/stream/sse";
          const url = location.origin + addressOf(path, { query: filters });
          return curl({ method: "GET", url, headers: { Accept: "text/event-stream" } });
        }}
        command={() => tailCommand(filters)}
      />
      <Button icon="download" title={words.downloadHint} onClick={save}>
        {words.download}
      </Button>
      <Button icon="trash" onClick={() => tail.clear()}>
        {words.clear}
      </Button>
    </>
  );
}

function filtersOf(query: Query): TailFilters {
  return {
    device_id: query.list("device_id"),
    group_id: query.list("group_id"),
    metric: query.list("metric"),
  };
}

function tailCommand(filters: TailFilters): string {
  const options = [
    ["--device", filters.device_id],
    ["--group", filters.group_id],
    ["--metric", filters.metric],
  ] as const;
  return command(
    "tail",
    ...options.flatMap(([name, values]) => values.flatMap((value) => [name, value])),
  );
}

/** Whether one has scrolled into the rows, so that the newest are above what is in sight. */
function isBelow(top: HTMLElement | null): boolean {
  const bar = Number.parseFloat(getComputedStyle(document.documentElement).scrollPaddingTop) || 0;
  return (top?.getBoundingClientRect().top ?? bar) < bar / 2;
}

/** Whoever scrolls into the rows reads them: they stay until one is back at the top. */
function useScrollFreeze(tail: Tail, top: { current: HTMLElement | null }): void {
  useEffect(() => {
    const scrolled = (): void => {
      const { frozen } = tail.log;
      if (frozen === "pause") return;
      if (isBelow(top.current)) {
        if (frozen === undefined) tail.freeze("scroll");
      } else if (frozen === "scroll") tail.resume();
    };
    window.addEventListener("scroll", scrolled, { passive: true });
    return () => window.removeEventListener("scroll", scrolled);
  }, [tail]);
}
