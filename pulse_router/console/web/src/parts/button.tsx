/** Buttons: what does something. What leads somewhere is a link. */

import type { ComponentChildren, JSX } from "preact";
import { Icon, type IconName } from "../icons.tsx";

export interface ButtonProps extends Omit<JSX.IntrinsicElements["button"], "icon"> {
  /** `primary` once on a page; `danger` for what cannot be undone. */
  tone?: "primary" | "danger" | "plain" | undefined;
  icon?: IconName | undefined;
  /** The name of a button that shows its icon alone. */
  label?: string | undefined;
  busy?: boolean | undefined;
  children?: ComponentChildren;
}

export function Button({ tone, icon, label, busy, children, ...rest }: ButtonProps) {
  const off = busy || rest["aria-disabled"] === true || rest["aria-disabled"] === "true";
  return (
    <button
      type="button"
      {...rest}
      class={["button", tone, children === undefined ? "alone" : "", rest.class]
        .filter(Boolean)
        .join(" ")}
      aria-label={label}
      title={rest.title ?? label}
      aria-busy={busy || undefined}
      aria-disabled={off || undefined}
      onClick={off ? refuse : rest.onClick}
    >
      {icon && <Icon name={icon} />}
      {children !== undefined && <span>{children}</span>}
    </button>
  );
}

/** A form is not sent by a button that is off, nor by Enter, which clicks it. */
function refuse(event: Event): void {
  event.preventDefault();
}
