/** The line that publishes as a device does; its token is in what is copied, never on the screen. */

import { shownTenant } from "../app/tenant.ts";
import { publishCommand } from "../rules/first_steps.ts";
import { common } from "../words/en/common.ts";
import { Button } from "./button.tsx";
import { Copyable, copyText } from "./copying.tsx";

/** token: the device's own; undefined where nobody has it any more. */
export function PublishCommand({ device, token }: { device: string; token: string | undefined }) {
  const line = (given?: string): string => publishCommand(shownTenant.value ?? "", device, given);
  if (token === undefined) return <Copyable text={line()} />;
  return (
    <div class="command-line">
      <code>{line()}</code>
      <Button icon="copy" onClick={() => void copyText(line(token))}>
        {common.copyFilled}
      </Button>
    </div>
  );
}
