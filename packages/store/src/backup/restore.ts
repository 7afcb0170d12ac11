// What restoring into any driver has in common: what it is asked, and what may be
// written in the same step.
//
// A driver fills a draft beside the store's file and puts it in the file's place at the
// end, in one step. So whatever ends a restore, the store is as it was or as it was to
// become, and the same call again begins anew.

import { HoldfastError } from "@holdfast/std";
import { keyText } from "../key.ts";
import type { CommitVersion, Row } from "../store.ts";
import { WriteSet } from "../write_set.ts";
import { type ApplyWrites, findChain, replayChain } from "./backup_chain.ts";
import type { BackupPlace } from "./backup_folder.ts";

/** What to restore, and how. */
export interface RestoreOptions {
  /** Where the backups are. */
  readonly backups: BackupPlace;
  /** The version to restore, or null for that of the newest backup. */
  readonly version: CommitVersion | null;
  /** Whether a store that holds something may be given up for this; else that is refused. */
  readonly replace: boolean;
  /**
   * Rows to write on top, in the same step, as one more version: what must change with a
   * restore, such as the epoch of a server's store. Given the value of a key as it was restored.
   */
  readonly amend?: (
    get: (key: Uint8Array) => Promise<Uint8Array | null>,
  ) => Promise<readonly Row[]>;
}

/** What was restored. */
export interface Restored {
  /** Files that it came from, in order. */
  readonly files: readonly string[];
  /** The version that was asked for. */
  readonly version: CommitVersion;
}

/** Fills a draft: `apply` writes to it, `get` reads it. Throws as `findChain` and `replayChain`. */
export async function fillDraft(
  { backups, version, amend }: RestoreOptions,
  draft: {
    readonly apply: ApplyWrites;
    readonly get: (key: Uint8Array) => Promise<Uint8Array | null>;
  },
): Promise<Restored> {
  const chain = await findChain(backups, version);
  await replayChain(backups, chain, draft.apply);
  const rows = (await amend?.(draft.get)) ?? [];
  if (rows.length > 0) {
    const writes = new WriteSet();
    for (const { key, value } of rows) writes.set(keyText(key), value);
    await draft.apply((chain.version + 1) as CommitVersion, writes);
  }
  return { files: chain.files.map(({ file }) => file), version: chain.version };
}

/** The refusal of a store that holds something. */
export function holdsSomething(path: string): HoldfastError {
  return new HoldfastError(
    "invalid_argument",
    `${path} holds something, and replacing it was not asked for`,
  );
}

/** @throws {HoldfastError} `too_large`: the backup is of a driver that takes longer keys. */
export function requireKeySizes({ points }: WriteSet, sizeBytesMax: number): void {
  points.visitAll((key) => {
    if (key.length <= sizeBytesMax) return true;
    const sizes = `${key.length} bytes, at most ${sizeBytesMax}`;
    throw new HoldfastError("too_large", `a key of the backup has ${sizes}`);
  });
}
