/** How the line stands, what waits behind a pause, and the way on. */

import type { IconName } from "../../icons.tsx";
import type { Line, Tail } from "../../live/tail.ts";
import { Button } from "../../parts/button.tsx";
import { Badge, type Tone } from "../../parts/values.tsx";
import { exact } from "../../rules/numbers.ts";
import { HELD } from "../../rules/tail.ts";
import { CLOSE_CODES, type Said } from "../../words/en/errors.ts";
import { live as words } from "../../words/en/live.ts";
import { useTick } from "./tick.ts";

type Kind = keyof typeof words.line;

const LOOKS: Readonly<Record<Kind, readonly [Tone, IconName]>> = {
  opening: ["plain", "clock"],
  live: ["good", "live"],
  paused: ["quiet", "pause"],
  scrolled: ["quiet", "eye"],
  full: ["warn", "pause"],
  hidden: ["quiet", "eyeOff"],
  lost: ["warn", "replay"],
  refused: ["bad", "cross"],
  left: ["quiet", "cross"],
};

export function LineState(props: { tail: Tail; onTurn: () => void }) {
  const { tail } = props;
  useTick(tail);
  const line = tail.line.value;
  const { frozen, step } = tail.log;
  const kind = kindOf(line, frozen);
  const [tone, icon] = LOOKS[kind];
  const text = textOf(kind, line, tail);
  const isPaused = frozen === "pause";
  return (
    <div class="tail-line">
      <span role="status">
        <Badge state={kind} word={words.line[kind]} tone={tone} icon={icon} />
      </span>
      {text !== "" && <p>{text}</p>}
      {kind === "live" && step > 1 && (
        <p>
          {words.sampled(step)} <span class="faint">{words.showAll}</span>
        </p>
      )}
      <div class="tail-turns">
        {(line.kind === "refused" || line.kind === "lost") && (
          <Button icon="replay" onClick={() => tail.again()}>
            {words.again}
          </Button>
        )}
        <Button
          tone={isPaused ? "primary" : undefined}
          icon={isPaused ? "play" : "pause"}
          aria-keyshortcuts="p"
          onClick={props.onTurn}
        >
          {isPaused ? words.resume : words.pause}
        </Button>
      </div>
    </div>
  );
}

/** What matters most of how things stand: a line that was refused before a pause. */
function kindOf(line: Line, frozen: Tail["log"]["frozen"]): Kind {
  if (line.kind !== "live" && line.kind !== "opening") return line.kind;
  if (frozen === undefined) return line.kind;
  return frozen === "pause" ? "paused" : "scrolled";
}

function textOf(kind: Kind, line: Line, tail: Tail): string {
  switch (kind) {
    case "paused":
      return words.pausedText(tail.log.behind, exact(HELD));
    case "scrolled":
      return words.scrolledText(tail.log.behind);
    case "full":
      return words.fullText(exact(HELD));
    case "hidden":
      return words.hiddenText;
    case "lost":
    case "refused":
      return closedText(line);
    default:
      return "";
  }
}

function closedText({ code = 1006, reason = "" }: Line): string {
  const codes: Readonly<Record<number, Said>> = CLOSE_CODES;
  const said = codes[code] ?? CLOSE_CODES[1006];
  return `${said.means} ${said.remedy} ${words.code(code, reason)}`;
}
