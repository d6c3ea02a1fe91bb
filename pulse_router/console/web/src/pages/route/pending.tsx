/** What a route has pending: why it waits, and until when; one or all are tried now. */

import { get, type Schema, send } from "../../api/client.ts";
import { useReading } from "../../api/reading.ts";
import { link } from "../../app/location.ts";
import { Button } from "../../parts/button.tsx";
import { May } from "../../parts/may.tsx";
import { NoneYet, States } from "../../parts/states.tsx";
import type { Column } from "../../parts/table/columns.ts";
import { Table } from "../../parts/table/table.tsx";
import { say, sayProblem } from "../../parts/toasts.tsx";
import { Age, Time } from "../../parts/values.tsx";
import { count } from "../../rules/numbers.ts";
import { failure } from "../../words/en/errors.ts";
import { routes as words } from "../../words/en/routes.ts";
import { TryAll } from "./try_all.tsx";

type Delivery = Schema<"PendingAnswer">;

const SHOWN = 200;
const EVERY_MS = 10_000;

export function Pending({ id, onTried }: { id: number; onTried: () => void }) {
  const reading = useReading(
    (signal) =>
      get("/api/v1/customer/message-routes/{route_id}/deliveries", {
        path: { route_id: id },
        query: { limit: SHOWN },
        signal,
      }),
    [id],
    { changes: ["pending", "routes"], every: EVERY_MS },
  );
  const again = (): void => {
    reading.again();
    onTried();
  };
  return (
    <States
      reading={reading}
      lines={8}
      empty={(page) =>
        page.deliveries.length === 0 ? (
          <NoneYet icon="check" title={words.nonePending}>
            {words.nonePendingText}
          </NoneYet>
        ) : undefined
      }
    >
      {(page) => (
        <>
          <div class="tab-head">
            <p>
              {words.pendingLead(page.total, page.total_is_exact)}
              {page.total > page.deliveries.length && (
                <span class="faint">
                  {" "}
                  {words.firstOf(page.deliveries.length, count(page.total).exact)}
                </span>
              )}
            </p>
            <May action="write">
              <TryAll route={id} onTried={again} tone="primary" />
            </May>
          </div>
          <Table
            name={`pending-${id}`}
            caption={words.pendingCaption}
            columns={columnsOf(id, again)}
            rows={page.deliveries}
            rowKey={(delivery) => delivery.id}
            open={(delivery) => link(`/deliveries/${delivery.id}`)}
            total={page.total}
            isExact={page.total_is_exact}
          />
        </>
      )}
    </States>
  );
}

function columnsOf(routeId: number, again: () => void): Column<Delivery>[] {
  const { pendingColumns: heads } = words;
  return [
    {
      key: "id",
      head: heads.id,
      width: "188px",
      card: 1,
      cell: (delivery) => <code>{delivery.id}</code>,
    },
    {
      key: "device",
      head: heads.device,
      width: "minmax(100px, 1fr)",
      cell: (delivery) => <code>{delivery.device_id}</code>,
    },
    {
      key: "waiting",
      head: heads.waiting,
      width: "112px",
      align: "end",
      cell: (delivery) => <Age at={delivery.created_at} />,
    },
    {
      key: "attempts",
      head: heads.attempts,
      width: "84px",
      align: "end",
      cell: (delivery) => delivery.attempts,
    },
    {
      key: "error",
      head: heads.error,
      width: "minmax(140px, 2fr)",
      card: 2,
      cell: (delivery) =>
        delivery.last_error && (
          <span title={failure(delivery.last_error).means}>{delivery.last_error}</span>
        ),
    },
    {
      key: "due",
      head: heads.due,
      width: "224px",
      cell: (delivery) => <Time at={delivery.next_attempt_at} />,
    },
    {
      key: "act",
      head: heads.act,
      width: "124px",
      card: 3,
      cell: (delivery) => <TryOne routeId={routeId} delivery={delivery} again={again} />,
    },
  ];
}

function TryOne(props: { routeId: number; delivery: Delivery; again: () => void }) {
  const { routeId, delivery } = props;
  const run = async (): Promise<void> => {
    try {
      await send(
        "post",
        "/api/v1/customer/message-routes/{route_id}/deliveries/{delivery_id}/attempt",
        { path: { route_id: routeId, delivery_id: delivery.id } },
      );
      say(words.triedOne);
    } catch (fault) {
      sayProblem(fault);
    }
    props.again();
  };
  return (
    <May action="write">
      <Button class="small" aria-label={words.tryOneOf(delivery.id)} onClick={() => void run()}>
        {words.tryOne}
      </Button>
    </May>
  );
}
