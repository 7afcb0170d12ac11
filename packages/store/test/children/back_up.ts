// Backs an LMDB store up, or restores it, and says where it is, until it is killed.
// Arguments: "backup" or "restore", the store's folder, the folder of backups.

import { keepBackup, streamBackup } from "@holdfast/store/backup";
import { openLmdbStore, restoreLmdb } from "@holdfast/store/lmdb";
import { nodeWorld } from "@holdfast/world/node";

const [act, folder, backups] = process.argv.slice(2) as [string, string, string];
const world = nodeWorld();
const place = { disk: world.disk, folder: backups };
const say = (line: string) => process.stdout.write(`${line}\n`);
// A moment in which whoever reads the lines can kill this process.
const breathe = () => new Promise((resolve) => setTimeout(resolve, 5));

if (act === "backup") {
  const store = await openLmdbStore({ world, folder, create: false });
  await keepBackup(place, (put) =>
    streamBackup(store, { world, base: null }, async (bytes) => {
      await put(bytes);
      say("PUT");
      await breathe();
    }),
  );
  await store.close();
} else {
  const amend = async () => {
    say("FILLED");
    // Whoever waits for that line kills this process.
    await new Promise((resolve) => setTimeout(resolve, 60_000));
    return [];
  };
  const running = restoreLmdb({
    world,
    folder,
    backups: place,
    version: null,
    replace: true,
    amend,
  });
  say("BEGUN");
  await running;
}
say("DONE");
