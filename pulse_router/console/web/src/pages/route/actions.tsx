/** What is done with a route: edit, enable or disable, rotate its secret, copy, delete. */

import { useState } from "preact/hooks";
import { addressOf, send } from "../../api/client.ts";
import { link } from "../../app/location.ts";
import { Icon } from "../../icons.tsx";
import { Button } from "../../parts/button.tsx";
import { CopyAs } from "../../parts/copying.tsx";
import { May } from "../../parts/may.tsx";
import { UNDO_MS, undo } from "../../parts/toasts.tsx";
import { command, curl, record } from "../../rules/copying.ts";
import { type Json, writeJson } from "../../rules/digits.ts";
import { shapeOf } from "../../rules/versions.ts";
import { routes as words } from "../../words/en/routes.ts";
import { type Route, stateOf } from "../routes/routes.ts";
import { placeOf } from "../routes/state.tsx";
import type { Known } from "./index.tsx";
import { RemoveDialog } from "./remove_dialog.tsx";
import { RotateDialog } from "./rotate_dialog.tsx";

const PATH = "/api/v1/customer/message-routes/{route_id}";

export function Actions({ known }: { known: Known }) {
  const { route, again } = known;
  const [asked, setAsked] = useState<"rotate" | "remove" | undefined>(undefined);
  const close = (): void => setAsked(undefined);
  const turn = (): void => {
    const { is_enabled, name } = route;
    void undo(
      is_enabled ? words.disabled(name) : words.enabled(name),
      UNDO_MS,
      () => enable(route.id, !is_enabled),
      () => enable(route.id, is_enabled),
      again,
    );
  };
  return (
    <>
      <a class="button" href={link(`/routes/${route.id}/edit`)}>
        <Icon name="edit" />
        <span>{words.edit}</span>
      </a>
      <May action="write">
        <Button icon={route.is_enabled ? "pause" : "play"} onClick={turn}>
          {route.is_enabled ? words.disable : words.enable}
        </Button>
      </May>
      {route.destination_type === "webhook" && (
        <May action="write">
          <Button icon="key" onClick={() => setAsked("rotate")}>
            {words.rotate}
          </Button>
        </May>
      )}
      <CopyAs
        request={() =>
          curl({
            method: "GET",
            url: location.origin + addressOf(PATH, { path: { route_id: route.id } }),
          })
        }
        command={() => command("routes", "show", String(route.id))}
        markdown={() => markdown(route)}
      />
      <May action="write">
        <Button icon="trash" tone="danger" onClick={() => setAsked("remove")}>
          {words.remove}
        </Button>
      </May>
      {asked === "rotate" && <RotateDialog route={route} onClose={close} onDone={again} />}
      {asked === "remove" && <RemoveDialog known={known} onClose={close} />}
    </>
  );
}

function enable(id: number, isEnabled: boolean) {
  return send("patch", PATH, { path: { route_id: id }, body: { is_enabled: isEnabled } });
}

/** For a ticket: secrets and values of headers are masked. */
function markdown(route: Route): string {
  const { facts } = words;
  const shape = shapeOf(route);
  return record(
    route.name,
    [
      [facts.state, stateOf(route)],
      [facts.version, String(route.version)],
      [facts.topic, route.topic_filter],
      [facts.destination, placeOf(route.destination_type, route.destination_config)],
    ],
    { language: "json", body: writeJson(shape as Json, 2) },
  );
}
