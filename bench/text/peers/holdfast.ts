// Ours, as an application ships it: one bundled and minified file, made from this tree.

import type { AgentId, VersionVector } from "@holdfast/causality";
import type { Doc, DocumentId } from "@holdfast/doc";
import { type Edit, type Kind, library, type Peer, type PeerEntry, type Replica } from "../peer.ts";

/** What is bundled: `ours.mjs` beside the program that measures. */
interface Ours {
  readonly Doc: typeof Doc;
  readonly VersionVector: typeof VersionVector;
  readonly parseAgentId: (text: string) => AgentId;
  readonly parseDocumentId: (text: string) => DocumentId;
}

class HoldfastReplica implements Replica {
  readonly #ours: Ours;
  readonly #doc: Doc;
  readonly #text: ReturnType<Doc["text"]>;

  constructor(ours: Ours, doc: Doc) {
    this.#ours = ours;
    this.#doc = doc;
    this.#text = doc.text("text");
  }

  splice(at: number, deleted: number, inserted: string): void {
    if (deleted === 0) this.#text.insert(at, inserted);
    else if (inserted === "") this.#text.delete(at, deleted);
    else this.#text.splice(at, deleted, inserted);
  }

  transact(edits: readonly Edit[]): Uint8Array {
    const change = this.#doc.change(() => {
      for (const edit of edits) this.splice(...edit);
    });
    return change!.bundle();
  }

  apply(update: Uint8Array): void {
    this.#doc.apply(update);
  }

  whole(): Uint8Array {
    return this.#doc.bundle(new this.#ours.VersionVector())!;
  }

  saves(kind: Kind): readonly (() => Uint8Array)[] {
    return [() => this.#doc.encode({ deletedText: kind === "history" })];
  }

  toString(): string {
    return this.#text.toString();
  }

  get length(): number {
    return this.#text.length;
  }

  free(): void {}
}

export const holdfast: PeerEntry = {
  name: "holdfast",
  package: null,
  imports: `export { Doc, parseDocumentId } from "@holdfast/doc"; export { parseAgentId, VersionVector } from "@holdfast/causality";`,
  wasm: [],
  async open(): Promise<Peer> {
    const ours = await library<Ours>("./ours.mjs");
    const agentOf = (agent: number) =>
      ours.parseAgentId((agent + 1).toString(16).padStart(32, "0"));
    const document = ours.parseDocumentId("text");
    return {
      stores: "history",
      kinds: ["history", "text"],
      create: (agent) =>
        new HoldfastReplica(ours, new ours.Doc({ document, agent: agentOf(agent) })),
      load: (file, agent) =>
        new HoldfastReplica(ours, ours.Doc.decode(file, { agent: agentOf(agent) })),
    };
  },
};
