// An open file of the operating system.
//
// Problem: a write can fail half done, and a sync can fail after the kernel has
// dropped the pages that it could not write; a second sync then reports success
// for data that is not on the disk. A caller that is told "failed" must know
// what the file holds.
// Method: calls run one after the other. An append that fails is cut off again;
// where even that fails, and after a failed sync, the file refuses every later
// call. Whoever wants to go on opens it anew and reads what is there.
// A call that finds none under way begins at once, and a small write is then done when it
// returns: a turn of the event loop for each would cost more than the write.
//
// Invariants:
//   F1  Calls take effect in the order in which they were made.
//   F2  `#size` is the size of the file between two calls, unless it is broken.
//   F3  After a failed sync no call succeeds.
//
// Source: Rebello et al., "Can Applications Recover from fsync Failures?", 2020.

import { fdatasync, writeSync } from "node:fs";
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
  /** The last call; null where none is under way. */
  #last: Promise<void> | null = null;
  #broken: unknown = null;
  #closed: Promise<void> | null = null;

  /** @param sizeBytes - How large the file is now. */
  constructor(path: string, handle: FileHandle, sizeBytes: number) {
    this.#path = path;
    this.#handle = handle;
    this.#size = sizeBytes;
  }

  append(bytes: Uint8Array): Promise<number> {
    return this.#inTurn("append to", () => {
      const offset = this.#size;
      return this.#put(offset, bytes)?.then(() => offset) ?? offset;
    });
  }

  write(offset: number, bytes: Uint8Array): Promise<void> {
    return this.#inTurn("write to", () => {
      requirePosition(offset, this.#size);
      return this.#put(offset, bytes) ?? undefined;
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
    return this.#inTurn("sync", () => {
      // By the handle's own promise this would cost twice as much.
      return new Promise<void>((resolve, reject) => {
        fdatasync(this.#handle.fd, (error) => {
          if (error === null) return resolve();
          this.#broken = error;
          reject(error);
        });
      });
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
    return this.#inTurn("measure", () => this.#size);
  }

  close(): Promise<void> {
    this.#closed ??= this.#giveBack();
    return this.#closed;
  }

  async #giveBack(): Promise<void> {
    await this.#last;
    try {
      await this.#handle.close();
    } catch (error) {
      throw diskError("close", this.#path, error);
    }
  }

  /** Null where it is done already. */
  #put(offset: number, bytes: Uint8Array): Promise<void> | null {
    if (bytes.length > writeHereSizeBytesMax) return this.#putLarge(offset, bytes);
    try {
      this.#writeHere(offset, bytes, 0);
    } catch (error) {
      return this.#failed(error);
    }
    this.#size = Math.max(this.#size, offset + bytes.length);
    return null;
  }

  async #putLarge(offset: number, bytes: Uint8Array): Promise<void> {
    try {
      let done = 0;
      while (bytes.length - done > writeHereSizeBytesMax) {
        const left = bytes.length - done;
        const { bytesWritten } = await this.#handle.write(bytes, done, left, offset + done);
        assert(bytesWritten > 0, "F2: a write of nothing that reports success");
        done += bytesWritten;
      }
      this.#writeHere(offset, bytes, done);
    } catch (error) {
      return this.#failed(error);
    }
    this.#size = Math.max(this.#size, offset + bytes.length);
  }

  /** Writes what comes after the first `done` bytes. */
  #writeHere(offset: number, bytes: Uint8Array, done: number): void {
    for (let at = done; at < bytes.length; ) {
      const written = writeSync(this.#handle.fd, bytes, at, bytes.length - at, offset + at);
      assert(written > 0, "F2: a write of nothing that reports success");
      at += written;
    }
  }

  /** Rejects with `error`, once what was half written is cut off. */
  async #failed(error: unknown): Promise<never> {
    try {
      await this.#handle.truncate(this.#size);
    } catch (cause) {
      this.#broken = cause;
    }
    throw error;
  }

  /** Has `work` done after all calls before; at once where none is under way. */
  #inTurn<T>(act: string, work: () => T | Promise<T>): Promise<T> {
    if (this.#closed !== null) {
      return Promise.reject(new HoldfastError("closed", `${act} ${this.#path}: it was closed`));
    }
    if (this.#last === null) {
      let done: T | Promise<T>;
      try {
        done = this.#begin(act, work);
      } catch (error) {
        return Promise.reject(this.#told(act, error));
      }
      if (!(done instanceof Promise)) return Promise.resolve(done);
      return this.#noted(act, done);
    }
    return this.#noted(
      act,
      this.#last.then(() => this.#begin(act, work)),
    );
  }

  #begin<T>(act: string, work: () => T | Promise<T>): T | Promise<T> {
    if (this.#broken === null) return work();
    const sentence = `${act} ${this.#path}: an earlier failure left it unknown`;
    throw new HoldfastError("io", sentence, { cause: this.#broken });
  }

  /** Has those that come wait for `done`. */
  #noted<T>(act: string, done: Promise<T>): Promise<T> {
    const over = (): void => {
      if (this.#last === last) this.#last = null;
    };
    const last = done.then(over, over);
    this.#last = last;
    return done.catch((error: unknown) => {
      throw this.#told(act, error);
    });
  }

  #told(act: string, error: unknown): unknown {
    return error instanceof HoldfastError ? error : diskError(act, this.#path, error);
  }
}
