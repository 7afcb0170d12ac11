// A process for the torture of the store: every history workload at once, on a store on LMDB,
// until it is killed; says of each call what was asked and answered.
//
// usage: store_worker.ts FOLDER SEED LIFE
// stdout, a line each:  opened          the store is open
//                       NAME EVENT      an event of the history NAME, as docs/formats/history.md has it
//
// A call is said before it is made and an answer when it has come: the order of the lines
// agrees with real time.

import { SeededRandom } from "@holdfast/std";
import { openLmdbStore } from "@holdfast/store/lmdb";
import { nodeWorld } from "@holdfast/world/node";
import { workloads, workOn } from "../../src/workloads/index.ts";
import { recordInto } from "./recorded_lines.ts";

const [folder, seed, life] = process.argv.slice(2) as [string, string, string];
const workers = 2;

const store = await openLmdbStore({ world: nodeWorld(), folder });
/** Lets others in between. */
const think = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

process.stdout.write("opened\n");
await Promise.all(
  workloads.map((workload, index) =>
    workOn(
      { store, think },
      {
        ...{ workload, workers, opening: Number(life), calls: Number.POSITIVE_INFINITY },
        random: new SeededRandom(Number(seed) + index),
        record: recordInto((event) => process.stdout.write(`${workload.name} ${event}\n`)),
      },
    ),
  ),
);
