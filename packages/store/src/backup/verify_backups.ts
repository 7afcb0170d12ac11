// Checks a folder of backups: every byte of every file, and that each has what it builds upon.

import { equalBytes, HoldfastError, isHoldfastError } from "@holdfast/std";
import {
  type BackupFile,
  type BackupName,
  type BackupPlace,
  listBackups,
  readBackup,
} from "./backup_folder.ts";

/** What checking one backup came to. */
export interface BackupVerdict extends BackupName {
  /** Null where it can't be read. */
  readonly sizeBytes: number | null;
  /** Wall clock of whoever made it, or null. */
  readonly madeAtMs: number | null;
  /** Rows, or commits; null where it can't be read. */
  readonly count: number | null;
  /** What is wrong with it, in a sentence; null where nothing is. */
  readonly problem: string | null;
}

/**
 * Reads every backup of the folder, the oldest first. Changes nothing. O(bytes).
 *
 * @throws {HoldfastError} `not_found` where there is none; `permission_denied`, `io`.
 *   Damage is in the verdicts.
 */
export async function verifyBackups(place: BackupPlace): Promise<readonly BackupVerdict[]> {
  const names = await listBackups(place);
  if (names.length === 0) {
    throw new HoldfastError("not_found", `there is no backup in ${place.folder}`);
  }
  const whole: BackupFile[] = [];
  const verdicts: BackupVerdict[] = [];
  for (const name of names) {
    try {
      const file = await readBackup(place, name, () => {});
      const { sizeBytes, head, end } = file;
      const isGrounded = head.contents === "rows" || whole.some((below) => isBase(below, file));
      if (isGrounded) whole.push(file);
      const lacking = `it builds upon a backup of version ${head.since} that is missing or damaged`;
      const problem = isGrounded ? null : lacking;
      verdicts.push({ ...name, sizeBytes, madeAtMs: head.madeAtMs, count: end.count, problem });
    } catch (error) {
      if (!isHoldfastError(error, "corrupt", "truncated", "too_large", "unsupported_version"))
        throw error;
      const unknown = { sizeBytes: null, madeAtMs: null, count: null };
      verdicts.push({ ...name, ...unknown, problem: error.message });
    }
  }
  return verdicts;
}

function isBase(below: BackupFile, { head }: BackupFile): boolean {
  return below.version === head.since && equalBytes(below.end.hash, head.previous);
}
