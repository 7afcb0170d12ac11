// A disk as one process sees it: names are looked up and changed through one queue,
// and each open file has a queue of its own.

import { HoldfastError } from "@holdfast/std";
import type { Disk, DiskFile, DiskLock } from "@holdfast/world";
import type { Host } from "../run/host.ts";
import { CallQueue } from "./call_queue.ts";
import { diskCosts } from "./disk_faults.ts";
import { type DiskParts, recorded } from "./disk_parts.ts";
import { FileBody } from "./file_body.ts";
import { SimulatedFile } from "./simulated_file.ts";

/** What `DiskModel.diskOf` gives a process. */
export class SimulatedDisk implements Disk {
  readonly #parts: DiskParts;
  readonly #host: Host;
  readonly #calls: CallQueue;

  constructor(parts: DiskParts, host: Host) {
    this.#parts = parts;
    this.#host = host;
    this.#calls = new CallQueue(host, parts.busy);
  }

  open(path: string, options: { readonly create: boolean }): Promise<DiskFile> {
    return this.#inTurn(() => {
      const body = options.create ? this.#create(path) : this.#parts.names.require(path);
      return new SimulatedFile(this.#parts, this.#host, { path, body });
    });
  }

  makeFolder(path: string): Promise<void> {
    return this.#inTurn(() => {
      const { names } = this.#parts;
      const missing = names.missingFolders(path);
      if (missing.length === 0) return;
      this.#requireWritable(`make folder ${path}`, true);
      names.makeFolders(missing);
    });
  }

  list(path: string): Promise<readonly string[]> {
    return this.#inTurn(() => this.#parts.names.list(path));
  }

  rename(from: string, to: string): Promise<void> {
    return this.#change("rename", `${from} -> ${to}`, () => {
      const { names } = this.#parts;
      const body = names.require(from);
      const target = names.resolve(to);
      this.#requireWritable(`rename ${from}`, false);
      names.change(body, names.resolve(from), target);
    });
  }

  remove(path: string): Promise<void> {
    return this.#change("remove", path, () => {
      const { names } = this.#parts;
      const body = names.require(path);
      this.#requireWritable(`remove ${path}`, false);
      names.change(body, names.resolve(path), null);
    });
  }

  syncFolder(path: string): Promise<void> {
    const { faults, names } = this.#parts;
    const call = { operation: "sync folder", path, sizeBytes: 0 };
    const sync = (): void => {
      names.list(path);
      faults.strike("sync_error", `sync of folder ${path}`);
      if (!faults.isLying) names.syncFolder(path);
      else if (names.claimFolder(path) > 0) faults.noteLie(`sync of folder ${path} did nothing`);
    };
    return this.#calls.call(
      () => faults.syncDelayMs(),
      () => recorded(this.#parts, call, sync),
    );
  }

  lock(path: string): Promise<DiskLock> {
    return this.#inTurn(() => {
      const { locks } = this.#parts;
      const body = this.#create(path);
      const holder = locks.get(body);
      if (holder !== undefined) {
        throw new HoldfastError("locked", `${path} is held by process ${holder.life}`);
      }
      const claim = { machine: this.#host.machine, life: this.#host.life };
      locks.set(body, claim);
      const release = (): void => {
        if (locks.get(body) === claim) locks.delete(body);
      };
      return { release: () => this.#inTurn(release) };
    });
  }

  #create(path: string): FileBody {
    const { names } = this.#parts;
    const name = names.resolve(path);
    const present = names.files.get(name);
    if (present !== undefined) return present;
    this.#requireWritable(`create ${path}`, true);
    const body = new FileBody();
    names.change(body, null, name);
    return body;
  }

  #requireWritable(call: string, needsRoom: boolean): void {
    this.#parts.faults.strike("write_error", call);
    this.#parts.faults.requireRoom(needsRoom, call);
  }

  #change(operation: string, path: string, act: () => void): Promise<void> {
    return this.#inTurn(() => recorded(this.#parts, { operation, path, sizeBytes: 0 }, act));
  }

  #inTurn<T>(act: () => T): Promise<T> {
    return this.#calls.call(() => this.#parts.faults.delayMs(diskCosts.namesMs), act);
  }
}
