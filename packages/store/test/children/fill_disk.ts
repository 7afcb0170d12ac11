// Writes until the disk is full, then goes on with less. Prints what was
// acknowledged and what was refused. Argument: folder.

import { isHoldfastError } from "@holdfast/std";
import { openLmdbStore } from "@holdfast/store/lmdb";
import { nodeWorld } from "@holdfast/world/node";

const [folder] = process.argv.slice(2) as [string];
const say = (line: string) => process.stdout.write(`${line}\n`);
const key = (name: string) => new TextEncoder().encode(name);

const store = await openLmdbStore({ world: nodeWorld(), folder });
let refused = 0;
for (let count = 0; refused < 5 && count < 1_000; count += 1) {
  try {
    await store.transact((tx) => {
      tx.set(key(`a/${count}`), new Uint8Array(60_000).fill(count));
      tx.set(key(`b/${count}`), new Uint8Array(60_000).fill(count));
    });
    say(`ACK ${count}`);
  } catch (error) {
    refused += 1;
    say(`REFUSED ${count} ${isHoldfastError(error) ? error.code : String(error)}`);
    const seen = await store.read((tx) => tx.get(key(`a/${count}`)));
    if (seen !== null) say(`VISIBLE ${count}`);
  }
}
await store.transact((tx) => tx.clear(key("a/0")));
await store.transact((tx) => tx.clear(key("b/0")));
say("CLEARED 0");
for (let count = 0; count < 3; count += 1) {
  await store.transact((tx) => tx.set(key(`small/${count}`), key("1")));
  say(`SMALL ${count}`);
}
await store.close();
say("CLOSED");
