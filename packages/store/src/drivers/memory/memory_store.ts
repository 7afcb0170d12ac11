// The store in memory.

import type { Store } from "../../store.ts";
import { type StoreWorld, TransactionalStore } from "../../transactional_store.ts";
import { MemoryEngine } from "./memory_engine.ts";

/** What {@link memoryStore} takes. */
export interface MemoryStoreOptions {
  readonly world: StoreWorld;
}

/**
 * A new, empty store that lives in memory alone: for tests, and as the measure
 * for every other driver.
 */
export function memoryStore({ world }: MemoryStoreOptions): Store {
  return new TransactionalStore(world, new MemoryEngine());
}
