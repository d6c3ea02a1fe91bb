/** The editor of a route: a new one, a copy of one, or one that is there. */

import { type Reading, useReading } from "../../api/reading.ts";
import { useQuery } from "../../app/location.ts";
import type { PageProps } from "../../app/routes.ts";
import { shownTenant } from "../../app/tenant.ts";
import { Page } from "../../parts/page.tsx";
import { States } from "../../parts/states.tsx";
import type { JsonObject } from "../../rules/digits.ts";
import { titles } from "../../words/en/titles.ts";
import type { Base } from "./editing.ts";
import { Editor } from "./editor.tsx";
import { copyRoute, readRoute } from "./stored.ts";
import "./editor.css";

export default function EditorPage({ params }: Partial<PageProps<"route_id">>) {
  const [query] = useQuery();
  const id = params?.route_id === undefined ? undefined : Number(params.route_id);
  const copied = id === undefined ? query.get("copy") : undefined;
  const about = `${id ?? "new"} ${copied ?? ""}`;
  const reading = useReading(
    async (signal): Promise<Read> => ({ about, base: await baseOf(id, copied, signal) }),
    [about],
  );
  // What was read of another route stays until this one comes, and must not be edited as this one.
  if (reading.value?.about !== about) return <Waits reading={{ ...reading, value: undefined }} />;
  return <Editor key={about} id={id} base={reading.value.base} />;
}

interface Read {
  readonly about: string;
  readonly base: Base;
}

async function baseOf(
  id: number | undefined,
  copied: string | undefined,
  signal: AbortSignal,
): Promise<Base> {
  if (id !== undefined) return readRoute(id, signal);
  if (copied !== undefined) return copyRoute(Number(copied), signal);
  return { body: newRoute(), etag: undefined };
}

function Waits({ reading }: { reading: Reading<Read> }) {
  return (
    <Page title={titles.editor}>
      <States reading={reading} lines={10}>
        {() => null}
      </States>
    </Page>
  );
}

function newRoute(): JsonObject {
  return {
    name: "",
    topic_filter: `tenant/${shownTenant.peek() ?? "+"}/device/+/telemetry`,
    destination_type: "webhook",
    destination_config: {},
    payload_filter: null,
    is_enabled: true,
  };
}
