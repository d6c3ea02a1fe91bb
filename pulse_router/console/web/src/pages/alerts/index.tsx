/** Alerts: open, acknowledged, closed; live, and changed singly or many at once. */

import { useMemo, useState } from "preact/hooks";
import { addressOf } from "../../api/client.ts";
import { useReading } from "../../api/reading.ts";
import { link, useQuery } from "../../app/location.ts";
import { Button } from "../../parts/button.tsx";
import { FilteredList } from "../../parts/filtered_list.tsx";
import { May } from "../../parts/may.tsx";
import { NoneYet } from "../../parts/states.tsx";
import { Count } from "../../parts/values.tsx";
import { curl } from "../../rules/copying.ts";
import { alerts as words } from "../../words/en/alerts.ts";
import { titles } from "../../words/en/titles.ts";
import { Actions } from "./actions.tsx";
import { type Alert, countAlerts, fieldsOf, listAlerts, PATH, STATUSES } from "./alerts.ts";
import { columns, markdown } from "./columns.tsx";
import { RaiseDialog } from "./raise_dialog.tsx";
import "./alerts.css";

export default function AlertsPage() {
  const [query] = useQuery();
  const fields = useMemo(fieldsOf, []);
  const [isRaising, setRaising] = useState(false);
  const raised = query.get("device_id");
  return (
    <>
      <FilteredList<Alert>
        name="alerts"
        title={titles.alerts}
        fields={fields}
        columns={columns}
        changes={["alerts"]}
        read={listAlerts}
        id={(alert) => alert.id}
        rowKey={(alert) => alert.id}
        rowName={(alert) => words.alert(alert.id)}
        open={(alert) => link(`/devices/${encodeURIComponent(alert.device_id)}`)}
        lead={words.listed}
        above={<Views />}
        request={(wanted) =>
          curl({ method: "GET", url: location.origin + addressOf(PATH, { query: wanted }) })
        }
        markdown={markdown}
        actions={
          <May action="write">
            <Button icon="plus" onClick={() => setRaising(true)}>
              {words.raise}
            </Button>
          </May>
        }
        none={
          <NoneYet icon="alert" title={words.none}>
            {words.noneText}
          </NoneYet>
        }
        bar={(selected) => <Actions selected={selected} />}
      />
      {isRaising && <RaiseDialog device={raised ?? ""} onClose={() => setRaising(false)} />}
    </>
  );
}

/** The three states, with how many there are of each; the one that is looked at is marked. */
function Views() {
  const [query] = useQuery();
  const now = query.get("status");
  const counts = useReading(countAlerts, [], { changes: ["alerts"] }).value;
  const names = {
    OPEN: words.open,
    ACKNOWLEDGED: words.acknowledged,
    CLOSED: words.closed,
  } as const;
  return (
    <nav class="views" aria-label={words.views}>
      <View label={words.all} isNow={now === undefined} href={link("/alerts")} />
      {STATUSES.map((status) => (
        <View
          key={status}
          label={names[status]}
          isNow={now === status}
          href={link("/alerts", { status })}
          n={counts?.[status]}
        />
      ))}
    </nav>
  );
}

function View(props: { label: string; href: string; isNow: boolean; n?: number | undefined }) {
  return (
    <a href={props.href} aria-current={props.isNow ? "page" : undefined}>
      {props.label}
      {props.n !== undefined && (
        <span class="badge">
          <Count n={props.n} />
        </span>
      )}
    </a>
  );
}
