/** Why a page is not shown: it is another tenant's, or one must be chosen. Nothing is asked. */

import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { useLocation } from "preact-iso/router";
import { tenants as words } from "../words/en/shell.ts";
import { leave } from "./door/entrance.ts";
import { go, link, pathOf } from "./location.ts";
import { setTitle } from "./title.ts";

export function OtherTenant({ theirs, yours }: { theirs: string; yours: string | undefined }) {
  const own = yours ?? words.other.noTenant;
  const base = `/${pathOf(useLocation().path).split("/")[1] ?? ""}`;
  return (
    <Said title={words.other.title}>
      <p>{words.other.text(theirs, own)}</p>
      <div class="actions">
        <a class="button primary" href={link(base, { tenant: undefined })}>
          {words.other.stay(own)}
        </a>
        <button type="button" class="button" onClick={() => void leave()}>
          {words.other.signIn}
        </button>
      </div>
    </Said>
  );
}

export function ChooseTenant() {
  const here = pathOf(useLocation().path);
  const field = useRef<HTMLInputElement>(null);
  return (
    <Said title={words.choose}>
      <p>{words.chooseText}</p>
      <form
        class="row"
        onSubmit={(event) => {
          event.preventDefault();
          const tenant = field.current?.value.trim() ?? "";
          if (tenant !== "") go(link(here, { tenant }));
        }}
      >
        <input ref={field} class="input mono" aria-label={words.name} placeholder={words.name} />
        <button type="submit" class="button primary">
          {words.open}
        </button>
        <a class="button" href={link("/operator")}>
          {words.all}
        </a>
      </form>
    </Said>
  );
}

function Said({ title, children }: { title: string; children: ComponentChildren }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    setTitle(title);
    heading.current?.focus();
  }, [title]);
  return (
    <>
      <h1 ref={heading} tabIndex={-1}>
        {title}
      </h1>
      {children}
    </>
  );
}
