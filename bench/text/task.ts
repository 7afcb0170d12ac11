// What is measured: each task prepares, does the work, and gives the text that came of it.

import { nextLetter, nextPlace, readPart, readText, readUpdates } from "./conversion.ts";
import type { Job } from "./job.ts";
import type { Kind, Peer, Replica } from "./peer.ts";
import { readTrace } from "./trace.ts";

/** A task, with what it needs read from disk. */
export interface Task {
  /** Not measured. */
  prepare(): Replica | null;
  /** Measured. What it returns is alive when memory is. */
  work(prepared: Replica | null): { readonly replica: Replica; readonly bytes?: Uint8Array };
  /** Text that must have come of it. */
  readonly expected: string;
}

// No agent of a trace, nor the one that made the update `next`.
const reader = 1_000_000;

/** Null where the library can't. */
export function openTask(peer: Peer, { task, folder, trace }: Job): Task | null {
  const empty = () => peer.create(reader);
  if (task === "local") {
    const { transactions, endContent } = readTrace(trace);
    const edits = transactions.flatMap((transaction) => transaction.edits);
    return {
      prepare: () => peer.create(0),
      work(prepared) {
        const replica = prepared!;
        for (const [at, deleted, inserted] of edits) replica.splice(at, deleted, inserted);
        replica.toString();
        return { replica };
      },
      expected: endContent,
    };
  }
  const text = readText(folder);
  if (task === "merge" || task === "stream") {
    const updates =
      task === "stream" ? readUpdates(folder) : [readPart(folder, `whole-${peer.stores}`)];
    return {
      prepare: empty,
      work(prepared) {
        const replica = prepared!;
        for (const update of updates) replica.apply(update);
        replica.toString();
        return { replica };
      },
      expected: text,
    };
  }
  const place = nextPlace(text);
  const edited = text.slice(0, place) + nextLetter + text.slice(place);
  if (task === "load" || task === "load-edit" || task === "load-merge") {
    const file = readPart(folder, "file");
    const next = readPart(folder, "next");
    return {
      prepare: () => null,
      work() {
        const replica = peer.load(file, reader);
        if (task === "load") replica.toString();
        else if (task === "load-edit") replica.splice(place, 0, nextLetter);
        else replica.apply(next);
        return { replica };
      },
      expected: task === "load" ? text : edited,
    };
  }
  const [, kind, way] = task.split("-") as [string, Kind, string];
  if (!peer.kinds.includes(kind)) return null;
  const whole = readPart(folder, `whole-${kind}`);
  const probe = peer.create(reader, kind);
  const isThere = probe.saves(kind)[Number(way)] !== undefined;
  probe.free();
  if (!isThere) return null;
  return {
    // An edit, so that nothing that was encoded earlier can be given out again.
    prepare() {
      const replica = peer.create(reader, kind);
      replica.apply(whole);
      replica.splice(place, 0, nextLetter);
      replica.toString();
      return replica;
    },
    work(prepared) {
      const replica = prepared!;
      return { replica, bytes: replica.saves(kind)[Number(way)]!() };
    },
    expected: edited,
  };
}
