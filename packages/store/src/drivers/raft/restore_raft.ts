// Beginning a cluster from a backup: the rows and the log of the one node that has it. The
// others get it from that one (see `foundLog`).

import { type FoundLogOptions, founding, foundLog } from "@holdfast/consensus";
import { HoldfastError } from "@holdfast/std";
import {
  fillDraft,
  type Restored,
  type RestoreOptions,
  requireKeySizes,
} from "../../backup/restore.ts";
import type { Engine } from "../../engine.ts";
import { keyText } from "../../key.ts";
import type { CommitVersion } from "../../store.ts";
import { placedAt } from "./replicated_rows.ts";

/** What {@link restoreRaft} takes. Whether something may be given up is whoever calls to see to. */
export interface RestoreRaftOptions extends Omit<RestoreOptions, "replace">, FoundLogOptions {
  /** As in `RaftStoreOptions`, of rows that are empty; given back in the end. */
  readonly openRows: () => Promise<Engine>;
}

/**
 * Fills rows with what the backups hold, and writes the log that begins there; both are
 * durable when this resolves. O(rows).
 *
 * @throws {HoldfastError} `not_found` where the backups don't hold that version; `corrupt`,
 *   `truncated`, `unsupported_version` of a backup; `too_large` where a key is over what the
 *   rows take; `invalid_argument` where the rows hold something; as `foundLog`. What was
 *   written is of no use then.
 */
export async function restoreRaft(options: RestoreRaftOptions): Promise<Restored> {
  const rows = await options.openRows();
  let restored: Restored;
  try {
    if (rows.version > 0) {
      throw new HoldfastError("invalid_argument", `the rows for ${options.folder} hold something`);
    }
    restored = await fillRows(rows, options);
  } finally {
    await rows.close();
  }
  await foundLog(options);
  return restored;
}

async function fillRows(rows: Engine, options: RestoreRaftOptions): Promise<Restored> {
  const { keySizeBytesMax } = rows.capabilities;
  const restored = await fillDraft(
    { ...options, replace: false },
    {
      apply: async (version, writes) => {
        requireKeySizes(writes, keySizeBytesMax);
        await rows.commit(version, writes, [], []);
      },
      get: async (key) => {
        const snapshot = rows.snapshot();
        try {
          return await snapshot.get(keyText(key));
        } finally {
          snapshot.release();
        }
      },
    },
  );
  // Last, and under a version, which a backup of nothing has none of.
  const version = Math.max(rows.version, 1) as CommitVersion;
  await rows.commit(version, placedAt(founding.index), [], []);
  return restored;
}
