/** One dead letter: why, what was tried, what it carries, and what can be done. */

import { useState } from "preact/hooks";
import { get } from "../../api/client.ts";
import { type Reading, useReading } from "../../api/reading.ts";
import { useKeys } from "../../app/keys.ts";
import { link } from "../../app/location.ts";
import type { PageProps } from "../../app/routes.ts";
import { Button } from "../../parts/button.tsx";
import { CopyAs, Copyable } from "../../parts/copying.tsx";
import { JsonView } from "../../parts/json_view.tsx";
import { useWayBack } from "../../parts/list.ts";
import { May } from "../../parts/may.tsx";
import { Facts, Page, Section } from "../../parts/page.tsx";
import { States } from "../../parts/states.tsx";
import { say, sayProblem, UNDO_MS, undo } from "../../parts/toasts.tsx";
import { Badge, Time } from "../../parts/values.tsx";
import { command, curl, record } from "../../rules/copying.ts";
import { type Json, writeJson } from "../../rules/digits.ts";
import { deadLetters as words } from "../../words/en/dead_letters.ts";
import { failure } from "../../words/en/errors.ts";
import { errorToken } from "../dead-letters/columns.tsx";
import { destination } from "../dead-letters/forecast.tsx";
import {
  addressOfLetter,
  countLetters,
  discardOne,
  isAcross,
  type Letter,
  readLetter,
  replayOne,
  restoreOne,
} from "../dead-letters/letters.ts";
import { Attempts } from "./attempts.tsx";
import { ThroughDialog } from "./through_dialog.tsx";

export default function DeadLetterPage({ params }: PageProps<"dead_letter_id">) {
  const id = Number(params.dead_letter_id);
  const reading = useReading((signal) => readLetter(id, signal), [id, isAcross()], {
    changes: ["dead_letters"],
  });
  const letter = reading.value;
  useWayBack("dead-letters", words.toList, () => link("/dead-letters"));
  return (
    <Page
      title={words.one(id)}
      heading={
        <>
          {words.one(id)} {letter && <Badge state={letter.status} />}
        </>
      }
      actions={letter && <Actions letter={letter} again={reading.again} />}
    >
      <States reading={reading} lines={8}>
        {(shown) => <Shown letter={shown} />}
      </States>
    </Page>
  );
}

function Shown({ letter }: { letter: Letter }) {
  const route = useRoute(letter);
  const others = useOthers(letter);
  const { means, remedy } = failure(letter.error_message);
  const now = route.value;
  return (
    <>
      <div class="panel why">
        <h2 class="unseen">{words.errorHeading}</h2>
        <strong>{letter.error_message}</strong>
        <p>
          {means} {remedy}
        </p>
        {others.value && (
          <p>
            {others.value.n > 1 ? (
              <a
                href={link("/dead-letters", {
                  status: "FAILED",
                  route_id: letter.route_id,
                  error: errorToken(letter.error_message).value,
                })}
              >
                {words.others(others.value.n - 1, others.value.isExact)}
              </a>
            ) : (
              <span class="faint">{words.others(0, true)}</span>
            )}
          </p>
        )}
      </div>
      <Facts
        facts={[
          [words.facts.failedAt, <Time key="" at={letter.created_at} age />],
          letter.replayed_at !== null && [
            words.facts.replayedAt,
            <Time key="" at={letter.replayed_at} age />,
          ],
          [
            words.facts.route,
            <a key="" href={link(`/routes/${letter.route_id}`, { tenant: letter.tenant_id })}>
              {now?.name ?? words.route(letter.route_id)}
            </a>,
          ],
          [
            words.facts.device,
            <a key="" href={link(`/devices/${encodeURIComponent(letter.device_id)}`)}>
              <code>{letter.device_id}</code>
            </a>,
          ],
          [words.facts.topic, <Copyable key="" text={letter.original_topic} />],
          [
            words.facts.event,
            <a key="" href={link(`/messages/${letter.event_id}`)}>
              {words.trace} <code>{letter.event_id}</code>
            </a>,
          ],
          [words.facts.delivery, <Copyable key="" text={letter.delivery_id} />],
          [words.facts.attempts, letter.attempts],
        ]}
      />
      <Section heading={words.destination}>
        <Facts
          facts={[
            [words.before, destination(letter.destination_config)],
            [
              words.now,
              now === undefined ? (
                route.problem?.status === 404 && <Badge state="dead" word={words.goneRoute} />
              ) : (
                <>
                  {destination(now.destination_config ?? {})}{" "}
                  {now.updated_at > letter.created_at && (
                    <Badge state="" tone="warn" icon="edit" word={words.changed} />
                  )}
                  {!now.is_enabled && <Badge state="disabled" word={words.isDisabled} />}
                </>
              ),
            ],
          ]}
        />
      </Section>
      <Section heading={words.attempts}>
        <Attempts history={letter.history} attempts={letter.attempts} />
      </Section>
      <Section heading={words.payload}>
        <JsonView label={words.payload} value={letter.payload as Json} />
      </Section>
    </>
  );
}

function Actions({ letter, again }: { letter: Letter; again: () => void }) {
  const [isBusy, setBusy] = useState(false);
  const [isChoosing, setChoosing] = useState(false);
  const right = isAcross() ? "write_all" : "write";
  const replay = async (routeId?: number): Promise<void> => {
    setBusy(true);
    try {
      await replayOne(letter.id, routeId);
      say(words.replayed(1));
    } catch (fault) {
      sayProblem(fault);
    }
    setBusy(false);
    setChoosing(false);
    again();
  };
  const turn = (sentence: string, forth: typeof discardOne, back: typeof discardOne): void => {
    const [act, take] = [() => forth(letter.id), () => back(letter.id)];
    void undo(sentence, UNDO_MS, act, take, again);
  };
  const discard = (): void => turn(words.discarded(1), discardOne, restoreOne);
  const restore = (): void => turn(words.restored(1), restoreOne, discardOne);
  const isFailed = letter.status === "FAILED";
  useKeys(isFailed ? [{ keys: "r", say: words.keys.replay, run: () => void replay() }] : []);
  return (
    <>
      {isFailed && (
        <>
          <May action={right}>
            <Button tone="primary" icon="replay" busy={isBusy} onClick={() => void replay()}>
              {words.replay}
            </Button>
          </May>
          {!isAcross() && (
            <May action={right}>
              <Button icon="route" onClick={() => setChoosing(true)}>
                {words.replayOther}
              </Button>
            </May>
          )}
          <May action={right}>
            <Button icon="trash" onClick={discard}>
              {words.discard}
            </Button>
          </May>
        </>
      )}
      {letter.status === "DISCARDED" && (
        <May action={right}>
          <Button icon="undo" onClick={restore}>
            {words.restore}
          </Button>
        </May>
      )}
      <CopyAs
        request={() => curl({ method: "POST", url: addressOfLetter(letter.id, "/replay") })}
        command={() => command("replay", String(letter.id))}
        markdown={() => markdown(letter)}
      />
      {isChoosing && <ThroughDialog onChoose={replay} onClose={() => setChoosing(false)} />}
    </>
  );
}

/** The route as it is now; a problem of 404 where it is gone. */
function useRoute(letter: Letter) {
  const { route_id } = letter;
  const across = isAcross();
  return useReading(
    async (signal) =>
      across
        ? undefined
        : get("/api/v1/customer/message-routes/{route_id}", { path: { route_id }, signal }),
    [route_id, across],
    { changes: ["routes"] },
  );
}

/** How many came of the same, this one included. */
function useOthers(letter: Letter): Reading<{ n: number; isExact: boolean }> {
  const asked = {
    status: "FAILED",
    route_id: String(letter.route_id),
    error: errorToken(letter.error_message).value,
  };
  return useReading((signal) => countLetters(asked, signal), [JSON.stringify(asked)]);
}

function markdown(letter: Letter): string {
  const { facts } = words;
  return record(
    `${words.one(letter.id)} (${letter.status})`,
    [
      [words.columns.error, letter.error_message],
      [facts.failedAt, letter.created_at],
      [facts.route, words.route(letter.route_id)],
      [facts.device, letter.device_id],
      [facts.topic, letter.original_topic],
      [facts.event, letter.event_id],
      [facts.delivery, letter.delivery_id],
    ],
    { language: "json", body: writeJson(letter.payload as Json, 2) },
  );
}
