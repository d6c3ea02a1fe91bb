/** Asks before one leaves a draft; it is kept in the tab in any case, unless one drops it. */

import { useEffect, useRef, useState } from "preact/hooks";
import { guardLeaving } from "../../app/leaving.ts";
import { go } from "../../app/location.ts";
import { Button } from "../../parts/button.tsx";
import { Dialog } from "../../parts/dialog.tsx";
import { editor as words } from "../../words/en/editor.ts";
import type { Editing } from "./editing.ts";

export function Leaving({ editing }: { editing: Editing }) {
  const [wanted, setWanted] = useState<string | undefined>(undefined);
  const isFree = useRef(false);
  const isChanged = editing.isChanged.value;
  useEffect(() => {
    if (!isChanged) return;
    const ask = (event: BeforeUnloadEvent): void => event.preventDefault();
    window.addEventListener("beforeunload", ask);
    const free = guardLeaving((address) => {
      if (isFree.current || !editing.isChanged.peek()) return false;
      setWanted(address);
      return true;
    });
    return () => {
      window.removeEventListener("beforeunload", ask);
      free();
    };
  }, [isChanged]);
  if (wanted === undefined) return null;
  const leave = (): void => {
    isFree.current = true;
    go(wanted);
  };
  return (
    <Dialog
      title={words.leaving}
      confirm={words.leave}
      closeWord={words.stay}
      onClose={() => setWanted(undefined)}
      onConfirm={async () => leave()}
    >
      <p>{words.leavingText}</p>
      <p>
        <Button
          icon="trash"
          onClick={() => {
            editing.drop();
            leave();
          }}
        >
          {words.leaveDropping}
        </Button>
      </p>
    </Dialog>
  );
}
