/** What rows of conditions know of the world: paths of real payloads, and what is wrong with each. */

import { createContext } from "preact";
import type { Entry } from "../../rules/conditions.ts";
import type { KnownPath } from "../../rules/known_paths.ts";

export interface Knowledge {
  /** The id of the list of suggestions that inputs name. */
  readonly list: string;
  readonly paths: readonly KnownPath[];
  readonly faults: ReadonlyMap<Entry, readonly string[]>;
}

export const Known = createContext<Knowledge>({ list: "", paths: [], faults: new Map() });
