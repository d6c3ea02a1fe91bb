/** What a route has delivered, by its receipts; each leads to its trace. */

import { get, type Schema } from "../../api/client.ts";
import { link, useQuery } from "../../app/location.ts";
import { Button } from "../../parts/button.tsx";
import { TextField } from "../../parts/field.tsx";
import { usePages } from "../../parts/pages.ts";
import { NoneYet, States } from "../../parts/states.tsx";
import type { Column } from "../../parts/table/columns.ts";
import { Table } from "../../parts/table/table.tsx";
import { Length, Time } from "../../parts/values.tsx";
import { common } from "../../words/en/common.ts";
import { routes as words } from "../../words/en/routes.ts";

type Receipt = Schema<"ReceiptAnswer">;

const PAGE = 100;

export function Delivered({ id }: { id: number }) {
  const [query, setQuery] = useQuery();
  const given = query.get("status") ?? "";
  const status = /^[1-5]\d\d$/.test(given) ? Number(given) : undefined;
  const list = usePages<Receipt>({
    key: JSON.stringify([id, status]),
    read: async (after, signal) => {
      const { receipts, next } = await get("/api/v1/customer/message-routes/{route_id}/receipts", {
        path: { route_id: id },
        query: {
          limit: PAGE,
          ...(status === undefined ? {} : { status }),
          ...(after ? { after } : {}),
        },
        signal,
      });
      return { rows: receipts, total: receipts.length, isExact: next === null, next };
    },
    rowKey: (receipt) => `${receipt.delivery_id} ${receipt.settled_at}`,
  });
  return (
    <>
      <div class="tab-head">
        <p class="faint">{words.deliveredLead}</p>
        <TextField
          label={words.status}
          placeholder="204"
          value={given}
          onInput={(value) => setQuery({ status: value.trim() || null }, { replace: true })}
        />
        <Button icon="replay" onClick={() => list.reading.again()}>
          {words.readAgain}
        </Button>
      </div>
      <States
        reading={list.reading}
        lines={8}
        empty={(page) =>
          page.rows.length === 0 && page.next === null ? (
            <NoneYet
              icon="message"
              title={words.noneDelivered}
              action={
                status !== undefined && (
                  <Button icon="cross" onClick={() => setQuery({ status: null })}>
                    {common.dropAll}
                  </Button>
                )
              }
            >
              {words.noneDeliveredText}
            </NoneYet>
          ) : undefined
        }
      >
        {() => (
          <Table
            name={`delivered-${id}`}
            caption={words.deliveredCaption}
            columns={COLUMNS}
            rows={list.rows}
            rowKey={(receipt) => `${receipt.delivery_id} ${receipt.settled_at}`}
            rowName={(receipt) => receipt.delivery_id}
            open={(receipt) => link(`/messages/${receipt.event_id}`)}
            total={list.rows.length}
            isExact={list.more === undefined}
            more={list.more}
          />
        )}
      </States>
    </>
  );
}

const { deliveredColumns: heads } = words;

const COLUMNS: readonly Column<Receipt>[] = [
  {
    key: "settled",
    head: heads.settled,
    width: "264px",
    card: 1,
    cell: (receipt) => <Time at={receipt.settled_at} ms />,
  },
  {
    key: "status",
    head: heads.status,
    width: "84px",
    align: "end",
    card: 2,
    cell: (receipt) => receipt.status ?? <span class="faint">{words.answer(null)}</span>,
  },
  {
    key: "took",
    head: heads.took,
    width: "84px",
    align: "end",
    card: 3,
    cell: (receipt) => <Length ms={receipt.milliseconds} />,
  },
  {
    key: "attempts",
    head: heads.attempts,
    width: "84px",
    align: "end",
    cell: (receipt) => receipt.attempts,
  },
  {
    key: "id",
    head: heads.id,
    width: "minmax(180px, 1fr)",
    cell: (receipt) => <code>{receipt.delivery_id}</code>,
  },
  {
    key: "event",
    head: heads.event,
    width: "minmax(180px, 1fr)",
    cell: (receipt) => <code>{receipt.event_id}</code>,
  },
];
