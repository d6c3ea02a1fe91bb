/** A menu below a button: few choices, by arrows and by pointer. */

import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import type { IconName } from "../icons.tsx";
import { Button } from "./button.tsx";

export function Menu(props: {
  label: string;
  icon?: IconName;
  /** Whether the button shows its icon alone. */
  small?: boolean;
  children: ComponentChildren;
}) {
  const [isOpen, setOpen] = useState(false);
  const around = useRef<HTMLDivElement>(null);
  const id = useId();
  useEffect(() => {
    if (!isOpen) return;
    items(around.current)[0]?.focus();
    const outside = (event: Event): void => {
      if (!around.current?.contains(event.target as Node)) setOpen(false);
    };
    document.addEventListener("pointerdown", outside);
    return () => document.removeEventListener("pointerdown", outside);
  }, [isOpen]);
  const close = (): void => {
    setOpen(false);
    around.current?.querySelector("button")?.focus();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const all = items(around.current);
    const at = all.indexOf(document.activeElement as HTMLElement);
    const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
    if (event.key === "Escape" && isOpen) close();
    else if (event.key === "Tab") setOpen(false);
    else if (next !== undefined && isOpen) all.at(next % all.length)?.focus();
    else if (event.key === "ArrowDown" && !isOpen) setOpen(true);
    else return;
    if (event.key !== "Tab") event.preventDefault();
    event.stopPropagation();
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the keys of what is inside pass through it.
    <div class="drop" ref={around} onKeyDown={onKeyDown}>
      <Button
        {...(props.icon ? { icon: props.icon } : {})}
        {...(props.small ? { label: props.label, tone: "plain" as const } : {})}
        aria-haspopup="menu"
        aria-expanded={isOpen}
        aria-controls={isOpen ? id : undefined}
        onClick={() => setOpen(!isOpen)}
      >
        {props.small ? undefined : props.label}
      </Button>
      {isOpen && (
        // biome-ignore lint/a11y/useKeyWithClickEvents: a key that chooses an item is its click.
        <div
          class="drop-items"
          role="menu"
          id={id}
          aria-label={props.label}
          tabIndex={-1}
          onClick={close}
        >
          {props.children}
        </div>
      )}
    </div>
  );
}

/** Choices of a menu that belong together. */
export function MenuGroup(props: { label: string; children: ComponentChildren }) {
  return (
    <div role="group" class="drop-group" aria-label={props.label}>
      <p aria-hidden="true">{props.label}</p>
      {props.children}
    </div>
  );
}

/** stays: the menu stays open, for more than one may be chosen. */
export function MenuItem(props: {
  onChoose: () => void;
  checked?: boolean;
  stays?: boolean;
  children: ComponentChildren;
}) {
  const onClick = (event: MouseEvent): void => {
    if (props.stays) event.stopPropagation();
    props.onChoose();
  };
  const rest = { type: "button" as const, tabIndex: -1, onClick };
  if (props.checked === undefined) {
    return (
      <button {...rest} role="menuitem">
        {props.children}
      </button>
    );
  }
  return (
    <button {...rest} role="menuitemcheckbox" aria-checked={props.checked}>
      {props.children}
    </button>
  );
}

function items(around: HTMLElement | null): HTMLElement[] {
  return [...(around?.querySelectorAll<HTMLElement>('[role^="menuitem"]') ?? [])];
}
