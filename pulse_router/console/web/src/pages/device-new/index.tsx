/** Register a device: its token is shown this once, with the line by which it speaks. */

import { useState } from "preact/hooks";
import { addressOf, type Schema, send } from "../../api/client.ts";
import { link, useQuery } from "../../app/location.ts";
import { Icon } from "../../icons.tsx";
import { Button } from "../../parts/button.tsx";
import { CopyAs } from "../../parts/copying.tsx";
import { Check, TextField } from "../../parts/field.tsx";
import { May } from "../../parts/may.tsx";
import { Page, Section } from "../../parts/page.tsx";
import { PublishCommand } from "../../parts/publish_command.tsx";
import { Secret } from "../../parts/secret.tsx";
import { Trouble } from "../../parts/states.tsx";
import { useSubmission } from "../../parts/submission.ts";
import { command, curl } from "../../rules/copying.ts";
import { devices as words } from "../../words/en/devices.ts";
import { titles } from "../../words/en/titles.ts";
import "../devices/devices.css";

type Made = Schema<"DeviceWithToken">;

export default function DeviceNewPage() {
  const [query, setQuery] = useQuery();
  const [made, setMade] = useState<Made | undefined>(undefined);
  const wanted = query.get("device_id");
  if (made !== undefined) {
    const another = (): void => {
      setMade(undefined);
      setQuery({ device_id: null }, { replace: true });
    };
    return <Registered key={made.device_id} made={made} onAnother={another} />;
  }
  return <Form wanted={wanted} onMade={setMade} />;
}

function Form({ wanted, onMade }: { wanted: string | undefined; onMade: (made: Made) => void }) {
  const [device, setDevice] = useState(wanted ?? "");
  const [site, setSite] = useState("");
  const [token, setToken] = useState("");
  const { problem, isBusy, errorOf, submit } = useSubmission();
  const body = { device_id: device, site_id: site || null, provision_token: token || null };
  const register = () =>
    submit(async () => onMade((await send("post", "/api/v1/customer/devices", { body })).body));
  return (
    <Page
      title={titles.deviceNew}
      actions={
        <CopyAs
          request={() =>
            curl({
              method: "POST",
              url: location.origin + addressOf("/api/v1/customer/devices"),
              body: { ...body, provision_token: null },
            })
          }
          command={() =>
            command("devices", "add", device || "DEV-1", ...(site ? ["--site", site] : []))
          }
        />
      }
    >
      {wanted !== undefined && (
        <p class="note">
          <Icon name="info" /> {words.wasRefused(wanted)}{" "}
          <a href={link("/rejected", { device_id: wanted })}>{words.seeRefused}</a>
        </p>
      )}
      <form
        class="device-form"
        onSubmit={(event) => {
          event.preventDefault();
          void register();
        }}
      >
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
          hint={words.siteHint}
          isOptional
          value={site}
          onInput={setSite}
          error={errorOf("site_id")}
          autocomplete="off"
        />
        <TextField
          label={words.ownToken}
          hint={words.ownTokenHint}
          isOptional
          type="password"
          value={token}
          onInput={setToken}
          error={errorOf("provision_token")}
          autocomplete="new-password"
        />
        {problem !== undefined && problem.status === 409 && (
          <p class="note">
            <Icon name="warn" /> {problem.detail || words.isThere(device)}{" "}
            <a href={link(`/devices/${encodeURIComponent(device)}`)}>{words.seeIt}</a>
          </p>
        )}
        {problem !== undefined && problem.status !== 409 && problem.errors.length === 0 && (
          <Trouble problem={problem} />
        )}
        <May action="write">
          <Button type="submit" tone="primary" busy={isBusy}>
            {words.registerIt}
          </Button>
        </May>
      </form>
    </Page>
  );
}

/** The token stands here until one has kept it: only then do the ways on appear. */
function Registered({ made, onAnother }: { made: Made; onAnother: () => void }) {
  const [isKept, setKept] = useState(false);
  const id = made.device_id;
  return (
    <Page title={titles.deviceNew} heading={words.device(id)} lead={words.isRegistered(id)}>
      <Section heading={words.token}>
        <Secret name={words.token} value={made.provision_token} fileName={`${id}.token`} />
        <p>{words.publish}</p>
        <PublishCommand device={id} token={made.provision_token} />
        <Check label={words.kept} checked={isKept} onChange={setKept} />
      </Section>
      {isKept && (
        <p class="page-actions">
          <a class="button primary" href={link(`/devices/${encodeURIComponent(id)}`)}>
            {words.seeIt}
          </a>
          <Button icon="plus" onClick={onAnother}>
            {words.another}
          </Button>
        </p>
      )}
    </Page>
  );
}
