/** The dead letters of one route: by cause, and the newest; the whole list is a page of its own. */

import { go, link } from "../../app/location.ts";
import { useList } from "../../parts/list.ts";
import { NoneYet, States } from "../../parts/states.tsx";
import { Table } from "../../parts/table/table.tsx";
import { toQuery } from "../../rules/filters.ts";
import { deadLetters } from "../../words/en/dead_letters.ts";
import { routes as words } from "../../words/en/routes.ts";
import { Causes } from "../dead-letters/causes.tsx";
import { columnsOf } from "../dead-letters/columns.tsx";
import { fieldsOf, type Letter, listLetters } from "../dead-letters/letters.ts";
import type { ListedRoute, Route } from "../routes/routes.ts";

export function Dead({ route }: { route: Route }) {
  const routes: readonly ListedRoute[] = [route];
  const asked = { route_id: String(route.id) };
  const list = useList<Letter>({
    name: `dead-${route.id}`,
    key: String(route.id),
    read: (after, signal) => listLetters(asked, after, signal),
    id: (letter) => letter.id,
    again: { changes: ["dead_letters"] },
  });
  const all = link("/dead-letters", asked);
  return (
    <States
      reading={list.reading}
      lines={8}
      empty={(page) =>
        page.rows.length === 0 ? (
          <NoneYet icon="check" title={words.noneDead}>
            {words.noneDeadText}
          </NoneYet>
        ) : undefined
      }
    >
      {() => (
        <>
          <div class="tab-head">
            <p>{deadLetters.letters(list.total, list.isExact)}</p>
            <a class="button primary" href={all}>
              {words.deadAll}
            </a>
          </div>
          <Causes
            query={asked}
            routes={routes}
            onChoose={(tokens) => go(link("/dead-letters", toQuery(tokens, fieldsOf(routes))))}
          />
          <Table
            name={`dead-${route.id}`}
            caption={words.tab.dead}
            columns={columnsOf(routes).filter((column) => column.key !== "route")}
            rows={list.rows}
            rowKey={(letter) => letter.id}
            rowName={(letter) => deadLetters.one(letter.id)}
            open={(letter) => link(`/dead-letters/${letter.id}`)}
            total={list.total}
            isExact={list.isExact}
            more={list.more}
            waiting={list.waiting}
          />
        </>
      )}
    </States>
  );
}
