// What the tests of the remote store call inside of a page.

import { decodeUtf8, encodeUtf8 } from "@holdfast/std";
import { keyAfter } from "@holdfast/store";
import { openRemoteStore } from "@holdfast/store/remote";
import { browserWorld } from "@holdfast/world/browser";

const url = new URL("/v1/store", location.href.replace(/^http/, "ws")).href;
const opened = openRemoteStore({ world: browserWorld(), url });

const tools = {
  /** Who has `name` now: `who`, unless somebody was first. */
  async take(name: string, who: string): Promise<string> {
    const key = encodeUtf8(name);
    const { value } = await (await opened).transact(async (tx) => {
      const owner = await tx.get(key);
      if (owner !== null) return decodeUtf8(owner);
      tx.set(key, encodeUtf8(who));
      return who;
    });
    return value;
  },
  /** Waits until nobody has `name`. */
  async untilFree(name: string): Promise<void> {
    const store = await opened;
    const key = encodeUtf8(name);
    const watch = store.watch({ start: key, end: keyAfter(key) });
    for (;;) {
      const { version, owner } = await store.read(async (snapshot) => ({
        version: snapshot.version,
        owner: await snapshot.get(key),
      }));
      if (owner === null) break;
      await watch.next(version);
    }
    watch.close();
  },
  /** Gives it back. */
  async give(name: string): Promise<void> {
    await (await opened).transact((tx) => tx.clear(encodeUtf8(name)));
  },
};

declare global {
  var holdfastRemote: typeof tools;
}
globalThis.holdfastRemote = tools;
