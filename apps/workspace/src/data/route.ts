// Where in the workspace the address leads, without a router: there are two sorts of places.

import { type MouseEvent, useSyncExternalStore } from "react";
import { isPageId } from "./page_list.ts";

/** A place. `lost`: the address leads nowhere. */
export type Route =
  | { readonly kind: "home" }
  | { readonly kind: "page"; readonly id: string }
  | { readonly kind: "lost" };

const listeners = new Set<() => void>();

/** The place that the address names, kept up to date. */
export function useRoute(): Route {
  return routeOf(useSyncExternalStore(subscribe, () => location.pathname));
}

/** The path of a page. */
export function pagePath(id: string): string {
  return `/p/${id}`;
}

/** The whole address of a page, to give to somebody. */
export function pageAddress(id: string): string {
  return new URL(pagePath(id), location.href).href;
}

/** Goes to `path`. */
export function goTo(path: string): void {
  if (location.pathname !== path) history.pushState(null, "", path);
  for (const listener of listeners) listener();
}

/** Follows a link within the page; leaves new tabs and windows to the browser. */
export function followLink(event: MouseEvent<HTMLAnchorElement>): void {
  const isPlain = event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey);
  if (!isPlain || event.altKey) return;
  event.preventDefault();
  goTo(new URL(event.currentTarget.href).pathname);
}

/** Reads a path. */
export function routeOf(path: string): Route {
  if (path === "/" || path === "/index.html") return { kind: "home" };
  const id = path.match(/^\/p\/([^/]+)\/?$/)?.[1];
  return id !== undefined && isPageId(id) ? { kind: "page", id } : { kind: "lost" };
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  addEventListener("popstate", listener);
  return () => {
    listeners.delete(listener);
    removeEventListener("popstate", listener);
  };
}
