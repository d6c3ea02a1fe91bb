/** What never arrived of a device, by the numbers that it counts with. */

import type { Schema } from "../../api/client.ts";
import type { Reading } from "../../api/reading.ts";
import { link } from "../../app/location.ts";
import { Section } from "../../parts/page.tsx";
import { States } from "../../parts/states.tsx";
import { Time } from "../../parts/values.tsx";
import { exact } from "../../rules/numbers.ts";
import { device as words } from "../../words/en/devices.ts";

export function Gaps({ reading }: { reading: Reading<Schema<"GapPage">> }) {
  if (reading.value?.gaps.length === 0) return null;
  const { at, type, missing, range } = words.gapColumns;
  return (
    <Section heading={words.gaps}>
      <p class="faint">{words.gapsText}</p>
      <States reading={reading} lines={3}>
        {(page) => (
          <table class="plain-table">
            <thead>
              <tr>
                <th scope="col">{at}</th>
                <th scope="col">{type}</th>
                <th scope="col" class="end">
                  {missing}
                </th>
                <th scope="col">{range}</th>
              </tr>
            </thead>
            <tbody>
              {page.gaps.map((gap) => (
                <tr key={gap.id}>
                  <td>
                    <a href={link(`/messages/${gap.event_id}`)}>
                      <Time at={gap.at} />
                    </a>
                  </td>
                  <td>{gap.msg_type}</td>
                  <td class="end number">{exact(gap.missing)}</td>
                  <td class="number">{words.range(String(gap.expected), String(gap.got))}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </States>
    </Section>
  );
}
