/** Deliveries of a message by a route: how each ended, and its attempts in time to scale. */

import type { Schema } from "../../api/client.ts";
import { link } from "../../app/location.ts";
import { Copyable } from "../../parts/copying.tsx";
import { Badge, Length, Time } from "../../parts/values.tsx";
import { scale } from "../../rules/clauses.ts";
import { length, readTime, sayLength } from "../../rules/times.ts";
import { traces as words } from "../../words/en/traces.ts";

type Delivery = Schema<"DeliveryAnswer">;

const LOOKS: Readonly<Record<string, string>> = {
  failed: "dead",
  replayed: "REPLAYED",
  discarded: "DISCARDED",
};

/** said: what the route has said already, which is not said twice. */
export function Deliveries(props: { deliveries: readonly Delivery[]; said: string }) {
  const { deliveries, said } = props;
  return (
    <ul class="deliveries" aria-label={words.deliveries}>
      {deliveries.map((delivery) => (
        <li key={delivery.id}>
          <p class="delivery-head">
            <Badge state={LOOKS[delivery.state] ?? delivery.state} word={delivery.state} />
            {delivery.text !== said && <span>{delivery.text}</span>}
            {delivery.milliseconds !== null && <Length ms={delivery.milliseconds} />}
            {delivery.next_attempt_at !== null && (
              <span>
                {words.next} <Time at={delivery.next_attempt_at} />
              </span>
            )}
            {delivery.dead_letter_id !== null && (
              <a href={link(`/dead-letters/${delivery.dead_letter_id}`)}>
                {words.deadLetter(delivery.dead_letter_id)}
              </a>
            )}
          </p>
          <AttemptLine delivery={delivery} />
          <p class="faint">
            {words.webhookId} <Copyable text={delivery.id} />
          </p>
        </li>
      ))}
    </ul>
  );
}

interface Attempt {
  readonly at: number;
  readonly said: string;
  readonly isGood: boolean;
}

function attemptsOf(delivery: Delivery): Attempt[] {
  const failed = delivery.history.flatMap((attempt) => {
    const at = readTime(attempt.at);
    const said = attempt.status === null ? words.noAnswer : String(attempt.status);
    return at === undefined ? [] : [{ at, said, isGood: false }];
  });
  const ended = readTime(delivery.ended_at);
  if (ended === undefined || delivery.status === null) return failed;
  const isGood = delivery.state === "delivered" || delivery.state === "replayed";
  return isGood ? [...failed, { at: ended, said: String(delivery.status), isGood }] : failed;
}

/** The pauses between attempts are seen as long as they were. */
function AttemptLine({ delivery }: { delivery: Delivery }) {
  const attempts = attemptsOf(delivery);
  if (attempts.length < 2) return null; // One attempt has no pauses to show.
  const places = scale(attempts.map((attempt) => attempt.at));
  const first = attempts[0]?.at ?? 0;
  return (
    <ol class="attempt-line" aria-label={words.attemptLine}>
      {attempts.map((attempt, at) => (
        <li
          key={`${attempt.at}:${at}`}
          class={attempt.isGood ? "good" : "bad"}
          style={{ insetInlineStart: `calc(${(places[at] ?? 0).toFixed(4)} * (100% - 64px))` }}
          title={delivery.history[at]?.error}
        >
          <span class="attempt-place" />
          <span>{attempt.said}</span>
          <span class="faint">
            {at === 0 ? words.first : `+${sayLength(length(attempt.at - first))}`}
          </span>
        </li>
      ))}
    </ol>
  );
}
