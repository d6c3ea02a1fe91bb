/** Where one is: the URL is the state. Paths are named as under `/console`: `/routes/7`. */

import { useMemo } from "preact/hooks";
import { useLocation } from "preact-iso/router";
import { type Patch, Query } from "../rules/query.ts";

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

/** Take the router's own way of going somewhere; the shell calls this. */
export function routeWith(route: (address: string, replace?: boolean) => void): void {
  router = route;
}

/** Go to an address that `link` has made. */
export function go(address: string, options: { replace?: boolean } = {}): void {
  if (router === undefined) location.assign(address);
  else router(address, options.replace ?? false);
}

type Set = (patch: Patch, options?: { replace?: boolean }) => void;

/**
 * The query of the address, and a way to change it: a value of null, "" or [] removes a name.
 * Each change is a step that Back undoes, unless it replaces.
 */
export function useQuery(): [Query, Set] {
  const { url } = useLocation();
  return useMemo(() => {
    const address = new URL(url, location.origin);
    const query = new Query(address.search);
    const set: Set = (patch, options) => {
      const text = new Query(location.search).with(patch).toString();
      go(location.pathname + (text === "" ? "" : `?${text}`), options);
    };
    return [query, set];
  }, [url]);
}
