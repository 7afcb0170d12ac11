// The file of the last segment, which is longer than what stands in it: zeros are written
// ahead, and records take their place. So most syncs have no blocks to find and no size to
// note, each of which costs a file system a write to a journal of its own.
//
//   |head|record|record|record|000000000000|
//                             ^ the next batch
//
// Invariants:
//   DK5  Behind the last record of a segment there are zeros, or what was never acknowledged;
//        and nothing once another segment follows it.
//
// What was rejected: to lengthen the file without writing to it. That gives it a size, but
// each batch still has blocks to find. Blocks that are reserved (fallocate, which Node has
// not) have to be marked as written, in the same journal.

import { isHoldfastError } from "@holdfast/std";
import type { Disk, DiskFile } from "@holdfast/world";

/** Most that is written ahead: as much as a sync should have to carry beside a batch. */
export const aheadSizeBytesMax = 1_048_576;
/** Least: a node that begins is to be quick, and one that writes little needs no more. */
const aheadSizeBytesMin = 32_768;

/** See the head of this file. One call at a time. */
export class SegmentFile {
  readonly #file: DiskFile;
  readonly #aheadBytesMax: number;
  /** What stands in it. */
  #sizeBytes: number;
  #fileBytes: number;

  private constructor(file: DiskFile, sizeBytes: number, aheadBytesMax: number) {
    this.#file = file;
    this.#sizeBytes = sizeBytes;
    this.#fileBytes = sizeBytes;
    this.#aheadBytesMax = aheadBytesMax;
  }

  /** Opens the file at `path`, of `sizeBytes` and no more. @throws {HoldfastError} As `Disk.open`. */
  static async open(
    disk: Disk,
    path: string,
    { sizeBytes, aheadBytesMax }: { readonly sizeBytes: number; readonly aheadBytesMax: number },
  ): Promise<SegmentFile> {
    return new SegmentFile(await disk.open(path, { create: false }), sizeBytes, aheadBytesMax);
  }

  /**
   * Puts `bytes` behind what stands there; durable when this resolves.
   *
   * @throws {HoldfastError} `disk_full`: nothing of `bytes` is there; `io`.
   */
  async add(bytes: Uint8Array): Promise<void> {
    const end = this.#sizeBytes + bytes.length;
    if (end > this.#fileBytes) await this.#reserve(end);
    // Asked for together, so that the disk has both before this thread does anything else.
    const written = this.#file.write(this.#sizeBytes, bytes);
    const synced = this.#file.sync();
    synced.catch(() => undefined); // where `written` fails, that is what is told
    await written;
    await synced;
    this.#sizeBytes = end;
  }

  /** DK5; durable when this resolves. */
  async trim(): Promise<void> {
    if (this.#fileBytes === this.#sizeBytes) return;
    await this.#file.truncate(this.#sizeBytes);
    await this.#file.sync();
    this.#fileBytes = this.#sizeBytes;
  }

  /** Gives the file back, with what was written ahead. */
  async close(): Promise<void> {
    await this.#file.close();
  }

  /** Makes room up to `end` and, where that has to be made, some beyond. */
  async #reserve(end: number): Promise<void> {
    // As much as there is, so that a file costs twice what stands in it at most.
    const aheadBytes = Math.min(this.#aheadBytesMax, Math.max(aheadSizeBytesMin, end));
    try {
      await this.#lengthen(end + aheadBytes);
    } catch (error) {
      if (!isHoldfastError(error, "disk_full")) throw error;
      // What room is left may do for this.
      await this.#lengthen(end);
    }
  }

  async #lengthen(fileBytes: number): Promise<void> {
    await this.#file.append(new Uint8Array(fileBytes - this.#fileBytes));
    this.#fileBytes = fileBytes;
  }
}
