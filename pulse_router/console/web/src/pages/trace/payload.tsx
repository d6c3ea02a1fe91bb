/** What a message carries; of a refused one also which rule it broke. */

import type { Schema } from "../../api/client.ts";
import { link } from "../../app/location.ts";
import { JsonView } from "../../parts/json_view.tsx";
import { Facts, Section } from "../../parts/page.tsx";
import { Badge } from "../../parts/values.tsx";
import { type Json, readJson } from "../../rules/digits.ts";
import { REASONS } from "../../words/en/errors.ts";
import { messages, traces as words } from "../../words/en/traces.ts";
import type { Trace } from "./trace_page.tsx";

type Rejected = Schema<"RejectedMessage">;

export function Payload({ trace }: { trace: Trace }) {
  const { message, rejected } = trace;
  const value = message ? stored(message) : rejected ? refused(rejected) : undefined;
  if (value === undefined) return null;
  return (
    <Section
      heading={words.payload}
      actions={
        <a
          class="button"
          href={link(
            "/routes/new",
            message ? { event_id: message.id } : { rejected_id: rejected?.id },
          )}
        >
          {words.test}
        </a>
      }
    >
      {message && !trace.payload_is_exact && <p class="faint">{words.inexact}</p>}
      <JsonView
        label={words.payload}
        value={value}
        cut={
          rejected?.payload_is_cut && rejected.payload !== null
            ? { shown: rejected.payload.length, all: rejected.payload_bytes }
            : undefined
        }
      />
    </Section>
  );
}

function stored(message: Schema<"StoredMessageAnswer">): Json {
  const { metrics, extra } = message as { metrics: Json; extra?: Json };
  const others = typeof extra === "object" && extra !== null ? extra : {};
  return {
    ...(others as Record<string, Json>),
    ts: message.timestamp,
    ...(message.site_id === null ? {} : { site_id: message.site_id }),
    ...(metrics === null ? {} : { metrics }),
  };
}

function refused(rejected: Rejected): Json | undefined {
  if (rejected.payload === null) return undefined;
  if (rejected.payload_encoding !== "utf-8") return rejected.payload;
  try {
    return readJson(rejected.payload);
  } catch {
    return rejected.payload; // It may have been refused for being no JSON.
  }
}

export function Refused({ rejected, trace }: { rejected: Rejected; trace: Trace }) {
  const { means, remedy } = REASONS[rejected.reason];
  const device = trace.device.device_id;
  return (
    <Section
      heading={words.why}
      actions={
        rejected.reason === "UNREGISTERED_DEVICE" &&
        device !== null && (
          <a class="button" href={link("/devices/new", { device_id: device })}>
            {messages.register}
          </a>
        )
      }
    >
      <Facts
        facts={[
          [
            words.facts.reason,
            <Badge key="" state="" tone="bad" icon="ban" word={rejected.reason} />,
          ],
          [messages.columns.detail, rejected.detail],
        ]}
      />
      <p class="refused-rule">
        {means} {remedy}
      </p>
    </Section>
  );
}
