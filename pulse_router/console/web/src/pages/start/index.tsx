/** First steps: a device, its first message, a route, its first delivery. Looking changes nothing. */

import { useState } from "preact/hooks";
import { get, type Schema } from "../../api/client.ts";
import { useReading } from "../../api/reading.ts";
import { link, useQuery } from "../../app/location.ts";
import { figures } from "../../live/socket.ts";
import { Button } from "../../parts/button.tsx";
import { Page } from "../../parts/page.tsx";
import { States } from "../../parts/states.tsx";
import { Badge } from "../../parts/values.tsx";
import { doneSteps, nextStep, STEPS, type Step } from "../../rules/first_steps.ts";
import { start as words } from "../../words/en/start.ts";
import { titles } from "../../words/en/titles.ts";
import { DeliverStep, PublishStep } from "./arrivals.tsx";
import { RegisterStep } from "./register.tsx";
import { RouteStep } from "./route.tsx";

type Overview = Schema<"CustomerOverview">;

/** What has been made on this page: it stands in the URL, but for the token. */
export interface Made {
  readonly device: string | undefined;
  readonly route: string | undefined;
  readonly token: string | undefined;
}

export default function StartPage() {
  const reading = useReading((signal) => get("/api/v1/customer/overview", { signal }), [], {
    changes: ["routes", "devices"],
    every: 10_000,
  });
  return (
    <Page title={titles.start} lead={words.lead}>
      <States reading={reading}>
        {(overview) => <Steps overview={overview} again={() => reading.again()} />}
      </States>
    </Page>
  );
}

function Steps({ overview, again }: { overview: Overview; again: () => void }) {
  const [query, set] = useQuery();
  const [token, setToken] = useState<string | undefined>(undefined);
  const books = figures.value?.totals ?? overview.books;
  const done = doneSteps({ books, states: overview.states });
  const skipped = new Set(query.list("skip"));
  const next = nextStep(done, skipped);
  const made: Made = { device: query.get("device"), route: query.get("route"), token };
  const shown = { overview, books, made };
  const registered = (device: string, given: string): void => {
    setToken(given);
    set({ device }, { replace: true });
    again();
  };
  const routed = (id: number): void => {
    set({ route: String(id) }, { replace: true });
    again();
  };
  const bodies: Readonly<Record<Step, () => preact.ComponentChildren>> = {
    register: () => <RegisterStep {...shown} isDone={done.register} onRegistered={registered} />,
    publish: () => <PublishStep {...shown} isDone={done.publish} />,
    route: () => <RouteStep {...shown} isDone={done.route} onCreated={routed} />,
    deliver: () => <DeliverStep {...shown} isDone={done.deliver} />,
  };
  return (
    <>
      <ol class="steps">
        {STEPS.map((step, at) => (
          <li key={step} class={step === next ? "step next" : "step"}>
            <header>
              <span class="step-number" aria-hidden="true">
                {at + 1}
              </span>
              <h2>{HEADINGS[step]}</h2>
              {done[step] && <Badge state="ok" word={words.done} />}
              {step === next && (
                <Button tone="plain" onClick={() => set({ skip: [...skipped, step] })}>
                  {words.skip}
                </Button>
              )}
              {skipped.has(step) && !done[step] && (
                <Button
                  tone="plain"
                  onClick={() => set({ skip: [...skipped].filter((other) => other !== step) })}
                >
                  {words.back}
                </Button>
              )}
            </header>
            {(step === next || done[step]) && <div class="step-body">{bodies[step]()}</div>}
          </li>
        ))}
      </ol>
      {next === undefined && (
        <p>
          {Object.values(done).every(Boolean) && words.all} <a href={link("/")}>{words.overview}</a>
        </p>
      )}
    </>
  );
}

const HEADINGS: Readonly<Record<Step, string>> = {
  register: words.register,
  publish: words.publish,
  route: words.route,
  deliver: words.delivered,
};
