/** Tabs of a page; which one is open stands in the address (`tab=`). */

import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import { useQuery } from "../app/location.ts";
import { Count } from "./values.tsx";

export interface Tab {
  key: string;
  label: string;
  count?: number | undefined;
  content: () => ComponentChildren;
}

export function Tabs({
  label,
  tabs,
  name = "tab",
}: {
  label: string;
  tabs: readonly Tab[];
  name?: string;
}) {
  const [query, setQuery] = useQuery();
  const id = useId();
  const open = tabs.find((tab) => tab.key === query.get(name)) ?? tabs[0];
  const choose = (at: number): void => {
    const tab = tabs.at(at % tabs.length);
    if (tab === undefined) return;
    setQuery({ [name]: tab === tabs[0] ? null : tab.key }, { replace: true });
    document.getElementById(`${id}-${tab.key}`)?.focus();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const at = open === undefined ? 0 : tabs.indexOf(open);
    const isRight = getComputedStyle(event.currentTarget as Element).direction === "rtl";
    const forth = isRight ? at - 1 : at + 1;
    const back = isRight ? at + 1 : at - 1;
    const next = { ArrowRight: forth, ArrowLeft: back, Home: 0, End: -1 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    choose(next);
  };
  return (
    <>
      <div class="tabs" role="tablist" aria-label={label} onKeyDown={onKeyDown}>
        {tabs.map((tab, at) => (
          <button
            key={tab.key}
            type="button"
            role="tab"
            id={`${id}-${tab.key}`}
            aria-selected={tab === open}
            aria-controls={`${id}-panel`}
            tabIndex={tab === open ? 0 : -1}
            onClick={() => choose(at)}
          >
            {tab.label}
            {tab.count !== undefined && (
              <span class="badge">
                <Count n={tab.count} />
              </span>
            )}
          </button>
        ))}
      </div>
      {open && (
        <div
          role="tabpanel"
          id={`${id}-panel`}
          aria-labelledby={`${id}-${open.key}`}
          key={open.key}
        >
          {open.content()}
        </div>
      )}
    </>
  );
}
