/** A refused message: which check failed, the value, the rule, and which routes would have taken it. */

import { get } from "../../api/client.ts";
import { useReading } from "../../api/reading.ts";
import { link } from "../../app/location.ts";
import type { PageProps } from "../../app/routes.ts";
import { useWayBack } from "../../parts/list.ts";
import { titles } from "../../words/en/titles.ts";
import { messages as words } from "../../words/en/traces.ts";
import { TracePage } from "../trace/trace_page.tsx";

export default function RefusalPage({ params }: PageProps<"message_id">) {
  const id = params.message_id;
  const reading = useReading(
    (signal) =>
      get("/api/v1/customer/rejected-messages/{message_id}/trace", {
        path: { message_id: Number(id) },
        signal,
      }),
    [id],
    { changes: ["routes", "devices"] },
  );
  useWayBack("rejected-customer", titles.rejected, () => link("/rejected"));
  return <TracePage reading={reading} title={words.refusal(id)} command={id} />;
}
