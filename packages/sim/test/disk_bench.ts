// A disk with a machine around it, for tests: processes begin and end, power is lost.

import { SeededRandom } from "@holdfast/std";
import type { Disk } from "@holdfast/world";
import { DiskModel } from "../src/disk/disk_model.ts";
import type { FaultKind, Unsynced } from "../src/faults/fault.ts";
import type { Happening } from "../src/run/trace_record.ts";
import { TestHost, VirtualLoop } from "./virtual_loop.ts";

/** One machine with one disk. */
export class DiskBench {
  readonly loop = new VirtualLoop();
  readonly random: SeededRandom;
  readonly model: DiskModel;
  readonly bites: FaultKind[] = [];
  readonly happenings: Extract<Happening, { type: "disk" }>[] = [];
  #host: TestHost | null = null;
  #lives = 0;

  constructor(seed: number) {
    this.random = new SeededRandom(seed);
    this.model = new DiskModel({
      machine: "server-1",
      random: new SeededRandom(seed + 1),
      bites: { note: (kind) => this.bites.push(kind) },
      record: (happening) => {
        if (happening.type === "disk") this.happenings.push(happening);
      },
    });
  }

  /** Begins a process, and gives it the disk. */
  boot(): Disk {
    this.#lives += 1;
    this.#host = new TestHost(this.loop, "server-1", this.#lives);
    return this.model.diskOf(this.#host);
  }

  /** Ends the process, as by kill -9. */
  kill(): void {
    if (this.#host === null) return;
    this.#host.isAlive = false;
    this.model.killed(this.#host);
    this.#host = null;
  }

  /** Ends the process with all power. */
  losePower(unsynced: Unsynced): void {
    if (this.#host !== null) this.#host.isAlive = false;
    this.#host = null;
    this.model.powerLost(unsynced);
  }

  /** Runs until `work` is done. */
  run<T>(work: () => Promise<T>): Promise<T> {
    return this.loop.run(work);
  }

  /** How often a kind bit. */
  count(kind: FaultKind): number {
    return this.bites.filter((bite) => bite === kind).length;
  }
}
