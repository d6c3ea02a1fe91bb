/** What a draft would have done: how many it takes, adds, loses, and what was in the way of others. */

import type { ComponentChildren } from "preact";
import type { Schema } from "../../api/client.ts";
import { link } from "../../app/location.ts";
import { zone } from "../../app/preferences.ts";
import { Clauses, VerdictMark } from "../../parts/clauses.tsx";
import { Scrolls } from "../../parts/groups.tsx";
import { Spark } from "../../parts/spark.tsx";
import { Count, Time } from "../../parts/values.tsx";
import { rate } from "../../rules/numbers.ts";
import { length, sayLength, stamp } from "../../rules/times.ts";
import { trying as words } from "../../words/en/editor.ts";
import { NearMisses } from "./near_misses.tsx";

type Result = Schema<"PreviewResult">;

export function PreviewResult({ result }: { result: Result }) {
  const isChange = result.added !== undefined;
  if (result.looked_at === 0) return <p class="faint">{words.none}</p>;
  return (
    <>
      <Sums result={result} />
      {isChange && <Change result={result} />}
      {!result.is_complete && result.stopped_by && (
        <p class="note">{words.partial(result.stopped_by)}</p>
      )}
      {result.unjudged > 0 && <p class="note">{words.unjudged(result.unjudged)}</p>}
      {result.peak && <Peak peak={result.peak} />}
      <h3>{words.near}</h3>
      <NearMisses result={result} />
      <h3>{words.examples}</h3>
      <Examples examples={result.examples} />
      <h3>{words.byDevice}</h3>
      <Devices result={result} isChange={isChange} />
    </>
  );
}

function Sums({ result }: { result: Result }) {
  const sums = [
    [words.lookedAt, result.looked_at],
    [words.topicFits, result.topic_matched],
    [words.passes, result.filter_passed],
  ] as const;
  return (
    <dl class="sums">
      {sums.map(([name, n]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            <Count n={n} />
          </dd>
        </div>
      ))}
      {result.by_hour.length > 1 && (
        <div>
          <dt>{words.byHour}</dt>
          <dd>
            <Spark values={result.by_hour.map((hour) => hour.passed)} label={words.byHour} />
          </dd>
        </div>
      )}
    </dl>
  );
}

/** What becomes other by the change, before all else. */
function Change({ result }: { result: Result }) {
  const { added = 0, lost = 0 } = result;
  if (added === 0 && lost === 0) return <p class="faint">{words.same}</p>;
  return (
    <dl class="sums change">
      <div class="adds">
        <dt>{words.adds}</dt>
        <dd>
          {"+"}
          <Count n={added} />
        </dd>
      </div>
      <div class="loses">
        <dt>{words.loses}</dt>
        <dd>
          {"−"}
          <Count n={lost} />
        </dd>
      </div>
    </dl>
  );
}

function Peak({ peak }: { peak: NonNullable<Result["peak"]> }) {
  const { latency, attempts_at_once: atOnce } = peak;
  const each = latency === null ? "" : sayLength(length(latency.p50_seconds * 1000));
  const clock = stamp(Date.parse(peak.at), zone.value);
  return (
    <p>
      {`${words.peak}: ${words.peakText(peak.messages, clock)}`}
      {latency !== null &&
        atOnce !== null &&
        `; ${atOnce < 1 ? words.rarely(each) : words.atOnce(rate(atOnce).text, each)}`}
    </p>
  );
}

function Devices({ result, isChange }: { result: Result; isChange: boolean }) {
  const further = result.devices_total - result.devices.length;
  return (
    <>
      <Scrolls label={words.byDevice}>
        <table class="plain-table">
          <thead>
            <tr>
              <th scope="col">{words.device}</th>
              <th scope="col">{words.passes}</th>
              <th scope="col">{words.lookedAt}</th>
              {isChange && <th scope="col">{words.added}</th>}
              {isChange && <th scope="col">{words.lost}</th>}
            </tr>
          </thead>
          <tbody>
            {result.devices.map((share) => (
              <tr key={share.device_id}>
                <th scope="row">
                  <a href={link(`/devices/${encodeURIComponent(share.device_id)}`)}>
                    {share.device_id}
                  </a>
                </th>
                <Cell>{share.passed}</Cell>
                <Cell>{share.looked_at}</Cell>
                {isChange && <Cell>{share.added ?? 0}</Cell>}
                {isChange && <Cell>{share.lost ?? 0}</Cell>}
              </tr>
            ))}
          </tbody>
        </table>
      </Scrolls>
      {further > 0 && <p class="faint">{words.moreDevices(further)}</p>}
    </>
  );
}

function Cell({ children }: { children: number }): ComponentChildren {
  return (
    <td>
      <Count n={children} />
    </td>
  );
}

const KINDS = ["added", "lost", "passed", "failed"] as const;

function Examples({ examples }: { examples: Result["examples"] }) {
  return (
    <>
      {KINDS.map((kind) => {
        const found = examples[kind] ?? [];
        if (found.length === 0) return null;
        return (
          <details class="folded" key={kind} open={kind === "added" || kind === "lost"}>
            <summary>{`${words.kinds[kind]} (${found.length})`}</summary>
            <ul class="examples">
              {found.map((example) => (
                <li key={example.event_id}>
                  <p>
                    <VerdictMark verdict={example.verdict} />{" "}
                    <a href={link(`/messages/${example.event_id}`)}>{example.device_id}</a>{" "}
                    <Time at={example.received_at} ms />
                  </p>
                  {example.topic.verdict === "false" ? (
                    <p class="faint">{example.reason}</p>
                  ) : (
                    <Clauses clauses={example.clauses} />
                  )}
                </li>
              ))}
            </ul>
          </details>
        );
      })}
    </>
  );
}
