/** The signature bench: a request as an app got it, and why its signature verifies or does not. */

import { useState } from "preact/hooks";
import { type Schema, send } from "../../api/client.ts";
import { foreignTenant } from "../../api/credentials.ts";
import { Icon } from "../../icons.tsx";
import { Button } from "../../parts/button.tsx";
import { AreaField, Check, TextField, TimeField } from "../../parts/field.tsx";
import { Section } from "../../parts/page.tsx";
import { Trouble } from "../../parts/states.tsx";
import { useSubmission } from "../../parts/submission.ts";
import { Time } from "../../parts/values.tsx";
import { readHeaders } from "../../rules/headers.ts";
import { connect, bench as words } from "../../words/en/route_parts.ts";

type Verdict = Schema<"SignatureAnswer">;

/** What libraries of Standard Webhooks take, in seconds. */
const TOLERANCE = "300";

export function Bench({ id }: { id: number }) {
  return (
    <Section heading={words.heading}>
      {foreignTenant.value === undefined ? (
        <Form id={id} />
      ) : (
        <p class="faint">{connect.needsOwn}</p>
      )}
    </Section>
  );
}

function Form({ id }: { id: number }) {
  const [headers, setHeaders] = useState("");
  const [body, setBody] = useState("");
  const [isBase64, setBase64] = useState(false);
  const [tolerance, setTolerance] = useState(TOLERANCE);
  const [received, setReceived] = useState<string | undefined>(undefined);
  const [verdict, setVerdict] = useState<Verdict | undefined>(undefined);
  const { problem, isBusy, errorOf, submit } = useSubmission();
  const read = readHeaders(headers);
  const isWrong = headers.trim() !== "" && read === undefined;
  const verify = () => {
    setVerdict(undefined);
    return submit(async () => {
      const answer = await send(
        "post",
        "/api/v1/customer/message-routes/{route_id}/verify-signature",
        {
          path: { route_id: id },
          body: {
            headers: read ?? {},
            body: isBase64 ? null : body,
            body_base64: isBase64 ? body.replace(/\s/g, "") : null,
            tolerance_seconds: Number(tolerance || TOLERANCE),
            received_at: received ?? null,
          },
        },
      );
      setVerdict(answer.body);
    });
  };
  return (
    <form
      class="bench"
      onSubmit={(event) => {
        event.preventDefault();
        void verify();
      }}
    >
      <p class="faint">{words.text}</p>
      <AreaField
        label={words.headers}
        hint={words.headersHint}
        placeholder={words.headersExample}
        value={headers}
        onInput={setHeaders}
        error={isWrong ? words.noHeaders : errorOf("headers")}
      />
      <AreaField
        label={words.body}
        hint={words.bodyHint}
        value={body}
        onInput={setBody}
        error={errorOf("body") ?? errorOf("body_base64")}
      />
      <Check label={words.isBase64} checked={isBase64} onChange={setBase64} />
      <div class="bench-when">
        <TimeField
          label={words.received}
          hint={words.receivedHint}
          value={received}
          onInput={setReceived}
          error={errorOf("received_at")}
        />
        <TextField
          label={words.tolerance}
          type="number"
          min={0}
          value={tolerance}
          onInput={setTolerance}
          error={errorOf("tolerance_seconds")}
        />
      </div>
      <Button type="submit" tone="primary" busy={isBusy}>
        {words.verify}
      </Button>
      <div role="status">
        {problem !== undefined && problem.errors.length === 0 && <Trouble problem={problem} />}
        {verdict !== undefined && <Said verdict={verdict} />}
      </div>
    </form>
  );
}

function Said({ verdict }: { verdict: Verdict }) {
  const tone = !verdict.is_valid ? "bad" : verdict.finding === "valid" ? "good" : "warn";
  return (
    <div class={`finding ${tone}`}>
      <Icon name={verdict.is_valid ? "check" : "cross"} />
      <div>
        <strong>{verdict.say.slice(0, 1).toUpperCase() + verdict.say.slice(1)}</strong>
        {verdict.header !== null && (
          <p>
            {words.which} <code>{verdict.header}</code>
          </p>
        )}
        {verdict.secret_expires_at !== null && (
          <p>
            {words.expires} <Time at={verdict.secret_expires_at} />
          </p>
        )}
        <p class="faint">{words.advice[verdict.finding]}</p>
      </div>
    </div>
  );
}
