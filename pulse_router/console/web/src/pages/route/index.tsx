/** One route: how it does, what waits, what became of it, how an app connects, how it was changed. */

import { read } from "../../api/client.ts";
import { type Reading, useReading } from "../../api/reading.ts";
import { useKeys } from "../../app/keys.ts";
import { go, link } from "../../app/location.ts";
import type { PageProps } from "../../app/routes.ts";
import { Page } from "../../parts/page.tsx";
import { States } from "../../parts/states.tsx";
import { Tabs } from "../../parts/tabs.tsx";
import { routes as words } from "../../words/en/routes.ts";
import { type Route, stateOf } from "../routes/routes.ts";
import { placeOf, RouteState } from "../routes/state.tsx";
import { Actions } from "./actions.tsx";
import { Changes } from "./changes.tsx";
import { Connect } from "./connect.tsx";
import { Dead } from "./dead.tsx";
import { Delivered } from "./delivered.tsx";
import { Doing } from "./doing.tsx";
import { Gone } from "./gone.tsx";
import { Missed } from "./missed.tsx";
import { Notices } from "./notices.tsx";
import { Pending } from "./pending.tsx";
import { type Stats, useStats } from "./stats.ts";
import "./route.css";

/** A route as it was read, with what If-Match is to say. */
export interface Known {
  readonly route: Route;
  readonly etag: string | undefined;
  readonly again: () => void;
}

export default function RoutePage({ params }: PageProps<"route_id">) {
  const id = Number(params.route_id);
  const reading = useReading(
    async (signal) => {
      const { body, etag } = await read("/api/v1/customer/message-routes/{route_id}", {
        path: { route_id: id },
        signal,
      });
      return { route: body, etag };
    },
    [id],
    { changes: ["routes"] },
  );
  const stats = useStats(id);
  const route = reading.value?.route;
  useKeys([
    { keys: "Escape", say: words.toList, run: () => go(link("/routes")) },
    { keys: "e", say: words.keys.edit, run: () => go(link(`/routes/${id}/edit`)) },
  ]);
  if (reading.problem?.status === 404) return <Gone id={id} />;
  const known = reading.value && { ...reading.value, again: reading.again };
  return (
    <Page
      title={route?.name ?? words.one(id)}
      heading={
        <>
          {route?.name ?? words.one(id)}{" "}
          {route && <RouteState state={stateOf({ ...route, stats: stats.value as never })} />}
        </>
      }
      lead={
        route && (
          <>
            <code>{route.topic_filter}</code> →{" "}
            <code>{placeOf(route.destination_type, route.destination_config)}</code>
          </>
        )
      }
      actions={known && <Actions known={known} />}
    >
      <States reading={reading} lines={8}>
        {() => known && <Shown known={known} stats={stats} />}
      </States>
    </Page>
  );
}

function Shown({ known, stats }: { known: Known; stats: Reading<Stats> }) {
  const { route } = known;
  const { id } = route;
  const { tab } = words;
  const tabs = [
    { key: "doing", label: tab.doing, content: () => <Doing route={route} stats={stats} /> },
    {
      key: "pending",
      label: tab.pending,
      count: stats.value?.pending || undefined,
      content: () => <Pending id={id} onTried={stats.again} />,
    },
    { key: "delivered", label: tab.delivered, content: () => <Delivered id={id} /> },
    { key: "dead", label: tab.dead, content: () => <Dead route={route} /> },
    { key: "missed", label: tab.missed, content: () => <Missed route={route} /> },
    { key: "connect", label: tab.connect, content: () => <Connect route={route} /> },
    { key: "changes", label: tab.changes, content: () => <Changes known={known} /> },
  ];
  return (
    <>
      <Notices route={route} stats={stats.value} />
      <Tabs label={words.tabs} tabs={tabs} />
    </>
  );
}
