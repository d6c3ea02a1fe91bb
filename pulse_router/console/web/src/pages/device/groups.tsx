/** The groups that a device is in. */

import { get } from "../../api/client.ts";
import { useReading } from "../../api/reading.ts";
import { link } from "../../app/location.ts";
import { Section } from "../../parts/page.tsx";
import { States } from "../../parts/states.tsx";
import { device as words } from "../../words/en/devices.ts";

const MOST = 100;

export function Groups({ id }: { id: string }) {
  const reading = useReading(
    (signal) =>
      get("/api/v1/customer/device-groups", { query: { device_id: id, limit: MOST }, signal }),
    [id],
    { changes: ["groups"] },
  );
  return (
    <Section heading={words.groups}>
      <States
        reading={reading}
        lines={1}
        empty={(page) =>
          page.groups.length > 0 ? undefined : (
            <p class="faint">
              {words.noGroups} <a href={link("/groups")}>{words.allGroups}</a>
            </p>
          )
        }
      >
        {(page) => (
          <ul class="chips">
            {page.groups.map((group) => (
              <li key={group.id}>
                <a class="badge" href={link(`/groups/${group.id}`)}>
                  {group.name}
                </a>
              </li>
            ))}
          </ul>
        )}
      </States>
    </Section>
  );
}
