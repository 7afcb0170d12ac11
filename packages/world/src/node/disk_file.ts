// An open file of the operating system.
//
// Problem: a write can fail half done, and a sync can fail after the kernel has
// dropped the pages that it could not write; a second sync then reports success
// for data that is not on the disk. A caller that is told "failed" must know
// what the file holds.
// Method: calls run one after the other. An append that fails is cut off again;
// where even that fails, and after a failed sync, the file refuses every later
// call. Whoever wants to go on opens it anew and reads what is there.
//
// Invariants:
//   F1  Calls take effect in the order in which they were made.
//   F2  `#size` is the size of the file between two calls, unless it is broken.
//   F3  After a failed sync no call succeeds.
//
// Source: Rebello et al., "Can Applications Recover from fsync Failures?", 2020.

import { writeSync } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { assert, HoldfastError } from "@holdfast/std";
import { type DiskFile, requirePosition } from "../disk.ts";
import { diskError } from "./disk_error.ts";

/**
 * What is no longer is written by this thread: that is a copy to the kernel's pages, and
 * costs less than to wake another thread and be woken by it. Syncs, which wait for the
 * disk, are always another's.
 */
const writeHereSizeBytesMax = 131_072;

/** A file which this process alone changes while it is open. */
export class NodeFile implements DiskFile {
  readonly #path: string;
  readonly #handle: FileHandle;
  #size: number;
  #last: Promise<unknown> = Promise.resolve();
  #broken: unknown = null;
  #closed: Promise<void> | null = null;

  /** @param sizeBytes - How large the file is now. */
  constructor(path: string, handle: FileHandle, sizeBytes: number) {
    this.#path = path;
    this.#handle = handle;
    this.#size = sizeBytes;
  }

  append(bytes: Uint8Array): Promise<number> {
    return this.#inTurn("append to", async () => {
      const offset = this.#size;
      await this.#put(offset, bytes);
      return offset;
    });
  }

  write(offset: number, bytes: Uint8Array): Promise<void> {
    return this.#inTurn("write to", async () => {
      requirePosition(offset, this.#size);
      await this.#put(offset, bytes);
    });
  }

  read(offset: number, length: number): Promise<Uint8Array> {
    return this.#inTurn("read from", async () => {
      requirePosition(offset);
      const bytes = new Uint8Array(Math.max(0, Math.min(length, this.#size - offset)));
      let have = 0;
      while (have < bytes.length) {
        const left = bytes.length - have;
        const { bytesRead } = await this.#handle.read(bytes, have, left, offset + have);
        if (bytesRead === 0) break;
        have += bytesRead;
      }
      return have < bytes.length ? bytes.slice(0, have) : bytes;
    });
  }

  sync(): Promise<void> {
    return this.#inTurn("sync", async () => {
      try {
        await this.#handle.datasync();
      } catch (error) {
        this.#broken = error;
        throw error;
      }
    });
  }

  truncate(sizeBytes: number): Promise<void> {
    return this.#inTurn("truncate", async () => {
      requirePosition(sizeBytes);
      await this.#handle.truncate(sizeBytes);
      this.#size = sizeBytes;
    });
  }

  size(): Promise<number> {
    return this.#inTurn("measure", async () => this.#size);
  }

  close(): Promise<void> {
    this.#closed ??= this.#last.then(async () => {
      try {
        await this.#handle.close();
      } catch (error) {
        throw diskError("close", this.#path, error);
      }
    });
    return this.#closed;
  }

  async #put(offset: number, bytes: Uint8Array): Promise<void> {
    try {
      let done = 0;
      while (done < bytes.length) {
        const left = bytes.length - done;
        const written =
          left <= writeHereSizeBytesMax
            ? writeSync(this.#handle.fd, bytes, done, left, offset + done)
            : (await this.#handle.write(bytes, done, left, offset + done)).bytesWritten;
        assert(written > 0, "F2: a write of nothing that reports success");
        done += written;
      }
    } catch (error) {
      await this.#cutBack();
      throw error;
    }
    this.#size = Math.max(this.#size, offset + bytes.length);
  }

  async #cutBack(): Promise<void> {
    try {
      await this.#handle.truncate(this.#size);
    } catch (error) {
      this.#broken = error;
    }
  }

  #inTurn<T>(act: string, work: () => Promise<T>): Promise<T> {
    if (this.#closed !== null) {
      return Promise.reject(new HoldfastError("closed", `${act} ${this.#path}: it was closed`));
    }
    const result = this.#last.then(async () => {
      if (this.#broken !== null) {
        const sentence = `${act} ${this.#path}: an earlier failure left it unknown`;
        throw new HoldfastError("io", sentence, { cause: this.#broken });
      }
      try {
        return await work();
      } catch (error) {
        throw error instanceof HoldfastError ? error : diskError(act, this.#path, error);
      }
    });
    this.#last = result.catch(() => undefined);
    return result;
  }
}
