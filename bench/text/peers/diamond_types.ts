// diamond-types, the Rust text engine that the eg-walker method comes from, as WebAssembly.
// It counts code points.

import {
  type Edit,
  type Kind,
  library,
  type Peer,
  type PeerEntry,
  type Replica,
  type Transaction,
} from "../peer.ts";

interface DtDoc {
  ins(at: number, text: string): void;
  del(at: number, length: number): void;
  get(): string;
  len(): number;
  wCharsToChars(at: number): number;
  charsToWchars(at: number): number;
  getLocalVersion(): Uint32Array;
  getPatchSince(version: Uint32Array): Uint8Array;
  mergeBytes(bytes: Uint8Array): void;
  toBytes(): Uint8Array;
  free(): void;
}

interface OpLog {
  setAgent(name: string): void;
  ins(at: number, text: string, parents: Uint32Array): number;
  del(at: number, length: number, parents: Uint32Array): number;
  getLocalVersion(): Uint32Array;
  getPatchSince(version: Uint32Array): Uint8Array;
  toBytes(): Uint8Array;
}

interface DiamondTypes {
  readonly OpLog: new () => OpLog;
  readonly Doc: {
    new (agent: string): DtDoc;
    fromBytes(bytes: Uint8Array, agent: string): DtDoc;
  };
}

class DiamondReplica implements Replica {
  readonly #doc: DtDoc;
  // True once a text had a character that is two units: only then do the counts differ.
  #isWide: boolean;

  constructor(doc: DtDoc) {
    this.#doc = doc;
    this.#isWide = doc.charsToWchars(doc.len()) !== doc.len();
  }

  splice(at: number, deleted: number, inserted: string): void {
    let [start, length] = [at, deleted];
    if (this.#isWide) {
      start = this.#doc.wCharsToChars(at);
      length = this.#doc.wCharsToChars(at + deleted) - start;
    }
    if (length > 0) this.#doc.del(start, length);
    if (inserted === "") return;
    this.#doc.ins(start, inserted);
    if (!this.#isWide && inserted.length > 1) this.#isWide = /[\uD800-\uDBFF]/.test(inserted);
  }

  transact(edits: readonly Edit[]): Uint8Array {
    const length = this.#doc.len();
    this.#isWide ||= this.#doc.charsToWchars(length) !== length;
    const before = this.#doc.getLocalVersion();
    for (const edit of edits) this.splice(...edit);
    return this.#doc.getPatchSince(before);
  }

  apply(update: Uint8Array): void {
    this.#doc.mergeBytes(update);
  }

  whole(): Uint8Array {
    return this.#doc.toBytes();
  }

  saves(kind: Kind): readonly (() => Uint8Array)[] {
    return kind === "history" ? [() => this.#doc.toBytes()] : [];
  }

  toString(): string {
    return this.#doc.get();
  }

  get length(): number {
    return this.#isWide ? this.#doc.charsToWchars(this.#doc.len()) : this.#doc.len();
  }

  free(): void {
    this.#doc.free();
  }
}

// Ties are broken by name.
function nameOf(agent: number): string {
  return `agent${`${agent}`.padStart(8, "0")}`;
}

// A log takes an edit upon any version. To merge hundreds of agents' documents step by step
// would take this library many minutes.
function record(log: OpLog, transactions: readonly Transaction[]) {
  // Of each transaction, the last events of what its author then had.
  const after: Uint32Array[] = [];
  const updates: Uint8Array[] = [];
  for (const { agent, parents, edits } of transactions) {
    const before = log.getLocalVersion();
    log.setAgent(nameOf(agent));
    let version = Uint32Array.from(new Set(parents.flatMap((parent) => [...after[parent]!])));
    for (const [at, deleted, inserted] of edits) {
      if (deleted > 0) version = Uint32Array.of(log.del(at, deleted, version));
      if (inserted !== "") version = Uint32Array.of(log.ins(at, inserted, version));
    }
    after.push(version);
    if (edits.length > 0) updates.push(log.getPatchSince(before));
  }
  return { updates, whole: log.toBytes() };
}

export const diamondTypes: PeerEntry = {
  name: "diamond-types",
  package: "diamond-types-node",
  imports: `export { Doc } from "diamond-types-node";`,
  wasm: ["diamond-types-node/dt_bg.wasm"],
  async open(): Promise<Peer> {
    const module = await library<DiamondTypes>("diamond-types-node");
    return {
      stores: "history",
      kinds: ["history"],
      create: (agent) => new DiamondReplica(new module.Doc(nameOf(agent))),
      load: (file, agent) => new DiamondReplica(module.Doc.fromBytes(file, nameOf(agent))),
      record: (transactions) => record(new module.OpLog(), transactions),
    };
  },
};
