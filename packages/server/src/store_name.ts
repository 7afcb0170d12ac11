// Which store this is: made up when it is first opened, and told to each client,
// so that a client sees when it talks to another store than before.

import { HoldfastError, type Random, Reader, Writer } from "@holdfast/std";
import type { Row, Store } from "@holdfast/store";
import { type StoreName, storeIdentitySizeBytes } from "@holdfast/sync";
import type { Clock } from "@holdfast/world";
import { epochKey, formatKey, identityKey, keyFormat } from "./document_keys.ts";

/**
 * The store's identity and epoch. A store that is empty gets them, and the version
 * of the key layout.
 *
 * @throws {HoldfastError} `unsupported_version` where the keys are laid out as this
 *   release does not know; `corrupt` where they can't be read.
 */
export async function openStoreName(store: Store, random: Random): Promise<StoreName> {
  const fresh = random.bytes(storeIdentitySizeBytes);
  const { value } = await store.transact(async (tx) => {
    const format = await tx.get(formatKey);
    if (format === null) {
      tx.set(formatKey, uintValue(keyFormat));
      tx.set(identityKey, fresh);
      tx.set(epochKey, uintValue(0));
      return { identity: fresh, epoch: 0 };
    }
    const found = readUint(format, "format of the keys");
    if (found !== keyFormat) {
      throw new HoldfastError(
        "unsupported_version",
        `the store's keys have format ${found}, this release reads ${keyFormat}`,
      );
    }
    const [identity, epoch] = [await tx.get(identityKey), await tx.get(epochKey)];
    if (identity?.length !== storeIdentitySizeBytes || epoch === null) {
      throw new HoldfastError("corrupt", "the store has lost its identity or its epoch");
    }
    return { identity, epoch: readUint(epoch, "epoch") };
  });
  return value;
}

/**
 * The row of a store that is restored from one with the values of `get`: another epoch than
 * any before, also of an earlier restore from the same backup, of which the backup can't
 * know. So it is the time in seconds, where that is above the one there. Null where the
 * store was never a server's.
 *
 * @throws {HoldfastError} `corrupt` where the epoch can't be read.
 */
export async function raisedEpoch(
  get: (key: Uint8Array) => Promise<Uint8Array | null>,
  clock: Pick<Clock, "wall">,
): Promise<Row | null> {
  if ((await get(formatKey)) === null) return null;
  const epoch = await get(epochKey);
  if (epoch === null) throw new HoldfastError("corrupt", "the store has lost its epoch");
  const seconds = Math.floor(clock.wall() / 1_000);
  return { key: epochKey, value: uintValue(Math.max(readUint(epoch, "epoch") + 1, seconds)) };
}

function uintValue(value: number): Uint8Array {
  return new Writer(8).uint(value).finish();
}

function readUint(value: Uint8Array, what: string): number {
  const reader = new Reader(value);
  const found = reader.uint(what);
  reader.end(what);
  return found;
}
