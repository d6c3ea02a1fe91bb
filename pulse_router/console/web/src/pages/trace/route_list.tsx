/** What each route did with a message, and what it would do now: then and now are kept apart. */

import { useState } from "preact/hooks";
import { get, type Schema } from "../../api/client.ts";
import { Problem } from "../../api/problem.ts";
import { link } from "../../app/location.ts";
import { Button } from "../../parts/button.tsx";
import { Clauses, VerdictMark } from "../../parts/clauses.tsx";
import { sayProblem } from "../../parts/toasts.tsx";
import { Badge, Time } from "../../parts/values.tsx";
import type { Verdict } from "../../rules/clauses.ts";
import { traces as words } from "../../words/en/traces.ts";
import { Deliveries } from "./deliveries.tsx";
import type { Trace } from "./trace_page.tsx";

type Route = Schema<"TracedRoute">;

export function RouteList({ trace }: { trace: Trace }) {
  const [further, setFurther] = useState<{ routes: readonly Route[]; next: string | null }>({
    routes: [],
    next: trace.next,
  });
  const more = async (): Promise<void> => {
    try {
      const page = await nextPage(trace, further.next ?? "");
      setFurther({ routes: [...further.routes, ...page.routes], next: page.next });
    } catch (fault) {
      if (!(fault instanceof Problem)) throw fault;
      sayProblem(fault);
    }
  };
  const known = new Set(trace.routes.map((route) => route.route_id));
  const routes = [...trace.routes, ...further.routes.filter((each) => !known.has(each.route_id))];
  if (routes.length === 0) return <p class="faint">{words.noRoutes}</p>;
  return (
    <>
      <ul class="traced">
        {routes.map((route) => (
          <li key={route.route_id}>
            <TracedRoute route={route} />
          </li>
        ))}
      </ul>
      {further.next !== null && <Button onClick={() => void more()}>{words.more}</Button>}
    </>
  );
}

function nextPage(trace: Trace, after: string): Promise<Trace> {
  const query = { after };
  switch (trace.kind) {
    case "rejected_message":
      return get("/api/v1/customer/rejected-messages/{message_id}/trace", {
        path: { message_id: Number(trace.id) },
        query,
      });
    case "delivery":
      return get("/api/v1/customer/deliveries/{delivery_id}/trace", {
        path: { delivery_id: trace.id },
        query,
      });
    default:
      return get("/api/v1/customer/messages/{event_id}/trace", {
        path: { event_id: trace.id },
        query,
      });
  }
}

function TracedRoute({ route }: { route: Route }) {
  const name = route.name ?? words.route(route.route_id);
  return (
    <article class={`traced-route ${route.differs ? "differs" : ""}`}>
      <header>
        <VerdictMark verdict={verdictOf(route)} />
        <h3>
          {route.now === null ? (
            <>
              {name} <Badge state="" tone="quiet" icon="trash" word={words.gone} />
            </>
          ) : (
            <a href={link(`/routes/${route.route_id}`)}>{name}</a>
          )}
          {route.now?.is_enabled === false && (
            <>
              {" "}
              <Badge state="disabled" word={words.disabled} />
            </>
          )}
        </h3>
        <p>{route.text}</p>
      </header>
      {route.deliveries.length > 0 && (
        <Deliveries deliveries={route.deliveries} said={route.text} />
      )}
      {route.differs && <Changes route={route} />}
      <Reasons route={route} />
    </article>
  );
}

/** Of then; of a message that was refused before any route was asked, of now. */
function verdictOf({ then, now }: Route): Verdict {
  return then.told_by === "refusal" ? (now?.verdict ?? "unknown") : then.matched;
}

function Changes({ route }: { route: Route }) {
  return (
    <div class="traced-changes">
      <p>
        <strong>{words.differs}</strong> {route.now?.reason}
      </p>
      {route.changes.length > 0 && (
        <ul>
          {route.changes.map((change) => (
            <li key={change.id}>
              <a href={link(`/routes/${route.route_id}`, { tab: "changes", change: change.id })}>
                {words.changedBy(change.kind, change.changed.join(", "))}
              </a>{" "}
              <Time at={change.at} /> {change.by !== null && words.by(change.by)}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

/** The clauses: of then where they are known, and of now where that is another. */
function Reasons({ route }: { route: Route }) {
  const { then, now } = route;
  const topic = now?.topic;
  const clauses = then.clauses.length > 0 ? then.clauses : (now?.clauses ?? []);
  if (topic?.verdict === "false") {
    return (
      <p class="faint">{words.topic(topic.level ?? 0, shown(topic.wanted), shown(topic.found))}</p>
    );
  }
  if (clauses.length === 0) return null;
  const isOther = route.differs && then.clauses.length > 0 && (now?.clauses.length ?? 0) > 0;
  return (
    <details open={verdictOf(route) === "false"}>
      <summary>{words.seeClauses}</summary>
      <div class={isOther ? "then-now" : ""}>
        <div>
          {isOther && <h4>{words.before}</h4>}
          <Clauses clauses={clauses} />
        </div>
        {isOther && (
          <div>
            <h4>{words.now}</h4>
            <Clauses clauses={now?.clauses ?? []} />
          </div>
        )}
      </div>
    </details>
  );
}

const shown = (level: string | null | undefined): string =>
  level === null || level === undefined ? "–" : `"${level}"`;
