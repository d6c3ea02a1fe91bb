/** The first route: to a webhook, or to the sink of the demo. */

import { useState } from "preact/hooks";
import { type Schema, send } from "../../api/client.ts";
import { config } from "../../app/config.ts";
import { link } from "../../app/location.ts";
import { Button } from "../../parts/button.tsx";
import { TextField } from "../../parts/field.tsx";
import { May } from "../../parts/may.tsx";
import { Trouble } from "../../parts/states.tsx";
import { useSubmission } from "../../parts/submission.ts";
import { exact } from "../../rules/numbers.ts";
import { start as words } from "../../words/en/start.ts";
import type { Made } from "./index.tsx";

export function RouteStep(props: {
  overview: Schema<"CustomerOverview">;
  made: Made;
  isDone: boolean;
  onCreated: (id: number) => void;
}) {
  if (!props.isDone) return <Form onCreated={props.onCreated} />;
  const { routes_enabled, routes_disabled } = props.overview.states;
  const { route } = props.made;
  return (
    <p class="faint">
      {words.routes(exact(routes_enabled + routes_disabled))}{" "}
      <a href={link(route === undefined ? "/routes" : `/routes/${route}`)}>{words.seeRoute}</a>
    </p>
  );
}

const ALL_TELEMETRY = "tenant/+/device/+/telemetry";

function Form({ onCreated }: { onCreated: (id: number) => void }) {
  const sink = config.value?.demo?.sink_url ?? undefined;
  const [name, setName] = useState<string>(words.nameGiven);
  const [url, setUrl] = useState(sink ?? "");
  const [topic, setTopic] = useState(ALL_TELEMETRY);
  const { problem, isBusy, errorOf, submit } = useSubmission();
  const create = () =>
    submit(async () => {
      const draft = {
        name,
        topic_filter: topic,
        payload_filter: null,
        destination_type: "webhook" as const,
        destination_config: { url } as object as Record<string, never>,
        is_enabled: true,
      };
      const { body } = await send("post", "/api/v1/customer/message-routes", { body: draft });
      onCreated(body.id);
    });
  return (
    <form
      class="step-form"
      onSubmit={(event) => {
        event.preventDefault();
        void create();
      }}
    >
      <p>{words.routeText}</p>
      <TextField label={words.name} value={name} onInput={setName} error={errorOf("name")} />
      <TextField
        label={words.url}
        type="url"
        hint={sink !== undefined && url === sink ? words.sink : undefined}
        value={url}
        onInput={setUrl}
        error={errorOf("destination_config.url", "destination_config")}
        placeholder="https://"
      />
      <TextField
        label={words.topic}
        value={topic}
        onInput={setTopic}
        error={errorOf("topic_filter")}
        class="mono"
      />
      {problem !== undefined && problem.errors.length === 0 && <Trouble problem={problem} />}
      <div class="step-actions">
        <May action="write">
          <Button type="submit" tone="primary" busy={isBusy}>
            {words.create}
          </Button>
        </May>
        <a href={link("/routes/new")}>{words.editor}</a>
      </div>
    </form>
  );
}
