// Replays a recorded editing history through real clients and a real server.
//
// Each author is a client with its own folder and connection. It makes each of
// its transactions on exactly the document that the author saw: a gate on its
// connection (bundle_gate.ts) holds back what comes in, and lets through what
// the transaction's parents say, in a random causal order. In the end every
// client, and fresh ones, must have read the same text back from the server.

import { type EventRun, VersionVector } from "@holdfast/causality";
import {
  type Database,
  type DocumentHandle,
  open,
  openLogPersistence,
  type Write,
} from "@holdfast/client";
import type { Doc, DocumentId } from "@holdfast/doc";
import { SeededRandom } from "@holdfast/std";
import type { World } from "@holdfast/world";
import { BundleGate } from "./bundle_gate.ts";
import { type PlacedTransaction, placeTransactions, shuffleCausally } from "./causal_order.ts";
import { codePointUnits, hasSurrogates } from "./code_points.ts";
import type { Trace, TracePatch } from "./trace.ts";

/** What to replay, and through what. */
export interface ReplayOptions {
  readonly world: World;
  readonly trace: Trace;
  /** The server's address. */
  readonly url: string;
  /** A document that the server does not have yet. */
  readonly document: DocumentId;
  /** Where the clients keep their folders; the caller removes it. */
  readonly folder: string;
  /** Draws the orders of delivery. */
  readonly seed: number;
  /** How many fresh clients read the document back, each in another causal order; at least 1. */
  readonly orders: number;
  /** Called after each step: a transaction made, a client that has caught up. */
  readonly onProgress: (done: number, total: number) => void;
}

/** What came of it. */
export interface ReplayResult {
  readonly transactions: number;
  readonly patches: number;
  /** Bundles that the clients sent. */
  readonly bundles: number;
  /** From the first edit until the last one was saved. */
  readonly elapsedMs: number;
  /** The text that the first fresh client read back. */
  readonly text: string;
  /** Whether all clients, old and fresh, ended with that text. */
  readonly converged: boolean;
  /** How many clients that was. */
  readonly replicas: number;
}

/** Edits of one client that may wait for being saved before it makes another. */
const unsavedWritesMax = 512;

/** Replays `trace`; see the head of this file. Fails only where a client or the server does. */
export async function replayTrace(options: ReplayOptions): Promise<ReplayResult> {
  const replay = new Replay(options);
  try {
    return await replay.run();
  } finally {
    await replay.close();
  }
}

/** One client of the replay, and the gate on its connection. */
interface Author {
  readonly database: Database;
  readonly handle: DocumentHandle;
  readonly gate: BundleGate;
  /** Draws this client's orders of delivery, whatever the others do meanwhile. */
  readonly random: SeededRandom;
}

class Replay {
  readonly #options: ReplayOptions;
  readonly #placed: readonly PlacedTransaction[];
  readonly #authors: Author[] = [];
  /** For each transaction its events, once it is made; null where it has none. */
  readonly #made: Promise<EventRun | null>[];
  readonly #settle: ((run: EventRun | null) => void)[] = [];
  #done = 0;
  // Positions of traces count code points, ours UTF-16 units: the same, unless
  // some author types a character outside of the basic plane.
  readonly #surrogates: boolean;

  constructor(options: ReplayOptions) {
    this.#options = options;
    this.#placed = placeTransactions(options.trace);
    this.#made = this.#placed.map(() => new Promise((resolve) => this.#settle.push(resolve)));
    this.#surrogates = options.trace.transactions.some(({ patches }) =>
      patches.some(({ inserted }) => hasSurrogates(inserted)),
    );
  }

  async run(): Promise<ReplayResult> {
    const { trace, world } = this.#options;
    await this.#joinAuthors();
    const startMs = world.clock.now();
    await Promise.all(this.#authors.map((author, agent) => this.#write(author, agent)));
    for (const { handle } of this.#authors) await handle.whenSaved();
    const elapsedMs = world.clock.now() - startMs;
    const bundles = this.#authors.reduce((sum, { gate }) => sum + gate.bundlesSent, 0);

    const known = this.#authors.map((_, agent) => this.#lastSeen(agent));
    for (const [agent, author] of this.#authors.entries()) {
      const indexes = this.#placed.filter((placed) => !hasSeen(placed, agent, known[agent]!));
      await this.#deliver(
        author,
        indexes.map(({ index }) => index),
      );
      this.#step();
    }
    const texts = this.#authors.map(({ handle }) => handle.doc.text("body").toString());
    for (let order = 0; order < this.#options.orders; order += 1) {
      texts.push(await this.#readBack(order));
      this.#step();
    }
    const text = texts[trace.agents]!;
    return {
      transactions: trace.transactions.length,
      patches: trace.transactions.reduce((sum, { patches }) => sum + patches.length, 0),
      bundles,
      elapsedMs,
      text,
      converged: texts.every((other) => other === text),
      replicas: texts.length,
    };
  }

  async close(): Promise<void> {
    for (const { database } of this.#authors) await database.close();
  }

  // Agents are drawn at random, but ties must be broken as when the trace was
  // recorded: so whoever drew the lowest plays the author of the lowest rank.
  async #joinAuthors(): Promise<void> {
    const { trace } = this.#options;
    for (let count = 0; count < trace.agents; count += 1) {
      this.#authors.push(await this.#join(`author-${count}`, count));
    }
    const byAgent = [...this.#authors].sort((a, b) =>
      a.database.agent < b.database.agent ? -1 : 1,
    );
    trace.ranks.forEach((rank, agent) => {
      this.#authors[agent] = byAgent[rank]!;
    });
  }

  async #join(name: string, draw: number): Promise<Author> {
    const { world, url, folder, document, seed } = this.#options;
    const gate = new BundleGate(world.network);
    const gated = { ...world, network: gate };
    const persistence = await openLogPersistence(gated, `${folder}/${name}`);
    const database = open({ world: gated, url, name, persistence });
    const handle = await database.doc(document);
    // What is written before the server has answered would leave as one bundle.
    // The answer has reached the client a turn after it passed the gate.
    await gate.opened;
    await world.clock.sleep(1);
    return { database, handle, gate, random: new SeededRandom(seed * 100_003 + draw) };
  }

  async #write(author: Author, agent: number): Promise<void> {
    const unsaved: Write[] = [];
    for (const placed of this.#placed) {
      if (placed.agent !== agent) continue;
      await this.#deliver(author, placed.news);
      const write = author.handle.change(() => this.#edit(author.handle.doc, placed.patches));
      this.#settle[placed.index]!(write.run);
      this.#step();
      unsaved.push(write);
      if (unsaved.length >= unsavedWritesMax) await unsaved.shift()!.saved;
    }
  }

  #edit(doc: Doc, patches: readonly TracePatch[]): void {
    const text = doc.text("body");
    for (const { at, deleted, inserted } of patches) {
      if (!this.#surrogates) {
        text.splice(at, deleted, inserted);
        continue;
      }
      const content = text.toString();
      const start = codePointUnits(content, 0, at);
      text.splice(start, codePointUnits(content, start, deleted), inserted);
    }
  }

  /** Lets the transactions through to the author in a random causal order; resolves when its document has them. */
  async #deliver(author: Author, indexes: readonly number[]): Promise<void> {
    const { trace } = this.#options;
    const wanted = new VersionVector();
    const pieces: EventRun[] = [];
    for (const index of shuffleCausally(trace.transactions, indexes, author.random)) {
      const run = await this.#made[index]!;
      if (run === null) continue;
      wanted.advance(run.agent, run.to);
      // What follows on in the order of delivery is let through as one piece.
      const last = pieces.at(-1);
      if (last?.agent === run.agent && last.to === run.from) {
        pieces[pieces.length - 1] = { ...last, to: run.to };
      } else {
        pieces.push(run);
      }
    }
    for (const piece of pieces) await author.gate.release(piece);
    await applied(author.handle.doc, wanted);
  }

  async #readBack(order: number): Promise<string> {
    const reader = await this.#join(`reader-${order}`, this.#options.trace.agents + order);
    try {
      await this.#deliver(
        reader,
        this.#placed.map(({ index }) => index),
      );
      return reader.handle.doc.text("body").toString();
    } finally {
      await reader.database.close();
    }
  }

  #step(): void {
    const { trace, orders, onProgress } = this.#options;
    this.#done += 1;
    onProgress(this.#done, trace.transactions.length + trace.agents + orders);
  }

  #lastSeen(agent: number): Uint32Array {
    const last = this.#placed.filter((placed) => placed.agent === agent).at(-1);
    return last?.seen ?? new Uint32Array(this.#options.trace.agents);
  }
}

function hasSeen(placed: PlacedTransaction, agent: number, seen: Uint32Array): boolean {
  return placed.agent === agent || placed.ordinal < seen[placed.agent]!;
}

/** Resolves once the document holds all of `wanted`. */
function applied(doc: Doc, wanted: VersionVector): Promise<void> {
  if (doc.vector().covers(wanted)) return Promise.resolve();
  return new Promise((resolve) => {
    const stop = doc.subscribe(() => {
      if (!doc.vector().covers(wanted)) return;
      stop();
      resolve();
    });
  });
}
