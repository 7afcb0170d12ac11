// Holdings as a list of bundles, obviously right; the model that tests compare with.

import { type AgentId, type EventRun, VersionVector } from "@holdfast/causality";
import {
  type Bundle,
  type BundleSection,
  type DocumentId,
  decodeBundle,
  encodeBundle,
} from "@holdfast/doc";
import { equalBytes, type HoldfastError as Failure, HoldfastError } from "@holdfast/std";
import type {
  AppendOutcome,
  Arrival,
  HeldBundle,
  StoreName,
  WriterHoldings,
} from "../src/index.ts";

interface Held {
  readonly bundles: Uint8Array[];
  readonly vector: VersionVector;
  readonly hashes: Map<string, Uint8Array>;
  readonly listeners: Set<() => void>;
}

/** Keeps each section's runs by their hash; takes only runs that were cut alike. */
export class NaiveHoldings implements WriterHoldings {
  /** Thrown by `append` while it is set. */
  failure: Failure | null = null;
  /** Thrown by `vector` while it is set. */
  vectorFailure: Failure | null = null;
  /** Agents that write here. */
  readonly writers = new Set<AgentId>();
  /** What a store acknowledged. */
  readonly acknowledged = new Map<DocumentId, VersionVector>();
  /** How many rounds of promises an append takes. */
  delayRounds = 1;
  readonly #documents = new Map<DocumentId, Held>();

  async vector(document: DocumentId): Promise<VersionVector> {
    if (this.vectorFailure !== null) throw this.vectorFailure;
    return this.#held(document).vector.clone();
  }

  async confirmed(document: DocumentId, _store: StoreName): Promise<VersionVector> {
    const acknowledged = this.acknowledged.get(document) ?? new VersionVector();
    return new VersionVector(
      this.#held(document)
        .vector.entries()
        .map(([agent, next]) => {
          const known = this.writers.has(agent) ? acknowledged.next(agent) : next;
          return [agent, Math.min(next, known)] as const;
        }),
    );
  }

  async *read(
    document: DocumentId,
    since: VersionVector,
    after: Arrival,
  ): AsyncGenerator<HeldBundle> {
    const { bundles } = this.#held(document);
    for (let index: number = after; index < bundles.length; index += 1) {
      await null;
      const bundle = decodeBundle(bundles[index]!);
      const lacks = bundle.sections.some(({ runs }) =>
        runs.some((run) => run.to > since.next(run.agent)),
      );
      if (lacks) yield { bytes: bundles[index]!, arrival: (index + 1) as Arrival };
    }
  }

  async append(document: DocumentId, bytes: Uint8Array): Promise<AppendOutcome> {
    const copy = bytes.slice();
    for (let round = 0; round < this.delayRounds; round += 1) await null;
    if (this.failure !== null) throw this.failure;
    return this.put(document, copy);
  }

  /** {@link append}, at once. */
  put(document: DocumentId, bytes: Uint8Array): AppendOutcome {
    const held = this.#held(document);
    const bundle = decodeBundle(bytes);
    if (bundle.document !== document) throw new HoldfastError("wrong_document", bundle.document);
    const vector = held.vector.clone();
    const hashes = new Map(held.hashes);
    for (const section of bundle.sections) {
      const refusal = take(section, vector, hashes);
      if (refusal === "missing") return { type: "missing_dependency", vector: held.vector.clone() };
      if (refusal !== null) return { type: "equivocation", run: refusal };
    }
    if (held.vector.covers(vector)) return { type: "known", vector };
    held.bundles.push(bytes);
    held.vector.merge(vector);
    for (const [key, hash] of hashes) held.hashes.set(key, hash);
    for (const listener of held.listeners) listener();
    return { type: "stored", vector };
  }

  subscribe(document: DocumentId, onChange: () => void): () => void {
    const { listeners } = this.#held(document);
    listeners.add(onChange);
    return () => void listeners.delete(onChange);
  }

  /** How many listen to `document`. */
  listenerCount(document: DocumentId): number {
    return this.#held(document).listeners.size;
  }

  /** Forgets all that is held, as a store that lost its disk. */
  lose(): void {
    for (const held of this.#documents.values()) {
      held.bundles.length = 0;
      held.hashes.clear();
    }
    this.#documents.clear();
  }

  /** Copies what `other` holds. */
  copy(other: NaiveHoldings): void {
    for (const [document, held] of other.#documents) {
      for (const bytes of held.bundles) this.put(document, bytes);
    }
  }

  #held(document: DocumentId): Held {
    let held = this.#documents.get(document);
    if (held === undefined) {
      held = {
        bundles: [],
        vector: new VersionVector(),
        hashes: new Map(),
        listeners: new Set(),
      };
      this.#documents.set(document, held);
    }
    return held;
  }
}

function take(
  section: BundleSection,
  vector: VersionVector,
  hashes: Map<string, Uint8Array>,
): EventRun | "missing" | null {
  for (const { agent, seq } of section.dependencies) {
    if (!vector.has({ agent, seq })) return "missing";
  }
  for (const run of section.runs) if (run.from > vector.next(run.agent)) return "missing";
  for (const run of section.runs) {
    for (let seq = run.from; seq < run.to; seq += 1) {
      const key = `${run.agent} ${seq}`;
      const known = hashes.get(key);
      if (known !== undefined && !equalBytes(known, run.hash)) return run;
      hashes.set(key, run.hash);
    }
    vector.advance(run.agent, run.to);
  }
  return null;
}

/** Makes up bundles of one writer; `flavour` makes another content of the same events. */
export class FakeWriter {
  readonly agent: AgentId;
  readonly document: DocumentId;
  readonly flavour: number;
  seq = 0;

  constructor(agent: AgentId, document: DocumentId, flavour = 0) {
    this.agent = agent;
    this.document = document;
    this.flavour = flavour;
  }

  /** The next event, as a bundle; it depends on the last events of `vector`. */
  write(vector: VersionVector = new VersionVector(), payloadSizeBytes = 1): Uint8Array {
    const hash = new Uint8Array(16).fill(this.flavour);
    hash[15] = this.seq % 256;
    const dependencies = vector
      .entries()
      .filter(([agent]) => agent !== this.agent)
      .map(([agent, next]) => ({ agent, seq: next - 1 }));
    const runs = [{ agent: this.agent, from: this.seq, to: this.seq + 1, hash }];
    this.seq += 1;
    const payload = new Uint8Array(payloadSizeBytes);
    const bundle: Bundle = {
      document: this.document,
      sections: [{ kind: "plain", runs, dependencies, payload }],
    };
    return encodeBundle(bundle);
  }
}
