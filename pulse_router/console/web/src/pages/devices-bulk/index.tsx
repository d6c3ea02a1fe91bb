/** Register many devices at once: checked here, sent by the line, their tokens given this once. */

import { useEffect } from "preact/hooks";
import { Page } from "../../parts/page.tsx";
import { bulk as words } from "../../words/en/bulk.ts";
import { titles } from "../../words/en/titles.ts";
import { Draft } from "./draft.tsx";
import { Results } from "./results.tsx";
import { run } from "./run.ts";
import { Tokens } from "./tokens.tsx";
import "./bulk.css";

export default function DevicesBulkPage() {
  const now = run();
  useKeptTokens(now.isKept);
  return (
    <Page title={titles.devicesBulk} lead={words.lead}>
      {now.tokens.length > 0 && <Tokens run={now} />}
      {now.phase === "edit" ? <Draft run={now} /> : <Results run={now} />}
    </Page>
  );
}

/** Closing the tab asks, as long as tokens would be lost by it. */
function useKeptTokens(isKept: boolean): void {
  useEffect(() => {
    if (isKept) return;
    const ask = (event: BeforeUnloadEvent): void => event.preventDefault();
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, [isKept]);
}
