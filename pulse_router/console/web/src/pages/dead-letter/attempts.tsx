/** Attempts in time: when, what was answered, and what of it was new. */

import type { Schema } from "../../api/client.ts";
import { Icon } from "../../icons.tsx";
import { Length, Time } from "../../parts/values.tsx";
import { length, sayLength } from "../../rules/times.ts";
import { deadLetters as words } from "../../words/en/dead_letters.ts";

export type Attempt = Schema<"AttemptAnswer">;

export function Attempts({ history, attempts }: { history: readonly Attempt[]; attempts: number }) {
  return (
    <>
      {attempts > history.length && <p class="faint">{words.onlyLast(history.length)}</p>}
      <ol class="attempts">
        {history.map((attempt, at) => {
          const before = history[at - 1];
          const pause = before && Date.parse(attempt.at) - Date.parse(before.at);
          const isSame = before?.response === attempt.response && before?.status === attempt.status;
          return (
            <li key={attempt.at}>
              <span class="attempt-dot">
                <Icon name="cross" />
              </span>
              <div class="attempt-head">
                <strong>{words.attempt(attempts - history.length + at + 1)}</strong>
                <Time at={attempt.at} ms />
                {pause !== undefined && (
                  <span class="faint">{words.later(sayLength(length(pause)))}</span>
                )}
                <Length ms={attempt.duration_seconds * 1000} />
                {attempt.pushbacks > 0 && <span>{words.pushedBack(attempt.pushbacks)}</span>}
              </div>
              <div>{attempt.error}</div>
              {attempt.response !== "" &&
                (isSame ? (
                  <div class="faint">{words.sameAnswer}</div>
                ) : (
                  <pre>
                    <bdi>{attempt.response}</bdi>
                  </pre>
                ))}
            </li>
          );
        })}
      </ol>
    </>
  );
}
