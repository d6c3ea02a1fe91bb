/** A trace on a page of its own. */

import type { Schema } from "../../api/client.ts";
import type { Reading } from "../../api/reading.ts";
import { link } from "../../app/location.ts";
import { CopyAs, Copyable } from "../../parts/copying.tsx";
import { Facts, Page, Section } from "../../parts/page.tsx";
import { States } from "../../parts/states.tsx";
import { Badge } from "../../parts/values.tsx";
import { command, record } from "../../rules/copying.ts";
import { traces as words } from "../../words/en/traces.ts";
import { Payload, Refused } from "./payload.tsx";
import { RouteList } from "./route_list.tsx";
import { NotFound, Searched } from "./searched.tsx";
import { Steps } from "./steps.tsx";

export type Trace = Schema<"TraceAnswer">;

/** How each outcome looks: as the state that is nearest to it. */
const LOOKS: Readonly<Record<string, string>> = {
  delivered: "delivered",
  written: "delivered",
  pending: "pending",
  failed: "dead",
  refused: "dead",
  discarded: "DISCARDED",
};

export function TracePage(props: { reading: Reading<Trace>; title: string; command: string }) {
  const { reading, title } = props;
  const trace = reading.value;
  const isGone = trace === undefined && reading.problem?.status === 404;
  return (
    <Page
      title={title}
      heading={
        <>
          {title} {trace && <Outcome trace={trace} />}
        </>
      }
      lead={trace?.text}
      actions={
        <CopyAs
          command={() => command("trace", props.command)}
          {...(trace && { markdown: () => markdown(title, trace) })}
        />
      }
    >
      {isGone && reading.problem ? (
        <NotFound problem={reading.problem} />
      ) : (
        <States reading={reading} lines={10}>
          {(shown) => <Shown trace={shown} />}
        </States>
      )}
    </Page>
  );
}

function Outcome({ trace }: { trace: Trace }) {
  return (
    <Badge
      state={LOOKS[trace.outcome] ?? ""}
      word={words.outcomes[trace.outcome] ?? trace.outcome}
    />
  );
}

function Shown({ trace }: { trace: Trace }) {
  return (
    <>
      <Section heading={words.way}>
        <Steps steps={trace.steps} />
      </Section>
      {trace.rejected && <Refused rejected={trace.rejected} trace={trace} />}
      <Section heading={words.routes}>
        <RouteList trace={trace} />
      </Section>
      <Section heading={words.facts.device}>
        <Device trace={trace} />
      </Section>
      <Payload trace={trace} />
      <Searched searched={trace.searched} />
    </>
  );
}

function Device({ trace }: { trace: Trace }) {
  const { device, message } = trace;
  const id = device.device_id;
  return (
    <Facts
      facts={[
        id !== null && [
          words.facts.device,
          <a key="" href={link(`/devices/${encodeURIComponent(id)}`)}>
            <code>{id}</code>
          </a>,
        ],
        [
          words.facts.status,
          device.is_registered ? (
            <Badge key="" state={device.status ?? ""} />
          ) : (
            <Badge key="" state="" tone="bad" icon="ban" word={words.unregistered} />
          ),
        ],
        [words.facts.topic, <Copyable key="" text={trace.topic} />],
        message !== null && [words.facts.type, message.msg_type],
        message !== null && [words.facts.id, <Copyable key="" text={message.id} />],
      ]}
    />
  );
}

function markdown(title: string, trace: Trace): string {
  return record(title, [
    [words.outcomes[trace.outcome] ?? trace.outcome, trace.text],
    [words.facts.topic, trace.topic],
    ...trace.steps.map(
      (step) => [words.steps[step.step] ?? step.step, `${step.at ?? ""} ${step.text}`] as const,
    ),
    ...trace.routes.map(
      (route) => [route.name ?? words.route(route.route_id), route.text] as const,
    ),
  ]);
}
