// Yrs, which is Yjs in Rust, as WebAssembly. Formats and habits as those of Yjs.

import { type Edit, type Kind, library, type Peer, type PeerEntry, type Replica } from "../peer.ts";

interface Transaction {
  free(): void;
}

interface YText {
  insert(at: number, text: string, attributes: undefined, transaction?: Transaction): void;
  delete(at: number, length: number, transaction?: Transaction): void;
  toString(): string;
  length(): number;
  free(): void;
}

interface YDoc {
  getText(name: string): YText;
  beginTransaction(): Transaction;
  onUpdate(listener: (update: Uint8Array) => void): { free(): void };
  free(): void;
}

interface Ywasm {
  readonly YDoc: new (options: { clientID: number; gc: boolean }) => YDoc;
  applyUpdate(doc: YDoc, update: Uint8Array): void;
  encodeStateAsUpdate(doc: YDoc): Uint8Array;
  encodeStateAsUpdateV2(doc: YDoc): Uint8Array;
}

class YwasmReplica implements Replica {
  readonly #ywasm: Ywasm;
  readonly #doc: YDoc;
  readonly #text: YText;
  readonly #kind: Kind;

  constructor(ywasm: Ywasm, agent: number, kind: Kind) {
    this.#ywasm = ywasm;
    this.#kind = kind;
    this.#doc = new ywasm.YDoc({ clientID: agent + 1, gc: kind === "text" });
    this.#text = this.#doc.getText("text");
  }

  splice(at: number, deleted: number, inserted: string): void {
    if (deleted === 0) this.#text.insert(at, inserted, undefined);
    else if (inserted === "") this.#text.delete(at, deleted);
    else this.#edit([[at, deleted, inserted]]);
  }

  transact(edits: readonly Edit[]): Uint8Array {
    let made: Uint8Array | null = null;
    const observer = this.#doc.onUpdate((update) => {
      made = update;
    });
    this.#edit(edits);
    observer.free();
    return made!;
  }

  apply(update: Uint8Array): void {
    this.#ywasm.applyUpdate(this.#doc, update);
  }

  whole(): Uint8Array {
    return this.#ywasm.encodeStateAsUpdate(this.#doc);
  }

  saves(kind: Kind): readonly (() => Uint8Array)[] {
    if (kind !== this.#kind) return [];
    const { encodeStateAsUpdate, encodeStateAsUpdateV2 } = this.#ywasm;
    return [() => encodeStateAsUpdate(this.#doc), () => encodeStateAsUpdateV2(this.#doc)];
  }

  toString(): string {
    return this.#text.toString();
  }

  get length(): number {
    return this.#text.length();
  }

  free(): void {
    this.#text.free();
    this.#doc.free();
  }

  #edit(edits: readonly Edit[]): void {
    const transaction = this.#doc.beginTransaction();
    for (const [at, deleted, inserted] of edits) {
      if (deleted > 0) this.#text.delete(at, deleted, transaction);
      if (inserted !== "") this.#text.insert(at, inserted, undefined, transaction);
    }
    transaction.free();
  }
}

export const ywasm: PeerEntry = {
  name: "ywasm",
  package: "ywasm",
  imports: `export { YDoc, applyUpdate, encodeStateAsUpdate } from "ywasm";`,
  wasm: ["ywasm/ywasm_bg.wasm"],
  async open(): Promise<Peer> {
    const module = await library<Ywasm>("ywasm");
    return {
      stores: "text",
      kinds: ["text", "history"],
      create: (agent, kind = "text") => new YwasmReplica(module, agent, kind),
      load(file, agent) {
        const replica = new YwasmReplica(module, agent, "text");
        replica.apply(file);
        return replica;
      },
    };
  },
};
