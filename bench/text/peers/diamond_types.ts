// diamond-types, the Rust text engine that the eg-walker method comes from, as WebAssembly.
// It counts code points.

import { type Edit, type Kind, library, type Peer, type PeerEntry, type Replica } from "../peer.ts";

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

interface DiamondTypes {
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

export const diamondTypes: PeerEntry = {
  name: "diamond-types",
  package: "diamond-types-node",
  imports: `export { Doc } from "diamond-types-node";`,
  wasm: ["diamond-types-node/dt_bg.wasm"],
  async open(): Promise<Peer> {
    const module = await library<DiamondTypes>("diamond-types-node");
    // Ties are broken by name.
    const nameOf = (agent: number) => `agent${`${agent}`.padStart(8, "0")}`;
    return {
      stores: "history",
      kinds: ["history"],
      create: (agent) => new DiamondReplica(new module.Doc(nameOf(agent))),
      load: (file, agent) => new DiamondReplica(module.Doc.fromBytes(file, nameOf(agent))),
    };
  },
};
