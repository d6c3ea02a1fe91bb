/** A route that is no more: by whom it was deleted, and where what was pending is. */

import { get } from "../../api/client.ts";
import { useReading } from "../../api/reading.ts";
import { link } from "../../app/location.ts";
import { zone } from "../../app/preferences.ts";
import { Page } from "../../parts/page.tsx";
import { NoneYet } from "../../parts/states.tsx";
import { readTime, stamp, zoneName } from "../../rules/times.ts";
import { routes as words } from "../../words/en/routes.ts";

export function Gone({ id }: { id: number }) {
  const deletion = useReading(
    (signal) =>
      get("/api/v1/customer/audit", {
        query: {
          target_type: "message_routes",
          target_id: String(id),
          action: "delete_route",
          limit: 1,
        },
        signal,
      }),
    [id],
  ).value?.entries[0];
  const at = readTime(deletion?.at) ?? 0;
  return (
    <Page title={words.one(id)}>
      <NoneYet
        icon="route"
        title={words.gone(id)}
        action={<a href={link("/dead-letters", { route_id: id })}>{words.goneLetters}</a>}
      >
        {deletion === undefined
          ? words.goneText
          : words.goneBy(deletion.subject, `${stamp(at, zone.value)} ${zoneName(at, zone.value)}`)}
      </NoneYet>
    </Page>
  );
}
