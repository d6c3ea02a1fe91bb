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
  const reading = useReading(
    (signal) =>
      id !== undefined
        ? readRoute(id, signal)
        : copied !== undefined
          ? copyRoute(Number(copied), signal)
          : Promise.resolve<Base>({ body: newRoute(), etag: undefined }),
    [id, copied],
  );
  // The form itself is the page once it is there: it begins with its heading.
  if (reading.value === undefined) return <Waits reading={reading} />;
  return <Editor key={`${id ?? "new"}`} id={id} base={reading.value} />;
}

function Waits({ reading }: { reading: Reading<Base> }) {
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
