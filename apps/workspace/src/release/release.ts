// Which release of this page runs here, and how the next one gets in.
//
// A service worker keeps the files of one release, so that a reload works offline. A newer
// release is looked for at load, when the page is looked at again, and every hour. It is
// installed beside the old one and waits; the page says so, and takes it when it is told to.
// A page that loads while one waits is given it by the old worker, and has it take over at
// once: nothing was typed yet.
//
//   found --> installed, waits --"Reload", or a page that loads--> takes over --> reload
//                                                                     |
//                          other tabs, which run the old one: told so +

import { useSyncExternalStore } from "react";

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
// How often a worker that waits is asked to take over, and how many times.
const takeOverIntervalMs = 1_000;
const takeOverTriesMax = 10;

let state: ReleaseState = { isNewer: false, offlineReload: "starting" };
let waiting: ServiceWorker | null = null;
let isTakingOver = false;
const listeners = new Set<() => void>();

/** What is known of releases, kept up to date. */
export function useRelease(): ReleaseState {
  return useSyncExternalStore(subscribe, () => state);
}

/** Loads the page anew, with the newer release where one waits. */
export function takeRelease(): void {
  // Where another tab took it already, there is nobody left to tell.
  if (waiting?.state !== "installed") location.reload();
  else takeOver(waiting, () => location.reload());
}

// Has the page loaded anew as soon as `worker` has taken over. It is asked again and again:
// a browser lets it wait while the old one has work, and may forget that it was asked.
function takeOver(worker: ServiceWorker, giveUp: () => void, tries = takeOverTriesMax): void {
  isTakingOver = tries > 0;
  if (worker.state !== "installed") return;
  if (tries === 0) {
    giveUp();
    return;
  }
  worker.postMessage("take over");
  setTimeout(() => takeOver(worker, giveUp, tries - 1), takeOverIntervalMs);
}

/** Begins to look for releases. Call it once. */
export async function watchReleases(): Promise<void> {
  // A part of this release that is loaded late may be gone from the server.
  addEventListener("vite:preloadError", (event) => {
    event.preventDefault();
    set({ isNewer: true });
  });
  const workers = (navigator as { readonly serviceWorker?: ServiceWorkerContainer }).serviceWorker;
  if (!isSecureContext || workers === undefined) return set({ offlineReload: "off" });
  if (import.meta.env.DEV) return set({ offlineReload: "off" });
  const hadController = workers.controller !== null;
  let isControlled = hadController;
  workers.addEventListener("controllerchange", () => {
    if (isTakingOver) location.reload();
    // Another tab took a newer release; this one still runs the old. The first worker of
    // all is of the release that runs here.
    else if (isControlled) set({ isNewer: true });
    isControlled = true;
  });
  try {
    const registration = await workers.register("/sw.js", { updateViaCache: "none" });
    if (registration.waiting !== null && hadController) {
      waiting = registration.waiting;
      takeOver(waiting, () => set({ isNewer: true }));
    }
    registration.addEventListener("updatefound", () => follow(registration, workers));
    follow(registration, workers);
    void workers.ready.then(() => set({ offlineReload: "on" }));
    lookAgain(registration);
  } catch {
    set({ offlineReload: "failed" });
  }
}

function follow({ installing }: ServiceWorkerRegistration, workers: ServiceWorkerContainer): void {
  installing?.addEventListener("statechange", () => {
    if (installing.state !== "installed" || workers.controller === null) return;
    waiting = installing;
    set({ isNewer: true });
  });
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
