// Tabs of one browser: one copy, one connection, whoever of them lives.

import { describe, expect, test } from "vitest";
import type { DocumentEvent, DocumentHandle } from "../src/index.ts";
import { Profile, type Tab } from "./profile.ts";
import { Town } from "./town.ts";

function body(handle: DocumentHandle): string {
  return handle.doc.text("body").toString();
}

function type(handle: DocumentHandle, text: string) {
  return handle.change(() => {
    const at = handle.doc.text("body").length;
    handle.doc.text("body").insert(at, text);
  });
}

async function startTabs(
  town: Town,
  count: number,
  url: string | null = "server",
): Promise<{ profile: Profile; tabs: Tab[]; handles: DocumentHandle[] }> {
  const profile = new Profile(town);
  const tabs = Array.from({ length: count }, () => profile.tab(url));
  const handles: DocumentHandle[] = [];
  for (const { db } of tabs) handles.push(await db.doc("notes"));
  await town.run();
  return { profile, tabs, handles };
}

describe("tabs of one copy", () => {
  test("see each other's edits with no server and no url", async () => {
    const town = new Town();
    const { profile, handles } = await startTabs(town, 3, null);
    const [a, b, c] = handles as [DocumentHandle, DocumentHandle, DocumentHandle];
    const write = type(a, "one ");
    await town.settled(write.local);
    await town.run();
    expect([body(b), body(c)]).toEqual(["one ", "one "]);
    type(b, "two ");
    await town.run();
    expect([body(a), body(c)]).toEqual(["one two ", "one two "]);
    expect(c.status()).toMatchObject({ state: "local", localCount: 8, pendingCount: 0 });
    await profile.close();
    expect(town.clock.pending).toBe(0);
    const again = await profile.tab(null).db.doc("notes");
    expect(body(again)).toBe("one two ");
    await profile.close();
  });

  test("share one connection; each bundle goes up once, and each write is saved", async () => {
    const town = await new Town().startServer();
    const { profile, handles } = await startTabs(town, 3);
    const far = town.client();
    const read = await far.doc("notes");
    const writes = [];
    for (let round = 0; round < 10; round += 1) {
      for (const [index, handle] of handles.entries()) {
        writes.push(type(handle, `${index}.${round} `));
        await town.run();
      }
    }
    for (const { saved } of writes) await town.settled(saved);
    await town.run();
    expect(town.server.status().bundles).toBe(30);
    for (let round = 0; round < 5; round += 1) for (const handle of handles) type(handle, "x");
    await town.run();
    expect(town.server.status().bundles).toBe(45);
    expect(profile.connectCount).toBe(1);
    for (const handle of handles) {
      expect(body(handle)).toBe(body(read));
      expect(handle.status()).toMatchObject({ state: "saved", problem: null });
    }
    type(read, "from afar");
    await town.run();
    for (const handle of handles) expect(body(handle)).toContain("from afar");
    const kept = await profile.tabs[0]!.persistence.load(read.doc.document);
    expect(kept.bundles.length).toBe(46);
    for (const { db } of profile.tabs) expect(db.connection.state).toBe("online");
    await profile.close();
    await town.settled(far.close());
    await town.stopServer();
    expect(town.clock.pending).toBe(0);
  });

  test("who leads syncs what only others have open, and gives it up when nobody has", async () => {
    const town = await new Town().startServer();
    const profile = new Profile(town);
    const [leader, follower] = [profile.tab(), profile.tab()];
    await town.run();
    const handle = await follower.db.doc("theirs");
    await town.settled(type(handle, "mine").saved);
    const far = town.client();
    const read = await far.doc("theirs");
    await town.run();
    expect(body(read)).toBe("mine");
    type(read, ", and yours");
    await town.run();
    expect(body(handle)).toBe("mine, and yours");
    expect(leader.network.openCount).toBe(1);
    expect(follower.network.connectCount).toBe(0);
    expect(town.server.status()).toMatchObject({ documentsOpen: 1, connections: 2 });
    await town.settled(far.close());
    await town.settled(handle.close());
    handle.presence.set("too late");
    await town.run(1_000);
    expect(town.server.status()).toMatchObject({ documentsOpen: 0, connections: 1 });
    await profile.close();
    await town.stopServer();
  });

  test("the connection is told by every tab, and reconnect reaches who holds it", async () => {
    const town = new Town();
    const { profile, tabs } = await startTabs(town, 2);
    const [leader, follower] = tabs as [Tab, Tab];
    await town.run(20_000);
    expect(follower.db.connection.state).toBe("offline");
    expect(follower.db.connection.reason).toMatchObject({ code: "unavailable" });
    const lateMs = follower.db.connection.retryAtMs! - leader.db.connection.retryAtMs!;
    expect(Math.abs(lateMs)).toBeLessThan(2);
    let told = 0;
    follower.db.connection.subscribe(() => {
      told += 1;
    });
    await town.startServer();
    expect(follower.db.connection.retryAtMs! - town.clock.now()).toBeGreaterThan(0);
    const later = profile.tab();
    await town.run();
    expect(later.db.connection).toMatchObject({
      state: "offline",
      reason: { code: "unavailable" },
    });
    follower.db.reconnect();
    await town.run();
    for (const { db } of profile.tabs) {
      expect(db.connection).toMatchObject({ state: "online", reason: null, retryAtMs: null });
    }
    expect(told).toBeGreaterThan(0);
    expect(leader.network.openCount).toBe(1);
    expect(profile.openCount).toBe(1);
    await profile.close();
    await town.stopServer();
  });

  test("a refusal reaches the tab whose write it was", async () => {
    const town = new Town();
    town.access = { ...town.access, authorize: async (_who, _what, action) => action === "read" };
    await town.startServer();
    const { profile, handles } = await startTabs(town, 2);
    const [, follower] = handles as [DocumentHandle, DocumentHandle];
    const told: DocumentEvent[] = [];
    follower.subscribe((event) => told.push(event));
    const write = type(follower, "graffiti");
    await expect(town.settled(write.saved)).rejects.toMatchObject({ code: "forbidden" });
    expect(follower.status()).toMatchObject({ state: "local", problem: { code: "forbidden" } });
    expect(told.filter((event) => event.type === "problem")).toMatchObject([
      { effect: "upload_ended", error: { code: "forbidden" } },
    ]);
    const late = await profile.tab().db.doc("notes");
    await town.run();
    expect(late.status()).toMatchObject({ state: "local", problem: { code: "forbidden" } });
    await expect(late.whenSaved()).rejects.toMatchObject({ code: "forbidden" });
    await profile.close();
    await town.stopServer();
  });

  test("who leads goes on with what was closed before it was saved", async () => {
    const town = new Town();
    const profile = new Profile(town);
    const [leader, follower] = [profile.tab(), profile.tab()];
    await town.run();
    const handle = await follower.db.doc("theirs");
    type(handle, "closed at once");
    await town.settled(handle.close());
    const own = await leader.db.doc("own");
    type(own, "closed, too");
    await town.settled(own.close());
    await town.startServer();
    await town.run(40_000);
    const far = town.client();
    const [read, readOwn] = [await far.doc("theirs"), await far.doc("own")];
    await town.run(100);
    expect([body(read), body(readOwn)]).toEqual(["closed at once", "closed, too"]);
    await town.settled(far.close());
    expect(town.server.status().documentsOpen).toBe(0);
    await profile.close();
    await town.stopServer();
  });

  test("who leads next goes on with what was closed before, or with its tab", async () => {
    const town = new Town();
    const profile = new Profile(town);
    const [first, second, third] = [profile.tab(), profile.tab(), profile.tab()];
    await town.run();
    const closed = await second.db.doc("a");
    type(closed, "closed");
    await town.settled(closed.close());
    type(await first.db.doc("b"), "of the leader");
    await town.run();
    await town.settled(first.close());
    const own = await third.db.doc("c");
    type(own, "of the next but one");
    await town.settled(own.close());
    await town.run();
    second.kill();
    await town.startServer();
    await town.run(40_000);
    const far = town.client();
    const read = [await far.doc("a"), await far.doc("b"), await far.doc("c")];
    await town.run(100);
    expect(read.map(body)).toEqual(["closed", "of the leader", "of the next but one"]);
    await town.settled(far.close());
    expect(town.server.status().documentsOpen).toBe(0);
    await profile.close();
    await town.stopServer();
  });

  test("another one leads when the first one is closed, and when it dies", async () => {
    const town = await new Town().startServer();
    const { profile, tabs, handles } = await startTabs(town, 3);
    await town.settled(type(handles[2]!, "one ").saved);
    await town.settled(tabs[0]!.close());
    await town.run();
    expect([tabs[1]!, tabs[2]!].map(({ network }) => network.openCount)).toEqual([1, 0]);
    const second = type(handles[2]!, "two ");
    await town.run();
    expect(second.state).toBe("saved");
    tabs[1]!.kill();
    const third = type(handles[2]!, "three ");
    await town.settled(third.saved);
    expect(tabs[2]!.network.openCount).toBe(1);
    await town.run();
    expect(town.server.status()).toMatchObject({ connections: 1, bundles: 3 });
    await profile.close();
    await town.stopServer();
  });

  test("LI1: nobody else leads before who is closed has written down what it knows", async () => {
    const town = await new Town().startServer();
    const { profile, tabs, handles } = await startTabs(town, 2);
    const [leader, follower] = tabs as [Tab, Tab];
    await town.settled(type(handles[0]!, "one").saved);
    const remember = leader.persistence.remember.bind(leader.persistence);
    leader.persistence.remember = async (document, knowledge) => {
      await town.clock.sleep(1_000);
      await remember(document, knowledge);
    };
    const closing = leader.close();
    await town.run(500);
    expect([leader.network.openCount, follower.network.connectCount]).toEqual([0, 0]);
    await town.settled(closing);
    await town.run();
    expect(follower.network.openCount).toBe(1);
    expect(profile.copy.document(handles[0]!.doc.document).server).not.toBeNull();
    await profile.close();
    await town.stopServer();
  });

  test("a defect under who leads lets another one lead, whose word then counts", async () => {
    const town = new Town();
    const profile = new Profile(town);
    const first = profile.tab();
    first.network.connect = () => Promise.reject(new TypeError("not a function"));
    await town.run();
    const handle = await first.db.doc("notes");
    expect(first.db.connection.reason?.message).toBe("sync was ended by a defect");
    await town.startServer();
    profile.tab();
    await town.run(1_000);
    expect(first.db.connection.state).toBe("online");
    await town.settled(type(handle, "saved all the same").saved);
    await expect(town.settled(first.close())).rejects.toThrow(TypeError);
    first.siblings.leave();
    await profile.close();
    await town.stopServer();
  });

  test("what a dead tab had not sent is sent by who leads next, and by who leads already", async () => {
    const town = new Town();
    const profile = new Profile(town);
    const [first, second, third] = [profile.tab(), profile.tab(), profile.tab()];
    await town.run();
    await town.settled(type(await first.db.doc("a"), "of the leader").local);
    await town.settled(type(await third.db.doc("b"), "of a follower").local);
    await town.run();
    first.kill();
    third.kill();
    await town.run(10_000);
    await town.startServer();
    await town.run(40_000);
    const far = town.client();
    const [a, b] = [await far.doc("a"), await far.doc("b")];
    await town.run(100);
    expect([body(a), body(b)]).toEqual(["of the leader", "of a follower"]);
    expect(second.db.connection.state).toBe("online");
    await town.settled(far.close());
    await profile.close();
    await town.stopServer();
  });
});

describe("presence of tabs", () => {
  function shown(handle: DocumentHandle): unknown[] {
    return [...handle.presence.peers().values()].map(String).sort();
  }

  test("tabs meet each other and the others, with a server and without", async () => {
    const town = new Town();
    const { profile, handles } = await startTabs(town, 3);
    const [a, b, c] = handles as [DocumentHandle, DocumentHandle, DocumentHandle];
    a.presence.set("a");
    b.presence.set("b");
    await town.run(200);
    expect([shown(a), shown(b), shown(c)]).toEqual([["b"], ["a"], ["a", "b"]]);
    await town.startServer();
    const far = town.client();
    const read = await far.doc("notes");
    read.presence.set("far");
    await town.run(60_000);
    expect([shown(a), shown(b), shown(c)]).toEqual([
      ["b", "far"],
      ["a", "far"],
      ["a", "b", "far"],
    ]);
    expect(shown(read)).toEqual(["a", "b"]);
    const late = await profile.tab().db.doc("notes");
    await town.run();
    expect(shown(late)).toEqual(["a", "b", "far"]);
    c.presence.set("c");
    b.presence.set(null);
    await town.run(300);
    expect(shown(read)).toEqual(["a", "c"]);
    await town.settled(b.close());
    await town.settled(far.close());
    await town.run(300);
    expect([shown(a), shown(c), shown(late)]).toEqual([["c"], ["a"], ["a", "c"]]);
    await profile.close();
    await town.stopServer();
  });

  test("a tab that died is seen by nobody soon, and nobody sees a ghost of themselves", async () => {
    const town = await new Town().startServer();
    const { profile, tabs, handles } = await startTabs(town, 3);
    const far = town.client();
    const read = await far.doc("notes");
    for (const [index, { presence }] of handles.entries()) presence.set(`tab ${index}`);
    await town.run(300);
    expect(shown(read)).toEqual(["tab 0", "tab 1", "tab 2"]);
    const keys = [...read.presence.peers().keys()].sort();
    tabs[0]!.kill();
    await town.run(10_000);
    expect([shown(handles[1]!), shown(handles[2]!)]).toEqual([["tab 2"], ["tab 1"]]);
    expect(shown(read)).toEqual(["tab 1", "tab 2"]);
    expect(keys).toEqual(expect.arrayContaining([...read.presence.peers().keys()]));
    await town.settled(tabs[1]!.close());
    await town.run(300);
    expect(shown(read)).toEqual(["tab 2"]);
    expect(shown(handles[2]!)).toEqual([]);
    await profile.close();
    await town.run();
    expect(shown(read)).toEqual([]);
    await town.settled(far.close());
    await town.stopServer();
  });

  test("what does not fit together is left out, the oldest first", async () => {
    const town = await new Town().startServer();
    const { profile, handles } = await startTabs(town, 3);
    const far = town.client();
    const read = await far.doc("notes");
    const big = "x".repeat(1_900);
    for (const [index, { presence }] of handles.entries()) {
      presence.set(`${index}${big}`);
      await town.run(300);
    }
    expect(shown(read).map((value) => String(value)[0])).toEqual(["1", "2"]);
    expect(shown(handles[1]!).length).toBe(2);
    handles[0]!.presence.set("0, small");
    await town.run(300);
    expect(shown(read).map((value) => String(value)[0])).toEqual(["0", "1", "2"]);
    expect(() => handles[0]!.presence.set("x".repeat(4_096))).toThrow(/at most 4076/);
    handles[0]!.presence.set("x".repeat(4_073));
    await town.run(300);
    expect(shown(read).map((value) => String(value).length)).toEqual([4_073]);
    await profile.close();
    await town.settled(far.close());
    await town.stopServer();
  });
});
