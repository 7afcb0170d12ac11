// An open file of a disk in memory.

import { HoldfastError } from "@holdfast/std";
import { type DiskFile, requirePosition } from "./disk.ts";
import type { MemoryContent } from "./memory_content.ts";

/** What an open file asks of its disk. */
export interface MemoryFileHost {
  /** Whether the disk crashed since the file was opened. */
  lost(): boolean;
  /** @throws {HoldfastError} `disk_full` where no room is left for so many more bytes. */
  requireRoom(moreBytes: number): void;
}

/** One of perhaps several open files over one content. */
export class MemoryFile implements DiskFile {
  readonly #path: string;
  readonly #content: MemoryContent;
  readonly #host: MemoryFileHost;
  #closed = false;

  constructor(path: string, content: MemoryContent, host: MemoryFileHost) {
    this.#path = path;
    this.#content = content;
    this.#host = host;
  }

  async append(bytes: Uint8Array): Promise<number> {
    const offset = this.#opened().sizeBytes;
    await this.write(offset, bytes);
    return offset;
  }

  async write(offset: number, bytes: Uint8Array): Promise<void> {
    const content = this.#opened();
    requirePosition(offset, content.sizeBytes);
    this.#host.requireRoom(Math.max(0, offset + bytes.length - content.sizeBytes));
    content.write(offset, bytes);
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    requirePosition(offset);
    return this.#opened().slice(offset, offset + Math.max(0, length));
  }

  async sync(): Promise<void> {
    this.#opened().sync();
  }

  async truncate(sizeBytes: number): Promise<void> {
    const content = this.#opened();
    requirePosition(sizeBytes);
    this.#host.requireRoom(Math.max(0, sizeBytes - content.sizeBytes));
    content.resize(sizeBytes);
  }

  async size(): Promise<number> {
    return this.#opened().sizeBytes;
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  #opened(): MemoryContent {
    if (!this.#closed && !this.#host.lost()) return this.#content;
    throw new HoldfastError("closed", `${this.#path} was closed, or its disk crashed`);
  }
}
