/** Operators choose whose things they see: of all tenants, or of one. */

import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { useLocation } from "preact-iso/router";
import { get } from "../api/client.ts";
import { foreignTenant } from "../api/credentials.ts";
import { Problem } from "../api/problem.ts";
import { Icon } from "../icons.tsx";
import { tenants as words } from "../words/en/shell.ts";
import { go, link, pathOf } from "./location.ts";
import { session } from "./session.ts";

const ID = "tenants";
const MOST = 500;

export function TenantSwitch() {
  const known = session.value;
  const now = foreignTenant.value ?? known?.tenant;
  if (known?.may("read_all") !== true) {
    return now === undefined ? null : <span class="tenant mono">{now}</span>;
  }
  return (
    <>
      <button type="button" class="button tenant" popovertarget={ID}>
        <span class="unseen">{words.switch} </span>
        <span class="mono">{now ?? words.all}</span>
        <Icon name="chevronDown" />
      </button>
      <TenantBox own={known.tenant} />
    </>
  );
}

function TenantBox({ own }: { own: string | undefined }) {
  const box = useRef<HTMLDivElement>(null);
  const here = pathOf(useLocation().path);
  const found = useSignal<readonly string[]>([]);
  const typed = useSignal("");
  const base = `/${here.split("/")[1] ?? ""}`;
  const address = (tenant: string | undefined) =>
    link(base === "/operator" && tenant !== undefined ? "/" : base, {
      tenant: tenant === own ? undefined : tenant,
    });
  const shown = found.value.filter((name) =>
    name.toLowerCase().includes(typed.value.toLowerCase()),
  );
  async function opened(state: string): Promise<void> {
    if (state !== "open") return;
    try {
      const page = await get("/api/v1/operator/tenants", { query: { limit: MOST } });
      found.value = page.tenants.map((tenant) => tenant.tenant_id);
    } catch (fault) {
      if (!(fault instanceof Problem)) throw fault; // A name can be typed all the same.
    }
  }
  return (
    <div
      ref={box}
      id={ID}
      popover="auto"
      class="menu"
      onToggle={(event) => void opened(event.newState)}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          const name = typed.value.trim();
          if (name === "") return;
          box.current?.hidePopover();
          go(address(name));
        }}
      >
        <input
          type="text"
          class="input"
          aria-label={words.name}
          placeholder={words.name}
          autocomplete="off"
          spellcheck={false}
          maxLength={128}
          onInput={(event) => {
            typed.value = event.currentTarget.value;
          }}
        />
      </form>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: a click on any way closes it. */}
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: a key on a way is a click on it. */}
      <div class="menu-rows tenant-rows" onClick={() => box.current?.hidePopover()}>
        <a class="way" href={address(undefined)}>
          {own === undefined ? words.all : words.own(own)}
        </a>
        {shown.map((name) => (
          <a key={name} class="way mono" href={address(name)}>
            {name}
          </a>
        ))}
        {shown.length === 0 && typed.value !== "" && <p class="faint">{words.none}</p>}
      </div>
    </div>
  );
}
