// Names of files and folders: as they are now, and as a loss of power could leave them.
//
// Creating, renaming and removing are one shape: a file loses a name, gets one, or
// both. Such a change is durable once a folder that it touches was synced, together
// with what it rests on: earlier changes of the same names.
//
// Invariants:
//   N1  A change happens as a whole: after a rename one of both names is there, unless
//       it was removed or replaced by another change that stays.
//   N2  Changes of one name stay in the order in which they were made: where one goes,
//       so do later ones of that name, and later ones of the names which these touch.
//   N3  Changes that share no name stay or go independently.
//   N4  Folders are durable as soon as they are made (see Disk.makeFolder).

import { HoldfastError, type Random } from "@holdfast/std";
import type { Unsynced } from "../faults/fault.ts";
import type { FileBody } from "./file_body.ts";

interface NameChange {
  readonly body: FileBody;
  /** The name that it loses, or null. */
  readonly gone: string | null;
  /** The name that it gets, or null. */
  readonly made: string | null;
  /** Whether a lying sync claimed it. */
  claimed: boolean;
}

/** What a power loss took from the names: those that are not as they were. */
export interface NameLoss {
  readonly lost: readonly string[];
  /** Such as a lying sync had claimed. */
  readonly lied: readonly string[];
}

/** The names of one disk. Paths are taken apart at `/`; `.` and empty parts don't count. */
export class NameTable {
  readonly #folders = new Set<string>([""]);
  #now = new Map<string, FileBody>();
  #durable = new Map<string, FileBody>();
  #pending: NameChange[] = [];

  /** All files, by their names. */
  get files(): ReadonlyMap<string, FileBody> {
    return this.#now;
  }

  /** The files that survive, by the names that survive, when all that was not synced is lost. */
  get durableFiles(): ReadonlyMap<string, FileBody> {
    return this.#durable;
  }

  /**
   * The plain name of a file, present or not.
   *
   * @throws {HoldfastError} `not_found` where its folder is not there; `io` where it is a
   *   folder; `invalid_argument` where it goes up.
   */
  resolve(path: string): string {
    const name = split(path).join("/");
    if (this.#folders.has(name)) throw new HoldfastError("io", `${path} is a folder`);
    if (!this.#folders.has(folderOf(name))) throw absent(path);
    return name;
  }

  /** @throws {HoldfastError} `not_found` where no such file is. */
  require(path: string): FileBody {
    const body = this.#now.get(this.resolve(path));
    if (body === undefined) throw absent(path);
    return body;
  }

  /** Takes the name `gone` from a file, and gives it `made`, replacing what was there. */
  change(body: FileBody, gone: string | null, made: string | null): void {
    const change: NameChange = { body, gone, made, claimed: false };
    apply(this.#now, change);
    this.#pending.push(change);
  }

  /** The folders that would have to be made, the highest first. */
  missingFolders(path: string): readonly string[] {
    const parts = split(path);
    const folders = parts.map((_, index) => parts.slice(0, index + 1).join("/"));
    for (const folder of folders) {
      if (this.#now.has(folder)) throw new HoldfastError("io", `${folder} is a file`);
    }
    return folders.filter((folder) => !this.#folders.has(folder));
  }

  /** Makes folders; those above them are there. */
  makeFolders(folders: readonly string[]): void {
    for (const folder of folders) this.#folders.add(folder);
  }

  /** What is in a folder, sorted. */
  list(path: string): readonly string[] {
    const folder = this.#resolveFolder(path);
    const inside = [...this.#now.keys(), ...this.#folders].filter(
      (name) => name !== "" && folderOf(name) === folder,
    );
    return inside.map((name) => name.slice(folder === "" ? 0 : folder.length + 1)).sort();
  }

  /** Makes the names of a folder durable, with what they rest on; answers how many changes that were. */
  syncFolder(path: string): number {
    const synced = this.#changesOf(path);
    for (const change of synced) apply(this.#durable, change);
    this.#pending = this.#pending.filter((change) => !synced.has(change));
    return synced.size;
  }

  /** A sync of a folder that lies; answers how many changes it claimed that were not claimed before. */
  claimFolder(path: string): number {
    let news = 0;
    for (const change of this.#changesOf(path)) {
      if (!change.claimed) news += 1;
      change.claimed = true;
    }
    return news;
  }

  /** The power is lost. */
  losePower(unsynced: Unsynced, random: Random): NameLoss {
    const keepRate = random.next();
    const before = this.#now;
    const left = new Map(this.#durable);
    const wentBack = new Set<string>();
    const claimed = new Set<string>();
    for (const change of this.#pending) {
      const names = namesOf(change);
      const mayStay = !names.some((name) => wentBack.has(name));
      const drawn = unsynced === "kept" || (unsynced === "torn" && random.next() < keepRate);
      if (mayStay && drawn) {
        apply(left, change);
        continue;
      }
      for (const name of names) {
        wentBack.add(name);
        if (change.claimed) claimed.add(name);
      }
    }
    this.#now = left;
    this.#durable = new Map(left);
    this.#pending = [];
    const isLost = (name: string): boolean => left.get(name) !== before.get(name);
    return { lost: [...wentBack].filter(isLost), lied: [...claimed].filter(isLost) };
  }

  /** Changes that a sync of this folder covers, in order. */
  #changesOf(path: string): Set<NameChange> {
    const folder = this.#resolveFolder(path);
    const needed = new Set<string>();
    const found: NameChange[] = [];
    for (const change of [...this.#pending].reverse()) {
      const names = namesOf(change);
      if (!names.some((name) => folderOf(name) === folder || needed.has(name))) continue;
      found.push(change);
      for (const name of names) needed.add(name);
    }
    return new Set(found.reverse());
  }

  #resolveFolder(path: string): string {
    const folder = split(path).join("/");
    if (!this.#folders.has(folder)) throw absent(path);
    return folder;
  }
}

function apply(names: Map<string, FileBody>, { body, gone, made }: NameChange): void {
  if (gone !== null) names.delete(gone);
  if (made !== null) names.set(made, body);
}

function namesOf({ gone, made }: NameChange): string[] {
  return [gone, made].filter((name) => name !== null);
}

function split(path: string): string[] {
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  if (parts.includes("..")) throw new HoldfastError("invalid_argument", `".." in ${path}`);
  return parts;
}

function folderOf(name: string): string {
  return name.slice(0, Math.max(0, name.lastIndexOf("/")));
}

function absent(path: string): HoldfastError {
  return new HoldfastError("not_found", `${path} is not there`);
}
