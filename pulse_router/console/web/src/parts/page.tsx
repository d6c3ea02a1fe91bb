/** A page: its heading, which takes the focus on arrival, its actions, and what is on it. */

import type { ComponentChildren, RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { useAddress } from "../app/location.ts";
import { setTitle } from "../app/title.ts";

/** title: of the document. heading: where it is another. lead: a sentence below it. */
export function Page(props: {
  title: string;
  heading?: ComponentChildren;
  lead?: ComponentChildren;
  actions?: ComponentChildren;
  children?: ComponentChildren;
}) {
  const { title, heading = title, lead, actions, children } = props;
  const head = useRef<HTMLHeadingElement>(null);
  const { path } = useAddress();
  useArrival(head, path);
  useEffect(() => setTitle(title), [title]);
  return (
    <article class="page">
      <header class="page-head">
        <div>
          <h1 ref={head} tabIndex={-1}>
            {heading}
          </h1>
          {lead !== undefined && <p class="faint">{lead}</p>}
        </div>
        {actions !== undefined && <div class="page-actions">{actions}</div>}
      </header>
      {children}
    </article>
  );
}

/**
 * The heading takes the focus when one comes to a page, and when the page becomes another one's.
 * What is on the page and wants it has it by then, for it comes before: a row that one came back to.
 */
function useArrival(head: RefObject<HTMLHeadingElement | null>, path: string): void {
  const isNew = useRef(true);
  useLayoutEffect(() => {
    const page = head.current?.closest(".page");
    const isTaken = isNew.current && page?.contains(document.activeElement);
    isNew.current = false;
    if (!isTaken) head.current?.focus({ preventScroll: true });
  }, [path]);
}

/** A part of a page with a heading of its own. */
export function Section(props: {
  heading: ComponentChildren;
  actions?: ComponentChildren;
  children?: ComponentChildren;
}) {
  return (
    <section class="section">
      <header class="section-head">
        <h2>{props.heading}</h2>
        {props.actions}
      </header>
      {props.children}
    </section>
  );
}

/** Facts by name: `<dl>` in two columns, in one on narrow screens. */
export function Facts(props: { facts: readonly (readonly [string, ComponentChildren] | false)[] }) {
  return (
    <dl class="fact-list">
      {props.facts.map(
        (fact) =>
          fact && (
            <div key={fact[0]}>
              <dt>{fact[0]}</dt>
              <dd>{fact[1]}</dd>
            </div>
          ),
      )}
    </dl>
  );
}
