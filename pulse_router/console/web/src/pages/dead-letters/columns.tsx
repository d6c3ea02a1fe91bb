/** The columns of the list. */

import type { Column } from "../../parts/table/columns.ts";
import { Age, Badge } from "../../parts/values.tsx";
import { deadLetters as words } from "../../words/en/dead_letters.ts";
import { failure } from "../../words/en/errors.ts";
import { isAcross, type Letter, type Route } from "./letters.ts";

const TEXT_LONGEST = 200;

/** An error as a filter: the beginning of it, as far as the API takes it. */
export function errorToken(error: string) {
  return { field: "error", value: error.slice(0, TEXT_LONGEST) };
}

export function nameOf(routes: readonly Route[], id: number): string {
  return routes.find((route) => route.id === id)?.name ?? words.route(id);
}

export function columnsOf(routes: readonly Route[]): Column<Letter>[] {
  const tenant: Column<Letter> = {
    key: "tenant",
    head: words.columns.tenant,
    width: "minmax(80px, 140px)",
    cell: (letter) => letter.tenant_id,
    token: (letter) => ({ field: "of", value: letter.tenant_id }),
  };
  return [
    {
      key: "id",
      head: words.columns.id,
      width: "92px",
      card: 1,
      cell: (letter) => letter.id,
    },
    ...(isAcross() ? [tenant] : []),
    {
      key: "status",
      head: words.columns.status,
      width: "148px",
      card: 2,
      cell: (letter) => <Badge state={letter.status} />,
      token: (letter) => ({ field: "status", value: letter.status }),
    },
    {
      key: "route",
      head: words.columns.route,
      width: "minmax(100px, 1.2fr)",
      cell: (letter) => nameOf(routes, letter.route_id),
      token: (letter) => ({ field: "route", value: String(letter.route_id) }),
    },
    {
      key: "device",
      head: words.columns.device,
      width: "minmax(100px, 1fr)",
      cell: (letter) => <code>{letter.device_id}</code>,
      token: (letter) => ({ field: "device", value: letter.device_id }),
    },
    {
      key: "error",
      head: words.columns.error,
      width: "minmax(160px, 3fr)",
      card: 3,
      cell: (letter) => (
        <span title={failure(letter.error_message).means}>{letter.error_message}</span>
      ),
      token: (letter) => errorToken(letter.error_message),
    },
    {
      key: "attempts",
      head: words.columns.attempts,
      width: "84px",
      align: "end",
      cell: (letter) => letter.attempts,
    },
    {
      key: "age",
      head: words.columns.age,
      width: "108px",
      align: "end",
      cell: (letter) => <Age at={letter.created_at} />,
    },
  ];
}
