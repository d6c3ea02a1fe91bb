/** Which message the draft is tried on, and the last real ones, whose fields are suggested. */

import { useEffect, useMemo, useState } from "preact/hooks";
import { type Reading, useReading } from "../../api/reading.ts";
import { useQuery } from "../../app/location.ts";
import { shownTenant } from "../../app/tenant.ts";
import { writeJson } from "../../rules/digits.ts";
import { lastMessages, type Message, oneMessage, readObject, type Source } from "./message.ts";

export interface Chosen {
  readonly source: Source;
  /** Of a stored, refused or dead one. */
  readonly id: string;
  /** Of one that is typed. */
  readonly topic: string;
  readonly text: string;
}

export interface MessageChoice {
  readonly chosen: Chosen;
  choose(patch: Partial<Chosen>): void;
  readonly last: Reading<Message[]>;
  readonly named: Reading<Message | undefined>;
  readonly message: Message | undefined;
}

const SETTLE_MS = 300;
const NAMED: readonly (readonly [param: string, source: Source])[] = [
  ["event_id", "stored"],
  ["rejected_id", "refused"],
  ["dead_letter_id", "dead"],
];

export function useMessageChoice(topicFilter: string): MessageChoice {
  const [query] = useQuery();
  const [chosen, setChosen] = useState<Chosen>(() => {
    const given = NAMED.find(([param]) => query.has(param));
    return {
      source: given?.[1] ?? "last",
      id: given === undefined ? "" : (query.get(given[0]) ?? ""),
      topic: `tenant/${shownTenant.peek() ?? ""}/device/DEV-1/telemetry`,
      text: '{\n  "metrics": {\n    "temperature": 21.5\n  }\n}',
    };
  });
  const filter = useSettled(topicFilter);
  const id = useSettled(chosen.id);
  const last = useReading((signal) => lastMessages(filter, signal), [filter]);
  const { source } = chosen;
  const named = useReading(
    async (signal) =>
      source === "last" || source === "typed" || !/^\d{1,19}$/.test(id)
        ? undefined
        : oneMessage(source, id, signal),
    [source, id],
  );
  const message = useMemo(() => {
    if (source === "last") return last.problem === undefined ? last.value?.[0] : undefined;
    if (source === "typed") return { topic: chosen.topic, payload: readObject(chosen.text) };
    return named.problem === undefined && !named.loading ? named.value : undefined;
  }, [chosen, last.value, last.problem, named.value, named.problem, named.loading]);
  return {
    chosen,
    choose: (patch) => setChosen(filled({ ...chosen, ...patch }, patch, message)),
    last,
    named,
    message,
  };
}

/** What is typed begins with the message that was there. */
function filled(next: Chosen, patch: Partial<Chosen>, message: Message | undefined): Chosen {
  if (patch.source !== "typed" || message?.payload === undefined) return next;
  return { ...next, topic: message.topic, text: writeJson(message.payload, 2) };
}

/** A value that has stayed the same for a moment. */
function useSettled<T>(value: T): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const clock = setTimeout(() => setSettled(() => value), SETTLE_MS);
    return () => clearTimeout(clock);
  }, [value]);
  return settled;
}
