// Reading the rows of a node that does not run: as of its last entry that they hold durably,
// which need not be the last that it has.

import type { Index } from "@holdfast/consensus";
import type { Engine } from "../../engine.ts";
import type { Store } from "../../store.ts";
import type { StoreWorld } from "../../transaction_runner.ts";
import { TransactionalStore } from "../../transactional_store.ts";
import { placeIn } from "./replicated_rows.ts";

/** Rows to be read, and the entry through which they hold everything. */
export interface RowsToRead {
  readonly store: Pick<Store, "read">;
  readonly applied: Index;
}

/**
 * Runs `work` on the rows that `openRows` gives, and gives them back.
 *
 * @throws {HoldfastError} `locked` where the node runs; `corrupt` where the rows say of
 *   themselves that they are not to be used; what `openRows` and `work` throw.
 */
export async function readRows<T>(
  { world, openRows }: { readonly world: StoreWorld; readonly openRows: () => Promise<Engine> },
  work: (rows: RowsToRead) => Promise<T>,
): Promise<T> {
  const engine = await openRows();
  const store = new TransactionalStore(world, engine);
  try {
    const snapshot = engine.snapshot();
    const applied = await placeIn(snapshot).finally(() => snapshot.release());
    return await work({ store, applied });
  } finally {
    await store.close();
  }
}
