// An open file of a simulated disk.
//
// Invariants:
//   F1  Calls take effect in the order in which they were made.
//   F2  A failed append leaves the file as it was; a failed write may have put the
//       first of its bytes into its own range, and never makes the file longer.
//   F3  After a failed sync no call succeeds.

import { HoldfastError, randomBelow } from "@holdfast/std";
import { type DiskFile, requirePosition } from "@holdfast/world";
import type { Host } from "../run/host.ts";
import { CallQueue } from "./call_queue.ts";
import { diskCosts } from "./disk_faults.ts";
import { type DiskParts, recorded } from "./disk_parts.ts";
import type { FileBody } from "./file_body.ts";

/** A file grows no larger: `disk_full`. Nothing that is simulated needs as much. */
const fileSizeBytesMax = 0x4000_0000;

/** One of perhaps several open files over one body. */
export class SimulatedFile implements DiskFile {
  readonly #parts: DiskParts;
  readonly #path: string;
  readonly #body: FileBody;
  readonly #calls: CallQueue;
  #broken: unknown = null;
  #closed = false;

  constructor(parts: DiskParts, host: Host, place: { path: string; body: FileBody }) {
    this.#parts = parts;
    this.#path = place.path;
    this.#body = place.body;
    this.#calls = new CallQueue(host, parts.busy);
  }

  append(bytes: Uint8Array): Promise<number> {
    return this.#change("append", bytes.length, () => {
      const offset = this.#body.sizeBytes;
      this.#requireWritable("append to", offset + bytes.length);
      this.#put(offset, bytes);
      return offset;
    });
  }

  write(offset: number, bytes: Uint8Array): Promise<void> {
    return this.#change("write", bytes.length, () => {
      const size = this.#body.sizeBytes;
      requirePosition(offset, size);
      try {
        this.#requireWritable("write to", offset + bytes.length);
      } catch (error) {
        const within = Math.min(bytes.length, size - offset);
        const done = randomBelow(this.#parts.random, within + 1);
        this.#body.write(offset, bytes.subarray(0, done));
        throw error;
      }
      this.#put(offset, bytes);
    });
  }

  read(offset: number, length: number): Promise<Uint8Array> {
    return this.#inTurn("read from", this.#cachedMs, () => {
      requirePosition(offset);
      this.#parts.faults.strike("read_error", `read from ${this.#path}`);
      return this.#body.slice(offset, offset + Math.max(0, length));
    });
  }

  sync(): Promise<void> {
    const { faults } = this.#parts;
    return this.#inTurn(
      "sync",
      () => faults.syncDelayMs(),
      () =>
        recorded(this.#parts, this.#called("sync", this.#body.unsyncedBytes), () => this.#sync()),
    );
  }

  truncate(sizeBytes: number): Promise<void> {
    return this.#change("truncate", sizeBytes, () => {
      requirePosition(sizeBytes);
      this.#requireWritable("truncate", sizeBytes);
      this.#body.resize(sizeBytes);
    });
  }

  size(): Promise<number> {
    return this.#inTurn("measure", this.#cachedMs, () => this.#body.sizeBytes);
  }

  close(): Promise<void> {
    this.#closed = true;
    return this.#calls.call(this.#cachedMs, () => undefined);
  }

  #sync(): void {
    const { faults } = this.#parts;
    try {
      faults.strike("sync_error", `sync of ${this.#path}`);
    } catch (error) {
      this.#broken = error;
      this.#body.failSync();
      throw error;
    }
    if (!faults.isLying) this.#body.sync();
    else if (this.#body.claim()) faults.noteLie(`sync of ${this.#path} did nothing`);
  }

  #put(offset: number, bytes: Uint8Array): void {
    const end = Math.max(this.#body.sizeBytes, offset + bytes.length);
    const call = `write to ${this.#path}`;
    const place = this.#parts.faults.placeOf(offset, bytes.length, end, call);
    if (place !== offset) this.#body.resize(end);
    this.#body.write(place, bytes);
  }

  #requireWritable(act: string, endBytes: number): void {
    const call = `${act} ${this.#path}`;
    this.#parts.faults.strike("write_error", call);
    this.#parts.faults.requireRoom(endBytes > this.#body.sizeBytes, call);
    if (endBytes <= fileSizeBytesMax) return;
    const sentence = `${call}: ${endBytes} bytes, at most ${fileSizeBytesMax}`;
    throw new HoldfastError("disk_full", sentence);
  }

  readonly #cachedMs = (): number => this.#parts.faults.delayMs(diskCosts.cachedMs);

  #change<T>(operation: string, sizeBytes: number, act: () => T): Promise<T> {
    return this.#inTurn(operation, this.#cachedMs, () =>
      recorded(this.#parts, this.#called(operation, sizeBytes), act),
    );
  }

  #called(operation: string, sizeBytes: number) {
    return { operation, path: this.#path, sizeBytes };
  }

  #inTurn<T>(act: string, delayMs: () => number, work: () => T): Promise<T> {
    const wasClosed = this.#closed;
    return this.#calls.call(delayMs, () => {
      if (wasClosed) throw new HoldfastError("closed", `${act} ${this.#path}: it was closed`);
      if (this.#broken === null) return work();
      const sentence = `${act} ${this.#path}: an earlier failure left it unknown`;
      throw new HoldfastError("io", sentence, { cause: this.#broken });
    });
  }
}
