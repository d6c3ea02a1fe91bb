/** One WebSocket a tab: figures each second, hints of what was changed, and what pages ask for. */

import { effect, signal } from "@preact/signals";
import { type Body, get, type Schema } from "../api/client.ts";
import { askAgain, token } from "../api/credentials.ts";
import { Problem } from "../api/problem.ts";
import { session } from "../app/session.ts";
import { shownTenant } from "../app/tenant.ts";
import { readAnswer } from "../rules/answers.ts";
import { difference, hintsOf } from "../rules/books.ts";
import { dial, Patience } from "./dial.ts";
import { hint, type Kind } from "./hints.ts";

export type Figures = Schema<"ChannelFigures">;
type Message =
  | Figures
  | Schema<"ChannelChanges">
  | Schema<"ChannelAlerts">
  | Schema<"ChannelTelemetry">
  | Schema<"ChannelSubscribed">
  | Schema<"StreamPing">
  | Schema<"StreamError">;
export type Alerts = Schema<"ChannelAlerts">["alerts"];

/** live; paused: the tab is hidden; reading: no place, read now and then; gone; none: no tenant. */
export interface LiveState {
  readonly kind: "live" | "paused" | "reading" | "gone" | "none";
  readonly since: number;
}

const HIDDEN_MS = 60_000;
const READ_MS = 5_000;
const TOKEN_REFUSED = 4001;
const NOT_ALLOWED = 4003;
const NO_PLACE = new Set([4029, 1013]);

/** What was added to the books in the last second; undefined until the first has come. */
export const figures = signal<Figures | undefined>(undefined);
/** The open alerts, as long as a page watches them. */
export const openAlerts = signal<Alerts | undefined>(undefined);
export const liveState = signal<LiveState>({ kind: "gone", since: Date.now() });

const channels = new Map<string, { request: object; users: number }>();
let socket: WebSocket | undefined;
let retry: number | undefined;
const patience = new Patience();

function say(kind: LiveState["kind"]): void {
  if (liveState.peek().kind !== kind) liveState.value = { kind, since: Date.now() };
}

/** Keep a socket open as long as somebody is signed in and looks. */
export function followLive(): void {
  let hidden: number | undefined;
  effect(() => {
    const isAllowed = shownTenant.value !== undefined && session.value?.may("read") === true;
    shut();
    figures.value = undefined;
    if (!isAllowed) say("none");
    else open();
  });
  document.addEventListener("visibilitychange", () => {
    window.clearTimeout(hidden);
    if (document.hidden) {
      hidden = window.setTimeout(() => {
        shut();
        say("paused");
      }, HIDDEN_MS);
    } else if (liveState.peek().kind === "paused") open();
  });
}

/** Ask for a channel until the function that is returned is called: `alerts`, or a device's. */
export function listen(request: { type: "alerts" } | { type: "device"; device_id: string }) {
  const name = JSON.stringify(request);
  const channel = channels.get(name) ?? { request, users: 0 };
  channels.set(name, channel);
  channel.users += 1;
  if (channel.users === 1) tell("subscribe", request);
  return () => {
    channel.users -= 1;
    if (channel.users > 0) return;
    channels.delete(name);
    tell("unsubscribe", request);
  };
}

function tell(action: "subscribe" | "unsubscribe", request: object): void {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ action, ...request }));
}

function shut(): void {
  window.clearTimeout(retry);
  const old = socket;
  socket = undefined;
  old?.close();
}

function open(): void {
  const used = token.peek();
  if (used === undefined) return;
  const opened = dial("api/v2/ws", used);
  socket = opened;
  opened.onopen = () => {
    for (const type of ["figures", "changes"]) tell("subscribe", { type });
    for (const { request } of channels.values()) tell("subscribe", request);
  };
  opened.onmessage = ({ data }: MessageEvent<string>) => {
    if (socket === opened) take(readAnswer(data) as Message);
  };
  opened.onclose = ({ code }) => {
    if (socket === opened) void closed(code, used);
  };
}

function take(message: Message): void {
  switch (message.type) {
    case "figures":
      patience.reset();
      say("live");
      show(message);
      break;
    case "changes":
      hint(message.changes.map((change) => change.kind));
      break;
    case "alerts":
      openAlerts.value = message.alerts;
      break;
    default: // Readings go to whoever listens to the device.
      if (message.type === "telemetry") for (const hear of hearers) hear(message);
  }
}

const hearers = new Set<(reading: Schema<"ChannelTelemetry">) => void>();

/** Hear what a device sends until the function that is returned is called. */
export function hearDevice(
  deviceId: string,
  hear: (reading: Schema<"ChannelTelemetry">) => void,
): () => void {
  const leave = listen({ type: "device", device_id: deviceId });
  const mine = (reading: Schema<"ChannelTelemetry">) => {
    if (reading.device_id === deviceId) hear(reading);
  };
  hearers.add(mine);
  return () => {
    hearers.delete(mine);
    leave();
  };
}

function show(newest: Figures): void {
  figures.value = newest;
  hint(hintsOf(newest.books));
}

async function closed(code: number, used: string): Promise<void> {
  socket = undefined;
  openAlerts.value = undefined;
  if (code === NOT_ALLOWED) return say("none");
  if (code === TOKEN_REFUSED) {
    say("gone");
    if (await askAgain(used)) open();
    return;
  }
  if (NO_PLACE.has(code)) {
    say("reading");
    await readOnce(undefined, 0);
    return;
  }
  say("gone");
  retry = window.setTimeout(open, patience.next());
}

type Overview = Body<"/api/v1/customer/overview", "get">;
const ROUNDS = 12;

/** Without a socket the books are read every five seconds; after a minute a place is asked for. */
async function readOnce(before: Overview | undefined, round: number): Promise<void> {
  let now = before;
  try {
    if (!document.hidden) now = await get("/api/v1/customer/overview");
  } catch (fault) {
    if (!(fault instanceof Problem)) throw fault; // It is read again in five seconds.
  }
  if (liveState.peek().kind !== "reading") return;
  if (before !== undefined && now !== undefined && now !== before) {
    show({
      type: "figures",
      at: now.at,
      seconds: (Date.parse(now.at) - Date.parse(before.at)) / 1000,
      totals: now.books,
      books: difference(before.books, now.books),
      routes: [],
      routes_left_out: 0,
    });
    hint(["routes", "devices", "groups", "alerts"] satisfies Kind[]);
  }
  retry = window.setTimeout(
    () => (round + 1 < ROUNDS ? void readOnce(now, round + 1) : open()),
    READ_MS,
  );
}
