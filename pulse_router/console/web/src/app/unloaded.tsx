/** A page whose script could not be had. It is loaded anew when the router answers again. */

import { useEffect, useRef } from "preact/hooks";
import { lostSince } from "../api/credentials.ts";
import { Button } from "../parts/button.tsx";
import { Page } from "../parts/page.tsx";
import { unloaded as words } from "../words/en/shell.ts";

export function Unloaded() {
  const isLost = lostSince.value !== undefined;
  const wasLost = useRef(false);
  useEffect(() => {
    if (wasLost.current && !isLost) location.reload();
    else lostSince.value ??= Date.now();
    wasLost.current = true;
  }, [isLost]);
  return (
    <Page title={words.title} lead={words.text}>
      <Button icon="replay" tone="primary" onClick={() => location.reload()}>
        {words.again}
      </Button>
    </Page>
  );
}
