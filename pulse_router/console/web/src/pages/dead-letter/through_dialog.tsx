/** Which other route a dead letter is to be replayed through. */

import { useState } from "preact/hooks";
import { Dialog } from "../../parts/dialog.tsx";
import { SelectField } from "../../parts/field.tsx";
import { Skeleton } from "../../parts/states.tsx";
import { deadLetters as words } from "../../words/en/dead_letters.ts";
import { useRoutes } from "../dead-letters/letters.ts";

export function ThroughDialog(props: {
  onChoose: (routeId: number) => Promise<void>;
  onClose: () => void;
}) {
  const routes = useRoutes().value;
  const [chosen, setChosen] = useState("");
  const id = chosen || String(routes?.[0]?.id ?? "");
  return (
    <Dialog
      title={words.replayOther}
      confirm={words.replay}
      isReady={id !== ""}
      onConfirm={() => props.onChoose(Number(id))}
      onClose={props.onClose}
    >
      {routes === undefined ? (
        <Skeleton lines={1} />
      ) : (
        <SelectField
          label={words.chooseRoute}
          value={id}
          onChoose={setChosen}
          choices={routes.map((route) => ({ value: String(route.id), label: route.name }))}
        />
      )}
    </Dialog>
  );
}
