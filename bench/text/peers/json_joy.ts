// json-joy. Its file never holds deleted text; a whole history is a list of its patches.

import { type Edit, type Kind, library, type Peer, type PeerEntry, type Replica } from "../peer.ts";

interface Patch {
  toBinary(): Uint8Array;
}

interface StrApi {
  ins(at: number, text: string): void;
  del(at: number, length: number): void;
  view(): string;
  length(): number;
}

interface Model {
  readonly api: { str(path: readonly string[]): StrApi; flush(): Patch };
  applyPatch(patch: Patch): void;
  toBinary(): Uint8Array;
}

interface JsonCrdt {
  readonly Model: {
    create(schema: unknown, session: number): Model;
    load(bytes: Uint8Array, session: number): Model;
  };
}

interface JsonCrdtPatch {
  readonly Patch: { fromBinary(bytes: Uint8Array): Patch };
  readonly s: { str(text: string): unknown };
}

class JsonJoyReplica implements Replica {
  readonly #patches: JsonCrdtPatch;
  readonly #model: Model;
  readonly #text: StrApi;

  constructor(patches: JsonCrdtPatch, model: Model) {
    this.#patches = patches;
    this.#model = model;
    this.#text = model.api.str([]);
    // What made the empty text is not a part of the first edit.
    model.api.flush();
  }

  splice(at: number, deleted: number, inserted: string): void {
    this.#edit(at, deleted, inserted);
    this.#model.api.flush();
  }

  transact(edits: readonly Edit[]): Uint8Array {
    for (const edit of edits) this.#edit(...edit);
    return framed(this.#model.api.flush().toBinary());
  }

  apply(update: Uint8Array): void {
    const view = new DataView(update.buffer, update.byteOffset);
    for (let at = 0; at < update.length; ) {
      const end = at + 4 + view.getUint32(at);
      this.#model.applyPatch(this.#patches.Patch.fromBinary(update.subarray(at + 4, end)));
      at = end;
    }
  }

  whole(updates: readonly Uint8Array[]): Uint8Array {
    return Buffer.concat(updates);
  }

  saves(kind: Kind): readonly (() => Uint8Array)[] {
    return kind === "text" ? [() => this.#model.toBinary()] : [];
  }

  toString(): string {
    return this.#text.view();
  }

  get length(): number {
    return this.#text.length();
  }

  free(): void {}

  #edit(at: number, deleted: number, inserted: string): void {
    if (deleted > 0) this.#text.del(at, deleted);
    if (inserted !== "") this.#text.ins(at, inserted);
  }
}

// An update is any number of patches, each after its length.
function framed(patch: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(4 + patch.length);
  new DataView(bytes.buffer).setUint32(0, patch.length);
  bytes.set(patch, 4);
  return bytes;
}

export const jsonJoy: PeerEntry = {
  name: "json-joy",
  package: "json-joy",
  imports: `export { Model } from "json-joy/esm/json-crdt/index.js"; export { Patch, s } from "json-joy/esm/json-crdt-patch/index.js";`,
  wasm: [],
  async open(): Promise<Peer> {
    const { Model } = await library<JsonCrdt>("json-joy/lib/json-crdt/index.js");
    const patches = await library<JsonCrdtPatch>("json-joy/lib/json-crdt-patch/index.js");
    // Smaller numbers are reserved.
    const sessionOf = (agent: number) => 65_536 + agent;
    return {
      stores: "text",
      kinds: ["text"],
      create: (agent) =>
        new JsonJoyReplica(patches, Model.create(patches.s.str(""), sessionOf(agent))),
      load: (file, agent) => new JsonJoyReplica(patches, Model.load(file, sessionOf(agent))),
    };
  },
};
