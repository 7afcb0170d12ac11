// Checking every document of a store: that what its keys say of each other is true.
//
// What is checked, for each document: K1 to K4 (see document_keys.ts); that each
// chunk is a bundle of this document, within the limit, whose plain payloads hold
// what the envelope says, hashes included; that reading the chunks in order never
// meets an event before those it builds on; and that no key is of an unknown sort.

import { type AgentId, type EventRun, VersionVector } from "@holdfast/causality";
import { type Bundle, checkBundle, type DocumentId, decodeBundle } from "@holdfast/doc";
import { isHoldfastError, type KeyPart, successor, unpackKey } from "@holdfast/std";
import type { Row, Store } from "@holdfast/store";
import type { Arrival } from "@holdfast/sync";
import { decodeHave, decodeHead, decodeTidy, documentsRange, type Head } from "./document_keys.ts";
import { covers, unionOf } from "./run_union.ts";

/** What checking the documents came to. */
export interface DocumentsReport {
  readonly documents: number;
  readonly chunks: number;
  readonly chunkBytes: number;
  readonly events: number;
  /** Each a sentence that names the document. At most {@link problemsMax}. */
  readonly problems: readonly string[];
}

/** Most problems that a report lists; then the checking ends. */
export const problemsMax = 100;

/** Rows read at once; a chunk has up to 64 KiB. */
const rowsPerRead = 64;

/**
 * Reads all documents and says what is wrong with them. Changes nothing. Nobody may
 * write to the store meanwhile. O(bytes), and memory for the have-entries of one document.
 *
 * @throws {HoldfastError} What the store throws when it can't be read.
 */
export async function verifyDocuments(store: Pick<Store, "read">): Promise<DocumentsReport> {
  const report = { documents: 0, chunks: 0, chunkBytes: 0, events: 0, problems: [] as string[] };
  let current: DocumentCheck | null = null;
  const finish = (): void => {
    if (current === null) return;
    current.finish();
    report.documents += 1;
    report.chunks += current.chunks;
    report.chunkBytes += current.chunkBytes;
    report.events += current.events;
  };
  for await (const row of rows(store)) {
    if (report.problems.length >= problemsMax) break;
    const parts = readKey(row.key);
    const name = parts?.[1];
    if (parts === null || typeof name !== "string") {
      report.problems.push("a key among the documents is of an unknown form");
      continue;
    }
    if (current?.document !== name) {
      finish();
      current = new DocumentCheck(name as DocumentId, report.problems);
    }
    current.row(parts, row);
  }
  finish();
  return { ...report, problems: report.problems.slice(0, problemsMax) };
}

/** Checks one document, whose rows it is given in order of their keys. */
class DocumentCheck {
  readonly document: DocumentId;
  chunks = 0;
  chunkBytes = 0;
  readonly #problems: string[];
  /** By K1, how far each agent's entries reach. */
  readonly #tiled = new VersionVector();
  /** Which events are to be found at an arrival. */
  readonly #expected = new Map<Arrival, EventRun[]>();
  readonly #lastArrivals = new Map<AgentId, Arrival>();
  /** What the log holds so far. */
  readonly #logged = new VersionVector();
  #head: Head | null = null;

  constructor(document: DocumentId, problems: string[]) {
    this.document = document;
    this.#problems = problems;
  }

  /** How many events the entries tell of. */
  get events(): number {
    return this.#tiled.entries().reduce((sum, [, next]) => sum + next, 0);
  }

  /** "have" sorts first, then "head", "log" and "tidy". */
  row(parts: readonly KeyPart[], row: Row): void {
    const [, , kind, arrival] = parts;
    try {
      if (kind === "have" && parts.length === 5) this.#have(row);
      else if (kind === "head" && parts.length === 3) this.#head = decodeHead(row.value);
      else if (kind === "log" && parts.length === 4) this.#chunk(arrival as Arrival, row.value);
      else if (kind === "tidy" && parts.length === 3) this.#tidy(decodeTidy(row.value));
      else this.#problem(`has a key of an unknown sort: ${parts.slice(2).join(", ")}`);
    } catch (error) {
      if (!isHoldfastError(error)) throw error;
      this.#problem(`${parts.slice(2, 3)}${kind === "log" ? ` ${arrival}` : ""}: ${error.message}`);
    }
  }

  /** Looks at what only the whole shows. */
  finish(): void {
    if (this.#head === null) this.#problem("has no head");
    else if (this.#head.events !== this.events) {
      this.#problem(`K1: head counts ${this.#head.events} events, its entries ${this.events}`);
    }
    for (const [arrival, runs] of this.#expected) {
      this.#problem(`K2: ${runs.length} entries lead to arrival ${arrival}, where no chunk is`);
    }
    for (const { agent, from } of this.#logged.missingFrom(this.#tiled)) {
      this.#problem(`K1: the log holds event ${from} of ${agent}, no entry tells of it`);
    }
  }

  #have({ key, value }: Row): void {
    const { agent, from, to, arrival } = decodeHave(key, value);
    const end = this.#tiled.next(agent);
    if (from !== end) {
      this.#problem(`K1: an entry of ${agent} begins at ${from}, the one before ends at ${end}`);
    }
    if (arrival < (this.#lastArrivals.get(agent) ?? 0)) {
      this.#problem(`K3: arrivals of ${agent} fall at event ${from}`);
    }
    this.#tiled.advance(agent, to);
    this.#lastArrivals.set(agent, arrival);
    const expected = this.#expected.get(arrival) ?? [];
    expected.push({ agent, from, to });
    this.#expected.set(arrival, expected);
  }

  #chunk(arrival: Arrival, bytes: Uint8Array): void {
    this.chunks += 1;
    this.chunkBytes += bytes.length;
    if (arrival > (this.#head?.arrival ?? 0)) {
      this.#problem(`K4: a chunk lies at arrival ${arrival}, after the head's`);
    }
    const expected = this.#expected.get(arrival) ?? [];
    this.#expected.delete(arrival);
    const bundle = decodeBundle(bytes);
    if (bundle.document !== this.document) {
      this.#problem(`the chunk at arrival ${arrival} belongs to "${bundle.document}"`);
    }
    checkBundle(bundle);
    this.#checkOrder(arrival, bundle);
    const union = unionOf(bundle.sections.flatMap((section) => section.runs));
    for (const run of expected) {
      if (!covers(union, run)) {
        this.#problem(
          `K2: the chunk at arrival ${arrival} lacks events of ${run.agent} from ${run.from} on`,
        );
      }
    }
  }

  #checkOrder(arrival: Arrival, bundle: Bundle): void {
    for (const { runs, dependencies } of bundle.sections) {
      const needed = [...dependencies];
      for (const { agent, from } of runs) if (from > 0) needed.push({ agent, seq: from - 1 });
      const missing = needed.find((id) => !this.#logged.has(id));
      if (missing !== undefined) {
        this.#problem(
          `the chunk at arrival ${arrival} builds on event ${missing.seq} of ${missing.agent}, which does not come before it`,
        );
      }
      for (const { agent, to } of runs) this.#logged.advance(agent, to);
    }
  }

  #tidy(arrival: Arrival): void {
    if (arrival > (this.#head?.arrival ?? 0)) this.#problem("is compacted beyond its head");
  }

  #problem(sentence: string): void {
    if (this.#problems.length < problemsMax) {
      this.#problems.push(`document "${this.document}": ${sentence}`);
    }
  }
}

async function* rows(store: Pick<Store, "read">): AsyncGenerator<Row> {
  let { start } = documentsRange;
  for (;;) {
    const range = { start, end: documentsRange.end };
    const page = await store.read((snapshot) => snapshot.range(range, { limitRows: rowsPerRead }));
    yield* page;
    if (page.length < rowsPerRead) return;
    start = successor(page.at(-1)!.key);
  }
}

function readKey(key: Uint8Array): readonly KeyPart[] | null {
  try {
    return unpackKey(key);
  } catch (error) {
    if (isHoldfastError(error)) return null;
    throw error;
  }
}
