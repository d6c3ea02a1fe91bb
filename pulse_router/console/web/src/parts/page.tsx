/** A page: its heading, which takes the focus on arrival, its actions, and what is on it. */

import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
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
  useEffect(() => head.current?.focus({ preventScroll: true }), []);
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
