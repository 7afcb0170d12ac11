// LMDB's failures, told by number, as ours.

import { constants } from "node:os";
import { HoldfastError, isHoldfastError } from "@holdfast/std";

const { errno } = constants;

const noRoom: readonly number[] = [errno.ENOSPC, errno.EFBIG, errno.EDQUOT];
const noAccess: readonly number[] = [errno.EACCES, errno.EPERM, errno.EROFS];
/** Page not found, corrupted, version mismatch, invalid. */
const damaged: readonly number[] = [-30797, -30796, -30794, -30793];
/** All reader slots are taken. */
const readersFull = -30790;

/** The number of a failure from LMDB, or null. */
export function lmdbCode(error: unknown): number | null {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "number" ? code : null;
}

/** `error`, met while doing `act`, as a HoldfastError. */
export function lmdbError(act: string, error: unknown): HoldfastError {
  if (isHoldfastError(error)) return error;
  const code = lmdbCode(error) ?? 0;
  const reason = error instanceof Error ? error.message : String(error);
  const sentence = `${act}: ${reason}`;
  const options = { cause: error };
  if (noRoom.includes(code)) return new HoldfastError("disk_full", sentence, options);
  if (noAccess.includes(code)) return new HoldfastError("permission_denied", sentence, options);
  if (damaged.includes(code)) return new HoldfastError("corrupt", sentence, options);
  if (code === readersFull) return new HoldfastError("overloaded", sentence, options);
  return new HoldfastError("io", sentence, options);
}
