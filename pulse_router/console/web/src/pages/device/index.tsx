/** A device: how it does, what its metrics were, what came of what it sent. */

import { get, type Schema } from "../../api/client.ts";
import { useReading } from "../../api/reading.ts";
import { link } from "../../app/location.ts";
import type { PageProps } from "../../app/routes.ts";
import { useWayBack } from "../../parts/list.ts";
import { Facts, Page } from "../../parts/page.tsx";
import { NoneYet, States } from "../../parts/states.tsx";
import { Tabs } from "../../parts/tabs.tsx";
import { Badge, Time } from "../../parts/values.tsx";
import { devices, device as words } from "../../words/en/devices.ts";
import { titles } from "../../words/en/titles.ts";
import { Actions } from "./actions.tsx";
import { Health } from "./health.tsx";
import { Metrics } from "./metrics.tsx";
import { Timeline } from "./timeline.tsx";
import "../devices/devices.css";

type Device = Schema<"DeviceAnswer">;

export default function DevicePage({ params }: PageProps<"device_id">) {
  const id = params.device_id;
  const reading = useReading(
    (signal) => get("/api/v1/customer/devices/{device_id}", { path: { device_id: id }, signal }),
    [id],
    { changes: ["devices", "messages"] },
  );
  useWayBack("devices", titles.devices, () => link("/devices"));
  const device = reading.value;
  const isGone = reading.problem?.status === 404;
  return (
    <Page
      key={id}
      title={`${titles.device} ${id}`}
      heading={
        <>
          <code>{id}</code> {device && !isGone && <Badge state={device.status} />}
        </>
      }
      actions={device && !isGone && <Actions device={device} onChanged={reading.again} />}
    >
      {isGone ? (
        <Gone id={id} />
      ) : (
        <States reading={reading}>{(shown) => <Shown device={shown} />}</States>
      )}
    </Page>
  );
}

function Shown({ device }: { device: Device }) {
  const id = device.device_id;
  return (
    <>
      <Facts
        facts={[
          [
            words.facts.site,
            device.site_id === null ? (
              <span class="faint">{words.noSite}</span>
            ) : (
              <a href={link("/devices", { site_id: device.site_id })}>
                <code>{device.site_id}</code>
              </a>
            ),
          ],
          [
            words.facts.seen,
            device.last_seen_at === null ? (
              <span class="faint">{devices.never}</span>
            ) : (
              <Time key="" at={device.last_seen_at} age />
            ),
          ],
          [words.facts.registered, <Time key="" at={device.created_at} />],
          device.previous_token_until !== null && [
            words.facts.previous,
            <Time key="" at={device.previous_token_until} />,
          ],
        ]}
      />
      <Tabs
        label={words.tabs.label}
        tabs={[
          { key: "health", label: words.tabs.overview, content: () => <Health id={id} /> },
          { key: "metrics", label: words.tabs.metrics, content: () => <Metrics id={id} /> },
          { key: "timeline", label: words.tabs.timeline, content: () => <Timeline id={id} /> },
        ]}
      />
    </>
  );
}

function Gone({ id }: { id: string }) {
  return (
    <NoneYet
      icon="device"
      title={words.unknown(id)}
      action={
        <p class="page-actions">
          <a class="button primary" href={link("/devices/new", { device_id: id })}>
            {titles.deviceNew}
          </a>
          <a class="button" href={link("/messages", { device_id: id })}>
            {titles.messages}
          </a>
          <a class="button" href={link("/rejected", { device_id: id })}>
            {titles.rejected}
          </a>
        </p>
      }
    >
      {words.unknownText}
    </NoneYet>
  );
}
