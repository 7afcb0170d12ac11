// The store in memory, alone or with a log.

import { type ErrorCode, isHoldfastError } from "@holdfast/std";
import { withHistory } from "../../history/history_engine.ts";
import type { HistoryOptions } from "../../history/history_keeper.ts";
import { firstText, lastText } from "../../key.ts";
import type { StoreReport } from "../../report.ts";
import type { CommitVersion, LocalStore } from "../../store.ts";
import type { StoreWorld } from "../../transaction_runner.ts";
import { TransactionalStore } from "../../transactional_store.ts";
import { LogEngine, type LogPlace, pathOf } from "./log_engine.ts";
import { MemoryEngine } from "./memory_engine.ts";

/** What a log that can't be read fails with. */
const damageCodes: readonly ErrorCode[] = [
  "corrupt",
  "truncated",
  "too_large",
  "unsupported_version",
];

/** What {@link memoryStore} takes. */
export interface MemoryStoreOptions {
  readonly world: StoreWorld;
  /** Keeps a history for `changes` and `asOf`. */
  readonly history?: HistoryOptions;
}

/** What {@link openMemoryStore} takes. */
export interface MemoryLogOptions extends LogPlace {
  /** Keeps a history for `changes` and `asOf`; it is in memory and in the log, as the rows. */
  readonly history?: HistoryOptions;
}

/**
 * A new, empty store that lives in memory alone: for tests, and as the measure
 * for every other driver. See {@link openMemoryStore} for one that stays.
 */
export function memoryStore({ world, history }: MemoryStoreOptions): LocalStore {
  return new TransactionalStore(world, withHistory(new MemoryEngine(), world, history));
}

/**
 * Opens the store in memory whose commits are kept in a log in `folder`, or makes
 * it. All rows must fit into memory, and opening reads all of the log; commits
 * are acknowledged once they are synced. Runs wherever a World has a disk.
 *
 * @throws {HoldfastError} `locked` where another process has the folder;
 *   `permission_denied`; `corrupt` where the log is damaged before its end;
 *   `unsupported_version`; `disk_full`; `io`.
 */
export async function openMemoryStore(options: MemoryLogOptions): Promise<LocalStore> {
  const { world, folder, history } = options;
  const engine = await LogEngine.open({ world, folder });
  return new TransactionalStore(world, withHistory(engine, world, history));
}

/**
 * Checks the log in `folder` by reading it as opening does; a torn end is cut off,
 * as opening would.
 *
 * @throws {HoldfastError} `not_found`, `locked`, `permission_denied`, `io`. What is
 *   wrong with the log itself is in the report.
 */
export async function verifyMemoryLog(place: LogPlace): Promise<StoreReport> {
  const path = pathOf(place);
  await (await place.world.disk.open(path, { create: false })).close();
  const report = { path, sizeBytes: 0, version: 0 as CommitVersion, rows: 0, rowBytes: 0 };
  let engine: LogEngine;
  try {
    engine = await LogEngine.open(place);
  } catch (error) {
    if (!isHoldfastError(error, ...damageCodes)) throw error;
    return { ...report, problems: [error.message], notes: [] };
  }
  const rows = engine.snapshot().range(firstText, lastText, Number.POSITIVE_INFINITY, false);
  const rowBytes = rows.reduce((sum, { key, value }) => sum + key.length + value.length, 0);
  const { sizeBytes, version, tornBytes } = engine;
  await engine.close();
  const torn = `dropped ${tornBytes} bytes of a commit that was never acknowledged`;
  const notes = tornBytes > 0 ? [torn] : [];
  return { path, sizeBytes, version, rows: rows.length, rowBytes, problems: [], notes };
}
