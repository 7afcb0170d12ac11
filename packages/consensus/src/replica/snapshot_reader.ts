// Pieces of a state, for peers that lack it: made when they are asked for, and stored
// nowhere. One reading is kept for each peer, and goes on as long as the peer asks in order.

import { HoldfastError } from "@holdfast/std";
import type { Clock } from "@holdfast/world";
import { chunkSizeBytesMax } from "../codec/message_codec.ts";
import type { ChunkRead } from "../raft/output.ts";
import type { Index, NodeId } from "../raft/types.ts";
import type { MachineSnapshot, StateMachine } from "./state_machine.ts";

/** A piece of a snapshot, or the index of the snapshot that there is instead. */
export type Piece =
  | { readonly bytes: Uint8Array; readonly isLast: boolean }
  | { readonly instead: Index };

interface Reading {
  readonly name: string;
  readonly snapshot: MachineSnapshot;
  readonly pieces: AsyncIterator<Uint8Array>;
  /** Read and not given out. */
  rest: Uint8Array;
  isEnded: boolean;
  /** Where the next piece begins. */
  offset: number;
  last: { readonly offset: number; readonly bytes: Uint8Array; readonly isLast: boolean } | null;
  /** When its last piece was given out; infinite while one is being read. */
  usedMs: number;
}

/** A reading that no peer asked for this long is given up. */
const unusedMsMax = 30_000;

/** What the snapshot of an index is called. */
export function snapshotName(index: Index): string {
  return String(index);
}

/** See the head of this file. */
export class SnapshotReader {
  readonly #machine: StateMachine;
  readonly #clock: Clock;
  readonly #readings = new Map<NodeId, Reading>();
  /** The last read of each peer: one at a time, since they share what is left over. */
  readonly #turns = new Map<NodeId, Promise<unknown>>();
  #isClosed = false;

  constructor(machine: StateMachine, clock: Clock) {
    this.#machine = machine;
    this.#clock = clock;
  }

  /** O(size of the piece), and where a peer does not ask in order, of all before it. */
  read(chunk: ChunkRead): Promise<Piece> {
    const before = this.#turns.get(chunk.to) ?? Promise.resolve();
    const turn = before.catch(() => undefined).then(() => this.#read(chunk));
    this.#turns.set(chunk.to, turn);
    return turn;
  }

  /** Gives up what no peer asked for, for long. */
  releaseUnused(): void {
    const nowMs = this.#clock.now();
    for (const [to, { usedMs }] of [...this.#readings]) {
      if (nowMs - usedMs > unusedMsMax) this.release(to);
    }
  }

  async #read({ to, snapshot, offset }: ChunkRead): Promise<Piece> {
    if (this.#isClosed) throw new HoldfastError("closed", "the replica was closed");
    let reading = this.#readings.get(to);
    if (reading !== undefined) reading.usedMs = Number.POSITIVE_INFINITY;
    if (reading?.name === snapshot.name && reading.last?.offset === offset) {
      reading.usedMs = this.#clock.now();
      return reading.last;
    }
    if (reading?.name !== snapshot.name || reading.offset !== offset) {
      this.release(to);
      const opened = this.#machine.snapshot();
      if (snapshotName(opened.index) !== snapshot.name) {
        opened.release();
        return { instead: opened.index };
      }
      reading = begun(opened);
      this.#readings.set(to, reading);
      while (reading.offset < offset && reading.last?.isLast !== true) {
        await next(reading, Math.min(chunkSizeBytesMax, offset - reading.offset));
      }
      // Nobody can hold more than there is of a function of the index.
      if (reading.offset < offset) return { instead: opened.index };
    }
    const piece = await next(reading, chunkSizeBytesMax);
    reading.usedMs = this.#clock.now();
    if (piece.isLast) reading.snapshot.release();
    return piece;
  }

  /** Gives up what is read for a peer. */
  release(to: NodeId): void {
    const reading = this.#readings.get(to);
    this.#readings.delete(to);
    if (reading === undefined || reading.last?.isLast === true) return;
    void reading.pieces.return?.()?.catch(() => undefined);
    reading.snapshot.release();
  }

  /** Gives up all. */
  close(): void {
    this.#isClosed = true;
    for (const to of [...this.#readings.keys()]) this.release(to);
  }
}

function begun(snapshot: MachineSnapshot): Reading {
  return {
    name: snapshotName(snapshot.index),
    snapshot,
    pieces: snapshot.bytes[Symbol.asyncIterator](),
    rest: new Uint8Array(0),
    isEnded: false,
    offset: 0,
    last: null,
    usedMs: Number.POSITIVE_INFINITY,
  };
}

async function next(reading: Reading, sizeBytesMax: number) {
  // One byte more than fits shows that it is not the last.
  while (!reading.isEnded && reading.rest.length <= sizeBytesMax) {
    const found = await reading.pieces.next();
    if (found.done === true) reading.isEnded = true;
    else reading.rest = joined(reading.rest, found.value);
  }
  const bytes = reading.rest.slice(0, sizeBytesMax);
  reading.rest = reading.rest.subarray(bytes.length);
  const piece = {
    offset: reading.offset,
    bytes,
    isLast: reading.isEnded && reading.rest.length === 0,
  };
  reading.offset += bytes.length;
  reading.last = piece;
  return piece;
}

function joined(left: Uint8Array, right: Uint8Array): Uint8Array {
  if (left.length === 0) return right;
  const bytes = new Uint8Array(left.length + right.length);
  bytes.set(left);
  bytes.set(right, left.length);
  return bytes;
}
