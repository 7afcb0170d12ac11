// What one file holds: as it is read now, and as a loss of power could leave it.
//
// Problem: after a power loss any part of what was not synced may be there, sector
// by sector, and a log of megabytes that grows by a hundred bytes must cost a
// hundred bytes. Copying the file at each sync would be plain, and quadratic.
// Method: two buffers, one as read now and one as synced, and for each sector that
// differs every content it has had since the sync. A write copies the sectors it
// touches, a sync carries over just these, and a loss of power picks one content
// for each of them. Sizes are kept in the same way, apart from the contents, as a
// file system keeps them in another place.
//
//   now      |....sector....|....sector....|..      |
//   durable  |....sector....|....          |
//   unsynced        -        v1 v2 v3 (=now) v1 (=now)
//
// Invariants:
//   B1  Both buffers hold zeros beyond their size.
//   B2  A sector without unsynced contents is the same in both buffers, as far as
//       both sizes reach.
//   B3  A power loss leaves each sector as it was at some one moment since its last
//       sync, cut at a size that the file had since then.
//
// Writing back goes by pages. A failed sync takes the pages off the list of what is
// to be written, as Linux does: what they hold is read as before, but a later sync
// leaves them out, unless they were written to again.
//
// Source: Pillai et al., "All File Systems Are Not Created Equal", 2014; Rebello et
// al., "Can Applications Recover from fsync Failures?", 2020. Departure: where a
// file was cut and has grown again, there may be zeros that neither wrote.

import { assert, equalBytes, type Random, randomBelow } from "@holdfast/std";
import type { Unsynced } from "../faults/fault.ts";

/** What a device writes whole or not at all. */
export const sectorSizeBytes = 512;
/** What the kernel writes back at once. */
const pageSizeBytes = 4096;
const sectorsPerPage = pageSizeBytes / sectorSizeBytes;

/** What a power loss took from a file. */
export interface Loss {
  /** Sectors that are not as they were read before; 1 more where the size is not. */
  readonly lost: number;
  /** Of these, such as a lying sync had claimed. */
  readonly lied: number;
}

interface Sector {
  /** Every content since the last sync, the newest last. */
  readonly contents: Uint8Array[];
  /** How many of them a lying sync claimed. */
  claimed: number;
}

/** The bytes of one file. Offsets and sizes are checked by the caller. */
export class FileBody {
  #now = new Uint8Array(0);
  #durable = new Uint8Array(0);
  /** The durable size, then each size since. */
  #sizes = [0];
  #claimedSizes = 0;
  #sizeMax = 0;
  #sizeMin = 0;
  readonly #sectors = new Map<number, Sector>();
  readonly #dirtyPages = new Set<number>();
  readonly #unclaimed = new Set<number>();
  #unsyncedBytes = 0;

  /** The size, as read now. */
  get sizeBytes(): number {
    return this.#sizes[this.#sizes.length - 1]!;
  }

  /** The size that survives when all that was not synced is lost. */
  get durableSizeBytes(): number {
    return this.#sizes[0]!;
  }

  /** Bytes handed over since the last sync. */
  get unsyncedBytes(): number {
    return this.#unsyncedBytes;
  }

  /** A copy of what is read between two offsets. */
  slice(start: number, end: number): Uint8Array {
    return this.#now.slice(Math.min(start, this.sizeBytes), Math.min(end, this.sizeBytes));
  }

  /** A copy of what survives when all that was not synced is lost. */
  durable(): Uint8Array {
    return this.#durable.slice(0, this.durableSizeBytes);
  }

  /** Puts `bytes` at `offset`, which is at most the size. Amortized O(bytes). */
  write(offset: number, bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    const end = offset + bytes.length;
    this.#now = withRoom(this.#now, end);
    this.#now.set(bytes, offset);
    if (end > this.sizeBytes) this.#setSize(end);
    this.#touch(offset, end);
    this.#unsyncedBytes += bytes.length;
  }

  /** Cuts, or lengthens with zeros. */
  resize(sizeBytes: number): void {
    const before = this.sizeBytes;
    if (sizeBytes === before) return;
    this.#now = withRoom(this.#now, sizeBytes);
    if (sizeBytes < before) this.#now.fill(0, sizeBytes, before);
    // Where the file never reached since the last sync there are zeros anyway.
    const oldEnd = Math.min(sizeBytes, this.#sizeMax);
    this.#setSize(sizeBytes);
    if (before < oldEnd) this.#touch(before, oldEnd);
  }

  /** Makes what is read now survive, but for pages that an earlier sync gave up. */
  sync(): void {
    const size = this.sizeBytes;
    this.#durable = withRoom(this.#durable, Math.max(size, this.durableSizeBytes));
    for (const page of this.#dirtyPages) {
      for (let index = 0; index < sectorsPerPage; index += 1) {
        const sector = page * sectorsPerPage + index;
        if (!this.#sectors.delete(sector)) continue;
        this.#unclaimed.delete(sector);
        const start = sector * sectorSizeBytes;
        if (start < size) this.#durable.set(this.#sectorNow(sector), start);
      }
    }
    if (size < this.durableSizeBytes) this.#durable.fill(0, size, this.durableSizeBytes);
    for (const sector of this.#sectors.keys()) {
      if (sector * sectorSizeBytes < size) continue;
      this.#sectors.delete(sector);
      this.#unclaimed.delete(sector);
    }
    this.#dirtyPages.clear();
    this.#forgetSizes(size);
  }

  /** A sync that failed: its pages are not tried again, and what becomes of them is open. */
  failSync(): void {
    this.#dirtyPages.clear();
  }

  /** A sync that lies; answers whether it claimed anything that is not so, and was not claimed before. */
  claim(): boolean {
    const news = this.#unclaimed.size > 0 || this.#claimedSizes < this.#sizes.length - 1;
    for (const index of this.#unclaimed) {
      const sector = this.#sectors.get(index)!;
      sector.claimed = sector.contents.length;
    }
    this.#unclaimed.clear();
    this.#claimedSizes = this.#sizes.length - 1;
    return news;
  }

  /** The power is lost. O(what was not synced, and what is cut off). */
  losePower(unsynced: Unsynced, random: Random): Loss {
    // Some losses of power leave nearly all, others nearly nothing.
    const keepRate = random.next();
    const pick = (count: number, isDirty: boolean): number => {
      if (unsynced === "lost") return 0;
      if (unsynced === "kept" && isDirty) return count;
      return random.next() < keepRate ? count : randomBelow(random, count + 1);
    };
    const before = this.sizeBytes;
    const keptSizes = pick(this.#sizes.length - 1, true);
    const size = this.#sizes[keptSizes]!;
    const claimedSize = this.#sizes[this.#claimedSizes]!;
    const limit = keptSizes < this.#claimedSizes ? claimedSize : Math.min(size, claimedSize);
    this.#durable = withRoom(this.#durable, Math.max(this.#sizeMax, this.durableSizeBytes));
    let lost = size === before ? 0 : 1;
    let lied = keptSizes < this.#claimedSizes && size !== claimedSize ? 1 : 0;
    for (const [sector, { contents, claimed }] of this.#sectors) {
      const start = sector * sectorSizeBytes;
      const kept = pick(contents.length, this.#dirtyPages.has(Math.floor(sector / sectorsPerPage)));
      if (kept > 0) this.#durable.set(contents[kept - 1]!, start);
      const left = this.#durable.slice(start, start + sectorSizeBytes);
      if (start + sectorSizeBytes > size) left.fill(0, Math.max(0, size - start));
      if (!equalBytes(left, this.#sectorNow(sector))) lost += 1;
      if (kept >= claimed) continue;
      const count = Math.max(0, Math.min(limit - start, sectorSizeBytes));
      const promised = contents[claimed - 1]!.subarray(0, count);
      if (!equalBytes(left.subarray(0, count), promised)) lied += 1;
    }
    this.#restart(size);
    return { lost, lied };
  }

  /** Turns one bit over, wherever it is held; false where there is no bit that is both durable and read. */
  rot(random: Random): boolean {
    const count = Math.min(this.sizeBytes, this.durableSizeBytes);
    if (count === 0) return false;
    const at = randomBelow(random, count);
    const bit = 1 << randomBelow(random, 8);
    this.#durable[at]! ^= bit;
    this.#now[at]! ^= bit;
    const sector = this.#sectors.get(Math.floor(at / sectorSizeBytes));
    for (const content of sector?.contents ?? []) content[at % sectorSizeBytes]! ^= bit;
    return true;
  }

  #restart(size: number): void {
    this.#durable.fill(0, size);
    this.#now = withRoom(this.#now, size);
    this.#now.fill(0, size);
    for (const sector of this.#sectors.keys()) {
      const start = sector * sectorSizeBytes;
      if (start < size)
        this.#now.set(this.#durable.subarray(start, start + sectorSizeBytes), start);
    }
    // What was cut from the buffer as read now, without any write, is in the other still.
    const cut = Math.min(this.#sizeMin, size);
    this.#now.set(this.#durable.subarray(cut, size), cut);
    this.#sectors.clear();
    this.#unclaimed.clear();
    this.#dirtyPages.clear();
    this.#forgetSizes(size);
  }

  #forgetSizes(size: number): void {
    this.#sizes = [size];
    this.#sizeMax = size;
    this.#sizeMin = size;
    this.#claimedSizes = 0;
    this.#unsyncedBytes = 0;
  }

  #setSize(size: number): void {
    this.#sizes.push(size);
    this.#sizeMax = Math.max(this.#sizeMax, size);
    this.#sizeMin = Math.min(this.#sizeMin, size);
  }

  #touch(start: number, end: number): void {
    const last = Math.floor((end - 1) / sectorSizeBytes);
    for (let index = Math.floor(start / sectorSizeBytes); index <= last; index += 1) {
      let sector = this.#sectors.get(index);
      if (sector === undefined) {
        sector = { contents: [], claimed: 0 };
        this.#sectors.set(index, sector);
      }
      sector.contents.push(this.#sectorNow(index));
      this.#unclaimed.add(index);
      this.#dirtyPages.add(Math.floor(index / sectorsPerPage));
    }
  }

  #sectorNow(index: number): Uint8Array {
    const sector = this.#now.slice(index * sectorSizeBytes, (index + 1) * sectorSizeBytes);
    assert(sector.length === sectorSizeBytes, "B1: a buffer holds whole sectors");
    return sector;
  }
}

/** `buffer`, or a copy that is larger: whole sectors, and zeros where nothing was. */
function withRoom(buffer: Uint8Array<ArrayBuffer>, sizeBytes: number): Uint8Array<ArrayBuffer> {
  if (sizeBytes <= buffer.length) return buffer;
  const sectors = Math.ceil(Math.max(sizeBytes, buffer.length * 2) / sectorSizeBytes);
  const grown = new Uint8Array(sectors * sectorSizeBytes);
  grown.set(buffer);
  return grown;
}
