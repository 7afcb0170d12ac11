// Which release of this page runs here, and how the next one gets in.
//
// A service worker keeps the files of releases, so that a reload works offline. A newer
// release is looked for at load, when the page is looked at again, and every hour. Once it is
// kept whole, whoever loads the page gets it; a page that is open goes on as it is, and says
// so. It is loaded anew by the person alone: nobody loses a cursor, or half a word, to a release.
//
// Whether there is a newer one is a question of its own, asked whenever the answer may have
// changed: would a reload show another page than this? No order of events can make it wrong.

import { useSyncExternalStore } from "react";
import { newestFile } from "./kept_releases.ts";

/** What is known of releases. */
export interface ReleaseState {
  /** A newer release is here; a reload takes it. */
  readonly isNewer: boolean;
  /** Whether a reload works offline: `off` where the address allows no service worker. */
  readonly offlineReload: "starting" | "on" | "off" | "failed";
}

/** The name of the release that runs here, where its builder gave one in VITE_RELEASE. */
export const releaseName: string = import.meta.env.VITE_RELEASE ?? "";

const updateIntervalMs = 60 * 60 * 1_000;

let state: ReleaseState = { isNewer: false, offlineReload: "starting" };
const listeners = new Set<() => void>();

/** What is known of releases, kept up to date. */
export function useRelease(): ReleaseState {
  return useSyncExternalStore(subscribe, () => state);
}

/** Loads the page anew, which takes the newest release that is here. */
export function takeRelease(): void {
  location.reload();
}

/** Begins to look for releases. Call it once. */
export async function watchReleases(): Promise<void> {
  // A part of this release that is loaded late may be gone, here and from the server.
  addEventListener("vite:preloadError", (event) => {
    event.preventDefault();
    set({ isNewer: true });
  });
  const workers = (navigator as { readonly serviceWorker?: ServiceWorkerContainer }).serviceWorker;
  if (!isSecureContext || workers === undefined) return set({ offlineReload: "off" });
  if (import.meta.env.DEV) return set({ offlineReload: "off" });
  try {
    const registration = await workers.register("/sw.js", { updateViaCache: "none" });
    registration.addEventListener("updatefound", () => follow(registration));
    follow(registration);
    void workers.ready.then(() => set({ offlineReload: "on" }));
    lookAgain(registration);
  } catch {
    set({ offlineReload: "failed" });
  }
}

function follow({ installing }: ServiceWorkerRegistration): void {
  installing?.addEventListener("statechange", () => {
    if (installing.state === "installed") void compare();
  });
  // One that was installed meanwhile changes no more.
  void compare();
}

// Compares this page with the one that a reload would show: by the names of their parts, which
// are others where the parts are.
async function compare(): Promise<void> {
  const newest = (await (await newestFile("/index.html"))?.text()) ?? "";
  const parts = [...newest.matchAll(/"(\/assets\/[^"]+)"/g)].map(([, path]) => path!);
  const here = new Set(
    [...document.querySelectorAll("script[src], link[href]")].map(
      (part) => part.getAttribute("src") ?? part.getAttribute("href"),
    ),
  );
  if (!parts.every((path) => here.has(path))) set({ isNewer: true });
}

function lookAgain(registration: ServiceWorkerRegistration): void {
  const look = (): void => {
    // Offline there is nothing to find, and nobody to tell.
    registration.update().catch(() => {});
  };
  look();
  setInterval(look, updateIntervalMs);
  addEventListener("focus", look);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") look();
  });
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

function set(change: Partial<ReleaseState>): void {
  state = { ...state, ...change };
  for (const listener of listeners) listener();
}
