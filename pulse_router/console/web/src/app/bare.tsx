/** A page of which there is no more than its heading. */

import { useEffect, useRef } from "preact/hooks";
import { shell } from "../words/en/shell.ts";
import { setTitle } from "./title.ts";

export function Bare({ title }: { title: string }) {
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
      <p class="faint">{shell.nothingYet}</p>
    </>
  );
}
