/** Values as they stand in lines and tables: times, ages, counts, states. */

import { useComputed } from "@preact/signals";
import { zone } from "../app/preferences.ts";
import { Icon, type IconName } from "../icons.tsx";
import { count } from "../rules/numbers.ts";
import * as times from "../rules/times.ts";
import { common } from "../words/en/common.ts";
import { now } from "./moment.ts";

type Moment = string | number | null | undefined;

function milliseconds(at: Moment): number | undefined {
  return typeof at === "number" ? at : times.readTime(at);
}

/** What hovering over a time says: UTC, local, and the value as it came. */
function tip(at: number, raw: Moment): string {
  const of = (which: times.Zone): string =>
    `${times.stamp(at, which, true)} ${times.zoneName(at, which)}`;
  return common.tip(of("utc"), of("local"), String(raw));
}

/**
 * A moment in the zone that is chosen.
 *
 * ms: with milliseconds. age: with the age beside it. device: the device's own time, and the time it
 * was received at, from which it may be off.
 */
export function Time(props: {
  at: Moment;
  ms?: boolean;
  age?: boolean;
  device?: { received: Moment };
}) {
  const at = milliseconds(props.at);
  if (at === undefined) return <span class="faint">{common.none}</span>;
  const which = zone.value;
  const received = milliseconds(props.device?.received);
  const off = props.device && received !== undefined ? times.skew(at, received) : undefined;
  return (
    <span class="time">
      <time dateTime={new Date(at).toISOString()} title={tip(at, props.at)} class="number">
        {times.stamp(at, which, props.ms)} <span class="faint">{times.zoneName(at, which)}</span>
      </time>
      {props.age && (
        <span class="faint">
          {" · "}
          <Age at={at} />
        </span>
      )}
      {props.device && <span class="faint"> ({common.byDevice})</span>}
      {off !== undefined && <Skew ms={off} />}
    </span>
  );
}

function Skew({ ms }: { ms: number }) {
  const length = times.sayLength(times.length(ms));
  return (
    <span class="badge warn">
      <Icon name="clock" />
      {ms > 0 ? common.ahead(length) : common.behind(length)}
    </span>
  );
}

/** How long ago; it counts on by itself. */
export function Age({ at: given }: { at: Moment }) {
  const at = milliseconds(given);
  const text = useComputed(() =>
    at === undefined ? common.none : common.ago(times.sayLength(times.age(at, now.value))),
  );
  if (at === undefined) return <span class="faint">{common.none}</span>;
  return (
    <time class="number" dateTime={new Date(at).toISOString()} title={tip(at, given)}>
      {text}
    </time>
  );
}

/** A length of time, from milliseconds. */
export function Length({ ms }: { ms: number }) {
  return <span class="number">{times.sayLength(times.length(ms))}</span>;
}

/** A count; exact on hover where it is shortened. exact: false where there are more. */
export function Count({ n, exact = true }: { n: number; exact?: boolean }) {
  const shown = count(n);
  const said = (text: string): string => (exact ? text : common.moreThan(text));
  return (
    <span class="number" title={shown.text === shown.exact ? undefined : said(shown.exact)}>
      {said(shown.text)}
    </span>
  );
}

export type Tone = "good" | "warn" | "bad" | "quiet" | "plain";

/** How each state of the contract looks: its tone, and the icon that says the same. */
const STATES: Readonly<Record<string, readonly [Tone, IconName]>> = {
  FAILED: ["bad", "cross"],
  REPLAYED: ["good", "check"],
  DISCARDED: ["quiet", "trash"],
  SKIPPED: ["quiet", "minus"],
  WAITING: ["plain", "clock"],
  RUNNING: ["warn", "play"],
  PAUSED: ["quiet", "pause"],
  STOPPED: ["bad", "stop"],
  CANCELLED: ["quiet", "cross"],
  DONE: ["good", "check"],
  ACTIVE: ["good", "check"],
  REVOKED: ["bad", "ban"],
  OPEN: ["bad", "alert"],
  ACKNOWLEDGED: ["warn", "eye"],
  CLOSED: ["good", "check"],
  delivered: ["good", "check"],
  pending: ["warn", "clock"],
  retrying: ["warn", "replay"],
  dead: ["bad", "cross"],
  enabled: ["good", "check"],
  disabled: ["quiet", "pause"],
  closed: ["good", "check"],
  open: ["bad", "ban"],
  half_open: ["warn", "clock"],
  ok: ["good", "check"],
  degraded: ["warn", "warn"],
  unavailable: ["bad", "cross"],
};

/** A state: always an icon and a word. tone, icon: where it is no state of the contract. */
export function Badge(props: { state: string; word?: string; tone?: Tone; icon?: IconName }) {
  const [tone, icon] = STATES[props.state] ?? (["plain", "info"] as const);
  return (
    <span class={`badge ${props.tone ?? tone}`}>
      <Icon name={props.icon ?? icon} size={14} />
      {props.word ?? props.state}
    </span>
  );
}
