/** Says whether figures come live, rest, or since when they do not. */

import { liveState } from "../live/socket.ts";
import { shell } from "../words/en/shell.ts";
import { zone } from "./preferences.ts";

export function LiveDot() {
  const { kind, since } = liveState.value;
  const said = kind === "gone" ? shell.live.gone(since, zone.value === "utc") : shell.live[kind];
  return (
    <span class="live-dot" data-state={kind} role="img" aria-label={said} title={said}>
      <svg width="10" height="10" viewBox="0 0 10 10" aria-hidden="true">
        {kind === "live" ? (
          <circle cx="5" cy="5" r="5" />
        ) : (
          <circle cx="5" cy="5" r="3.75" class="ring" />
        )}
      </svg>
      <span class="live-word">{kind === "live" ? shell.live.live : shell.live.not}</span>
    </span>
  );
}
