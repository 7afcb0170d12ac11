// Pieces of a state, for peers that lack it: made when they are asked for, and stored
// nowhere. One reading is kept for each peer, and goes on as long as the peer asks in order.

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
}

/** What the snapshot of an index is called. */
export function snapshotName(index: Index): string {
  return String(index);
}

/** See the head of this file. */
export class SnapshotReader {
  readonly #machine: StateMachine;
  readonly #readings = new Map<NodeId, Reading>();
  /** The latest read for each peer: they take turns, since a leader may ask anew before it has an answer. */
  readonly #turns = new Map<NodeId, Promise<unknown>>();

  constructor(machine: StateMachine) {
    this.#machine = machine;
  }

  /** O(size of the piece), and where a peer does not ask in order, of all before it. */
  read(chunk: ChunkRead): Promise<Piece> {
    const before = this.#turns.get(chunk.to) ?? Promise.resolve();
    const piece = before.catch(() => {}).then(() => this.#read(chunk));
    this.#turns.set(chunk.to, piece);
    return piece;
  }

  async #read({ to, snapshot, offset }: ChunkRead): Promise<Piece> {
    let reading = this.#readings.get(to);
    if (reading?.name === snapshot.name && reading.last?.offset === offset) return reading.last;
    if (reading?.name !== snapshot.name || reading.offset !== offset) {
      this.release(to);
      const opened = this.#machine.snapshot();
      if (snapshotName(opened.index) !== snapshot.name) {
        opened.release();
        return { instead: opened.index };
      }
      reading = begun(opened);
      this.#readings.set(to, reading);
      while (reading.offset < offset) await next(reading, offset - reading.offset);
    }
    const piece = await next(reading, chunkSizeBytesMax);
    if (piece.isLast) {
      reading.snapshot.release();
      reading.last = piece;
    }
    return piece;
  }

  /** Gives up what is read for a peer. */
  release(to: NodeId): void {
    const reading = this.#readings.get(to);
    this.#readings.delete(to);
    if (reading?.last?.isLast !== true) reading?.snapshot.release();
  }

  /** Gives up all. */
  close(): void {
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
