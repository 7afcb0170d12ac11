// One replica by itself: what it says of itself, to whom.

import { VersionVector } from "@holdfast/causality";
import { Doc, decodeBundle, parseDocumentId } from "@holdfast/doc";
import { HoldfastError, SeededRandom } from "@holdfast/std";
import type { Arrival } from "@holdfast/sync";
import { describe, expect, test } from "vitest";
import { MemoryCopy, MemoryPersistence } from "../src/index.ts";
import { ReplicaHoldings } from "../src/link/replica_holdings.ts";
import { Milestones } from "../src/replica/milestones.ts";
import { Replica } from "../src/replica/replica.ts";
import { Standing } from "../src/replica/standing.ts";
import type { Write } from "../src/replica/write.ts";
import { agentOf } from "./town.ts";

test("RE3: to another store, or another epoch of it, nothing written here is confirmed", async () => {
  const persistence = new MemoryPersistence(new SeededRandom(1));
  const replica = await Replica.load({
    document: parseDocumentId("notes"),
    persistence,
    siblings: null,
  });
  await replica.change(() => replica.doc.text("body").insert(0, "abc")).local;
  const store = { identity: new Uint8Array(16).fill(1), epoch: 4 };
  const confirmed = (to: typeof store): number => replica.confirmed(to).next(persistence.agent);
  expect(confirmed(store)).toBe(0);
  replica.opened(store, replica.local);
  const written = replica.local.next(persistence.agent);
  expect(written).toBeGreaterThan(0);
  expect(confirmed({ identity: new Uint8Array(16).fill(1), epoch: 4 })).toBe(written);
  expect(confirmed({ ...store, epoch: 5 })).toBe(0);
  expect(confirmed({ ...store, identity: new Uint8Array(16).fill(2) })).toBe(0);
  await replica.close();
});

test("RE5: what follows an event that the server has with another content is not taken in", async () => {
  const persistence = new MemoryPersistence(new SeededRandom(1));
  const document = parseDocumentId("notes");
  const double = agentOf("a");
  const here = new Doc({ document, agent: double });
  here.map("facts").set("key", "here");
  await persistence.append(document, here.bundle(new VersionVector())!);
  const there = new Doc({ document, agent: double });
  there.map("facts").set("key", "there");
  const first = there.bundle(new VersionVector())!;
  const before = there.vector();
  there.map("facts").set("key", "and more");
  const second = there.bundle(before)!;
  const replica = await Replica.load({ document, persistence, siblings: null });
  for (const bundle of [first, second]) {
    await expect(replica.receive(bundle)).rejects.toMatchObject({ code: "equivocation" });
  }
  expect(replica.doc.map("facts").get("key")).toBe("here");
  expect(replica.local.next(double)).toBe(1);
  await replica.close();
});

test("MS1: who waits for less is told first, whoever asked first", async () => {
  const milestones = new Milestones();
  const agent = agentOf("a");
  const told: number[] = [];
  for (const to of [10, 5, 7, 5]) {
    void milestones.wait({ agent, from: to - 1, to }).then(() => told.push(to));
  }
  const reach = async (next: number): Promise<void> => {
    milestones.reach(new VersionVector([[agent, next]]));
    await null;
    await null;
  };
  await reach(4);
  expect(told).toEqual([]);
  await reach(6);
  expect(told).toEqual([5, 5]);
  await reach(10);
  expect(told).toEqual([5, 5, 7, 10]);
});

test("what could not be written down of the server is written down later", async () => {
  const persistence = new MemoryPersistence(new SeededRandom(1));
  const document = parseDocumentId("notes");
  const replica = await Replica.load({ document, persistence, siblings: null });
  await replica.change(() => replica.doc.text("body").insert(0, "abc")).local;
  replica.opened({ identity: new Uint8Array(16), epoch: 0 }, replica.local);
  const { remember } = persistence;
  persistence.remember = () => Promise.reject(new HoldfastError("disk_full", "no room"));
  await expect(replica.remember()).rejects.toMatchObject({ code: "disk_full" });
  persistence.remember = remember;
  await replica.remember();
  const { server } = await persistence.load(document);
  expect(server?.saved.equals(replica.local)).toBe(true);
  await replica.close();
});

describe("what siblings append to the copy", () => {
  async function shared(): Promise<{
    replica: Replica;
    persistence: MemoryPersistence;
    pieces: Uint8Array[];
  }> {
    const persistence = new MemoryPersistence(new SeededRandom(1));
    const document = parseDocumentId("notes");
    const replica = await Replica.load({ document, persistence, siblings: new Set() });
    const doc = new Doc({ document, agent: agentOf("b") });
    const pieces = ["one ", "two ", "three"].map((word) => {
      const since = doc.vector();
      doc.text("body").insert(doc.text("body").length, word);
      return doc.bundle(since)!;
    });
    return { replica, persistence, pieces };
  }

  const text = (replica: Replica): string => replica.doc.text("body").toString();

  test("a piece that is early waits for what it builds on", async () => {
    const { replica, persistence, pieces } = await shared();
    await persistence.append(replica.doc.document, pieces[1]!);
    await replica.catchUp();
    expect(text(replica)).toBe("");
    await persistence.append(replica.doc.document, pieces[2]!);
    // One that makes no sense keeps none of the others from being taken in.
    await persistence.append(replica.doc.document, new Uint8Array([1, 2, 3]));
    await persistence.append(replica.doc.document, pieces[0]!);
    await replica.catchUp();
    expect(text(replica)).toBe("one two three");
    // It is in the copy and not to be seen, however often that is read.
    await replica.catchUp();
    expect(replica.status().problem).not.toBeNull();
    expect(replica.local.equals(replica.doc.vector())).toBe(true);
    await replica.close();
  });

  test("RE1: what stands behind something that is not durable is not called local", async () => {
    const { replica, persistence, pieces } = await shared();
    const { append } = persistence;
    persistence.append = () => Promise.reject(new HoldfastError("disk_full", "no room"));
    await expect(replica.receive(pieces[0]!)).rejects.toMatchObject({ code: "disk_full" });
    persistence.append = append;
    await persistence.append(replica.doc.document, pieces[1]!);
    await replica.catchUp();
    expect(text(replica)).toBe("one two ");
    expect(replica.local.size).toBe(0);
    await replica.keepMissing();
    expect(replica.local.equals(replica.doc.vector())).toBe(true);
    await replica.close();
  });

  test("RE4: what was written in this one's name is not taken in, and said", async () => {
    const { replica, persistence, pieces } = await shared();
    const double = new Doc({ document: replica.doc.document, agent: persistence.agent });
    double.text("body").insert(0, "of the double");
    await persistence.append(replica.doc.document, new Uint8Array([1, 2, 3]));
    await persistence.append(replica.doc.document, double.bundle(new VersionVector())!);
    await persistence.append(replica.doc.document, pieces[0]!);
    await replica.catchUp();
    await replica.catchUp();
    expect(text(replica)).toBe("one ");
    expect(replica.isDoubled).toBe(true);
    expect(replica.status().problem).toMatchObject({ code: "equivocation" });
    await replica.close();
  });

  test("two contents of one event don't keep a document from being opened: the first counts", async () => {
    const { replica, persistence, pieces } = await shared();
    const { document } = replica.doc;
    await replica.change(() => replica.doc.text("body").insert(0, "mine, ")).local;
    await replica.close();
    const double = new Doc({ document, agent: persistence.agent });
    double.text("body").insert(0, "of the double");
    await persistence.append(document, double.bundle(new VersionVector())!);
    await persistence.append(document, pieces[0]!);
    const again = await Replica.load({ document, persistence, siblings: new Set() });
    expect(["mine, one ", "one mine, "]).toContain(text(again));
    await again.catchUp();
    expect(again.status().problem).toMatchObject({ code: "equivocation" });
    // What was found before costs no agent once more.
    expect(again.isDoubled).toBe(false);
    await again.close();
  });

  test("a copy that can't be read is said, and read on from where it was once it can", async () => {
    const { replica, persistence, pieces } = await shared();
    const { appended } = persistence;
    persistence.appended = () => Promise.reject(new HoldfastError("io", "a bad sector"));
    await persistence.append(replica.doc.document, pieces[0]!);
    await replica.catchUp();
    expect(replica.status().problem).toMatchObject({ code: "io" });
    persistence.appended = appended;
    await replica.catchUp();
    expect(replica.status().problem).toBeNull();
    expect(text(replica)).toBe("one ");
    await replica.close();
  });

  test("what is durable when it is asked is there when it answers, though it was reading", async () => {
    const { replica, persistence, pieces } = await shared();
    const appended = persistence.appended.bind(persistence);
    let finish = (): void => {};
    persistence.appended = async (...wanted) => {
      const found = await appended(...wanted);
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      return found;
    };
    const reading = replica.catchUp();
    await Promise.resolve();
    persistence.appended = appended;
    await persistence.append(replica.doc.document, pieces[0]!);
    const asked = replica.catchUp();
    finish();
    await asked;
    expect(text(replica)).toBe("one ");
    await reading;
    await replica.close();
  });

  test("RE4: from a server, an event of a sibling that is not in the copy is refused", async () => {
    const { persistence, pieces } = await shared();
    const document = parseDocumentId("notes");
    const siblings = new Set([agentOf("b")]);
    const replica = await Replica.load({ document, persistence, siblings });
    expect(await replica.receive(pieces[0]!)).toMatchObject({ type: "equivocation" });
    await persistence.append(document, pieces[0]!);
    expect(await replica.receive(pieces[0]!)).toMatchObject({ type: "known" });
    expect(text(replica)).toBe("one ");
    await replica.close();
  });

  test("a session begins with all that is in the copy, though nobody told of it", async () => {
    const { replica, persistence, pieces } = await shared();
    await persistence.append(replica.doc.document, pieces[0]!);
    const holdings = new ReplicaHoldings(() => replica);
    const store = { identity: new Uint8Array(16), epoch: 0 };
    const confirmed = await holdings.confirmed(replica.doc.document, store);
    expect(confirmed.next(agentOf("b"))).toBeGreaterThan(0);
    expect(confirmed.equals(await holdings.vector(replica.doc.document))).toBe(true);
    await replica.close();
  });
});

test("RE2: what was durable and is lost does not leave before it is durable again", async () => {
  const copy = new MemoryCopy();
  const persistence = new MemoryPersistence(new SeededRandom(1), copy);
  const document = parseDocumentId("notes");
  const replica = await Replica.load({ document, persistence, siblings: null });
  replica.onPiece(() => {});
  const pieces = async (): Promise<number> => {
    let count = 0;
    for await (const _ of replica.read(new VersionVector(), 1 as Arrival)) count += 1;
    return count;
  };
  await replica.change(() => replica.doc.text("body").insert(0, "abc")).local;
  expect(await pieces()).toBe(1);
  const { append } = persistence;
  persistence.append = () => Promise.reject(new HoldfastError("io", "there is no copy"));
  copy.lose();
  expect(await pieces()).toBe(0);
  persistence.append = append;
  await replica.keepMissing();
  expect(await pieces()).toBe(1);
  await replica.close();
});

test("what was kept again after a loss, and no server has, is not called saved by the next run", async () => {
  const copy = new MemoryCopy();
  const persistence = new MemoryPersistence(new SeededRandom(1), copy);
  const document = parseDocumentId("notes");
  const replica = await Replica.load({ document, persistence, siblings: null });
  await replica.change(() => replica.doc.text("body").insert(0, "abc")).local;
  copy.lose();
  await replica.whenLocal();
  await replica.close();
  await persistence.close();
  const next = new MemoryPersistence(new SeededRandom(2), copy);
  const again = await Replica.load({ document, persistence: next, siblings: null });
  expect(again.status()).toMatchObject({ state: "local", localCount: 3 });
  await again.close();
});

test("pieces that came in while a session was opening leave as they are, those of siblings too", async () => {
  const copy = new MemoryCopy();
  const random = new SeededRandom(1);
  const [persistence, other] = [0, 1].map(() => new MemoryPersistence(random, copy)) as [
    MemoryPersistence,
    MemoryPersistence,
  ];
  const document = parseDocumentId("notes");
  const [replica, sibling] = await Promise.all(
    [persistence, other].map((each) =>
      Replica.load({ document, persistence: each, siblings: new Set() }),
    ),
  );
  await replica!.change(() => replica!.doc.text("body").insert(0, "old ")).local;
  await sibling!.catchUp();
  const since = replica!.local;
  replica!.onPiece(() => {});
  for (const each of [sibling!, replica!, sibling!]) {
    await each.change(() => each.doc.text("body").insert(4, "new ")).local;
    for (const reader of [replica!, sibling!]) await reader.catchUp();
  }
  const counts: number[] = [];
  for await (const { bytes } of replica!.read(since, 0 as Arrival)) {
    counts.push(decodeBundle(bytes).sections.flatMap(({ runs }) => runs).length);
  }
  expect(counts).toEqual([1, 1, 1]);
  for (const each of [replica!, sibling!]) await each.close();
});

describe("after a disk that was full", () => {
  async function full(): Promise<{ replica: Replica; persistence: MemoryPersistence }> {
    const persistence = new MemoryPersistence(new SeededRandom(1));
    const document = parseDocumentId("notes");
    const replica = await Replica.load({ document, persistence, siblings: null });
    const { append } = persistence;
    persistence.append = () => Promise.reject(new HoldfastError("disk_full", "no room"));
    const write = replica.change(() => replica.doc.text("body").insert(0, "mine"));
    await expect(write.local).rejects.toMatchObject({ code: "disk_full" });
    persistence.append = append;
    return { replica, persistence };
  }

  test("what is kept together with what a server sent leaves, too", async () => {
    const { replica } = await full();
    let told = 0;
    replica.onPiece(() => {
      told += 1;
    });
    const far = new Doc({ document: replica.doc.document, agent: agentOf("b") });
    far.text("body").insert(0, "theirs");
    await replica.receive(far.bundle(new VersionVector())!);
    expect(replica.status().state).toBe("local");
    expect(told).toBe(1);
    const runs = [];
    for await (const { bytes } of replica.read(new VersionVector(), 1 as Arrival)) {
      runs.push(...decodeBundle(bytes).sections.flatMap((section) => section.runs));
    }
    expect(runs).toMatchObject([{ agent: replica.doc.agent, from: 0, to: 4 }]);
    await replica.close();
  });

  test("what is closed then is kept, where there is room again", async () => {
    const { replica, persistence } = await full();
    await replica.close();
    const { document } = replica.doc;
    const again = await Replica.load({ document, persistence, siblings: null });
    expect(again.doc.text("body").toString()).toBe("mine");
    await again.close();
  });
});

test("a change that a subscriber makes is one change, and its write stands where it stands", async () => {
  const persistence = new MemoryPersistence(new SeededRandom(1));
  const document = parseDocumentId("notes");
  const replica = await Replica.load({ document, persistence, siblings: null });
  const writes: Write[] = [];
  const origins: string[] = [];
  const body = replica.doc.text("body");
  replica.doc.subscribe(({ origin }) => {
    origins.push(origin);
    if (origin !== "first") return;
    const answer = (): void => {
      body.insert(0, "b");
      body.insert(0, "a");
    };
    writes.push(replica.change(answer, { origin: "second" }));
  });
  await replica.change(() => body.insert(0, "c"), { origin: "first" }).local;
  expect(origins).toEqual(["first", "second"]);
  expect(writes).toMatchObject([{ run: { from: 1, to: 3 } }]);
  expect(writes[0]!.state).not.toBe("saved");
  await writes[0]!.local;
  expect(replica.local.next(persistence.agent)).toBe(3);
  await replica.close();
});

test("a refusal that won't pass is said until the next session; one that may, until something is saved", () => {
  const standing = new Standing();
  const store = { identity: new Uint8Array(16), epoch: 0 };
  const error = new HoldfastError("forbidden", "not yours");
  const saved = new VersionVector([[agentOf("a"), 1]]);
  standing.opened(store, new VersionVector());
  standing.refused({ error, isFinal: false });
  standing.wasSaved(saved);
  expect(standing.problem).toBeNull();
  standing.refused({ error, isFinal: true });
  standing.wasSaved(saved);
  expect(standing.problem).toEqual({ error, isFinal: true });
  standing.opened(store, saved);
  expect(standing.problem).toBeNull();
});
