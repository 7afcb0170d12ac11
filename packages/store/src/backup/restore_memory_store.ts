// Restores backups into the log of a memory store.

import { isHoldfastError } from "@holdfast/std";
import { replaceRecordLog } from "@holdfast/world";
import {
  LogEngine,
  type LogPlace,
  logPurpose,
  pathOf,
  payloadsOf,
  recover,
} from "../drivers/memory/log_engine.ts";
import { applyWrites, type Rows } from "../drivers/memory/memory_engine.ts";
import { firstText, keyText, lastText } from "../key.ts";
import { OrderedMap } from "../ordered_map.ts";
import type { CommitVersion } from "../store.ts";
import { fillDraft, holdsSomething, type Restored, type RestoreOptions } from "./restore.ts";

/** What {@link restoreMemoryStore} takes. */
export interface RestoreMemoryOptions extends RestoreOptions, LogPlace {}

/**
 * Puts what the backups hold into the log in `folder`, in one step. All rows must fit into memory.
 *
 * @throws {HoldfastError} `invalid_argument` where the store holds something and `replace`
 *   is not set; `locked`; `not_found` where the backups don't hold that version; `corrupt`,
 *   `truncated`, `unsupported_version` of a backup; what the disk throws. The store is as it was then.
 */
export async function restoreMemoryStore(options: RestoreMemoryOptions): Promise<Restored> {
  const { world, folder, replace } = options;
  const place = { world, folder };
  await world.disk.makeFolder(folder);
  const lock = await LogEngine.claim(place);
  try {
    if (!replace && !(await isEmpty(place))) throw holdsSomething(pathOf(place));
    const rows: Rows = new OrderedMap();
    let last = 0 as CommitVersion;
    const restored = await fillDraft(options, {
      apply: async (version, writes) => {
        applyWrites(rows, writes);
        last = version;
      },
      get: async (key) => rows.get(keyText(key))?.slice() ?? null,
    });
    // At version 0 nothing was ever written, and a log says that by being empty.
    const payloads = last === 0 ? [] : payloadsOf(rows, last);
    await replaceRecordLog(world.disk, pathOf(place), logPurpose, payloads);
    return restored;
  } finally {
    await lock.release();
  }
}

/** Whether there is no log, or one whose commits left no row; one that is damaged holds something. */
async function isEmpty(place: LogPlace): Promise<boolean> {
  try {
    const { log, rows } = await recover(place);
    await log.close();
    return !rows.someIn(firstText, lastText);
  } catch (error) {
    if (isHoldfastError(error, "corrupt", "unsupported_version")) return false;
    throw error;
  }
}
