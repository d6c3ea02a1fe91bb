/** How an app connects to a route: what it gets, by which secret, and how it tells that it is ours. */

import { Section } from "../../parts/page.tsx";
import { Badge, Time } from "../../parts/values.tsx";
import { connect as words } from "../../words/en/route_parts.ts";
import type { Route } from "../routes/routes.ts";
import { Bench } from "./bench.tsx";
import { Expected } from "./expected.tsx";
import { Samples } from "./samples.tsx";

export function Connect({ route }: { route: Route }) {
  if (route.destination_type === "postgresql") return <p class="faint">{words.written}</p>;
  const isWebhook = route.destination_type === "webhook";
  return (
    <>
      <Section heading={words.expect}>
        <Expected route={route} />
      </Section>
      {isWebhook && (
        <>
          <Section heading={words.secret}>
            <SecretState route={route} />
          </Section>
          <Section heading={words.verify}>
            <p class="faint">{words.verifyText}</p>
            <Samples />
          </Section>
          <Bench id={route.id} />
        </>
      )}
    </>
  );
}

/** How many secrets sign, and when the old ones end. What they are is never read. */
function SecretState({ route }: { route: Route }) {
  const config = route.destination_config as object as { secret?: string; secrets?: string[] };
  const own = config.secrets?.length ?? (config.secret === undefined ? 0 : 1);
  const n = own + route.secrets_expire_at.length;
  if (n === 0) {
    return (
      <>
        <Badge state="" tone="warn" icon="warn" word={words.unsigned} />
        <p>{words.unsignedText}</p>
      </>
    );
  }
  return (
    <>
      <Badge state="" tone="good" icon="key" word={words.signedBy(n)} />
      <p class="faint">{words.secretText}</p>
      {route.secrets_expire_at.map((at) => (
        <p key={at}>
          {words.oldEnds} <Time at={at} age={false} />
        </p>
      ))}
    </>
  );
}
