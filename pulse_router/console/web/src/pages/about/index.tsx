/** Which version it is, whether it is well, what this browser lacks, and whose work is in it. */

import licences from "licences:";
import { missingParts } from "../../api/readiness.ts";
import { useReading } from "../../api/reading.ts";
import { config } from "../../app/config.ts";
import { ROUTER } from "../../app/location.ts";
import { Copyable } from "../../parts/copying.tsx";
import { Facts, Page, Section } from "../../parts/page.tsx";
import { States } from "../../parts/states.tsx";
import { Badge } from "../../parts/values.tsx";
import { lacking } from "../../rules/browser.ts";
import { about as words } from "../../words/en/places.ts";
import { titles } from "../../words/en/titles.ts";

export default function AboutPage() {
  const known = config.value;
  return (
    <Page title={titles.about}>
      <Facts
        facts={[
          [words.version, <span class="mono">{known?.version}</span>],
          known?.label ? [words.installation, known.label] : false,
          [words.docs, <a href={`${ROUTER}docs`}>{`${ROUTER}docs`}</a>],
        ]}
      />
      {known?.demo && <p class="note">{words.demo}</p>}
      <Checks />
      <Browser />
      <Section heading={words.licences}>
        <p>{words.licencesText}</p>
        {licences.map((licence) => (
          <details key={licence.name}>
            <summary>
              {licence.name} {licence.version}
            </summary>
            <pre>{licence.text}</pre>
          </details>
        ))}
      </Section>
    </Page>
  );
}

function Checks() {
  const reading = useReading(missingParts, [], { every: 5_000 });
  return (
    <Section heading={words.checks}>
      <States reading={reading} lines={2}>
        {(parts) =>
          Object.keys(parts).length === 0 ? (
            <p>
              <Badge state="ok" /> {words.well}
            </p>
          ) : (
            <ul class="plain">
              {Object.entries(parts).map(([part, said]) => {
                const [name, remedy] = words.parts[part] ?? words.parts.other ?? ["", ""];
                return (
                  <li key={part}>
                    <Badge state="unavailable" word={name} /> {said}
                    <p class="faint">{remedy}</p>
                  </li>
                );
              })}
            </ul>
          )
        }
      </States>
      <p class="faint">{words.command}</p>
      <Copyable text={words.check} />
    </Section>
  );
}

function Browser() {
  const missing = lacking(window);
  return (
    <Section heading={words.browser}>
      {missing.length === 0 && <p>{words.lacksNothing}</p>}
      <ul class="plain">
        {missing.map((thing) => (
          <li key={thing}>
            <Badge state="degraded" word={words.lacks[thing]?.[0] ?? thing} />
            <p class="faint">{words.lacks[thing]?.[1]}</p>
          </li>
        ))}
      </ul>
    </Section>
  );
}
