// Which releases this browser keeps whole: a list beside their caches, the newest first.
//
// The worker writes it, and pages and workers of other releases read it: its place and its
// form stay as they are.

const prefix = "holdfast-release-";
const list = { cacheName: "holdfast-releases", path: "/releases" };

/** How many releases are kept: the newest, and those that open pages may still be of. */
const releasesKept = 3;

/** The name of the cache of the release `release`. */
export function cacheNameOf(release: string): string {
  return prefix + release;
}

/** A file of the newest release; undefined where none is kept. */
export async function newestFile(path: string): Promise<Response | undefined> {
  const [newest] = await keptReleases();
  return newest === undefined ? undefined : await caches.match(path, { cacheName: newest });
}

/** Makes the release with the cache `cacheName`, which is whole, the newest; lets go what is too old. */
export async function makeNewest(cacheName: string): Promise<void> {
  const older = (await keptReleases()).filter((name) => name !== cacheName);
  const kept = [cacheName, ...older].slice(0, releasesKept);
  await (await caches.open(list.cacheName)).put(list.path, Response.json(kept));
  for (const name of await caches.keys()) {
    if (name.startsWith(prefix) && !kept.includes(name)) await caches.delete(name);
  }
}

async function keptReleases(): Promise<readonly string[]> {
  const kept = await caches.match(list.path, { cacheName: list.cacheName });
  return kept === undefined ? [] : await kept.json();
}
