/** One line for each part that is missing, with its remedy; one line where none is. */

import { missingParts } from "../../api/readiness.ts";
import { useReading } from "../../api/reading.ts";
import { link } from "../../app/location.ts";
import { States } from "../../parts/states.tsx";
import { Badge } from "../../parts/values.tsx";
import { overview as words } from "../../words/en/overview.ts";

export function HealthLine() {
  const reading = useReading(missingParts, [], { every: 5_000 });
  return (
    <section class="health-lines" aria-label={words.health}>
      <States reading={reading} lines={1}>
        {(parts) => (
          <ul class="plain">
            {Object.entries(parts).map(([part, said]) => (
              <li key={part}>
                <Badge state="unavailable" word={words.part(part)} /> <span>{said}</span>
                <p class="faint">{words.remedy(part)}</p>
              </li>
            ))}
            {Object.keys(parts).length === 0 && (
              <li>
                <Badge state="ok" /> {words.ready}. <a href={link("/about")}>{words.checks}</a>
              </li>
            )}
          </ul>
        )}
      </States>
    </section>
  );
}
