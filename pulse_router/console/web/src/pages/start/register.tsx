/** The first device: its name, and its token this once. */

import { useState } from "preact/hooks";
import { type Schema, send } from "../../api/client.ts";
import { Button } from "../../parts/button.tsx";
import { TextField } from "../../parts/field.tsx";
import { May } from "../../parts/may.tsx";
import { Secret } from "../../parts/secret.tsx";
import { Trouble } from "../../parts/states.tsx";
import { useSubmission } from "../../parts/submission.ts";
import { exact } from "../../rules/numbers.ts";
import { start as words } from "../../words/en/start.ts";
import type { Made } from "./index.tsx";

export function RegisterStep(props: {
  overview: Schema<"CustomerOverview">;
  made: Made;
  isDone: boolean;
  onRegistered: (device: string, token: string) => void;
}) {
  const { device, token } = props.made;
  if (device !== undefined) {
    return token === undefined ? (
      <p class="faint">{words.tokenLost}</p>
    ) : (
      <Secret name={words.token} value={token} fileName={`${device}.token`} />
    );
  }
  if (props.isDone) {
    return <p class="faint">{words.registered(exact(props.overview.states.devices_active))}</p>;
  }
  return <Form onRegistered={props.onRegistered} />;
}

function Form({ onRegistered }: { onRegistered: (device: string, token: string) => void }) {
  const [device, setDevice] = useState("DEV-1");
  const [site, setSite] = useState("");
  const { problem, isBusy, errorOf, submit } = useSubmission();
  const register = () =>
    submit(async () => {
      const body = { device_id: device, site_id: site || null, provision_token: null };
      const { body: made } = await send("post", "/api/v1/customer/devices", { body });
      onRegistered(made.device_id, made.provision_token);
    });
  return (
    <form
      class="step-form"
      onSubmit={(event) => {
        event.preventDefault();
        void register();
      }}
    >
      <p>{words.registerText}</p>
      <TextField
        label={words.deviceId}
        hint={words.deviceHint}
        value={device}
        onInput={setDevice}
        error={errorOf("device_id")}
        autocomplete="off"
      />
      <TextField
        label={words.site}
        isOptional
        value={site}
        onInput={setSite}
        error={errorOf("site_id")}
        autocomplete="off"
      />
      {problem !== undefined && problem.errors.length === 0 && <Trouble problem={problem} />}
      <May action="write">
        <Button type="submit" tone="primary" busy={isBusy}>
          {words.registerIt}
        </Button>
      </May>
    </form>
  );
}
