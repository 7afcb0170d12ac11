// Counts, in several keys at once, until it is killed; prints each count that was
// acknowledged. Argument: folder.

import { openLmdbStore } from "@holdfast/store/lmdb";
import { nodeWorld } from "@holdfast/world/node";

const [folder] = process.argv.slice(2) as [string];
const store = await openLmdbStore({ world: nodeWorld(), folder });

async function count(name: string): Promise<never> {
  const key = new TextEncoder().encode(name);
  for (;;) {
    const { value } = await store.transact(async (tx) => {
      const before = await tx.get(key);
      const next = (before === null ? 0 : Number(new TextDecoder().decode(before))) + 1;
      tx.set(key, new TextEncoder().encode(String(next)));
      return next;
    });
    process.stdout.write(`${name} ${value}\n`);
  }
}

await Promise.all(["a", "b", "c", "d"].map(count));
