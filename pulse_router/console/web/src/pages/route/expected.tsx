/** The request as a route would make it of the newest message that its topic fits. */

import { get, type Schema, send } from "../../api/client.ts";
import { foreignTenant } from "../../api/credentials.ts";
import { useReading } from "../../api/reading.ts";
import { session } from "../../app/session.ts";
import { Button } from "../../parts/button.tsx";
import { copyText } from "../../parts/copying.tsx";
import { States } from "../../parts/states.tsx";
import { signedWebhook } from "../../rules/copying.ts";
import { connect as words } from "../../words/en/route_parts.ts";
import { RequestView } from "../editor/request_view.tsx";
import type { Route } from "../routes/routes.ts";

type Made = Schema<"RequestAnswer">;

export function Expected({ route }: { route: Route }) {
  if (foreignTenant.value !== undefined) return <p class="faint">{words.needsOwn}</p>;
  const may = session.value?.may("write") ?? { needs: "" };
  if (may !== true) return <p class="faint">{words.needsAdmin(may.needs)}</p>;
  return <Tried route={route} />;
}

function Tried({ route }: { route: Route }) {
  const reading = useReading(
    async (signal) => {
      const { message, isReal } = await exampleFor(route, signal);
      const { body } = await send("post", "/api/v1/customer/message-routes/{route_id}/test", {
        path: { route_id: route.id },
        body: { ...message, deliver: false } as never,
        signal,
      });
      return { request: body.request, fault: body.request_fault, isReal };
    },
    [route.id, route.version],
  );
  return (
    <States reading={reading} lines={8}>
      {({ request, fault, isReal }) =>
        request === null ? (
          <p>
            {words.cannot}: {fault}
          </p>
        ) : (
          <>
            <p class="faint">
              {isReal ? words.expectText : words.expectSample}{" "}
              {route.destination_type === "mqtt_republish" && words.userProperties}
            </p>
            <RequestView request={request} />
            {request.url !== undefined && (
              <Button icon="copy" onClick={() => void copyText(copied(request))}>
                {words.copyRequest}
              </Button>
            )}
          </>
        )
      }
    </States>
  );
}

/** The request as a command, signed when it is run by whoever has the secret. */
function copied(request: Made): string {
  return signedWebhook({
    method: request.method,
    url: request.url ?? "",
    headers: request.headers,
    body: request.body,
    id: request.headers["webhook-id"] ?? "",
  });
}

interface Example {
  readonly message: { readonly topic: string; readonly payload: object };
  readonly isReal: boolean;
}

/** The newest message whose topic fits, put together from what is stored; else one that is made up. */
async function exampleFor(route: Route, signal: AbortSignal): Promise<Example> {
  const { messages } = await get("/api/v1/customer/messages", {
    query: { topic: route.topic_filter, limit: 1 },
    signal,
  });
  const newest = messages[0];
  if (newest !== undefined) {
    const extra = (newest.extra ?? {}) as object;
    const payload = {
      ts: newest.timestamp,
      site_id: newest.site_id,
      metrics: newest.metrics,
      ...extra,
    };
    return { message: { topic: newest.topic, payload }, isReal: true };
  }
  const topic = route.topic_filter.replace(/#$/, "telemetry").replaceAll("+", "DEV-1");
  return { message: { topic, payload: { metrics: { temperature: 21.5 } } }, isReal: false };
}
