/** The message that a draft is tried on: a real one, or one that is typed. */

import { get } from "../../api/client.ts";
import { isObject, type Json, readJson } from "../../rules/digits.ts";

export const SOURCES = ["last", "stored", "refused", "dead", "typed"] as const;
export type Source = (typeof SOURCES)[number];

/** payload: undefined where nothing of it can be asked. event: its id, where it is a stored one. */
export interface Message {
  readonly topic: string;
  readonly payload: Json | undefined;
  readonly event?: string;
  readonly at?: string;
}

const LOOKED_AT = 20;

interface Stored {
  readonly topic: string;
  readonly id: string;
  readonly timestamp: string;
  readonly site_id: string | null;
  readonly received_at: string;
  readonly metrics: unknown;
  readonly extra?: unknown;
}

/** The last messages that a topic filter fits, newest first. */
export async function lastMessages(topic: string, signal: AbortSignal): Promise<Message[]> {
  if (topic === "") return [];
  const page = await get("/api/v1/customer/messages", {
    query: { topic, limit: LOOKED_AT },
    signal,
  });
  return page.messages.map(storedMessage);
}

/** One that has come in, by its id. */
export async function oneMessage(
  source: "stored" | "refused" | "dead",
  id: string,
  signal: AbortSignal,
): Promise<Message> {
  if (source === "stored") {
    const path = { event_id: id };
    return storedMessage(await get("/api/v1/customer/messages/{event_id}", { path, signal }));
  }
  if (source === "dead") {
    const path = { dead_letter_id: Number(id) };
    const letter = await get("/api/v1/customer/dead-letter/{dead_letter_id}", { path, signal });
    return { topic: letter.original_topic, payload: (letter.payload ?? undefined) as Json };
  }
  const path = { message_id: Number(id) };
  const refused = await get("/api/v1/customer/rejected-messages/{message_id}", { path, signal });
  return { topic: refused.topic, payload: readObject(refused.payload ?? "") };
}

/** A payload as it is typed; undefined where it is no JSON object. */
export function readObject(text: string): Json | undefined {
  try {
    const value = readJson(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Put together from what is stored: `ts` and `site_id` are there whether they were sent or not. */
function storedMessage(message: Stored): Message {
  const { extra, metrics } = message as { extra?: Json; metrics: Json };
  return {
    topic: message.topic,
    event: message.id,
    at: message.received_at,
    payload: {
      ...(isObject(extra) ? extra : {}),
      ts: message.timestamp,
      ...(message.site_id === null ? {} : { site_id: message.site_id }),
      ...(metrics === null ? {} : { metrics }),
    },
  };
}
