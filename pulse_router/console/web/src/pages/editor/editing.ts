/** The draft of a route: one JSON object, of which form and text are two views. */

import { batch, computed, effect, signal } from "@preact/signals";
import type { Schema } from "../../api/client.ts";
import type { Fault } from "../../api/problem.ts";
import { shownTenant } from "../../app/tenant.ts";
import { rowFaults } from "../../rules/condition_faults.ts";
import { type AllNode, readFilter, writeFilter } from "../../rules/conditions.ts";
import {
  isObject,
  type Json,
  type JsonObject,
  readJson,
  sameJson,
  writeJson,
} from "../../rules/digits.ts";
import { type SyntaxFault, syntaxFault } from "../../rules/faults.ts";
import { missingPaths, named, triable } from "../../rules/missing.ts";
import { isWritable } from "../../rules/operands.ts";
import { common } from "../../words/en/common.ts";

export type RouteBody = Schema<"RouteBody">;

/**
 * A route as it is stored, and what to send back in If-Match; of a new one what it begins with.
 *
 * notice: why nothing is delivered by it, where the router says so.
 */
export interface Base {
  readonly body: JsonObject;
  readonly etag: string | undefined;
  readonly notice?: string | undefined;
}

const FIELDS = [
  "name",
  "topic_filter",
  "destination_type",
  "destination_config",
  "payload_filter",
  "is_enabled",
] as const;
export const FILTER = "payload_filter";
const EMPTY: AllNode = { kind: "all", entries: [] };

/** What is written of a route, out of what is read. */
export function bodyOf(route: object): JsonObject {
  const read = route as JsonObject;
  return Object.fromEntries(FIELDS.map((name) => [name, read[name] ?? null]));
}

export class Editing {
  readonly id: number | undefined;
  readonly base = signal<Base>({ body: {}, etag: undefined });
  readonly body = signal<JsonObject>({});
  /** The filter as the form has it: rows that are not whole yet included. */
  readonly tree = signal<AllNode | undefined>(undefined);
  /** The text as it is typed, as long as nothing else has changed the draft. */
  readonly typed = signal<string | undefined>(undefined);
  /** What the router says of the draft. */
  readonly told = signal<readonly Fault[]>([]);
  /** Whether somebody has tried to save it: before that, nothing is missing. */
  readonly isTried = signal(false);
  readonly wasRestored: boolean;

  readonly text = computed(() => this.typed.value ?? writeJson(this.body.value, 2));
  readonly syntax = computed<SyntaxFault | undefined>(() => syntaxFault(this.text.value));
  readonly isObject = computed(
    () => this.syntax.value !== undefined || isObject(readJson(this.text.value)),
  );
  /** Whether it can be sent: it is JSON, and an object. */
  readonly isWhole = computed(
    () => this.syntax.value === undefined && this.isObject.value && isWritable(this.body.value),
  );
  readonly isChanged = computed(
    () => !this.isWhole.value || !sameJson(this.body.value, this.base.value.body),
  );
  /** What it cannot be without, and does not have yet. */
  readonly missing = computed(() => missingOf(this.body.value, this.tree.value));
  readonly faults = computed<readonly Fault[]>(() =>
    this.isTried.value ? [...this.missing.value, ...this.told.value] : this.told.value,
  );
  readonly rows = computed(() => {
    const { told, missing, isTried, tree } = this;
    const said = rowFaults(this.#namedTree.value, told.value, FILTER);
    const needed = rowFaults(tree.value, isTried.value ? missing.value : [], FILTER);
    return { rows: new Map([...said.rows, ...needed.rows]), others: said.others };
  });
  readonly #namedTree = computed(() => this.tree.value && named(this.tree.value));

  constructor(id: number | undefined, base: Base) {
    this.id = id;
    const kept = restore(this.key);
    this.wasRestored = kept !== undefined;
    this.base.value = kept?.base ?? base;
    this.replace(base.body);
    if (kept !== undefined) this.type(kept.text);
  }

  get key(): string {
    return `pulse-draft ${shownTenant.peek() ?? ""} ${this.id ?? "new"}`;
  }

  /** The draft as the API takes it. */
  get written(): RouteBody {
    return this.body.value as object as RouteBody;
  }

  /** The draft as it can be tried already, although a name or its address is still missing. */
  get tried(): RouteBody {
    const body = this.body.value;
    const isNamed = !this.missing.value.some(({ path }) => path.startsWith(FILTER));
    const tree = this.#namedTree.value;
    const filter = tree === undefined || tree.entries.length === 0 ? null : writeFilter(tree);
    return triable(isNamed ? body : { ...body, [FILTER]: filter }) as object as RouteBody;
  }

  /** Keep the draft in the tab while it differs from what is stored; returns how to stop. */
  keep(): () => void {
    return effect(() => {
      if (!this.isChanged.value) sessionStorage.removeItem(this.key);
      else {
        const { body, etag } = this.base.value;
        const kept = { text: this.text.value, base: { body, etag: etag ?? null } };
        sessionStorage.setItem(this.key, writeJson(kept));
      }
    });
  }

  /** Go back to what is stored, or to the empty form. */
  drop(): void {
    this.rebase(this.base.peek());
    this.forget();
  }

  forget(): void {
    sessionStorage.removeItem(this.key);
  }

  set(name: string, value: Json): void {
    this.typed.value = undefined;
    this.body.value = { ...this.body.peek(), [name]: value };
  }

  setTree(tree: AllNode): void {
    batch(() => {
      this.set(FILTER, tree.entries.length === 0 ? null : writeFilter(tree));
      this.tree.value = tree;
    });
  }

  /** Change a member of the configuration; undefined takes it out. */
  setConfig(name: string, value: Json | undefined): void {
    const { [name]: _, ...others } = this.config;
    const known = this.config;
    if (value === undefined) this.set("destination_config", others);
    else this.set("destination_config", { ...known, [name]: value });
  }

  get config(): JsonObject {
    const config = this.body.value.destination_config;
    return isObject(config) ? config : {};
  }

  /** Take what was typed as JSON; what is none stays text, and the rest as it was. */
  type(text: string): void {
    batch(() => {
      this.typed.value = text;
      if (syntaxFault(text) !== undefined) return;
      const value = readJson(text);
      if (!isObject(value)) return;
      const before = this.body.peek()[FILTER] ?? null;
      this.body.value = value;
      if (!sameJson(before, value[FILTER] ?? null)) this.readTree();
    });
  }

  /** Write the text anew, as the form would. */
  tidy(): void {
    if (this.isWhole.peek()) this.typed.value = undefined;
  }

  replace(body: JsonObject): void {
    batch(() => {
      this.typed.value = undefined;
      this.body.value = body;
      this.readTree();
    });
  }

  /** What is stored now: the draft goes on from there. */
  rebase(base: Base, body: JsonObject = base.body): void {
    batch(() => {
      this.base.value = base;
      this.told.value = [];
      this.isTried.value = false;
      this.replace(body);
    });
  }

  /** What is wrong at a field, or below it. */
  faultAt(...paths: string[]): string | undefined {
    const found = this.faults.value.filter(({ path }) =>
      paths.some((wanted) => path === wanted || path.startsWith(`${wanted}.`)),
    );
    return found.map(({ message }) => message).join(" ") || undefined;
  }

  private readTree(): void {
    const filter = this.body.peek()[FILTER] ?? null;
    this.tree.value = filter === null ? EMPTY : readFilter(filter);
  }
}

function missingOf(body: JsonObject, tree: AllNode | undefined): Fault[] {
  return missingPaths(body, tree).map((path) => ({ path, message: common.required }));
}

function restore(key: string): { text: string; base: Base } | undefined {
  const kept = sessionStorage.getItem(key);
  if (kept === null) return undefined;
  const { text, base } = readJson(kept) as { text: string; base: JsonObject };
  const { body, etag } = base;
  return {
    text,
    base: { body: body as JsonObject, etag: typeof etag === "string" ? etag : undefined },
  };
}
