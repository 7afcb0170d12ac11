// The pieces of a snapshot that comes in: one file, `incoming-` and its name.

import { HoldfastError, isHoldfastError } from "@holdfast/std";
import type { Disk, DiskFile } from "@holdfast/world";
import type { PersistRequest } from "../raft/output.ts";
import { replaceAdvice } from "./segment.ts";

const readSizeBytes = 524_288;

/** The file that pieces are written to. */
export class IncomingSnapshot {
  readonly #disk: Disk;
  readonly #folder: string;
  /** Begun and given up: what is durable may speak of them until the next record is. */
  readonly #stale = new Set<string>();
  #open: { readonly name: string; readonly file: DiskFile } | null = null;

  constructor(disk: Disk, folder: string) {
    this.#disk = disk;
    this.#folder = folder;
  }

  /** Writes a piece; it is durable, and the end of the file, when this resolves. */
  async write({ snapshot, offset, bytes }: NonNullable<PersistRequest["chunk"]>): Promise<void> {
    const { name } = snapshot;
    if (this.#open?.name !== name) {
      if (this.#open !== null) this.#stale.add(this.#open.name);
      this.#stale.delete(name);
      await this.close();
      const file = await this.#disk.open(pathOf(this.#folder, name), { create: true });
      this.#open = { name, file };
      await this.#disk.syncFolder(this.#folder);
    }
    const { file } = this.#open;
    if (offset === 0) await file.truncate(0);
    await file.write(offset, bytes);
    await file.truncate(offset + bytes.length);
    await file.sync();
  }

  /** Removes what was given up, now that no record speaks of it; not the snapshot of that name. */
  async removeStale(kept: string | undefined): Promise<void> {
    for (const name of this.#stale) {
      this.#stale.delete(name);
      if (name !== kept) await this.remove(name);
    }
  }

  /** Removes the file of that name, where it is there. */
  async remove(name: string): Promise<void> {
    if (this.#open?.name === name) await this.close();
    const names = await this.#disk.list(this.#folder);
    if (names.includes(`incoming-${name}`)) await this.#disk.remove(pathOf(this.#folder, name));
  }

  /** Closes the file. */
  async close(): Promise<void> {
    const open = this.#open;
    this.#open = null;
    await open?.file.close();
  }
}

/**
 * The bytes of a snapshot that came in, in pieces.
 *
 * @throws {HoldfastError} `corrupt` where they are gone: the state machine held what they
 *   say, and has lost it.
 */
export async function* incomingBytes(
  disk: Disk,
  folder: string,
  name: string,
): AsyncGenerator<Uint8Array> {
  const path = pathOf(folder, name);
  const file = await disk.open(path, { create: false }).catch((cause: unknown) => {
    if (!isHoldfastError(cause, "not_found")) throw cause;
    const sentence = `the state machine lost what ${path} said, which it held: ${replaceAdvice}`;
    throw new HoldfastError("corrupt", sentence, { cause });
  });
  try {
    for (let offset = 0; ; ) {
      const bytes = await file.read(offset, readSizeBytes);
      if (bytes.length === 0) return;
      yield bytes;
      offset += bytes.length;
    }
  } finally {
    await file.close();
  }
}

/** Removes what came in under other names than those that are still needed. */
export async function removeIncoming(
  disk: Disk,
  folder: string,
  needed: readonly (string | undefined)[],
): Promise<void> {
  for (const found of await disk.list(folder)) {
    const name = found.startsWith("incoming-") ? found.slice("incoming-".length) : null;
    if (name !== null && !needed.includes(name)) await disk.remove(pathOf(folder, name));
  }
}

/** Bytes of what came in under that name; 0 where there is none. */
export async function incomingSizeBytes(disk: Disk, folder: string, name: string): Promise<number> {
  if (!(await disk.list(folder)).includes(`incoming-${name}`)) return 0;
  const file = await disk.open(pathOf(folder, name), { create: false });
  try {
    return await file.size();
  } finally {
    await file.close();
  }
}

function pathOf(folder: string, name: string): string {
  return `${folder}/incoming-${name}`;
}
