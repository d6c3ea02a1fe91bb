/** Verification in five languages, ready to be copied. */

import { Button } from "../../parts/button.tsx";
import { copyText } from "../../parts/copying.tsx";
import { Tabs } from "../../parts/tabs.tsx";
import { SAMPLES } from "../../rules/samples.ts";
import { connect as words } from "../../words/en/route_parts.ts";

export function Samples() {
  return (
    <Tabs
      label={words.languages}
      name="language"
      tabs={SAMPLES.map(({ key, language, text }) => ({
        key,
        label: language,
        content: () => (
          <div class="sample">
            {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and must do so by keys. */}
            <pre tabIndex={0}>
              <code>{text}</code>
            </pre>
            <Button icon="copy" onClick={() => void copyText(text)}>
              {words.copySample(language)}
            </Button>
          </div>
        ),
      }))}
    />
  );
}
