/** What is said above the page: that the router is away, whose things one sees, that a token ends. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { answeredAt, foreignTenant, lostSince } from "../api/credentials.ts";
import { Icon } from "../icons.tsx";
import { shell, tenants } from "../words/en/shell.ts";
import { readConfig } from "./config.ts";
import { askForAnother } from "./door/entrance.ts";
import { kept } from "./door/kept.ts";
import { link } from "./location.ts";
import { zone } from "./preferences.ts";
import { session } from "./session.ts";

const LOOK_MS = 5_000;
const WARNED_MS = 5 * 60_000;

export function Bars() {
  return (
    <div class="bars">
      <Away />
      <Foreign />
      <Ending />
    </div>
  );
}

/** While the router is away it is looked for, so that the bar goes when it is back. */
function Away() {
  const isLost = lostSince.value !== undefined;
  useEffect(() => {
    if (!isLost) return undefined;
    const clock = setInterval(() => void readConfig(), LOOK_MS);
    return () => clearInterval(clock);
  }, [isLost]);
  if (!isLost) return <div role="status" />;
  const at = answeredAt.value;
  return (
    <div class="bar bad" role="status">
      <Icon name="warn" />
      {at === undefined ? shell.offlineAtOnce : shell.offline(at, zone.value === "utc")}
    </div>
  );
}

function Foreign() {
  const tenant = foreignTenant.value;
  if (tenant === undefined) return null;
  return (
    <div class="bar quiet" role="note">
      <Icon name="eye" />
      {tenants.reading(tenant)}{" "}
      <a href={link("/operator", { tenant: undefined })}>{tenants.leave}</a>
    </div>
  );
}

/** A pasted token cannot be renewed: that it ends is said five minutes before. */
function Ending() {
  const until = session.value?.until;
  const now = useSignal(Date.now());
  useEffect(() => {
    const clock = setInterval(() => {
      now.value = Date.now();
    }, 15_000);
    return () => clearInterval(clock);
  }, []);
  if (until === undefined || kept() === undefined) return null;
  const left = until - now.value;
  if (left > WARNED_MS || left <= 0) return null;
  return (
    <div class="bar warn" role="status">
      <Icon name="clock" />
      {shell.ends(until, left, zone.value === "utc")}{" "}
      <button type="button" class="button" onClick={() => void askForAnother()}>
        {shell.extend}
      </button>
    </div>
  );
}
