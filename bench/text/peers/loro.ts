// Loro. Each edit is committed, as it must be to be sent. A snapshot opens faster, an
// export of all updates is smaller; both hold the whole history.

import { type Edit, type Kind, library, type Peer, type PeerEntry, type Replica } from "../peer.ts";

interface LoroText {
  insert(at: number, text: string): void;
  delete(at: number, length: number): void;
  toString(): string;
  readonly length: number;
}

interface LoroDoc {
  setPeerId(peer: `${number}`): void;
  getText(name: string): LoroText;
  commit(): void;
  oplogVersion(): { free(): void };
  export(mode: { mode: "update"; from?: unknown } | { mode: "snapshot" }): Uint8Array;
  import(bytes: Uint8Array): void;
  free(): void;
}

interface Loro {
  readonly LoroDoc: new () => LoroDoc;
}

class LoroReplica implements Replica {
  readonly #doc: LoroDoc;
  readonly #text: LoroText;

  constructor(loro: Loro, agent: number) {
    this.#doc = new loro.LoroDoc();
    this.#doc.setPeerId(`${agent + 1}`);
    this.#text = this.#doc.getText("text");
  }

  splice(at: number, deleted: number, inserted: string): void {
    this.#edit(at, deleted, inserted);
    this.#doc.commit();
  }

  transact(edits: readonly Edit[]): Uint8Array {
    const from = this.#doc.oplogVersion();
    for (const edit of edits) this.#edit(...edit);
    this.#doc.commit();
    return this.#doc.export({ mode: "update", from });
  }

  apply(update: Uint8Array): void {
    this.#doc.import(update);
  }

  whole(): Uint8Array {
    return this.#doc.export({ mode: "update" });
  }

  saves(kind: Kind): readonly (() => Uint8Array)[] {
    if (kind === "text") return [];
    return [() => this.#doc.export({ mode: "snapshot" }), () => this.whole()];
  }

  toString(): string {
    return this.#text.toString();
  }

  get length(): number {
    return this.#text.length;
  }

  free(): void {
    this.#doc.free();
  }

  #edit(at: number, deleted: number, inserted: string): void {
    if (deleted > 0) this.#text.delete(at, deleted);
    if (inserted !== "") this.#text.insert(at, inserted);
  }
}

export const loro: PeerEntry = {
  name: "loro",
  package: "loro-crdt",
  imports: `export { LoroDoc } from "loro-crdt";`,
  wasm: ["loro-crdt/nodejs/loro_wasm_bg.wasm"],
  async open(): Promise<Peer> {
    const module = await library<Loro>("loro-crdt");
    return {
      stores: "history",
      kinds: ["history"],
      create: (agent) => new LoroReplica(module, agent),
      load(file, agent) {
        const replica = new LoroReplica(module, agent);
        replica.apply(file);
        return replica;
      },
    };
  },
};
