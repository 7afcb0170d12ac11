// What became of commits that somebody far away asked for: rows of the store, written by
// the very commits that they tell of. So a commit and its note are durable together, or
// neither is, on whichever driver; and any server of the store can tell.
//
// A note stands at (day, session, slot): of each slot of a session only the last commit is
// remembered, since the ones before were answered, or their transaction would not be over.
//
// Invariants
//   CN1  A commit takes effect only together with its note, and only where no note of its
//        slot has its number or a later one.
//   CN2  Settling a commit leaves a note of its number, whoever wrote it: so what is said
//        then stays true. What was not committed by then never is.
//   CN3  A note is kept until nobody may ask for it any more: see `settleMsMax`.
//
// The bytes are described in docs/formats/store-wire.md.

import { HoldfastError, keyRange, packKey, Reader, Writer } from "@holdfast/std";
import { type CommitVersion, keyAfter, type Store, type Transaction } from "@holdfast/store";
import { type CommitName, settleMsMax } from "@holdfast/store/remote";
import type { Outcome } from "./held_transaction.ts";

/** A commit, as its note is found. */
export interface NotedCommit extends CommitName {
  readonly session: Uint8Array;
  /** When its transaction began, by the server's wall clock. */
  readonly begunAtMs: number;
}

/** All notes lie behind this. */
const notesPrefix = "commits";
const dayMs = 86_400_000;
/** Notes of so many days before today are kept, for clocks that differ too. */
const daysKept = 2;
const sweptRows = 1_000;
const layout = 0;
const [fenced, committed] = [0, 1];

interface Note {
  readonly sequence: number;
  readonly outcome: Outcome;
}

/**
 * Notes in `tx` that it is this commit.
 *
 * @throws {HoldfastError} `invalid_argument` where the slot has a later note: CN1.
 */
export async function noteCommit(tx: Transaction, name: NotedCommit): Promise<void> {
  const key = keyOf(name);
  const note = await readNote(tx, key);
  if (note !== null && note.sequence >= name.sequence) throw wasSettled(name);
  tx.setStampedValue(key, noteOf(committed, name.sequence));
}

/**
 * What became of a commit; from now on, nothing else does.
 *
 * @param nowMs - The wall clock.
 * @throws {HoldfastError} `unknown_outcome` where it is too long ago; `invalid_argument`
 *   where a later commit of its slot is noted; as `Store.transact`.
 */
export async function settleCommit(
  store: Store,
  name: NotedCommit,
  nowMs: number,
): Promise<Outcome> {
  if (Math.abs(nowMs - name.begunAtMs) > settleMsMax) {
    const sentence = `a commit is remembered for ${settleMsMax} ms`;
    throw new HoldfastError("unknown_outcome", sentence);
  }
  const { value } = await store.transact(async (tx) => {
    const key = keyOf(name);
    const note = await readNote(tx, key);
    if (note !== null && note.sequence > name.sequence) throw wasSettled(name);
    if (note?.sequence === name.sequence) return note.outcome;
    tx.setStampedValue(key, noteOf(fenced, name.sequence));
    return "conflict" as const;
  });
  return value;
}

/** Removes notes that nobody may ask for any more, a thousand at a time. @throws {HoldfastError} As `Store.transact`. */
export async function sweepNotes(store: Store, nowMs: number): Promise<void> {
  const { start } = keyRange([notesPrefix]);
  const end = packKey([notesPrefix, Math.floor(nowMs / dayMs) - daysKept]);
  for (;;) {
    const { value: count } = await store.transact(async (tx) => {
      const rows = await tx.snapshot.range({ start, end }, { limitRows: sweptRows });
      const last = rows.at(-1);
      if (last !== undefined) tx.clearRange({ start, end: keyAfter(last.key) });
      return rows.length;
    });
    if (count < sweptRows) return;
  }
}

function keyOf({ begunAtMs, session, slot }: NotedCommit): Uint8Array {
  return packKey([notesPrefix, Math.floor(begunAtMs / dayMs), session, slot]);
}

function noteOf(kind: number, sequence: number) {
  return { before: Uint8Array.of(layout, kind), after: new Writer(8).uint(sequence).finish() };
}

/** @throws {HoldfastError} `corrupt`, `truncated`, `unsupported_version`. */
async function readNote(tx: Transaction, key: Uint8Array): Promise<Note | null> {
  const value = await tx.get(key);
  if (value === null) return null;
  const reader = new Reader(value);
  const found = reader.u8("layout");
  if (found !== layout) {
    throw new HoldfastError("unsupported_version", `a note of a commit of layout ${found}`);
  }
  const kind = reader.u8("kind");
  if (kind > committed) throw new HoldfastError("corrupt", `a note of kind ${kind}`);
  const version = reader.u32("version") * 2 ** 32 + reader.u32("version");
  const sequence = reader.uint("sequence");
  reader.end("a note of a commit");
  return { sequence, outcome: kind === committed ? (version as CommitVersion) : "conflict" };
}

function wasSettled({ slot, sequence }: CommitName): HoldfastError {
  const sentence = `commit ${sequence} of slot ${slot} was answered before`;
  return new HoldfastError("invalid_argument", sentence);
}
