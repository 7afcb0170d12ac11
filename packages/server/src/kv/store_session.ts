// One client's connection to a store: its snapshots, its commits and its watches.
//
//   receive --frame--> reads: at once, in order
//                      begin, commit, settle, write, lookup: beside each other, a bounded number
//                      changes: one after another
//                      watch: signals, one at a time, each when there is room
//
// Invariants
//   SS1  A client's calls take effect as if it were in the store's process, in a part of
//        the key space of its own: nothing that it sends reads or writes outside of it.
//   SS2  What a client can make the server hold is bounded: snapshots and watches by
//        number, requests and answers by bytes. Over it the server holds back, or refuses.
//   SS3  Once the session has ended, no snapshot and no watch of it is held.

import { concatBytes, type ErrorCode, HoldfastError, isHoldfastError } from "@holdfast/std";
import type { CommitVersion, Snapshot, Watch } from "@holdfast/store";
import {
  type ClientFrame,
  decodeClientFrame,
  encodeChanges,
  FrameBatch,
  framesOf,
  isAsOf,
  outboundSizeBytesMax,
  partSizeBytesMax,
  replayRequest,
  replayWrites,
  requestPriority,
  requestSizeBytesMax,
  type ServerFrame,
  slotsMax,
  watchesPerConnectionMax,
  writeServerFrame,
} from "@holdfast/store/remote";
import { stallMsMax } from "@holdfast/sync";
import type { Timer } from "@holdfast/world";
import { noteCommit, settleCommit } from "./commit_notes.ts";
import { HeldTransaction, type Outcome } from "./held_transaction.ts";
import type { KeyArea } from "./key_area.ts";
import { rowPage } from "./row_page.ts";
import type { SessionOptions, SnapshotKind } from "./session_options.ts";
import { toldPage } from "./told_page.ts";

/** How long a client may be silent. It asks whether we are there when it hears nothing. */
export const silenceMsMax = 45_000;
/** Calls that run beside each other. */
const runningMax = slotsMax;

type Frame<T extends ClientFrame["type"]> = Extract<ClientFrame, { readonly type: T }>;

/** A transaction of the client: asked for, or open. */
interface Held {
  readonly kind: SnapshotKind;
  readonly controller: AbortController;
  readonly begunAtMs: number;
  /** Null until it is open. */
  transaction: HeldTransaction | null;
  /** Of the request of its commit. */
  parts: Uint8Array[];
  sizeBytes: number;
  /** Why not all parts were kept; null where they were. */
  refusal: HoldfastError | null;
}

/** See the head of this file. */
export class StoreSession {
  readonly #options: SessionOptions;
  readonly #batch: FrameBatch<ServerFrame>;
  readonly #held = new Map<number, Held>();
  readonly #watches = new Map<number, Watch>();
  /** Calls that are not answered yet, and transactions that are ending. */
  #running = 0;
  /** The last page of the feed that was asked for. */
  #telling: Promise<void> = Promise.resolve();
  /** Called when a call has ended. */
  #onAnswered: (() => void) | null = null;
  /** Since when nothing was heard; null where this does not listen. */
  #listensSinceMs: number | null = null;
  #silence: Timer | null = null;
  #isOver = false;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#batch = new FrameBatch(options.connection, writeServerFrame);
  }

  /**
   * Serves the client until its connection ends.
   *
   * @throws {HoldfastError} What it did that the protocol has not.
   */
  async run(): Promise<void> {
    this.#watchSilence(silenceMsMax);
    try {
      for (;;) {
        const bytes = await this.#receive();
        if (bytes === null) return;
        for (const frame of framesOf(bytes)) {
          const taken = this.#take(decodeClientFrame(frame));
          if (taken !== undefined) await taken;
          if (this.#isFull) await this.#room();
        }
      }
    } finally {
      this.#end();
      await this.#fewerThan(1);
    }
  }

  async #receive(): Promise<Uint8Array | null> {
    const { clock, connection } = this.#options;
    this.#listensSinceMs = clock.now();
    try {
      return await connection.receive();
    } finally {
      this.#listensSinceMs = null;
    }
  }

  /** One timer for all messages. */
  #watchSilence(afterMs: number): void {
    const { clock, connection } = this.#options;
    this.#silence = clock.timer(afterMs, () => {
      const quietMs = clock.now() - (this.#listensSinceMs ?? clock.now());
      if (quietMs >= silenceMsMax) connection.close("nothing was heard");
      else this.#watchSilence(silenceMsMax - quietMs);
    });
  }

  #end(): void {
    this.#isOver = true;
    this.#silence?.cancel();
    for (const slot of [...this.#held.keys()]) this.#release(slot);
    for (const watch of this.#watches.values()) watch.close();
    this.#watches.clear();
  }

  get #isFull(): boolean {
    const { bufferedBytes } = this.#options.connection;
    return bufferedBytes > outboundSizeBytesMax || this.#running >= runningMax;
  }

  /** Holds the client back: while much waits for it, or runs for it. */
  async #room(): Promise<void> {
    await this.#drained();
    await this.#fewerThan(runningMax);
  }

  /** Resolves once there is room for more, or the connection has ended: as it does where that takes too long. */
  async #drained(): Promise<void> {
    const { clock, connection } = this.#options;
    if (connection.bufferedBytes <= outboundSizeBytesMax) return;
    const timer = clock.timer(stallMsMax, () => {
      const sentence = "what was sent is not being read";
      this.#batch.send({ type: "bye", code: "too_slow", sentence });
      this.#batch.flush();
      this.#isOver = true;
      connection.close(sentence);
    });
    await connection.drained(outboundSizeBytesMax);
    timer.cancel();
  }

  /** Resolves once fewer calls run. One who waits at a time. */
  async #fewerThan(count: number): Promise<void> {
    while (this.#running >= count) {
      await new Promise<void>((resolve) => {
        this.#onAnswered = resolve;
      });
    }
  }

  #take(frame: ClientFrame): Promise<void> | void {
    switch (frame.type) {
      case "hello":
        throw new HoldfastError("protocol", "a second hello");
      case "begin":
        return this.#begin(frame);
      case "get":
        return this.#read(frame, async (snapshot, area) => {
          const value = await snapshot.get(area.keyOf(frame.key));
          return { type: "value", call: frame.call, value };
        });
      case "range":
        return this.#read(frame, async (snapshot, area) => {
          const { rows, isWhole } = await rowPage(snapshot, area.rangeOf(frame), frame);
          const own = rows.map(({ key, value }) => ({ key: area.ownKeyOf(key), value }));
          return { type: "rows", call: frame.call, rows: own, isWhole };
        });
      case "release":
        return this.#release(frame.slot);
      case "part":
        return this.#keepPart(frame);
      case "commit":
        return this.#commit(frame);
      case "settle":
        return this.#settle(frame);
      case "watch":
        return this.#watch(frame);
      case "unwatch":
        this.#watches.get(frame.watch)?.close();
        return;
      case "write":
        return this.#write(frame);
      case "lookup":
        return this.#lookup(frame);
      case "changes":
        return this.#tell(frame);
      case "ping":
        return this.#send({ type: "pong" });
    }
  }

  #begin({ call, slot, consistency, priority }: Frame<"begin">): void {
    if (this.#held.has(slot)) throw new HoldfastError("protocol", `slot ${slot} is taken`);
    const { store, clock } = this.#options;
    const held: Held = {
      kind: isAsOf(consistency) ? "past" : "present",
      ...{ controller: new AbortController(), begunAtMs: Math.max(0, Math.round(clock.wall())) },
      ...{ transaction: null, parts: [], sizeBytes: 0, refusal: null },
    };
    void this.#call(call, async () => {
      this.#options.takeSnapshot(held.kind);
      this.#held.set(slot, held);
      try {
        held.transaction = await HeldTransaction.open(
          store,
          { consistency, priority },
          held.controller,
        );
      } catch (error) {
        if (this.#held.get(slot) === held) this.#held.delete(slot);
        this.#options.giveSnapshot(held.kind);
        throw error;
      }
      // It was released meanwhile.
      if (this.#held.get(slot) !== held) this.#drop(held);
      const { staleMsMax, snapshot } = held.transaction;
      const { version } = snapshot;
      return { type: "begun", call, version, begunAtMs: held.begunAtMs, staleMsMax };
    });
  }

  /** Reads in order, and not beside each other: they don't wait for anything but memory and the disk. */
  async #read(
    { call, slot }: Frame<"get" | "range">,
    read: (snapshot: Snapshot, area: KeyArea) => Promise<ServerFrame>,
  ): Promise<void> {
    const { snapshot } = this.#opened(slot);
    try {
      this.#send(await read(snapshot, this.#options.area));
    } catch (error) {
      this.#fail(call, error);
    }
  }

  #keepPart({ slot, bytes }: Frame<"part">): void {
    this.#opened(slot);
    const held = this.#held.get(slot)!;
    const { budget } = this.#options;
    if (held.refusal === null && held.sizeBytes + bytes.length > requestSizeBytesMax) {
      const sentence = `a commit of over ${requestSizeBytesMax} bytes`;
      this.#dropParts(held, new HoldfastError("too_large", sentence));
    } else if (held.refusal === null && bytes.length > budget.sizeBytes) {
      const sentence = "too many large commits are on their way";
      this.#dropParts(held, new HoldfastError("overloaded", sentence));
    }
    if (held.refusal !== null) return;
    budget.sizeBytes -= bytes.length;
    held.sizeBytes += bytes.length;
    held.parts.push(bytes);
  }

  #commit({ call, slot, sequence }: Frame<"commit">): void {
    const transaction = this.#opened(slot);
    const held = this.#held.get(slot)!;
    const { session, area } = this.#options;
    const { prefix, keySizeBytesMax } = area;
    this.#held.delete(slot);
    void this.#call(call, async () => {
      try {
        const { refusal, begunAtMs } = held;
        if (refusal !== null) throw refusal;
        const request = concatBytes(held.parts);
        const outcome = await transaction.commit(async (tx) => {
          await noteCommit(tx, { session, slot, sequence, begunAtMs });
          replayRequest(request, tx, { prefix, keySizeBytesMax });
        });
        return answerOf(call, outcome);
      } finally {
        transaction.release();
        this.#drop(held);
      }
    });
  }

  #write({ call, bytes }: Frame<"write">): void {
    const { store, area } = this.#options;
    this.#answerBy(
      call,
      () => {
        const options = { priority: requestPriority(bytes) };
        return store.write((writes) => replayWrites(bytes, writes, area), options);
      },
      (version) => ({ type: "committed", call, version }),
    );
  }

  #lookup({ call, key }: Frame<"lookup">): void {
    const { store, area } = this.#options;
    this.#answerBy(
      call,
      () => store.get(area.keyOf(key)),
      (value) => ({ type: "value", call, value }),
    );
  }

  /** Pages one after another, in parts, each when there is room: so no more than one is held. */
  #tell(frame: Frame<"changes">): void {
    const { store, area } = this.#options;
    const { call } = frame;
    const before = this.#telling;
    this.#telling = this.#call(call, async () => {
      await before;
      this.#options.takeSnapshot("present");
      try {
        const { changes, version } = await toldPage(store, area, frame);
        const page = encodeChanges(changes);
        let at = 0;
        for (; page.length - at > partSizeBytesMax; at += partSizeBytesMax) {
          const bytes = page.subarray(at, at + partSizeBytesMax);
          this.#send({ type: "told", call, isWhole: false, version, bytes });
          await this.#drained();
        }
        return { type: "told", call, isWhole: true, version, bytes: page.subarray(at) };
      } finally {
        this.#options.giveSnapshot("present");
      }
    });
  }

  #settle({ call, slot, sequence, begunAtMs }: Frame<"settle">): void {
    const { store, clock, session } = this.#options;
    void this.#call(call, async () => {
      const name = { session, slot, sequence, begunAtMs };
      return answerOf(call, await settleCommit(store, name, clock.wall()));
    });
  }

  #watch(frame: Frame<"watch">): void {
    const { watch: number } = frame;
    if (this.#watches.has(number)) {
      throw new HoldfastError("protocol", `watch ${number} is open already`);
    }
    let watch: Watch;
    try {
      if (this.#watches.size >= watchesPerConnectionMax) {
        throw new HoldfastError("overloaded", `${watchesPerConnectionMax} watches are open`);
      }
      watch = this.#options.store.watch(this.#options.area.rangeOf(frame));
    } catch (error) {
      if (!isHoldfastError(error)) this.#options.onFailed(error);
      this.#send({ type: "unwatched", watch: number, ...reasonOf(error) });
      return;
    }
    this.#watches.set(number, watch);
    void this.#follow(number, watch);
  }

  /** A signal that is not taken holds the next one back; meanwhile the store merges them. */
  async #follow(number: number, watch: Watch): Promise<void> {
    let since = 0 as CommitVersion;
    for (;;) {
      const version = await watch.next(since);
      if (version === null) break;
      since = version;
      this.#send({ type: "changed", watch: number, version });
      await this.#drained();
    }
    this.#watches.delete(number);
  }

  #release(slot: number): void {
    const held = this.#held.get(slot);
    // Its `begin` may have failed, of which the client can't know yet.
    if (held === undefined) return;
    this.#held.delete(slot);
    held.controller.abort(new HoldfastError("cancelled", "the transaction was released"));
    held.transaction?.release();
    this.#drop(held);
  }

  /** Its snapshot counts until the store has let go of it; that is waited for as for a call. */
  #drop(held: Held): void {
    this.#dropParts(held, null);
    if (held.transaction === null) return; // its `begin` does this
    this.#running += 1;
    void held.transaction.ended.then(() => {
      this.#options.giveSnapshot(held.kind);
      this.#ended();
    });
  }

  #dropParts(held: Held, refusal: HoldfastError | null): void {
    this.#options.budget.sizeBytes += held.sizeBytes;
    held.refusal = refusal;
    held.parts = [];
    held.sizeBytes = 0;
  }

  #opened(slot: number): HeldTransaction {
    const transaction = this.#held.get(slot)?.transaction;
    if (transaction !== null && transaction !== undefined) return transaction;
    throw new HoldfastError("protocol", `slot ${slot} holds no snapshot`);
  }

  /** Runs a call beside others, and answers it. */
  async #call(call: number, work: () => Promise<ServerFrame>): Promise<void> {
    this.#running += 1;
    try {
      this.#answer(await work());
    } catch (error) {
      this.#answer(failureOf(call, error), error);
    }
  }

  /** The same for one that the store answers: without a turn of its own, since most are such. */
  #answerBy<T>(call: number, ask: () => Promise<T>, frameOf: (answer: T) => ServerFrame): void {
    let asked: Promise<T>;
    try {
      asked = ask();
    } catch (error) {
      this.#fail(call, error);
      return;
    }
    this.#running += 1;
    asked.then(
      (answer) => this.#answer(frameOf(answer)),
      (error: unknown) => this.#answer(failureOf(call, error), error),
    );
  }

  /** Answers a call that ran, and counts it no more. */
  #answer(frame: ServerFrame, error: unknown = null): void {
    if (error !== null && !isHoldfastError(error)) this.#options.onFailed(error);
    this.#send(frame);
    this.#ended();
  }

  #ended(): void {
    this.#running -= 1;
    this.#onAnswered?.();
    this.#onAnswered = null;
  }

  #fail(call: number, error: unknown): void {
    if (!isHoldfastError(error)) this.#options.onFailed(error);
    this.#send(failureOf(call, error));
  }

  #send(frame: ServerFrame): void {
    if (!this.#isOver) this.#batch.send(frame);
  }
}

function answerOf(call: number, outcome: Outcome): ServerFrame {
  if (outcome === "conflict") return { type: "conflict", call };
  return { type: "committed", call, version: outcome };
}

function failureOf(call: number, error: unknown): ServerFrame {
  return { type: "failed", call, ...reasonOf(error) };
}

/** What is none of ours says nothing of itself. */
function reasonOf(error: unknown): { readonly code: ErrorCode; readonly sentence: string } {
  if (isHoldfastError(error)) return { code: error.code, sentence: error.message };
  return { code: "io", sentence: "the server failed" };
}
