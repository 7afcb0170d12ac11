// The service worker: keeps the files of one release, and serves them when there is no network.
//
// Built by itself into /sw.js, with the list of the release's files put in. It answers for
// those files and for navigation; all else goes to the network as if it were not here,
// /sync, /healthz and /status before all. It takes over when a page tells it to, and the
// browser lets it: until then the old one gives the newer release to whoever loads a page.

/** Put in by the build: paths of the release's files, and a name that is another for each release. */
declare const __FILES__: readonly string[];
declare const __RELEASE__: string;

const worker = self as unknown as ServiceWorkerGlobalScope;
const prefix = "holdfast-release-";
const cacheName = prefix + __RELEASE__;
const files = new Set(__FILES__);
const notOurs = /^\/(sync|healthz|status)(\/|$)/;

worker.addEventListener("install", (event) => {
  event.waitUntil(keepFiles());
});

worker.addEventListener("activate", (event) => {
  event.waitUntil(forgetOthers().then(() => worker.clients.claim()));
});

worker.addEventListener("message", (event) => {
  if (event.data === "take over") event.waitUntil(worker.skipWaiting());
});

worker.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin || notOurs.test(pathname)) return;
  // One page answers for every address.
  if (request.mode === "navigate") event.respondWith(answerPage(request));
  else if (files.has(pathname)) event.respondWith(answer(request, pathname));
  // Of the newer release, while that waits.
  else if (pathname.startsWith("/assets/")) event.respondWith(answerAny(request));
});

async function keepFiles(): Promise<void> {
  const cache = await caches.open(cacheName);
  // Past the browser's own cache: what it has may be of another release.
  await cache.addAll(__FILES__.map((path) => new Request(path, { cache: "reload" })));
}

async function forgetOthers(): Promise<void> {
  for (const name of await caches.keys()) {
    if (name.startsWith(prefix) && name !== cacheName) await caches.delete(name);
  }
}

// A release that waits has all of its files.
async function answerPage(request: Request): Promise<Response> {
  if (worker.registration.waiting !== null) {
    const newer = (await caches.keys()).find(
      (name) => name.startsWith(prefix) && name !== cacheName,
    );
    const page =
      newer === undefined ? undefined : await (await caches.open(newer)).match("/index.html");
    if (page !== undefined) return page;
  }
  return answer(request, "/index.html");
}

async function answerAny(request: Request): Promise<Response> {
  return (await caches.match(request)) ?? fetch(request);
}

// The browser may have emptied the cache; then the network has to do.
async function answer(request: Request, path: string): Promise<Response> {
  const cache = await caches.open(cacheName);
  return (await cache.match(path)) ?? fetch(request);
}
