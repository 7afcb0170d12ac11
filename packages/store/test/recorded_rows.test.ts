// The history of a cluster's rows against a naive model that keeps every version: however
// far a replica is, whatever it keeps in memory, and wherever it got its rows from.

import type { Index, Term } from "@holdfast/consensus";
import { HoldfastError } from "@holdfast/std";
import { ManualClock, MemoryDisk, MemoryNetwork, type World } from "@holdfast/world";
import { nodeWorld } from "@holdfast/world/node";
import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeCommit, encodeCommit, encodeCommits } from "../src/commit_record.ts";
import { decodeCommand, encodeCommand } from "../src/drivers/raft/command.ts";
import { memoryRows } from "../src/drivers/raft/memory_rows.ts";
import { comparedSpans, ReplicatedRows } from "../src/drivers/raft/replicated_rows.ts";
import { hashRows } from "../src/drivers/raft/row_hash.ts";
import type { EngineSnapshot } from "../src/engine.ts";
import { commitsAfter, historyState, markAt, undoTo } from "../src/history/history_reader.ts";
import { firstText, type KeyText, lastText } from "../src/key.ts";
import { OverlaidSnapshot } from "../src/overlaid_snapshot.ts";
import type { CommitVersion } from "../src/store.ts";
import { WriteSet } from "../src/write_set.ts";

interface Entry {
  readonly index: Index;
  readonly term: Term;
  readonly data: Uint8Array;
}

type Write =
  | { readonly type: "set"; readonly key: KeyText; readonly size: number }
  | { readonly type: "clear"; readonly key: KeyText }
  | { readonly type: "clearSpan"; readonly start: KeyText; readonly end: KeyText };

/** A group: which commits, and how much history is kept; none where it is null. */
interface Group {
  readonly commits: readonly (readonly Write[])[];
  readonly keepBytes: number | null;
  /** How long ago the group before was, and how long such are kept. */
  readonly passedMs: number;
  readonly keepMs: number | null;
}

type Step = Group | "flush" | "begin flush" | "reopen" | "move";

const key = fc.constantFrom(...(["a", "ab", "b", "c", "ca", "d", "x"] as KeyText[]));
const write: fc.Arbitrary<Write> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ type: fc.constant("set" as const), key, size: fc.nat(40) }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("clear" as const), key }) },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant("clearSpan" as const), start: key, end: key }),
  },
);
const limits = fc.record({
  keepBytes: fc.constantFrom(120, 500, 100_000, 100_000),
  keepMs: fc.constantFrom(null, 30),
});
/** Mostly there is one setting; and sometimes whoever leads has another one, or none. */
const program: fc.Arbitrary<Step[]> = limits.chain((usual) => {
  const terms = fc.oneof(
    { weight: 15, arbitrary: fc.constant(usual) },
    { weight: 1, arbitrary: limits },
    { weight: 1, arbitrary: fc.constant({ keepBytes: null, keepMs: null }) },
  );
  const commits = fc.array(fc.array(write, { minLength: 1, maxLength: 4 }), {
    ...{ minLength: 1, maxLength: 3 },
  });
  const group = fc
    .tuple(terms, fc.record({ commits, passedMs: fc.nat(10) }))
    .map(([kept, done]) => ({ ...kept, ...done }));
  const other = fc.constantFrom<Step[]>("flush", "begin flush", "reopen", "move");
  const step = fc.oneof({ weight: 5, arbitrary: group }, { weight: 1, arbitrary: other });
  return fc.array(step, { maxLength: 30, size: "max" });
});

/** What happened, as whoever knows all of it tells it. */
class Truth {
  /** The rows right after each version; of a version that is none, those before. */
  readonly states: ReadonlyMap<KeyText, string>[] = [new Map()];
  readonly commits: { readonly version: CommitVersion; readonly bytes: string }[] = [];
  /** After it, everything was to be recorded. */
  recordedSince = 0;
  readonly log: Entry[] = [];
  /** When each group was decided. */
  readonly #decided: { readonly version: number; readonly wallMs: number }[] = [];
  #wallMs = 1_000;

  /** How old the oldest group is of those above `since`; 0 where there is none. */
  ageMs(since: number): number {
    const oldest = this.#decided.find(({ version }) => version > since);
    return oldest === undefined ? 0 : this.#wallMs - oldest.wallMs;
  }

  get version(): number {
    return this.states.length - 1;
  }

  /** The command of a group. */
  add({ commits, keepBytes, keepMs, passedMs }: Group): Entry {
    this.#wallMs += passedMs;
    const records = commits.map((writes) => {
      // Some take more than one version.
      if (this.commits.length % 3 === 2) this.states.push(this.states.at(-1)!);
      const rows = new Map(this.states.at(-1));
      const version = this.states.length as CommitVersion;
      const set = new WriteSet();
      for (const one of writes) doWrite(one, version, { set, rows });
      this.states.push(rows);
      const commit = { version, writes: set };
      this.commits.push({ version, bytes: Buffer.from(encodeCommit(commit)).toString("hex") });
      return commit;
    });
    const whole = new WriteSet();
    for (const { writes } of records) whole.absorb(writes);
    const version = this.version as CommitVersion;
    this.#decided.push({ version, wallMs: this.#wallMs });
    const recorded =
      keepBytes === null
        ? null
        : {
            commits: encodeCommits(records),
            wallMs: this.#wallMs,
            keepBytes,
            keepMs,
            identity: identityOf(version),
          };
    if (recorded === null) this.recordedSince = version;
    const index = (this.log.length + 1) as Index;
    const data = encodeCommand({ version, writes: whole, tokens: [], recorded });
    const entry = { index, term: 1 as Term, data };
    this.log.push(entry);
    return entry;
  }
}

function identityOf(version: number): Uint8Array {
  return new Uint8Array(16).fill(version);
}

function doWrite(
  one: Write,
  version: number,
  { set, rows }: { readonly set: WriteSet; readonly rows: Map<KeyText, string> },
): void {
  if (one.type === "set") {
    set.set(one.key, new Uint8Array(one.size).fill(version));
    rows.set(one.key, `${version} x ${one.size}`);
  } else if (one.type === "clear") {
    set.set(one.key, null);
    rows.delete(one.key);
  } else {
    const [start, end] = [one.start, one.end].sort() as [KeyText, KeyText];
    if (start < end) set.clearSpan({ start, end });
    for (const each of [...rows.keys()]) if (each >= start && each < end) rows.delete(each);
  }
}

const atOnce = () => Promise.resolve();

async function rowsIn(snapshot: EngineSnapshot): Promise<[KeyText, string][]> {
  const rows = await snapshot.range(firstText, lastText, 1_000, false);
  return rows.map(({ key, value }) => [key, `${value[0] ?? "?"} x ${value.length}`]);
}

function expectedRows(rows: ReadonlyMap<KeyText, string>): [KeyText, string][] {
  // Of a value without bytes nobody can tell who wrote it.
  const shown = [...rows].map(([key, value]): [KeyText, string] => [
    key,
    value.endsWith(" x 0") ? "? x 0" : value,
  ]);
  return shown.sort(([left], [right]) => (left < right ? -1 : 1));
}

/** Checks all that the history of `rows` says, and that it says nothing else. */
async function compare(
  rows: ReplicatedRows,
  truth: Truth,
  { keepBytes, keepMs }: Pick<Group, "keepBytes" | "keepMs">,
) {
  const view = rows.view();
  try {
    expect(view.version).toBe(truth.version);
    const state = await historyState(view);
    const since = state?.since ?? (truth.version as CommitVersion);
    expect(since).toBeGreaterThanOrEqual(truth.recordedSince);
    if (keepBytes === 100_000) expect(state).not.toBeNull();
    if (state !== null && keepBytes !== null) {
      expect(state.sizeBytes).toBeLessThanOrEqual(keepBytes);
      expect(truth.ageMs(since)).toBeLessThanOrEqual(keepMs ?? Number.POSITIVE_INFINITY);
      expect((await markAt(view, since)).length).toBe(20);
    }
    for (let version = 0; version <= truth.version; version += 1) {
      const asked = version as CommitVersion;
      const told: unknown[] = [];
      const telling = (async () => {
        for await (const commit of commitsAfter(view, asked, atOnce)) {
          told.push({
            version: commit.version,
            bytes: Buffer.from(encodeCommit(commit)).toString("hex"),
          });
        }
      })();
      if (version < since) await expect(telling).rejects.toMatchObject({ code: "too_old" });
      else {
        await telling;
        expect(told).toEqual(truth.commits.filter((commit) => commit.version > version));
      }
      if (version < (state?.asOfSince ?? truth.version)) continue;
      const past = new OverlaidSnapshot(view, await undoTo(view, asked, atOnce), asked);
      expect(await rowsIn(past)).toEqual(expectedRows(truth.states[version]!));
    }
  } finally {
    view.release();
  }
}

interface Replica {
  readonly rows: ReplicatedRows;
  open(): Promise<Replica>;
}

async function newReplica(): Promise<Replica> {
  const clock = new ManualClock();
  const network = new MemoryNetwork();
  const world: World = { clock, network, disk: new MemoryDisk(), random: nodeWorld().random };
  const open = async (): Promise<Replica> => {
    const rows = await ReplicatedRows.open(await memoryRows({ world, folder: "rows" })(), clock, {
      applied: () => {},
      restored: () => {},
      checked: () => {},
      failed: (error) => {
        throw error;
      },
    });
    return { rows, open };
  };
  return open();
}

async function hashOf(rows: ReplicatedRows): Promise<string> {
  const state = rows.state();
  try {
    return (await hashRows(state, comparedSpans, () => Promise.resolve())).join();
  } finally {
    state.release();
  }
}

/** Does one step; the replica that then holds the rows. */
async function play(replica: Replica, step: Step, truth: Truth): Promise<Replica> {
  const { rows } = replica;
  if (typeof step === "object") {
    const entry = truth.add(step);
    const applying = rows.apply([entry], entry.index);
    // Meanwhile the engine may be given what is applied.
    if (truth.log.length % 3 === 0) await rows.flush();
    await applying;
    return replica;
  }
  if (step === "flush") await rows.flush();
  else if (step === "begin flush") void rows.flush();
  else if (step === "reopen") {
    await rows.close();
    let opened = await replica.open();
    let rest = truth.log.filter(({ index }) => index > opened.rows.durable);
    const first = rest.slice(0, 1);
    await opened.rows.apply(first, (opened.rows.applied + first.length) as Index);
    const applying = opened.rows.apply(rest.slice(1), truth.log.length as Index);
    // In the middle of that.
    for (let turns = (truth.log.length * 7) % 40; turns > 0; turns -= 1) await null;
    const flushing = opened.rows.flush();
    await applying;
    await opened.rows.close();
    await flushing;
    opened = await opened.open();
    rest = truth.log.filter(({ index }) => index > opened.rows.durable);
    await opened.rows.apply(rest, truth.log.length as Index);
    return opened;
  } else if (truth.log.length > 0) {
    await rows.flush();
    const snapshot = rows.snapshot();
    const behind = await newReplica();
    const known = truth.log.slice(0, truth.log.length >> 1);
    await behind.rows.apply(known, known.length as Index);
    await behind.rows.restore(snapshot.index, snapshot.bytes);
    snapshot.release();
    await rows.close();
    return behind;
  }
  return replica;
}

test("ST18, ST19, ST20, ST26: replicas that applied the same have the same history, which is what was committed", async () => {
  await fc.assert(
    fc.asyncProperty(program, async (steps) => {
      const truth = new Truth();
      let replica = await newReplica();
      let last: Pick<Group, "keepBytes" | "keepMs"> = { keepBytes: null, keepMs: null };
      for (const step of steps) {
        replica = await play(replica, step, truth);
        if (typeof step === "object") last = step;
      }
      await compare(replica.rows, truth, last);
      const other = await newReplica();
      await other.rows.apply(truth.log, truth.log.length as Index);
      expect(await hashOf(replica.rows)).toBe(await hashOf(other.rows));
      await Promise.all([replica.rows.close(), other.rows.close()]);
    }),
    { numRuns: 100 },
  );
});

test("a command whose bytes are damaged is refused with a code, or is another command", () => {
  const truth = new Truth();
  const writes: Write[] = [{ type: "set", key: "a" as KeyText, size: 3 }];
  const { data } = truth.add({
    ...{ commits: [writes, writes], keepBytes: 1_000, keepMs: 5, passedMs: 0 },
  });
  fc.assert(
    fc.property(
      fc.nat(data.length - 1),
      fc.integer({ min: 1, max: 255 }),
      fc.nat(data.length),
      (at, flip, length) => {
        const bytes = data.slice(0, length === 0 ? data.length : length);
        if (at < bytes.length) bytes[at]! ^= flip;
        try {
          const { version, recorded } = decodeCommand(bytes);
          if (recorded === null) return;
          expect(decodeCommit(recorded.commits.at(-1)!).version).toBe(version);
        } catch (error) {
          expect(error).toBeInstanceOf(HoldfastError);
        }
      },
    ),
    { numRuns: 2_000 },
  );
});

test("a command that is recorded has the bytes that docs/formats/raft-store.md says", () => {
  const [first, second] = [new WriteSet(), new WriteSet()];
  first.set("k" as KeyText, Uint8Array.of(1));
  second.clearSpan({ start: "a" as KeyText, end: "b" as KeyText });
  second.set("k" as KeyText, Uint8Array.of(2));
  const versions = [300, 302] as CommitVersion[];
  const commits = [first, second].map((writes, index) => ({ version: versions[index]!, writes }));
  const writes = new WriteSet();
  for (const commit of commits) writes.absorb(commit.writes);
  const kept = { wallMs: 1_700_000_000_000, keepBytes: 1_000_000, keepMs: 60_000 };
  const recorded = { ...kept, identity: identityOf(7), commits: encodeCommits(commits) };
  const token = { session: "0123456789abcdef", sequence: 2, answered: 1, version: versions[1]! };
  const bytes = encodeCommand({ version: versions[1]!, writes, tokens: [token], recorded });
  const parts = [
    ...["02", `0101${Buffer.from(token.session).toString("hex")}0201ae02`],
    ...["80d095ffbc31", "c0843d", "e1d403", "07".repeat(16)],
    ...["02", "08ac020001016b0201", "0cae02010161016201016b0202"],
  ];
  expect(Buffer.from(bytes).toString("hex")).toBe(parts.join(""));
  const decoded = decodeCommand(bytes);
  expect(decoded).toMatchObject({ version: 302, tokens: [token], recorded: { ...kept } });
  expect(decoded.writes.lookup("aa" as KeyText)).toBeNull();
  expect(decoded.writes.lookup("k" as KeyText)).toEqual(Uint8Array.of(2));
});
