/** What became of a message: the steps of its way, what each route did with it, and why. */

import { get } from "../../api/client.ts";
import { useReading } from "../../api/reading.ts";
import { link } from "../../app/location.ts";
import type { PageProps } from "../../app/routes.ts";
import { useWayBack } from "../../parts/list.ts";
import { titles } from "../../words/en/titles.ts";
import { messages as words } from "../../words/en/traces.ts";
import { TracePage } from "./trace_page.tsx";

/** By the message's id, or by that of one of its deliveries: its `webhook-id`. */
export default function MessageTracePage({
  params,
}: PageProps<"event_id"> | PageProps<"delivery_id">) {
  const isDelivery = "delivery_id" in params;
  const id = isDelivery ? params.delivery_id : params.event_id;
  const reading = useReading(
    (signal) =>
      isDelivery
        ? get("/api/v1/customer/deliveries/{delivery_id}/trace", {
            path: { delivery_id: id },
            signal,
          })
        : get("/api/v1/customer/messages/{event_id}/trace", { path: { event_id: id }, signal }),
    [id, isDelivery],
    { changes: ["routes", "dead_letters", "pending"] },
  );
  useWayBack("messages", titles.messages, () => link("/messages"));
  return (
    <TracePage
      reading={reading}
      title={isDelivery ? words.delivery(id) : words.message(id)}
      command={id}
    />
  );
}
