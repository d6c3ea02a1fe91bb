/** After a fix: the breaker is closed, and all that waits is due. */

import { useState } from "preact/hooks";
import { send } from "../../api/client.ts";
import { Button, type ButtonProps } from "../../parts/button.tsx";
import { say, sayProblem } from "../../parts/toasts.tsx";
import { routes as words } from "../../words/en/routes.ts";

/** The rest is what `May` says of a button that may not be pressed. */
export function TryAll(props: { route: number; onTried?: () => void } & ButtonProps) {
  const { route, onTried, ...rest } = props;
  const [isBusy, setBusy] = useState(false);
  const run = async (): Promise<void> => {
    setBusy(true);
    try {
      const { body } = await send("post", "/api/v1/customer/message-routes/{route_id}/resume", {
        path: { route_id: route },
      });
      say(words.triedAll(body.due));
    } catch (fault) {
      sayProblem(fault);
    }
    setBusy(false);
    onTried?.();
  };
  return (
    <Button
      icon="replay"
      title={words.tryAllHint}
      busy={isBusy}
      onClick={() => void run()}
      {...rest}
    >
      {words.tryAll}
    </Button>
  );
}
