/** A payload: as a tree or as text, with every digit as it came. */

import { useMemo, useState } from "preact/hooks";
import { Icon } from "../icons.tsx";
import { type Json, writeJson } from "../rules/digits.ts";
import { bytes } from "../rules/numbers.ts";
import { findInTree, PART, shown, type TreeLine, toHex, treeLines } from "../rules/tree.ts";
import { common } from "../words/en/common.ts";
import { Button } from "./button.tsx";
import { copyText } from "./copying.tsx";
import { Menu, MenuItem } from "./menu.tsx";

/** What else can be done with a value: "use as filter". */
export interface JsonAction {
  name: string;
  run: (path: string, value: Json) => void;
}

/**
 * mark: the path of a fault. against: what differs from it is marked. actions: on each value.
 * cut: how many bytes it had, where only the beginning was kept.
 */
export function JsonView(props: {
  value: Json;
  label: string;
  mark?: string | undefined;
  against?: Json | undefined;
  actions?: readonly JsonAction[];
  cut?: { shown: number; all: number } | undefined;
}) {
  const { value, against } = props;
  const [isText, setText] = useState(false);
  const [wanted, setWanted] = useState("");
  const [turned, setTurned] = useState<ReadonlySet<string>>(new Set());
  const [more, setMore] = useState<ReadonlyMap<string, number>>(new Map());
  const lines = useMemo(
    () => (isText ? [] : treeLines(value, { turned, shown: more, against })),
    [value, against, turned, more, isText],
  );
  const found = useMemo(() => findInTree(value, wanted), [value, wanted]);
  const hits = new Set(found);
  const fold = (path: string): void => {
    const next = new Set(turned);
    if (!next.delete(path)) next.add(path);
    setTurned(next);
  };
  return (
    <figure class="json" aria-label={props.label}>
      <div class="json-bar">
        <div class="switch" role="group" aria-label={props.label}>
          <Button class="small" aria-pressed={!isText} onClick={() => setText(false)}>
            {common.tree}
          </Button>
          <Button class="small" aria-pressed={isText} onClick={() => setText(true)}>
            {common.text}
          </Button>
        </div>
        {!isText && (
          <input
            type="search"
            class="json-find"
            aria-label={common.findIn}
            placeholder={common.findIn}
            value={wanted}
            onInput={(event) => setWanted(event.currentTarget.value)}
          />
        )}
        {wanted !== "" && <span role="status">{common.foundIn(found.length)}</span>}
        <Button class="small" icon="copy" onClick={() => void copyText(writeJson(value, 2))}>
          {common.copyAll}
        </Button>
      </div>
      {props.cut && (
        <figcaption class="faint">
          {common.isCut(bytes(props.cut.shown).text, bytes(props.cut.all).text)}
        </figcaption>
      )}
      {isText ? (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and must do so by keys.
        <pre class="json-text" tabIndex={0}>
          {writeJson(value, 2)}
        </pre>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and must do so by keys.
        <div class="json-tree" tabIndex={0} role="group" aria-label={props.label}>
          {lines.map((line) => (
            <Line
              key={`.${line.path}`}
              line={line}
              isMarked={props.mark !== undefined && line.path === props.mark}
              isFound={hits.has(line.path)}
              onFold={() => fold(line.path)}
              onMore={() =>
                setMore(new Map(more).set(line.path, (more.get(line.path) ?? PART) + 10 * PART))
              }
              actions={props.actions ?? []}
            />
          ))}
        </div>
      )}
    </figure>
  );
}

function Line(props: {
  line: TreeLine;
  isMarked: boolean;
  isFound: boolean;
  onFold: () => void;
  onMore: () => void;
  actions: readonly JsonAction[];
}) {
  const { line } = props;
  const where = line.path || common.whole;
  const classes = [
    "json-line",
    props.isMarked ? "marked" : "",
    props.isFound ? "found" : "",
    line.differs ? "differs" : "",
  ];
  return (
    <>
      <div class={classes.join(" ")} style={{ "--depth": String(line.depth) }}>
        {line.size !== undefined && line.size > 0 ? (
          <button
            type="button"
            class="json-fold"
            aria-expanded={!line.isFolded}
            aria-label={line.isFolded ? common.unfold(where) : common.fold(where)}
            onClick={props.onFold}
          >
            <Icon name={line.isFolded ? "chevronRight" : "chevronDown"} size={14} />
          </button>
        ) : (
          <span class="json-fold" />
        )}
        {line.name !== undefined && <span class="json-name">{line.name}</span>}
        <Value line={line} />
        {line.differs && <span class="badge warn">{common.differs}</span>}
        <span class="json-actions">
          <Menu label={where} icon="more" small>
            <MenuItem onChoose={() => void copyText(line.path)}>{common.copyPath}</MenuItem>
            <MenuItem onChoose={() => void copyText(copied(line.value))}>
              {common.copyValue}
            </MenuItem>
            {props.actions.map((action) => (
              <MenuItem key={action.name} onChoose={() => action.run(line.path, line.value)}>
                {action.name}
              </MenuItem>
            ))}
          </Menu>
        </span>
      </div>
      {line.hidden > 0 && (
        <div class="json-line" style={{ "--depth": String(line.depth + 1) }}>
          <Button class="small" onClick={props.onMore}>
            {common.showMore(Math.min(line.hidden, 10 * PART))}
          </Button>
        </div>
      )}
    </>
  );
}

function Value({ line }: { line: TreeLine }) {
  if (line.size === undefined) {
    return (
      <bdi class={`json-value ${line.kind}`}>
        {line.kind === "string" ? JSON.stringify(line.value) : shown(line.value)}
      </bdi>
    );
  }
  const said = line.kind === "array" ? common.items(line.size) : common.fields(line.size);
  return <span class="faint">{line.kind === "array" ? `[ ] ${said}` : `{ } ${said}`}</span>;
}

function copied(value: Json): string {
  return typeof value === "string" ? value : writeJson(value, 2);
}

/** What came as bytes: JSON as a tree, text as text, anything else as base64 or hex. */
export function BytesView(props: { bytes: Uint8Array; label: string }) {
  const [isHex, setHex] = useState(false);
  const text = isHex ? toHex(props.bytes) : btoa(String.fromCharCode(...props.bytes));
  return (
    <figure class="json" aria-label={props.label}>
      <div class="json-bar">
        <div class="switch" role="group" aria-label={props.label}>
          <Button class="small" aria-pressed={!isHex} onClick={() => setHex(false)}>
            {common.base64}
          </Button>
          <Button class="small" aria-pressed={isHex} onClick={() => setHex(true)}>
            {common.hex}
          </Button>
        </div>
        <Button class="small" icon="copy" onClick={() => void copyText(text)}>
          {common.copyAll}
        </Button>
      </div>
      <figcaption class="faint">
        {common.noText(isHex ? common.hex : common.base64, bytes(props.bytes.length).text)}
      </figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and must do so by keys. */}
      <pre class="json-text" tabIndex={0}>
        {text}
      </pre>
    </figure>
  );
}
