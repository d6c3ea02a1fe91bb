/** Tries the draft on a message whenever one of both changes; faults go to the draft. */

import { signal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { type Schema, send } from "../../api/client.ts";
import { Problem } from "../../api/problem.ts";
import { session } from "../../app/session.ts";
import { shownTenant } from "../../app/tenant.ts";
import type { Json } from "../../rules/digits.ts";
import { writeJson } from "../../rules/digits.ts";
import type { Editing } from "./editing.ts";
import type { Message } from "./message.ts";

export type Verdict = Schema<"RouteTestAnswer">;

const PAUSE_MS = 300;
const LATER_MS = 5_000;

/** answer: of the draft as it was last tried. problem: why it could not be. isOlder: newer comes. */
export interface Trial {
  readonly answer: Verdict | undefined;
  readonly problem: Problem | undefined;
  readonly isOlder: boolean;
}

const NOTHING: Trial = { answer: undefined, problem: undefined, isOlder: false };

/** Without a message only the draft's faults are looked for. */
export function useTrial(editing: Editing, message: Message | undefined): Trial {
  const state = useMemo(() => signal<Trial>(NOTHING), [editing]);
  const isWhole = editing.isWhole.value;
  const canBe = isWhole && editing.body.value.topic_filter !== "";
  const asked = canBe ? writeJson(editing.tried as object as Json) : undefined;
  const about = message?.payload === undefined ? undefined : writeJson(message.payload);
  useEffect(() => {
    if (asked === undefined || session.peek()?.may("write") !== true) {
      state.value = NOTHING;
      editing.told.value = [];
      return;
    }
    state.value = { ...state.peek(), isOlder: true };
    const under = new AbortController();
    let clock = window.setTimeout(() => void run(), PAUSE_MS);
    const run = async (): Promise<void> => {
      try {
        const answer = await tryOn(editing, message, under.signal);
        editing.told.value = [];
        state.value = {
          ...NOTHING,
          answer: message?.payload === undefined ? undefined : answer,
        };
      } catch (fault) {
        if (under.signal.aborted) return;
        if (!(fault instanceof Problem)) throw fault;
        state.value = { answer: undefined, problem: fault, isOlder: false };
        if (fault.status === 422) editing.told.value = faultsOf(fault);
        if (fault.passes) clock = window.setTimeout(() => void run(), waitOf(fault));
      }
    };
    return () => {
      window.clearTimeout(clock);
      under.abort();
    };
  }, [asked, about, message?.topic]);
  return state.value;
}

const waitOf = (fault: Problem): number =>
  fault.retryAfter === undefined ? LATER_MS : fault.retryAfter * 1000;

/** The faults of a route, named as in the route; the router says `route.` where it cannot read it. */
export function faultsOf(problem: Problem) {
  return problem.errors
    .filter(({ path }) => path !== TOPIC)
    .map(({ path, message }) => ({ path: path.replace(/^route\./, ""), message }));
}

const TOPIC = "topic";

/** What is wrong with the topic of the message that it was tried on. */
export function topicFault({ problem }: Trial): string | undefined {
  return problem?.errors.find(({ path }) => path === TOPIC)?.message;
}

async function tryOn(
  editing: Editing,
  message: Message | undefined,
  signal_: AbortSignal,
): Promise<Verdict> {
  const { body } = await send("post", "/api/v1/customer/message-routes/test", {
    body: {
      route: editing.tried,
      route_id: editing.id ?? null,
      topic: message?.topic ?? `tenant/${shownTenant.peek()}/device/none/telemetry`,
      payload: ((message?.payload as Json | undefined) ?? {}) as Record<string, never>,
    },
    signal: signal_,
  });
  return body;
}
