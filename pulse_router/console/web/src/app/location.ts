/** Where one is: the URL is the state. Paths are named as under `/console`: `/routes/7`. */

import { useMemo } from "preact/hooks";
import { useLocation, useRoute } from "preact-iso/router";
import { type Patch, Query } from "../rules/query.ts";
import { isHeld } from "./leaving.ts";

/** The path of `…/console/`, whatever prefix a proxy has put before it. */
export const ROOT: string = new URL("../", import.meta.url).pathname;

/** The path of the router itself, under which the API is. */
export const ROUTER: string = new URL("../", new URL(ROOT, location.origin)).pathname;

/** The tenant that the address names. */
export function tenantInAddress(): string | undefined {
  return new URLSearchParams(location.search).get("tenant") ?? undefined;
}

/** The address of a page. The tenant that is looked at is kept, unless the query names one. */
export function link(path: string, query: Patch = {}): string {
  const tenant = tenantInAddress();
  const start = new Query(tenant === undefined ? "" : new URLSearchParams({ tenant }).toString());
  const text = start.with(query).toString();
  return ROOT + path.replace(/^\/+/, "") + (text === "" ? "" : `?${text}`);
}

/** The path under `/console` that an address of the console leads to, its query included. */
export function pathOf(address: string): string {
  return `/${address.slice(ROOT.length)}`;
}

let router: ((address: string, replace?: boolean) => void) | undefined;

/** The address that is gone back to, and whether the page shown was gone back to. */
let returnsTo: string | undefined;
let isReturn = false;

/** Take the router's own way of going somewhere; the shell calls this. */
export function routeWith(route: (address: string, replace?: boolean) => void): void {
  router = route;
}

/** Note that one has come to an address; the shell calls this for each. */
export function arrive(url: string): void {
  isReturn = returnsTo === url;
  returnsTo = undefined;
}

/** Take the browser's Back and Forward for a way back; call what is given to end it. */
export function followBack(): () => void {
  const popped = (): void => {
    returnsTo = location.pathname + location.search;
  };
  addEventListener("popstate", popped);
  return () => removeEventListener("popstate", popped);
}

/** Whether the page shown is one that one has come back to: by Back, or by `Escape`. */
export function cameBack(): boolean {
  return isReturn;
}

/** Go to an address that `link` has made. back: one was there before, and finds one's place again. */
export function go(address: string, options: { replace?: boolean; back?: boolean } = {}): void {
  if (isHeld(address)) return;
  if (options.back) returnsTo = address;
  if (router === undefined) location.assign(address);
  else router(address, options.replace ?? false);
}

type Set = (patch: Patch, options?: { replace?: boolean }) => void;

/** An address of the console: its path, and what follows. */
export interface Address {
  readonly path: string;
  readonly search: string;
}

/**
 * The address that a page stands at. While the next page is loaded the one before is shown on: it
 * keeps the address that it came by, and asks for nothing under the next one's.
 */
export function useAddress(): Address {
  const { path, query } = useLocation();
  const own: Partial<ReturnType<typeof useRoute>> = useRoute();
  const search = new Query(new URLSearchParams(own.query ?? query).toString()).toString();
  return { path: own.path ?? path, search: search === "" ? "" : `?${search}` };
}

/**
 * The query of the page's address, and a way to change it: a value of null, "" or [] removes a name.
 * Each change is a step that Back undoes, unless it replaces.
 */
export function useQuery(): [Query, Set] {
  const { path, search } = useAddress();
  return useMemo(() => {
    const set: Set = (patch, options) => {
      // A page that is being left changes nothing of the next one's address.
      if (location.pathname.replace(/\/+$/, "") !== path.replace(/\/+$/, "")) return;
      const text = new Query(location.search).with(patch).toString();
      go(location.pathname + (text === "" ? "" : `?${text}`), options);
    };
    return [new Query(search), set];
  }, [path, search]);
}
