// The service worker: keeps the files of releases, and serves them when there is no network.
//
// Built by itself into /sw.js, with the list of its release's files put in. It answers for
// files that it keeps and for navigation; all else goes to the network as if it were not here,
// /sync, /healthz and /status before all.
//
// Which release a page gets does not depend on which worker serves. To have a new worker take
// over under open pages was rejected: a browser does it when the old one is idle, which it may
// find out after half a minute or never, and pages that load meanwhile lose their scripts, or
// wait. So a new worker waits until no page is open, as is usual, and each serves what is kept,
// whoever kept it (release/kept_releases.ts):
//   W1  A navigation is answered with the page of the newest release that is kept whole.
//   W2  A page that is open finds the parts of its own release, until it is three releases behind.
//
// Installs come one after the other, so nobody else changes the list of releases meanwhile.

import { cacheNameOf, makeNewest, newestFile } from "../release/kept_releases.ts";

/** Put in by the build: paths of the release's files, and a name that is another for each release. */
declare const __FILES__: readonly string[];
declare const __RELEASE__: string;

const worker = self as unknown as ServiceWorkerGlobalScope;
const files = new Set(__FILES__);
const notOurs = /^\/(sync|healthz|status)(\/|$)/;

worker.addEventListener("install", (event) => {
  event.waitUntil(keepRelease());
});

// Of the pages that are open none has a worker yet.
worker.addEventListener("activate", (event) => {
  event.waitUntil(worker.clients.claim());
});

worker.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin || notOurs.test(pathname)) return;
  // One page answers for every address.
  if (request.mode === "navigate") event.respondWith(answer(request, "/index.html"));
  // Their names are others in each release, where they are others.
  else if (pathname.startsWith("/assets/")) event.respondWith(answerAny(request));
  else if (files.has(pathname)) event.respondWith(answer(request, pathname));
});

async function keepRelease(): Promise<void> {
  const cacheName = cacheNameOf(__RELEASE__);
  const cache = await caches.open(cacheName);
  // Past the browser's own cache: what it has may be of another release.
  await cache.addAll(__FILES__.map((path) => new Request(path, { cache: "reload" })));
  await makeNewest(cacheName);
}

// The browser may have emptied the caches; then the network has to do.
async function answer(request: Request, path: string): Promise<Response> {
  return (await newestFile(path)) ?? fetch(request);
}

async function answerAny(request: Request): Promise<Response> {
  return (await caches.match(request)) ?? fetch(request);
}
