/** The tokens that were given: downloaded, and then gone from here. */

import { useState } from "preact/hooks";
import { Button } from "../../parts/button.tsx";
import { Check } from "../../parts/field.tsx";
import { Section } from "../../parts/page.tsx";
import { download, Secret } from "../../parts/secret.tsx";
import { writeCsv } from "../../rules/bulk.ts";
import { bulk as words } from "../../words/en/bulk.ts";
import { common } from "../../words/en/common.ts";
import { drop, keep, type Run } from "./run.ts";

const SHOWN = 5;

export function Tokens({ run }: { run: Run }) {
  const { tokens } = run;
  const [isKept, setKept] = useState(false);
  const save = (name: string, text: string, type: string): void => {
    download(name, text, type);
    keep();
  };
  return (
    <Section heading={words.tokens(tokens.length)}>
      <div class="panel">
        <p>{words.tokensText}</p>
        {tokens.slice(0, SHOWN).map((device) => (
          <Secret
            key={device.device_id}
            name={device.device_id}
            value={device.provision_token ?? ""}
            fileName={`${device.device_id}.token`}
          />
        ))}
        {tokens.length > SHOWN && <p class="faint">{words.shownSome(SHOWN, tokens.length)}</p>}
        <div class="page-actions">
          <Button
            tone="primary"
            icon="download"
            onClick={() => save("devices.csv", writeCsv(tokens), "text/csv")}
          >
            {words.asCsv}
          </Button>
          <Button
            icon="download"
            onClick={() =>
              save(
                "devices.ndjson",
                tokens.map((device) => `${JSON.stringify(device)}\n`).join(""),
                "application/x-ndjson",
              )
            }
          >
            {words.asNdjson}
          </Button>
        </div>
        <Check label={common.kept} checked={isKept} onChange={setKept} />
        <Button aria-disabled={!isKept || undefined} icon="eyeOff" onClick={drop}>
          {words.forget}
        </Button>
      </div>
    </Section>
  );
}
