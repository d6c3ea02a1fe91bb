/** Routes: how each does, live; for operators without a tenant those of all. */

import { useMemo } from "preact/hooks";
import { link, useQuery } from "../../app/location.ts";
import { CopyAs } from "../../parts/copying.tsx";
import { FilterBar } from "../../parts/filter_bar.tsx";
import { Page } from "../../parts/page.tsx";
import { NoneFiltered, NoneYet, States } from "../../parts/states.tsx";
import { Table } from "../../parts/table/table.tsx";
import { command, curl, table } from "../../rules/copying.ts";
import { fromQuery, type Token, toApi, toQuery, withToken } from "../../rules/filters.ts";
import { routes as words } from "../../words/en/routes.ts";
import { titles } from "../../words/en/titles.ts";
import { ACROSS, columnsOf } from "./columns.tsx";
import { useMoving } from "./moving.ts";
import {
  fieldsOf,
  isAcross,
  type ListedRoute,
  listAddress,
  SORTS,
  stateOf,
  useRouteList,
} from "./routes.ts";
import { placeOf } from "./state.tsx";

const COPIED = 50;

export default function RoutesPage() {
  const [query, setQuery] = useQuery();
  const across = isAcross();
  const fields = useMemo(() => fieldsOf(across), [across]);
  const tokens = fromQuery(query.all(), fields);
  const asked = toApi(tokens, fields, Date.now());
  const given = query.get("sort");
  const sort = given !== undefined && SORTS.includes(given) ? given : undefined;
  const list = useRouteList(asked, sort);
  const moving = useMoving();
  const columns = across ? ACROSS : columnsOf(moving, list.reading.at);
  const change = (changed: readonly Token[]): void => {
    const cleared = Object.fromEntries(fields.map((field) => [field.param ?? field.name, null]));
    setQuery({ ...cleared, ...toQuery(changed, fields) });
  };
  return (
    <Page
      title={titles.routes}
      lead={list.reading.value && words.lead(list.total, list.isExact)}
      actions={
        <>
          <CopyAs
            request={() => curl({ method: "GET", url: listAddress(asked, sort) })}
            command={() => command("routes")}
            markdown={() => markdown(list.rows.slice(0, COPIED))}
          />
          {!across && (
            <a class="button primary" href={link("/routes/new")}>
              {words.create}
            </a>
          )}
        </>
      }
    >
      <FilterBar fields={fields} tokens={tokens} onChange={change} />
      <States
        reading={list.reading}
        lines={8}
        empty={(page) =>
          page.rows.length > 0 ? undefined : tokens.length > 0 ? (
            <NoneFiltered
              tokens={tokens}
              onDrop={(token) => change(tokens.filter((each) => each !== token))}
              onDropAll={() => change([])}
            />
          ) : (
            <None />
          )
        }
      >
        {() => (
          <Table
            name="routes"
            caption={titles.routes}
            columns={columns}
            rows={list.rows}
            rowKey={(route) => route.id}
            rowName={(route) => route.name}
            open={(route) => link(`/routes/${route.id}`, across ? { tenant: route.tenant_id } : {})}
            total={list.total}
            isExact={list.isExact}
            onToken={(token) => change(withToken(tokens, token, fields))}
            sort={sort === undefined ? undefined : { key: sort, isDown: sort !== "name" }}
            onSort={({ key }) => setQuery({ sort: key === sort ? null : key }, { replace: true })}
            more={list.more}
          />
        )}
      </States>
    </Page>
  );
}

function None() {
  if (isAcross())
    return (
      <NoneYet icon="route" title={words.none}>
        {words.noneOfAnyone}
      </NoneYet>
    );
  return (
    <NoneYet
      icon="route"
      title={words.none}
      action={<a href={link("/start")}>{words.firstSteps}</a>}
      command={command("routes", "create", "route.json")}
    >
      {words.noneText}
    </NoneYet>
  );
}

function markdown(routes: readonly ListedRoute[]): string {
  const { name, state, destination, pending, failed, dead_lettered, lastError } = words.columns;
  return table(
    [name, state, destination, pending, failed, dead_lettered, lastError],
    routes.map((route) => [
      route.name,
      stateOf(route),
      placeOf(route.destination_type, route.destination_config),
      String(route.stats?.pending ?? ""),
      String(route.stats?.failed ?? ""),
      String(route.stats?.dead_lettered ?? ""),
      route.stats?.last_error ?? "",
    ]),
  );
}
