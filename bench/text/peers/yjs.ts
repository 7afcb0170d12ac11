// Yjs. It drops deleted text unless told to keep it; updates in its first format, which it
// reads and writes faster; files in the second too, which is smaller.

import { type Edit, type Kind, library, type Peer, type PeerEntry, type Replica } from "../peer.ts";

interface YText {
  insert(at: number, text: string): void;
  delete(at: number, length: number): void;
  toString(): string;
  readonly length: number;
}

interface YDoc {
  clientID: number;
  getText(name: string): YText;
  transact(fn: () => void): void;
  once(event: "update", listener: (update: Uint8Array) => void): void;
  destroy(): void;
}

interface Yjs {
  readonly Doc: new (options: { gc: boolean }) => YDoc;
  applyUpdate(doc: YDoc, update: Uint8Array): void;
  encodeStateAsUpdate(doc: YDoc): Uint8Array;
  encodeStateAsUpdateV2(doc: YDoc): Uint8Array;
}

class YjsReplica implements Replica {
  readonly #yjs: Yjs;
  readonly #doc: YDoc;
  readonly #text: YText;
  readonly #kind: Kind;

  constructor(yjs: Yjs, agent: number, kind: Kind) {
    this.#yjs = yjs;
    this.#kind = kind;
    this.#doc = new yjs.Doc({ gc: kind === "text" });
    this.#doc.clientID = agent + 1;
    this.#text = this.#doc.getText("text");
  }

  splice(at: number, deleted: number, inserted: string): void {
    if (deleted === 0) this.#text.insert(at, inserted);
    else if (inserted === "") this.#text.delete(at, deleted);
    else {
      this.#doc.transact(() => {
        this.#text.delete(at, deleted);
        this.#text.insert(at, inserted);
      });
    }
  }

  transact(edits: readonly Edit[]): Uint8Array {
    let made: Uint8Array | null = null;
    this.#doc.once("update", (update) => {
      made = update;
    });
    this.#doc.transact(() => {
      for (const edit of edits) this.splice(...edit);
    });
    return made!;
  }

  apply(update: Uint8Array): void {
    this.#yjs.applyUpdate(this.#doc, update);
  }

  whole(): Uint8Array {
    return this.#yjs.encodeStateAsUpdate(this.#doc);
  }

  saves(kind: Kind): readonly (() => Uint8Array)[] {
    if (kind !== this.#kind) return [];
    const { encodeStateAsUpdate, encodeStateAsUpdateV2 } = this.#yjs;
    return [() => encodeStateAsUpdate(this.#doc), () => encodeStateAsUpdateV2(this.#doc)];
  }

  toString(): string {
    return this.#text.toString();
  }

  get length(): number {
    return this.#text.length;
  }

  free(): void {
    this.#doc.destroy();
  }
}

export const yjs: PeerEntry = {
  name: "yjs",
  package: "yjs",
  imports: `export { Doc, applyUpdate, encodeStateAsUpdate } from "yjs";`,
  wasm: [],
  async open(): Promise<Peer> {
    const module = await library<Yjs>("yjs");
    return {
      stores: "text",
      kinds: ["text", "history"],
      create: (agent, kind = "text") => new YjsReplica(module, agent, kind),
      load(file, agent) {
        const replica = new YjsReplica(module, agent, "text");
        replica.apply(file);
        return replica;
      },
    };
  },
};
