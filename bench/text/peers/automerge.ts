// Automerge. Its text is a field of a document, which all replicas must have from one
// and the same change: so each begins with that.

import { type Edit, type Kind, library, type Peer, type PeerEntry, type Replica } from "../peer.ts";

interface Content {
  text: string;
}

// A document is a plain object; every change gives a new one and makes the old one stale.
interface Automerge {
  init(options: { actor: string }): Content;
  change(doc: Content, options: { time: number }, fn: (content: Content) => void): Content;
  splice(doc: Content, path: string[], at: number, deleted: number, inserted: string): void;
  getLastLocalChange(doc: Content): Uint8Array;
  applyChanges(doc: Content, changes: Uint8Array[]): [Content];
  loadIncremental(doc: Content, bytes: Uint8Array): Content;
  load(bytes: Uint8Array, options: { actor: string }): Content;
  save(doc: Content): Uint8Array;
  free(doc: Content): void;
}

const path = ["text"];

/** What a chunk is stands behind its magic bytes and checksum. */
const changeChunk = 1;

class AutomergeReplica implements Replica {
  readonly #automerge: Automerge;
  #doc: Content;

  constructor(automerge: Automerge, doc: Content) {
    this.#automerge = automerge;
    this.#doc = doc;
  }

  splice(at: number, deleted: number, inserted: string): void {
    this.#edit([[at, deleted, inserted]]);
  }

  transact(edits: readonly Edit[]): Uint8Array {
    this.#edit(edits);
    return this.#automerge.getLastLocalChange(this.#doc);
  }

  apply(update: Uint8Array): void {
    const { applyChanges, loadIncremental } = this.#automerge;
    const isChange = update[8] === changeChunk;
    if (isChange) [this.#doc] = applyChanges(this.#doc, [update]);
    else this.#doc = loadIncremental(this.#doc, update);
  }

  whole(): Uint8Array {
    return this.#automerge.save(this.#doc);
  }

  saves(kind: Kind): readonly (() => Uint8Array)[] {
    return kind === "history" ? [() => this.#automerge.save(this.#doc)] : [];
  }

  toString(): string {
    return this.#doc.text;
  }

  get length(): number {
    return this.#doc.text.length;
  }

  free(): void {
    this.#automerge.free(this.#doc);
  }

  #edit(edits: readonly Edit[]): void {
    const { change, splice } = this.#automerge;
    this.#doc = change(this.#doc, { time: 0 }, (content) => {
      for (const [at, deleted, inserted] of edits) splice(content, path, at, deleted, inserted);
    });
  }
}

export const automerge: PeerEntry = {
  name: "automerge",
  package: "@automerge/automerge",
  imports: `export { applyChanges, change, init, load, loadIncremental, save, splice } from "@automerge/automerge";`,
  wasm: ["@automerge/automerge/dist/automerge.wasm"],
  async open(): Promise<Peer> {
    const module = await library<Automerge>("@automerge/automerge");
    const actorOf = (number: number) => number.toString(16).padStart(32, "0");
    const empty = module.change(module.init({ actor: actorOf(0) }), { time: 0 }, (content) => {
      content.text = "";
    });
    const start = module.save(empty);
    const load = (file: Uint8Array, agent: number) =>
      new AutomergeReplica(module, module.load(file, { actor: actorOf(agent + 1) }));
    return { stores: "history", kinds: ["history"], create: (agent) => load(start, agent), load };
  },
};
