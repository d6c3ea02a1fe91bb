/** Dead letters: by cause, in a list, singly or all that match. */

import { useMemo, useState } from "preact/hooks";
import { link, useQuery } from "../../app/location.ts";
import { Button } from "../../parts/button.tsx";
import { CopyAs } from "../../parts/copying.tsx";
import { FilterBar } from "../../parts/filter_bar.tsx";
import { useList } from "../../parts/list.ts";
import { May } from "../../parts/may.tsx";
import { Page } from "../../parts/page.tsx";
import { NoneFiltered, NoneYet, States } from "../../parts/states.tsx";
import { Table } from "../../parts/table/table.tsx";
import { ViewMenu } from "../../parts/view_menu.tsx";
import { command, curl, table } from "../../rules/copying.ts";
import { fromQuery, type Token, toApi, toQuery, withToken } from "../../rules/filters.ts";
import { allThatMatch, NOTHING, type Selection } from "../../rules/selection.ts";
import { deadLetters as words } from "../../words/en/dead_letters.ts";
import { titles } from "../../words/en/titles.ts";
import { Actions } from "./actions.tsx";
import { Causes } from "./causes.tsx";
import { columnsOf } from "./columns.tsx";
import {
  countLetters,
  fieldsOf,
  isAcross,
  type Letter,
  listAddress,
  listLetters,
  useRoutes,
} from "./letters.ts";
import { PurgeDialog } from "./purge_dialog.tsx";

/** In the address: all that match are selected, up to this number. */
const ALL = "all_up_to";

export default function DeadLettersPage() {
  const [query, setQuery] = useQuery();
  const routes = useRoutes().value ?? [];
  const fields = useMemo(() => fieldsOf(routes), [routes, isAcross()]);
  const columns = columnsOf(routes);
  const tokens = fromQuery(query.all(), fields);
  const key = JSON.stringify([toQuery(tokens, fields), isAcross()]);
  // A relative time is that of the moment when the list was asked for, for what is done with it, too.
  const asked = useMemo(() => toApi(tokens, fields, Date.now()), [key]);
  const list = useList<Letter>({
    name: "dead-letters",
    key,
    read: (after, signal) => listLetters(asked, after, signal),
    id: (letter) => letter.id,
    again: { changes: ["dead_letters"] },
  });
  const [rows, setRows] = useState<Selection>(NOTHING);
  const [isPurging, setPurging] = useState(false);
  const upTo = Number(query.get(ALL) ?? 0);
  const selection = upTo > 0 ? allThatMatch(asked, upTo) : rows;
  const select = (chosen: Selection): void => {
    setRows(chosen.kind === "rows" ? chosen : NOTHING);
    const all = chosen.kind === "all" ? chosen.upToId : null;
    if (all !== (upTo || null)) setQuery({ [ALL]: all }, { replace: true });
  };
  const change = (changed: readonly Token[]): void => {
    setRows(NOTHING);
    const names = fields.map((field) => field.param ?? field.name);
    const cleared = Object.fromEntries(names.map((name) => [name, null]));
    setQuery({ ...cleared, ...toQuery(changed, fields), [ALL]: null });
  };
  const add = (token: Token): void => change(withToken(tokens, token, fields));
  const newest = list.rows[0]?.id;
  const selectAll = (): void => {
    if (newest !== undefined) select(allThatMatch(asked, newest));
  };
  return (
    <Page
      title={titles.deadLetters}
      lead={list.reading.value && words.letters(list.total, list.isExact)}
      actions={
        <>
          <CopyAs
            request={() => curl({ method: "GET", url: listAddress(asked) })}
            command={() => listCommand(asked)}
            markdown={() => markdown(list.rows.slice(0, 50))}
          />
          <May action={isAcross() ? "write_all" : "write"}>
            <Button icon="trash" onClick={() => setPurging(true)}>
              {words.purgeOld}
            </Button>
          </May>
        </>
      }
    >
      <Causes
        query={asked}
        routes={routes}
        onChoose={(chosen) =>
          change(
            chosen.reduce<readonly Token[]>((all, token) => withToken(all, token, fields), tokens),
          )
        }
      />
      <div class="list-bar">
        <FilterBar fields={fields} tokens={tokens} onChange={change} />
        <ViewMenu columns={columns} />
      </div>
      <States
        reading={list.reading}
        lines={10}
        empty={(page) =>
          page.rows.length > 0 ? undefined : tokens.length > 0 ? (
            <NoneFiltered
              tokens={tokens}
              count={(left, signal) => countLetters(toApi(left, fields, Date.now()), signal)}
              onDrop={(token) => change(tokens.filter((each) => each !== token))}
              onDropAll={() => change([])}
            />
          ) : (
            <NoneYet icon="deadLetter" title={words.none}>
              {words.noneText}
            </NoneYet>
          )
        }
      >
        {() => (
          <Table
            name="dead-letters"
            caption={titles.deadLetters}
            columns={columns}
            rows={list.rows}
            rowKey={(letter) => letter.id}
            rowName={(letter) => words.one(letter.id)}
            open={(letter) => link(`/dead-letters/${letter.id}`)}
            total={list.total}
            isExact={list.isExact}
            selection={selection}
            onSelect={select}
            onSelectAll={selectAll}
            onToken={add}
            more={list.more}
            waiting={list.waiting}
          />
        )}
      </States>
      <Actions
        selection={selection}
        list={list}
        routes={routes}
        tokens={tokens}
        filter={asked}
        onSelect={select}
        onSelectAll={selectAll}
      />
      {isPurging && (
        <PurgeDialog
          tenant={asked.tenant_id}
          onClose={() => setPurging(false)}
          onDone={() => list.reading.again()}
        />
      )}
    </Page>
  );
}

function listCommand(query: Readonly<Record<string, string>>): string {
  const asked: string[] = [];
  if (query.status !== undefined && !query.status.includes(","))
    asked.push("--status", query.status);
  if (query.route_id !== undefined && !query.route_id.includes(","))
    asked.push("--route", query.route_id);
  return command("dead-letters", "list", ...asked);
}

function markdown(letters: readonly Letter[]): string {
  const { id, status, route, device, error, age } = words.columns;
  return table(
    [id, status, route, device, error, age],
    letters.map((letter) => [
      String(letter.id),
      letter.status,
      words.route(letter.route_id),
      letter.device_id,
      letter.error_message,
      letter.created_at,
    ]),
  );
}
