// The disk: folders and files, and what a crash leaves of them.
//
// After a crash, a file holds everything up to its last `sync`, and of what came
// later any part or nothing. A name that was created, renamed or removed is sure
// to stay so once `syncFolder` of its folder has returned. Paths use `/`.
// Every call may throw a HoldfastError: `disk_full`, `io`, `permission_denied`,
// `not_found`, `closed`, `invalid_argument`.

import { HoldfastError } from "@holdfast/std";

/**
 * An open file. Calls may overlap; each takes effect in the order of the calls.
 * Bytes handed over must not change until the call resolves. A failed append
 * leaves the file as it was; a failed write may have changed its own range. After
 * a failed sync every call throws `io`: open the file again to see what it holds.
 */
export interface DiskFile {
  /** Writes at the end; resolves to the offset at which `bytes` begins. */
  append(bytes: Uint8Array): Promise<number>;
  /** Writes at `offset`, which is at most the file's size. */
  write(offset: number, bytes: Uint8Array): Promise<void>;
  /** Up to `length` bytes from `offset`; fewer only where the file ends. */
  read(offset: number, length: number): Promise<Uint8Array>;
  /** Resolves once all that was written before the call would survive a crash. */
  sync(): Promise<void>;
  /** Cuts the file, or lengthens it with zeros. */
  truncate(sizeBytes: number): Promise<void>;
  /** The file's size in bytes. */
  size(): Promise<number>;
  /** Gives the file back; does not sync. */
  close(): Promise<void>;
}

/** An exclusive claim; it ends with the process, however that ends. */
export interface DiskLock {
  /** Gives it up. Harmless twice. */
  release(): Promise<void>;
}

/** Folders and files. */
export interface Disk {
  /** Opens for reading and writing. `create` makes it when absent; else `not_found`. */
  open(path: string, options: { readonly create: boolean }): Promise<DiskFile>;
  /** Makes the folder and those above it, durably; fine where it exists. */
  makeFolder(path: string): Promise<void>;
  /** Names in the folder, sorted; `not_found` where there is none. */
  list(path: string): Promise<readonly string[]>;
  /** Gives `from` the name `to`, replacing what was there, in one step. */
  rename(from: string, to: string): Promise<void>;
  /** Removes a file; `not_found` where there is none. */
  remove(path: string): Promise<void>;
  /** Makes names in the folder durable. */
  syncFolder(path: string): Promise<void>;
  /**
   * Claims `path`, a file that it creates when absent.
   *
   * @throws {HoldfastError} `locked` where another process, or another holder in
   *   this one, has it.
   */
  lock(path: string): Promise<DiskLock>;
}

/** @throws {HoldfastError} `invalid_argument` unless `position` is an integer from 0 to `max`. */
export function requirePosition(position: number, max = Number.MAX_SAFE_INTEGER): void {
  if (Number.isSafeInteger(position) && position >= 0 && position <= max) return;
  throw new HoldfastError("invalid_argument", `position ${position} in a file, at most ${max}`);
}
