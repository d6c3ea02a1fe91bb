/** What a reading is at: on its way, there, empty, or not to be had. What is there stays. */

import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Problem } from "../api/problem.ts";
import { type Reading, useReading } from "../api/reading.ts";
import { Icon, type IconName } from "../icons.tsx";
import { type Token, writeToken } from "../rules/filters.ts";
import { age, sayLength } from "../rules/times.ts";
import { common } from "../words/en/common.ts";
import { problemSaid } from "../words/en/errors.ts";
import { Button } from "./button.tsx";
import { copyText } from "./copying.tsx";
import { now } from "./moment.ts";
import { Count } from "./values.tsx";

/**
 * Shows what is read.
 *
 * empty: what is shown in place of a value that has nothing in it; undefined where it has.
 * lines: how many lines the skeleton has.
 */
export function States<T>(props: {
  reading: Reading<T> & { readonly isLooking?: boolean };
  empty?: (value: T) => ComponentChildren | undefined;
  lines?: number;
  children: (value: T) => ComponentChildren;
}) {
  const { value, problem, loading } = props.reading;
  if (value === undefined) {
    return problem ? (
      <Trouble problem={problem} reading={props.reading} />
    ) : (
      <Skeleton lines={props.lines ?? 6} />
    );
  }
  return (
    <>
      {problem && <Trouble problem={problem} reading={props.reading} />}
      <div class={loading ? "shown older" : "shown"} aria-busy={loading || undefined}>
        {props.reading.isLooking ? <Looking /> : (props.empty?.(value) ?? props.children(value))}
      </div>
    </>
  );
}

/** Nothing was found so far, which is not to say that there is nothing. */
function Looking() {
  return (
    <div class="empty" role="status">
      <Icon name="find" size={32} />
      <p>{common.looking}</p>
    </div>
  );
}

/** Lines where something is about to stand; seen after 150 ms only. */
export function Skeleton({ lines }: { lines: number }) {
  return (
    <div class="skeleton" role="status">
      <span class="unseen">{common.loading}</span>
      {Array.from({ length: lines }, (_, line) => (
        <div key={line} class="skeleton-line" />
      ))}
    </div>
  );
}

/** A problem: its sentence, what to do, the request's id. */
export function Trouble({ problem, reading }: { problem: Problem; reading?: Reading<unknown> }) {
  const said = problemSaid(problem.status, problem.offline);
  return (
    <div class="trouble" role="alert">
      <Icon name="warn" />
      <div>
        <p class="trouble-said">{problem.detail || said.means}</p>
        {problem.errors.length > 0 && (
          <ul>
            {problem.errors.map((error) => (
              <li key={error.path + error.message}>
                <code>{error.path}</code> {error.message}
              </li>
            ))}
          </ul>
        )}
        <p>
          {said.remedy} {reading?.againAt !== undefined && <Countdown until={reading.againAt} />}
          {reading?.value !== undefined && reading.at !== undefined && (
            <> {common.isOld(sayLength(age(reading.at, now.value)))}</>
          )}
        </p>
        {problem.requestId && (
          <p class="faint">
            {common.requestId} <code>{problem.requestId}</code>
          </p>
        )}
        <div class="trouble-actions">
          {reading && (
            <Button icon="replay" onClick={() => reading.again()}>
              {common.again}
            </Button>
          )}
          <Button icon="copy" onClick={() => copyText(support(problem))}>
            {common.copySupport}
          </Button>
        </div>
      </div>
    </div>
  );
}

/** What helps whoever is asked for help: no token, no content. */
function support(problem: Problem): string {
  const lines = [
    `${problem.status} ${problem.title}`,
    problem.detail,
    `request ${problem.requestId ?? "-"}`,
    `page ${location.pathname}`,
    `time ${new Date().toISOString()}`,
    ...problem.errors.map((error) => `${error.path}: ${error.message}`),
  ];
  return lines.join("\n");
}

function Countdown({ until }: { until: number }) {
  const [left, setLeft] = useState(() => secondsTo(until));
  useEffect(() => {
    setLeft(secondsTo(until));
    const clock = setInterval(() => setLeft(secondsTo(until)), 1000);
    return () => clearInterval(clock);
  }, [until]);
  return <span class="number">{common.againIn(left)}</span>;
}

function secondsTo(until: number): number {
  return Math.max(0, Math.ceil((until - Date.now()) / 1000));
}

/** There are none yet: why that is so, the first step, and the command that makes one. */
export function NoneYet(props: {
  icon: IconName;
  title: string;
  children?: ComponentChildren;
  action?: ComponentChildren;
  command?: string;
}) {
  return (
    <div class="empty">
      <Icon name={props.icon} size={32} />
      <h2>{props.title}</h2>
      {props.children !== undefined && <p class="faint">{props.children}</p>}
      {props.action}
      {props.command !== undefined && (
        <p class="empty-command">
          <code>{props.command}</code>
          <Button
            tone="plain"
            icon="copy"
            label={common.copy}
            onClick={() => copyText(props.command as string)}
          />
        </p>
      )}
    </div>
  );
}

/** How many there are by some filters, and whether that is all. */
export type CountBy = (
  tokens: readonly Token[],
  signal: AbortSignal,
) => Promise<{ n: number; isExact: boolean }>;

/**
 * These filters show none: which one to drop, and how many there are without it.
 *
 * count: asks how many there are by others; each is asked for once, two at a time.
 */
export function NoneFiltered(props: {
  tokens: readonly Token[];
  count?: CountBy;
  onDrop: (token: Token) => void;
  onDropAll: () => void;
}) {
  const { tokens, count } = props;
  return (
    <div class="empty">
      <Icon name="filter" size={32} />
      <h2>{common.noneFiltered}</h2>
      <ul class="empty-filters">
        {tokens.map((token) => (
          <li key={writeToken(token)}>
            <Button icon="cross" onClick={() => props.onDrop(token)}>
              {common.withoutFilter(writeToken(token))}
            </Button>
            {count && <Without left={tokens.filter((each) => each !== token)} count={count} />}
          </li>
        ))}
      </ul>
      {tokens.length > 1 && <Button onClick={() => props.onDropAll()}>{common.dropAll}</Button>}
    </div>
  );
}

function Without({ left, count }: { left: readonly Token[]; count: CountBy }) {
  const key = left.map(writeToken).join(" ");
  const { value } = useReading((signal) => count(left, signal), [key]);
  return value === undefined ? null : <Count n={value.n} exact={value.isExact} />;
}
