// Replays a recorded editing history through real clients and a real server.
//
// Each author is a client with its own folder, agent and connection. It joins
// when its first transaction can be made, makes each on exactly the document
// that the author saw (a gate on its connection lets through what the
// transaction's parents say, in a random causal order), and leaves when all of
// its own is saved. A few stay to the end; they, and fresh readers, each in
// another order, must then have the same text.

import type { EventRun } from "@holdfast/causality";
import type { DocumentId } from "@holdfast/doc";
import { HoldfastError, isHoldfastError, type Random, SeededRandom } from "@holdfast/std";
import type { World } from "@holdfast/world";
import { type PlacedTransaction, placeTransactions, shuffleCausally } from "./causal_order.ts";
import { hasSurrogates } from "./code_points.ts";
import { type Player, Seat } from "./player.ts";
import type { Trace, TracePatch } from "./trace.ts";

/** What to replay, and through what. */
export interface ReplayOptions {
  readonly world: World;
  readonly trace: Trace;
  /** The server's address. */
  readonly url: string;
  /** What the server asks of its clients. */
  readonly credential?: string;
  /** A document that the server does not have yet. */
  readonly document: DocumentId;
  /** Where the clients keep their folders; the caller removes it. */
  readonly folder: string;
  /** Draws the orders of delivery, and who stays. */
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
  /** Whether all clients that were there in the end had that text. */
  readonly converged: boolean;
  /** How many clients that was: authors that stayed, and fresh ones. */
  readonly replicas: number;
}

/** Most authors that stay to the end; each holds the whole document in memory. */
export const stayingAuthorsMax = 8;

/**
 * Replays `trace`; see the head of this file.
 *
 * @throws {HoldfastError} `unavailable` where the server can't be reached at the
 *   start, or what it refuses a client with; `corrupt` where a transaction can't
 *   have been made on the document that its author is said to have seen.
 */
export async function replayTrace(options: ReplayOptions): Promise<ReplayResult> {
  const probe = await options.world.network.connect(options.url);
  probe.close("reached");
  const replay = new Replay(options);
  try {
    return await replay.run();
  } finally {
    await replay.close();
  }
}

class Replay {
  readonly #options: ReplayOptions;
  readonly #placed: readonly PlacedTransaction[];
  /** For each transaction its events, once it is made; null where it has none. */
  readonly #made: Promise<EventRun | null>[];
  readonly #settle: ((run: EventRun | null) => void)[] = [];
  readonly #staying: ReadonlySet<number>;
  // Positions of traces count code points, ours UTF-16 units: the same, unless
  // some author types a character outside of the basic plane.
  readonly #countsUnits: boolean;
  readonly #present = new Map<number, Player>();
  #bundles = 0;
  #done = 0;

  constructor(options: ReplayOptions) {
    const { trace, seed } = options;
    this.#options = options;
    this.#placed = placeTransactions(trace);
    this.#made = this.#placed.map(() => new Promise((resolve) => this.#settle.push(resolve)));
    this.#staying = drawAuthors(trace.agents, new SeededRandom(seed));
    this.#countsUnits = !trace.transactions.some(({ patches }) =>
      patches.some(({ inserted }) => hasSurrogates(inserted)),
    );
  }

  async run(): Promise<ReplayResult> {
    const { trace, world, orders } = this.#options;
    const seats = await this.#takeSeats();
    const startMs = world.clock.now();
    await Promise.all(seats.map((seat, agent) => this.#play(seat, agent)));
    const elapsedMs = world.clock.now() - startMs;
    const texts: string[] = [];
    for (let order = 0; order < orders; order += 1) texts.push(await this.#readBack(order));
    for (const [agent, player] of this.#present) {
      const lacking = this.#lackedBy(agent);
      await player.receive(await this.#pieces(lacking, this.#randomOf(agent, lacking.length)));
      texts.push(player.text);
      this.#step();
    }
    const text = texts[0]!;
    return {
      transactions: trace.transactions.length,
      patches: trace.transactions.reduce((sum, { patches }) => sum + patches.length, 0),
      bundles: this.#bundles,
      elapsedMs,
      text,
      converged: texts.every((other) => other === text),
      replicas: texts.length,
    };
  }

  async close(): Promise<void> {
    for (const player of this.#present.values()) await player.close();
  }

  // Agents are drawn at random, but ties must be broken as when the trace was
  // recorded: so whoever drew the lowest plays the author of the lowest rank.
  async #takeSeats(): Promise<readonly Seat[]> {
    const { trace, world, folder } = this.#options;
    const taken: Seat[] = [];
    for (let count = 0; count < trace.agents; count += 1) {
      taken.push(await Seat.take(world, folder, `author-${count}`));
    }
    taken.sort((a, b) => (a.agent < b.agent ? -1 : 1));
    return trace.ranks.map((rank) => taken[rank]!);
  }

  async #play(seat: Seat, agent: number): Promise<void> {
    const own = this.#placed.filter((placed) => placed.agent === agent);
    if (own.length === 0) return await seat.leave();
    for (const index of own[0]!.news) await this.#made[index];
    const player = await seat.join(this.#options);
    this.#present.set(agent, player);
    for (const { index, news, patches } of own) {
      await player.receive(await this.#pieces(news, this.#randomOf(agent, index)));
      this.#settle[index]!(await this.#make(player, index, patches));
      this.#step();
    }
    await player.whenSaved();
    this.#bundles += player.bundlesSent;
    if (this.#staying.has(agent)) return;
    this.#present.delete(agent);
    await player.close();
  }

  async #make(
    player: Player,
    index: number,
    patches: readonly TracePatch[],
  ): Promise<EventRun | null> {
    try {
      return await player.make(patches, this.#countsUnits);
    } catch (cause) {
      if (!isHoldfastError(cause, "invalid_argument")) throw cause;
      throw new HoldfastError("corrupt", `trace: txns[${index}]: ${cause.message}`, { cause });
    }
  }

  async #readBack(order: number): Promise<string> {
    const { world, folder, trace } = this.#options;
    const seat = await Seat.take(world, folder, `reader-${order}`);
    const reader = await seat.join(this.#options);
    try {
      const all = this.#placed.map(({ index }) => index);
      await reader.receive(await this.#pieces(all, this.#randomOf(trace.agents + order, 0)));
      return reader.text;
    } finally {
      await reader.close();
      this.#step();
    }
  }

  /** The events of the transactions in a random causal order, once all are made; what follows on is one piece. */
  async #pieces(indexes: readonly number[], random: Random): Promise<readonly EventRun[]> {
    const pieces: EventRun[] = [];
    for (const index of shuffleCausally(this.#options.trace.transactions, indexes, random)) {
      const run = await this.#made[index]!;
      if (run === null) continue;
      const last = pieces.at(-1);
      if (last?.agent === run.agent && last.to === run.from) {
        pieces[pieces.length - 1] = { ...last, to: run.to };
      } else {
        pieces.push(run);
      }
    }
    return pieces;
  }

  /** What the author had not seen when it made its last transaction, and did not make itself. */
  #lackedBy(agent: number): readonly number[] {
    const last = this.#placed.filter((placed) => placed.agent === agent).at(-1)!;
    return this.#placed
      .filter((placed) => placed.agent !== agent && placed.ordinal >= last.seen[placed.agent]!)
      .map(({ index }) => index);
  }

  // Of its own for each use, so that what one client draws does not depend on
  // what the others did meanwhile.
  #randomOf(client: number, use: number): SeededRandom {
    return new SeededRandom(this.#options.seed * 1_000_003 + client * 65_537 + use);
  }

  #step(): void {
    const { trace, orders, onProgress } = this.#options;
    this.#done += 1;
    onProgress(this.#done, trace.transactions.length + this.#staying.size + orders);
  }
}

/** At most {@link stayingAuthorsMax} of the authors. */
function drawAuthors(agents: number, random: Random): ReadonlySet<number> {
  const drawn = Array.from({ length: agents }, (_, agent) => ({ agent, draw: random.next() }));
  drawn.sort((a, b) => a.draw - b.draw);
  return new Set(drawn.slice(0, stayingAuthorsMax).map(({ agent }) => agent));
}
