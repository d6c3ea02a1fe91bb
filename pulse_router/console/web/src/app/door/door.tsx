/** What stands in the place of a page while nobody is signed in. */

import { useEffect, useRef } from "preact/hooks";
import { door } from "../../words/en/door.ts";
import { config } from "../config.ts";
import { setTitle } from "../title.ts";
import { Asked } from "./asked.tsx";
import { goToIssuer } from "./entrance.ts";
import { Insecure } from "./insecure.tsx";
import { place, reason, starting } from "./state.ts";
import { TokenForm } from "./token_form.tsx";

export function Door() {
  const heading = useRef<HTMLHeadingElement>(null);
  const asked = place.value === "asked";
  const title = asked ? door.asked.title : door.title;
  useEffect(() => {
    setTitle(title);
    if (!starting.value) heading.current?.focus();
  }, [title, starting.value]);
  if (place.value === "starting") return <p class="faint starting">{door.starting}</p>;
  return (
    <div class="door">
      <h1 ref={heading} tabIndex={-1}>
        {title}
      </h1>
      {asked ? <Asked /> : <Ways />}
    </div>
  );
}

function Ways() {
  return (
    <>
      <Why />
      <Insecure />
      <IssuerWay />
      <TokenForm />
      <details>
        <summary>{door.where}</summary>
        <p>{door.whereText}</p>
        <pre>{door.command}</pre>
        <p>{door.linkText}</p>
        <pre>{door.linkCommand}</pre>
      </details>
    </>
  );
}

function Why() {
  const why = reason.value;
  if (why === undefined) return null;
  return (
    <p class="note" role="status">
      {typeof why === "string" ? door.reasons[why] : why.said}
    </p>
  );
}

function IssuerWay() {
  const issuer = config.value?.issuer;
  if (!issuer) return null;
  if (issuer.authorization_endpoint === null) {
    return (
      <p class="note">
        {door.issuerSilent} {issuer.problem}
      </p>
    );
  }
  return (
    <>
      <button
        type="button"
        class="button primary"
        disabled={!isSecureContext}
        onClick={() => void goToIssuer()}
      >
        {door.withIssuer(hostOf(issuer.issuer))}
      </button>
      <p class="or faint">{door.or}</p>
    </>
  );
}

/** The issuer in short: its host. */
export function hostOf(issuer: string): string {
  return URL.canParse(issuer) ? new URL(issuer).host : issuer;
}
