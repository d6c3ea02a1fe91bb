/** Sends the message through the route as it is stored, and shows the request and the answer. */

import { useState } from "preact/hooks";
import { send } from "../../api/client.ts";
import { Problem } from "../../api/problem.ts";
import { Button } from "../../parts/button.tsx";
import { May } from "../../parts/may.tsx";
import { Trouble } from "../../parts/states.tsx";
import { Badge, Length } from "../../parts/values.tsx";
import type { Json } from "../../rules/digits.ts";
import { trying as words } from "../../words/en/editor.ts";
import type { Editing } from "./editing.ts";
import { RequestView } from "./request_view.tsx";
import type { Verdict } from "./trial.ts";

export function SendIt(props: { editing: Editing; topic: string; payload: Json }) {
  const { editing, topic, payload } = props;
  const [sent, setSent] = useState<Verdict | Problem | undefined>(undefined);
  const [isBusy, setBusy] = useState(false);
  const { id } = editing;
  const isStored = id !== undefined && !editing.isChanged.value;
  const run = async (): Promise<void> => {
    if (id === undefined) return;
    setBusy(true);
    try {
      const { body } = await send("post", "/api/v1/customer/message-routes/{route_id}/test", {
        path: { route_id: id },
        body: { topic, payload: payload as Record<string, never>, deliver: true },
      });
      setSent(body);
    } catch (fault) {
      if (!(fault instanceof Problem)) throw fault;
      setSent(fault);
    } finally {
      setBusy(false);
    }
  };
  return (
    <section class="send-it" aria-label={words.sendIt}>
      <May action="write">
        <Button
          icon="play"
          busy={isBusy}
          aria-disabled={!isStored || undefined}
          title={isStored ? words.sendHint : words.saveFirst}
          onClick={() => void run()}
        >
          {words.sendIt}
        </Button>
      </May>
      <span class="faint">{isStored ? words.sendHint : words.saveFirst}</span>
      {sent instanceof Problem && <Trouble problem={sent} />}
      {sent && !(sent instanceof Problem) && <Sent answer={sent} />}
    </section>
  );
}

function Sent({ answer }: { answer: Verdict }) {
  const { delivery, request } = answer;
  if (!delivery) {
    return (
      <p role="status">
        {words.notSent} {answer.would_deliver ? words.noRequest : words.doesNotMatch}
      </p>
    );
  }
  const state = delivery.verdict === "retry" ? "retrying" : delivery.verdict;
  return (
    <div role="status">
      <h3>{words.sent}</h3>
      <p class="sent-line">
        <Badge state={state} word={words.verdicts[delivery.verdict] ?? delivery.verdict} />
        <strong class="number">{delivery.status ?? words.noAnswer}</strong>
        <Length ms={delivery.duration_seconds * 1000} />
        {delivery.error !== null && <span>{delivery.error}</span>}
      </p>
      {request && <RequestView request={request} />}
      {delivery.response === "" ? (
        <p class="faint">{words.emptyAnswer}</p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and must do so by keys.
        <pre class="request" tabIndex={0}>
          {delivery.response}
        </pre>
      )}
    </div>
  );
}
