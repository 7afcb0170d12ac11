// A replica's disk for tests: requests as Raft would make them, the model that says what
// they come to, and a simulated machine to run them on.

import { randomBelow, type SeededRandom } from "@holdfast/std";
import type { Disk as DiskOfWorld } from "@holdfast/world";
import {
  type Entry,
  type Index,
  membershipOf,
  type NodeId,
  origin,
  type PersistId,
  type PersistRequest,
  ReplicaDisk,
  type Saved,
  type Term,
} from "../src/index.ts";
import { Disk } from "./replica.ts";

export const bootstrap = membershipOf(["a", "b", "c"] as NodeId[]);

/** Opens the disk of node a; segments are short, so that there are several. */
export function openDisk(disk: DiskOfWorld, applied = 0): Promise<ReplicaDisk> {
  const id = "a" as NodeId;
  return ReplicaDisk.open({
    disk,
    folder: "raft",
    id,
    cluster: "test",
    bootstrap,
    applied: applied as Index,
    segmentSizeBytes: 600,
  });
}

/** What a new replica has. */
export const fresh: Saved = {
  hard: { term: origin.term, vote: null },
  base: { ...origin, membership: bootstrap },
  entries: [],
  snapshot: null,
  partial: null,
  unsure: null,
  applied: origin.index,
};

/** What is to be compared, as text. */
export function textOf({
  hard,
  base,
  entries,
  snapshot,
  partial,
  unsure,
}: Omit<Saved, "applied">): string {
  const bytes = (_: string, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString("base64") : value;
  return JSON.stringify([hard, base, entries, snapshot, partial, unsure], bytes);
}

/** The naive model: what was saved, and requests carried out one by one. */
export class Model {
  readonly #archive = new Map<string, Uint8Array>();
  readonly #disk: Disk;
  /** What it came to after each request, the first before any. */
  readonly states: string[];

  constructor(saved: Omit<Saved, "applied">) {
    this.#disk = new Disk({ ...saved, applied: 0 as Index }, this.#archive);
    this.states = [textOf(this.#disk)];
  }

  /** Draws a request that may come next, and carries it out. */
  next(random: SeededRandom): PersistRequest {
    const { hard, base, entries, partial } = this.#disk;
    const last = base.index + entries.length;
    const draw = random.next();
    const request: { -readonly [Key in keyof PersistRequest]: PersistRequest[Key] } = {
      id: this.states.length as PersistId,
      ...{ hard: null, chunk: null, install: null, compact: null, healed: false, entries: [] },
    };
    if (draw < 0.15) {
      request.hard = {
        term: (hard.term + 1) as Term,
        vote: random.next() < 0.5 ? null : ("b" as NodeId),
      };
    } else if (draw < 0.25 && entries.length > 2) {
      const kept = randomBelow(random, entries.length - 1) + 1;
      const { index, term } = entries[kept - 1]!;
      const newBase = { index, term, membership: bootstrap };
      const { index: at, term: then } = entries[Math.min(entries.length, kept + 1) - 1]!;
      const snapshot = { index: at, term: then, membership: bootstrap, name: String(at) };
      request.compact = { snapshot, base: newBase };
    } else if (draw < 0.3 && this.#disk.snapshot?.index !== last + 5) {
      const index = (last + 5) as Index;
      const snapshot = {
        index,
        term: hard.term,
        membership: bootstrap,
        name: `s${randomBelow(random, 1e9)}`,
      };
      request.chunk = { snapshot, offset: 0, bytes: new Uint8Array(randomBelow(random, 900)) };
    } else if (draw < 0.35 && partial !== null) {
      const { snapshot, offset } = partial;
      request.chunk = { snapshot, offset, bytes: new Uint8Array(9) };
      if (snapshot.index > last && random.next() < 0.7) {
        request.install = snapshot;
        this.#archive.set(snapshot.name, new Uint8Array(offset + 9));
      }
    }
    const isMoved = request.compact !== null || request.install !== null;
    if (!isMoved && (request.hard === null || random.next() < 0.5)) {
      const kept = random.next() < 0.2 ? randomBelow(random, entries.length + 1) : entries.length;
      const cutTerm = kept < entries.length ? 1 : 0;
      const term = ((request.hard ?? hard).term + cutTerm) as Term;
      if (cutTerm > 0) request.hard = { term, vote: null };
      request.entries = this.#entries(random, base.index + kept, term);
    }
    this.#disk.write(request);
    this.states.push(textOf(this.#disk));
    return request;
  }

  /** The disk of the model. */
  get disk(): Disk {
    return this.#disk;
  }

  #entries(random: SeededRandom, after: number, term: Term): Entry[] {
    return Array.from({ length: 1 + randomBelow(random, 3) }, (_, at): Entry => {
      const data = new Uint8Array(randomBelow(random, 90)).fill(randomBelow(random, 256));
      return { index: (after + at + 1) as Index, term, payload: { type: "command", data } };
    });
  }
}
