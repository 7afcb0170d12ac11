// An exclusive claim on a path, held by the kernel.
//
// The lock belongs to the open file description (F_OFD_SETLK; LockFileEx on
// Windows), so it ends when the process ends, kill -9 included, and excludes a
// second holder in the same process too. The file itself is never removed:
// removing it would let two processes hold locks on two files of one name. It
// holds the process id of the holder, for people to read.

/// <reference path="./fs_native_extensions.d.ts" />

import { close, ftruncate, open, read, write } from "node:fs";
import { promisify } from "node:util";
import { HoldfastError } from "@holdfast/std";
import { tryLock } from "fs-native-extensions";
import type { DiskLock } from "../disk.ts";
import { diskError } from "./disk_error.ts";

const ownerSizeBytesMax = 16;

/** Claims `path`. See {@link Disk.lock}. */
export async function nodeLock(path: string): Promise<DiskLock> {
  // A bare descriptor: a FileHandle closes itself when it is collected, and
  // would give the lock up behind the holder's back.
  let descriptor: number;
  try {
    descriptor = await promisify(open)(path, "a+");
  } catch (error) {
    throw diskError("lock", path, error);
  }
  try {
    if (!tryLock(descriptor)) {
      const owner = await readOwner(descriptor);
      throw new HoldfastError("locked", `${path} is held by ${owner}`);
    }
    await promisify(ftruncate)(descriptor, 0);
    await promisify(write)(descriptor, new TextEncoder().encode(`${process.pid}\n`));
  } catch (error) {
    await promisify(close)(descriptor);
    throw error instanceof HoldfastError ? error : diskError("lock", path, error);
  }
  return new NodeLock(descriptor);
}

class NodeLock implements DiskLock {
  #descriptor: number | null;

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  async release(): Promise<void> {
    const descriptor = this.#descriptor;
    this.#descriptor = null;
    if (descriptor !== null) await promisify(close)(descriptor);
  }
}

async function readOwner(descriptor: number): Promise<string> {
  const buffer = new Uint8Array(ownerSizeBytesMax);
  const { bytesRead } = await promisify(read)(descriptor, buffer, 0, buffer.length, 0);
  const text = new TextDecoder().decode(buffer.subarray(0, bytesRead)).trim();
  return /^\d+$/.test(text) ? `process ${text}` : "another process";
}
