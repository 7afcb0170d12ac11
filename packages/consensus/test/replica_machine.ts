// A state machine for tests of replicas: a list of numbers, with a log of its own on the
// World's disk. Its state is all commands so far, so that two states compare as prefixes.

import { Reader, Writer } from "@holdfast/std";
import { type Disk, RecordLog, replaceRecordLog } from "@holdfast/world";
import type { Command, Index, MachineSnapshot, StateMachine } from "../src/index.ts";

const purpose = "numbers";

/** What is applied when: the value of each command, by its index. */
export interface Applied {
  readonly index: Index;
  readonly value: number;
}

/** The bytes of a command. Padded, so that few of them make a large log. */
export function numberCommand(value: number, sizeBytes = 0): Uint8Array {
  return new Writer().uint(value).raw(new Uint8Array(sizeBytes)).finish();
}

/** Applies in memory, and makes that durable when it is told to. */
export class NumberMachine implements StateMachine {
  readonly #disk: Disk;
  readonly #path: string;
  #log: RecordLog;
  #writing: Promise<void> = Promise.resolve();
  #applied: Applied[];
  #index: Index;
  durable: Index;
  restoreCount = 0;
  /** Snapshots that were opened and not given back. */
  openCount = 0;

  private constructor(disk: Disk, path: string, log: RecordLog, found: Found) {
    this.#disk = disk;
    this.#path = path;
    this.#log = log;
    this.#applied = found.applied;
    this.#index = found.index;
    this.durable = found.index;
  }

  static async open(disk: Disk, folder: string): Promise<NumberMachine> {
    await disk.makeFolder(folder);
    const path = `${folder}/numbers`;
    const found: Found = { applied: [], index: 0 as Index };
    const onRecord = (bytes: Uint8Array) => absorb(found, new Reader(bytes));
    const log = await RecordLog.open({ disk, path, purpose, onRecord });
    return new NumberMachine(disk, path, log, found);
  }

  get applied(): Index {
    return this.#index;
  }

  /** All that is applied, in order. */
  get values(): readonly Applied[] {
    return this.#applied;
  }

  apply(commands: readonly Command[], through: Index): void {
    for (const { index, data } of commands) {
      this.#applied.push({ index, value: new Reader(data).uint("value") });
    }
    this.#index = through;
  }

  /** Makes durable what is applied. */
  flush(): Promise<void> {
    this.#writing = this.#writing.then(() => this.#flush());
    return this.#writing;
  }

  async #flush(): Promise<void> {
    const index = this.#index;
    const from = this.durable;
    await this.#log.append(
      record(
        this.#applied.filter((each) => each.index > from),
        index,
      ),
    );
    this.durable = Math.max(index, this.durable) as Index;
  }

  restore(index: Index, bytes: AsyncIterable<Uint8Array>): Promise<void> {
    this.#writing = this.#writing.then(() => this.#restore(index, bytes));
    return this.#writing;
  }

  async #restore(index: Index, bytes: AsyncIterable<Uint8Array>): Promise<void> {
    const writer = new Writer();
    for await (const piece of bytes) writer.raw(piece);
    const found: Found = { applied: [], index: 0 as Index };
    absorb(found, new Reader(writer.finish()));
    if (found.index !== index) throw new Error(`a snapshot of ${found.index}, not of ${index}`);
    await this.#log.close();
    await replaceRecordLog(this.#disk, this.#path, purpose, [record(found.applied, index)]);
    this.#log = await RecordLog.open({
      ...{ disk: this.#disk, path: this.#path, purpose },
      onRecord: () => {},
    });
    this.#applied = found.applied;
    this.#index = index;
    this.durable = index;
    this.restoreCount += 1;
  }

  snapshot(): MachineSnapshot {
    const index = this.durable;
    const whole = record(
      this.#applied.filter((each) => each.index <= index),
      index,
    );
    this.openCount += 1;
    const release = () => {
      this.openCount -= 1;
    };
    return { index, bytes: pieces(whole), release };
  }

  async close(): Promise<void> {
    await this.#writing;
    await this.#log.close();
  }
}

interface Found {
  applied: Applied[];
  index: Index;
}

function record(applied: readonly Applied[], index: Index): Uint8Array {
  const writer = new Writer().uint(index).uint(applied.length);
  for (const each of applied) writer.uint(each.index).uint(each.value);
  return writer.finish();
}

function absorb(found: Found, reader: Reader): void {
  const index = reader.uint("index") as Index;
  for (let left = reader.uint("count"); left > 0; left -= 1) {
    found.applied.push({ index: reader.uint("index") as Index, value: reader.uint("value") });
  }
  found.index = index;
}

async function* pieces(whole: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < whole.length; at += 100) yield whole.subarray(at, at + 100);
}
