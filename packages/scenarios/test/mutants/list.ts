// All mutants, by where they are planted.

import { clientMutants } from "./client_mutants.ts";
import { clusterMutants } from "./cluster_mutants.ts";
import { doublesMutants } from "./doubles_mutants.ts";
import type { Mutant } from "./mutant.ts";
import { serverMutants } from "./server_mutants.ts";
import { storeMutants } from "./store_mutants.ts";
import { syncMutants } from "./sync_mutants.ts";

/** Every mutant that has to be found. */
export const mutants: readonly Mutant[] = [
  ...storeMutants,
  ...syncMutants,
  ...serverMutants,
  ...clientMutants,
  ...doublesMutants,
  ...clusterMutants,
];

/** Most seeds that may be played until one finds it. */
export const seedsMax = 200;
