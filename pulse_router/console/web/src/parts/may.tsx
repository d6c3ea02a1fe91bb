/** Rights, said and not hidden: what one may not do is there, off, with the role that it needs. */

import { cloneElement, type VNode } from "preact";
import { useId } from "preact/hooks";
import { type Action, session } from "../app/session.ts";
import { common } from "../words/en/common.ts";

// biome-ignore lint/suspicious/noExplicitAny: a button of whatever kind.
export function May({ action, children }: { action: Action; children: VNode<any> }) {
  const id = useId();
  const known = session.value;
  const may = known?.may(action) ?? { needs: "" };
  if (may === true) return children;
  const why = common.needs(may.needs, known?.roles.join(", ") ?? "");
  return (
    <span class="may-not" title={why}>
      {cloneElement(children, {
        "aria-disabled": true,
        "aria-describedby": id,
        onClick: undefined,
        title: why,
      })}
      <span id={id} class="may-not-why">
        {why}
      </span>
    </span>
  );
}
