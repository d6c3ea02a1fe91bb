/** The draft as JSON: numbered lines, and what is wrong at its own line. */

import { useEffect, useId, useRef } from "preact/hooks";
import { Button } from "../../parts/button.tsx";
import { placeAt } from "../../rules/faults.ts";
import { editor as words } from "../../words/en/editor.ts";
import { SYNTAX } from "../../words/en/errors.ts";
import type { Editing } from "./editing.ts";

interface Marked {
  readonly line: number;
  readonly offset: number;
  readonly length: number;
  readonly said: string;
}

export function JsonForm({ editing }: { editing: Editing }) {
  const text = editing.text.value;
  const marks = marksOf(editing, text);
  const area = useRef<HTMLTextAreaElement>(null);
  const gutter = useRef<HTMLDivElement>(null);
  const id = useId();
  const lines = text.split("\n").length;
  const wrong = new Set(marks.map((mark) => mark.line));
  const follow = (): void => {
    if (gutter.current && area.current) gutter.current.scrollTop = area.current.scrollTop;
  };
  useEffect(follow, [text]);
  const show = (mark: Marked): void => {
    area.current?.focus();
    area.current?.setSelectionRange(mark.offset, mark.offset + mark.length);
  };
  return (
    <div class="field">
      <label for={id}>{words.jsonText}</label>
      <div class="code">
        <div class="code-lines" aria-hidden="true" ref={gutter}>
          {Array.from({ length: lines }, (_, at) => (
            <span key={at} class={wrong.has(at + 1) ? "wrong" : ""}>
              {at + 1}
            </span>
          ))}
        </div>
        <textarea
          id={id}
          aria-invalid={marks.length > 0 || undefined}
          aria-describedby={`${id}-faults`}
          ref={area}
          class="code-text"
          wrap="off"
          spellcheck={false}
          rows={Math.max(16, Math.min(40, lines + 1))}
          value={text}
          onInput={(event) => editing.type(event.currentTarget.value)}
          onScroll={follow}
        />
      </div>
      <ul class="code-faults" id={`${id}-faults`}>
        {marks.map((mark) => (
          <li key={mark.line + mark.said}>
            <Button class="small" onClick={() => show(mark)}>
              {words.line(mark.line)}
            </Button>
            <span>{mark.said}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}

function marksOf(editing: Editing, text: string): Marked[] {
  const syntax = editing.syntax.value;
  if (syntax !== undefined) return [{ ...syntax, said: SYNTAX[syntax.code] ?? syntax.code }];
  if (!editing.isObject.value) return [{ line: 1, offset: 0, length: 1, said: words.notObject }];
  return editing.faults.value.flatMap(({ path, message }) => {
    const place = placeAt(text, path);
    return place === undefined ? [] : [{ ...place, said: `${path}: ${message}` }];
  });
}
