// The service worker: keeps the files of one release, and serves them when there is no network.
//
// Built by itself into /sw.js, with the list of the release's files put in. It answers for
// those files and for navigation; all else goes to the network as if it were not here,
// /sync, /healthz and /status before all. It takes over when a page tells it to.

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

worker.addEventListener("message", ({ data }) => {
  if (data === "take over") void worker.skipWaiting();
});

worker.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin || notOurs.test(pathname)) return;
  if (files.has(pathname)) event.respondWith(answer(request, pathname));
  // One page answers for every address.
  else if (request.mode === "navigate") event.respondWith(answer(request, "/index.html"));
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

// The browser may have emptied the cache; then the network has to do.
async function answer(request: Request, path: string): Promise<Response> {
  const cache = await caches.open(cacheName);
  return (await cache.match(path)) ?? fetch(request);
}
