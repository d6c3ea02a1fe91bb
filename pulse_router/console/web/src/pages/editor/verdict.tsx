/** What a draft says of a message: in words, clause by clause, and the request that would go out. */

import { Clauses, VerdictMark } from "../../parts/clauses.tsx";
import { trying as words } from "../../words/en/editor.ts";
import { RequestView } from "./request_view.tsx";
import type { Verdict as Answer } from "./trial.ts";

/** isEnabled, leads: whether the draft takes anything at all, and has an address yet. */
export function Verdict(props: { answer: Answer; isEnabled: boolean; leads: boolean }) {
  const { answer, isEnabled, leads } = props;
  const { topic } = answer;
  return (
    <>
      <p class="verdict-said" role="status">
        <VerdictMark verdict={answer.would_deliver ? "true" : "false"} />
        <strong>{answer.would_deliver ? words.wouldDeliver : words.wouldNot}</strong>
        <span>{answer.filter_fault ?? answer.reason}</span>
      </p>
      {!isEnabled && answer.would_deliver && <p class="note">{words.disabled}</p>}
      {topic.verdict === "false" && (
        <p class="faint">
          {words.topicNot(topic.level ?? 0, shown(topic.wanted), shown(topic.found))}
        </p>
      )}
      <h3>{words.clauses}</h3>
      <Clauses clauses={answer.clauses} />
      <details class="folded">
        <summary>{words.request}</summary>
        {answer.request ? (
          <>
            <p class="faint">{words.requestHint}</p>
            <RequestView request={answer.request} />
          </>
        ) : (
          <p class={answer.request_fault ? "field-error" : "faint"}>
            {answer.request_fault ?? (leads ? words.noRequest : words.noAddress)}
          </p>
        )}
      </details>
    </>
  );
}

const shown = (level: string | null | undefined): string =>
  level === null || level === undefined ? "–" : `"${level}"`;
