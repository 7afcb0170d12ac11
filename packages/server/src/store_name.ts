// Which store this is: made up when it is first opened, and told to each client,
// so that a client sees when it talks to another store than before.

import { HoldfastError, type Random, Reader, Writer } from "@holdfast/std";
import type { Store } from "@holdfast/store";
import { type StoreName, storeIdentitySizeBytes } from "@holdfast/sync";
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

function uintValue(value: number): Uint8Array {
  return new Writer(8).uint(value).finish();
}

function readUint(value: Uint8Array, what: string): number {
  const reader = new Reader(value);
  const found = reader.uint(what);
  reader.end(what);
  return found;
}
