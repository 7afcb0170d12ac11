// A disk in memory, which can crash.
//
// It keeps apart what would survive a crash and what would not: names become
// durable with `syncFolder`, contents with `sync`, folders at once. After
// `crash()` only that is left, unless a Random is given, which then decides how
// much of each unsynced append stays: a torn tail, as a power cut leaves it.
// It models no slow and no lying disk; the simulator's does.
//
// Invariants:
//   D1  A crash never changes a byte that was synced and not overwritten since.
//   D2  Files that were open at a crash, and locks, are gone after it.

import { HoldfastError, type Random, randomBelow } from "@holdfast/std";
import type { Disk, DiskFile, DiskLock } from "./disk.ts";
import { MemoryContent } from "./memory_content.ts";
import { MemoryFile } from "./memory_file.ts";

/** Folders and files in memory. Paths are taken apart at `/`; `.` and empty parts don't count. */
export class MemoryDisk implements Disk {
  /** How many bytes all files may hold together; may be changed at any time. */
  capacityBytes = Number.POSITIVE_INFINITY;

  readonly #folders = new Set<string>([""]);
  #names = new Map<string, MemoryContent>();
  #durableNames = new Map<string, MemoryContent>();
  readonly #locks = new Set<string>();
  #crashCount = 0;

  async open(path: string, options: { readonly create: boolean }): Promise<DiskFile> {
    const name = this.#resolve(path);
    let content = this.#names.get(name);
    if (content === undefined) {
      if (!options.create) throw absent(path);
      content = new MemoryContent();
      this.#names.set(name, content);
    }
    const born = this.#crashCount;
    return new MemoryFile(path, content, {
      lost: () => this.#crashCount !== born,
      requireRoom: (moreBytes) => this.#requireRoom(path, moreBytes),
    });
  }

  async makeFolder(path: string): Promise<void> {
    const parts = split(path);
    for (let count = 1; count <= parts.length; count += 1) {
      const folder = parts.slice(0, count).join("/");
      if (this.#names.has(folder)) throw new HoldfastError("io", `${folder} is a file`);
      this.#folders.add(folder);
    }
  }

  async list(path: string): Promise<readonly string[]> {
    const folder = this.#resolveFolder(path);
    const entries = [...this.#names.keys(), ...this.#folders].filter(
      (name) => name !== "" && parent(name) === folder,
    );
    return entries.map((name) => name.slice(folder === "" ? 0 : folder.length + 1)).sort();
  }

  async rename(from: string, to: string): Promise<void> {
    const source = this.#resolve(from);
    const target = this.#resolve(to);
    const content = this.#names.get(source);
    if (content === undefined) throw absent(from);
    this.#names.delete(source);
    this.#names.set(target, content);
  }

  async remove(path: string): Promise<void> {
    if (!this.#names.delete(this.#resolve(path))) throw absent(path);
  }

  async syncFolder(path: string): Promise<void> {
    const folder = this.#resolveFolder(path);
    for (const name of this.#durableNames.keys()) {
      if (parent(name) === folder && !this.#names.has(name)) this.#durableNames.delete(name);
    }
    for (const [name, content] of this.#names) {
      if (parent(name) === folder) this.#durableNames.set(name, content);
    }
  }

  async lock(path: string): Promise<DiskLock> {
    const file = await this.open(path, { create: true });
    await file.close();
    const name = this.#resolve(path);
    if (this.#locks.has(name)) throw new HoldfastError("locked", `${path} is held`);
    this.#locks.add(name);
    const born = this.#crashCount;
    let held = true;
    return {
      release: async () => {
        if (held && born === this.#crashCount) this.#locks.delete(name);
        held = false;
      },
    };
  }

  /**
   * Ends whatever uses the disk, and leaves what is durable. With `random`, of
   * the bytes appended to a file since its last sync a random number stays, from
   * none to all, and a name that was not made durable stays or goes.
   */
  crash(random?: Random): void {
    this.#crashCount += 1;
    this.#locks.clear();
    const names = new Map(this.#durableNames);
    if (random !== undefined) {
      for (const [name, content] of this.#names) {
        if (!names.has(name) && random.next() < 0.5) names.set(name, content);
      }
    }
    for (const content of new Set(names.values())) {
      const kept = random === undefined ? 0 : randomBelow(random, content.unsyncedTailBytes + 1);
      content.crash(kept);
    }
    this.#names = names;
    this.#durableNames = new Map(names);
  }

  #requireRoom(path: string, moreBytes: number): void {
    if (this.capacityBytes === Number.POSITIVE_INFINITY) return;
    let usedBytes = 0;
    for (const content of new Set(this.#names.values())) usedBytes += content.sizeBytes;
    if (usedBytes + moreBytes > this.capacityBytes) {
      throw new HoldfastError("disk_full", `write to ${path}: no room for ${moreBytes} bytes`);
    }
  }

  #resolve(path: string): string {
    const name = split(path).join("/");
    if (this.#folders.has(name)) throw new HoldfastError("io", `${path} is a folder`);
    if (!this.#folders.has(parent(name))) throw absent(path);
    return name;
  }

  #resolveFolder(path: string): string {
    const folder = split(path).join("/");
    if (!this.#folders.has(folder)) throw absent(path);
    return folder;
  }
}

function split(path: string): string[] {
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  if (parts.includes("..")) throw new HoldfastError("invalid_argument", `".." in ${path}`);
  return parts;
}

function parent(name: string): string {
  return name.slice(0, Math.max(0, name.lastIndexOf("/")));
}

function absent(path: string): HoldfastError {
  return new HoldfastError("not_found", `${path} is not there`);
}
