// Which commits of which sessions took effect: what makes one that is asked for twice
// take effect once. A part of the replicated state: it changes by what is applied alone,
// and so is equal on every replica.
//
// Invariants:
//   SE1  What took effect is known until its session said that it was answered, or the
//        session was the one unused for longest of more than `sessionsMax`.
//
// A session's row, for the state on disk: uint use, uint answered, uint count, then each
// number and its version: uint, uint; numbers ascend.

import { HoldfastError, Reader, Writer } from "@holdfast/std";
import { type CommitToken, type CommittedToken, sessionSizeBytes } from "../../commit_token.ts";
import type { EngineRow } from "../../engine.ts";
import { clusterBytes, type KeyText, reservedText, type Span } from "../../key.ts";
import type { CommitVersion } from "../../store.ts";
import type { WriteSet } from "../../write_set.ts";

/** Most sessions that are remembered. */
export const sessionsMax = 65_536;
/** From so many commits of one session on that are not said to be answered, new ones are refused. */
const unansweredMax = 10_000;
/** Those that were under way when that was reached are noted all the same. */
const notedMax = 1_000_000;

/** Where the rows of sessions lie. */
export const sessionsSpan: Span = {
  start: reservedText(clusterBytes.sessions),
  end: reservedText(clusterBytes.sessions + 1),
};

interface Session {
  /** When it was last used: counts all commits with tokens. */
  use: number;
  answered: number;
  readonly done: Map<number, CommitVersion>;
}

/** See the head of this file. */
export class Sessions {
  // In the order of their last use.
  readonly #sessions = new Map<string, Session>();
  readonly #changed = new Set<string>();
  /** Of the last token: many in a row are of one. */
  #latest: { readonly name: string; readonly session: Session } | null = null;
  #uses = 0;

  /** Takes in all rows that {@link flush} wrote, where nothing is known yet. */
  load(rows: readonly EngineRow[]): void {
    const loaded = rows.map(({ key, value }) => [key.slice(2), decode(value)] as const);
    loaded.sort(([, left], [, right]) => left.use - right.use);
    for (const [name, session] of loaded) {
      this.#sessions.set(name, session);
      this.#uses = Math.max(this.#uses, session.use);
    }
  }

  /** At which version a commit took effect, or null. Throws where it was answered before. */
  find({ session: name, sequence }: CommitToken): CommitVersion | null {
    const session = this.#sessions.get(name);
    if (session === undefined) return null;
    if (sequence <= session.answered) {
      throw new HoldfastError("invalid_argument", `commit ${sequence} was answered before`);
    }
    const version = session.done.get(sequence);
    if (version !== undefined) return version;
    if (session.done.size >= unansweredMax) {
      throw new HoldfastError(
        "overloaded",
        `${unansweredMax} commits were not said to be answered`,
      );
    }
    return null;
  }

  /** Notes that a commit took effect. O(1), and what was answered since. */
  note({ session: name, sequence, answered, version }: CommittedToken): void {
    this.#uses += 1;
    let session = this.#latest?.name === name ? this.#latest.session : null;
    if (session === null) {
      session = this.#sessions.get(name) ?? { use: 0, answered: 0, done: new Map() };
      this.#sessions.delete(name);
      this.#sessions.set(name, session);
      this.#latest = { name, session };
    }
    session.use = this.#uses;
    session.done.set(sequence, version);
    if (answered > session.answered) forget(session, answered);
    this.#changed.add(name);
    if (this.#sessions.size <= sessionsMax) return;
    const [oldest] = this.#sessions.keys();
    this.#sessions.delete(oldest!);
    this.#changed.add(oldest!);
  }

  /** Writes what changed since the last call. */
  flush(writes: WriteSet): void {
    for (const name of this.#changed) {
      const session = this.#sessions.get(name);
      const key = `${sessionsSpan.start}${name}` as KeyText;
      writes.set(key, session === undefined ? null : encode(session));
    }
    this.#changed.clear();
  }

  /** Forgets all. */
  clear(): void {
    this.#sessions.clear();
    this.#changed.clear();
    this.#latest = null;
    this.#uses = 0;
  }
}

/** What is answered is asked for no more. O(what that is, or all that is done, whichever is less). */
function forget(session: Session, answered: number): void {
  const { done } = session;
  if (answered - session.answered < done.size) {
    for (let number = session.answered + 1; number <= answered; number += 1) done.delete(number);
  } else {
    for (const number of done.keys()) if (number <= answered) done.delete(number);
  }
  session.answered = answered;
}

function encode({ use, answered, done }: Session): Uint8Array {
  const writer = new Writer(32).uint(use).uint(answered).uint(done.size);
  const numbers = [...done.keys()].sort((left, right) => left - right);
  for (const number of numbers) writer.uint(number).uint(done.get(number)!);
  return writer.finish();
}

function decode(bytes: Uint8Array): Session {
  const reader = new Reader(bytes);
  const use = reader.uint("use");
  const answered = reader.uint("answered");
  const done = new Map<number, CommitVersion>();
  for (let left = reader.count("commits", notedMax, 2); left > 0; left -= 1) {
    const number = reader.uint("number");
    done.set(number, reader.uint("version") as CommitVersion);
  }
  reader.end("a session");
  return { use, answered, done };
}

/** Writes a token. */
export function writeToken(writer: Writer, { session, sequence, answered }: CommitToken): void {
  writeSession(writer, session);
  writer.uint(sequence).uint(answered);
}

/** Writes the name of a session. */
export function writeSession(writer: Writer, session: string): void {
  for (let index = 0; index < sessionSizeBytes; index += 1) writer.u8(session.charCodeAt(index));
}

/** See {@link writeSession}. */
export function readSession(reader: Reader): string {
  return String.fromCharCode(...reader.raw(sessionSizeBytes, "session"));
}

/** See {@link writeToken}. */
export function readToken(reader: Reader): CommitToken {
  const session = readSession(reader);
  const sequence = reader.uint("sequence");
  const answered = reader.uint("answered");
  if (sequence <= answered) throw new HoldfastError("corrupt", "a commit that was answered");
  return { session, sequence, answered };
}
