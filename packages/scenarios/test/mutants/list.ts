// All mutants, by where they are planted.

import type { Mutant } from "./mutant.ts";
import { storeMutants } from "./store_mutants.ts";
import { syncMutants } from "./sync_mutants.ts";

/** Every mutant that has to be found. */
export const mutants: readonly Mutant[] = [...syncMutants, ...storeMutants];

/** Most seeds that may be played until one finds it. */
export const seedsMax = 200;
