// What may go wrong with tabs: they die, the server goes, chance decides; the copy is
// lost under them; somebody else writes in their name.

import { encodeValue } from "@holdfast/doc";
import { SeededRandom } from "@holdfast/std";
import type { SessionId } from "@holdfast/sync";
import { describe, expect, test } from "vitest";
import { packPresence } from "../src/documents/presence_pack.ts";
import {
  type Database,
  type DocumentEvent,
  type DocumentHandle,
  MemoryPersistence,
  type MemorySiblings,
  open,
  SiblingGroup,
  type Write,
} from "../src/index.ts";
import { encodeSiblingMessage, type SiblingWord } from "../src/siblings/sibling_message.ts";
import { Profile, type Tab } from "./profile.ts";
import { agentOf, Town } from "./town.ts";

function body(handle: DocumentHandle): string {
  return handle.doc.text("body").toString();
}

function type(handle: DocumentHandle, text: string): Write {
  return handle.change(() => {
    const at = handle.doc.text("body").length;
    handle.doc.text("body").insert(at, text);
  });
}

/** A profile whose tabs come and go by chance, each with some of three documents open. */
class Crowd {
  readonly town = new Town();
  readonly profile = new Profile(this.town);
  readonly #random: SeededRandom;
  readonly #handles = new Map<Tab, Map<string, DocumentHandle>>();
  readonly local = new Map<string, Set<string>>();
  serves = false;

  constructor(seed: number) {
    this.#random = new SeededRandom(seed);
    for (const name of ["a", "b", "c"]) this.local.set(name, new Set());
  }

  pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.#random.next() * list.length)]!;
  }

  async handle(tab: Tab, name: string): Promise<DocumentHandle> {
    const handles = this.#handles.get(tab) ?? new Map<string, DocumentHandle>();
    this.#handles.set(tab, handles);
    const known = handles.get(name);
    if (known !== undefined) return known;
    const handle = await tab.db.doc(name);
    handles.set(name, handle);
    return handle;
  }

  async step(index: number): Promise<void> {
    const { town, profile } = this;
    const chance = this.#random.next();
    if (profile.alive.length === 0 || (chance < 0.06 && profile.alive.length < 3)) profile.tab();
    const agents = profile.alive.map(({ db }) => db.agent);
    expect(new Set(agents).size).toBe(agents.length);
    const tab = this.pick(profile.alive);
    const name = this.pick([...this.local.keys()]);
    if (chance < 0.6) {
      const word = `<${index}>`;
      const write = type(await this.handle(tab, name), word);
      write.local.then(
        () => this.local.get(name)!.add(word),
        () => undefined,
      );
    } else if (chance < 0.66) {
      const handle = this.#handles.get(tab)?.get(name);
      this.#handles.get(tab)?.delete(name);
      await town.settled(handle?.close() ?? Promise.resolve());
    } else if (chance < 0.72) tab.kill();
    else if (chance < 0.75) await town.settled(tab.close());
    else if (chance < 0.82) town.network.breakAll("chance");
    else if (chance < 0.88) await this.toggleServer();
    if (this.#random.next() < 0.7) await town.run(this.pick([0, 0, 10, 1_000, 7_000]));
  }

  async toggleServer(): Promise<void> {
    if (this.serves) await this.town.stopServer();
    else await this.town.startServer();
    this.serves = !this.serves;
  }
}

test.each(Array.from({ length: 20 }, (_, index) => index + 1))(
  "tabs that come, go and die, seed %i: nothing local is lost, all is saved, all converge",
  async (seed) => {
    const crowd = new Crowd(seed);
    const { town, profile } = crowd;
    for (let index = 0; index < 60; index += 1) await crowd.step(index);
    if (!crowd.serves) await crowd.toggleServer();
    const [one, two] = [profile.tab(), profile.tab()];
    const handles: DocumentHandle[] = [];
    for (const name of crowd.local.keys()) {
      for (const tab of [one, two]) handles.push(await crowd.handle(tab, name));
    }
    for (const handle of handles) await town.settled(handle.whenSaved());
    const far = town.client();
    for (const [name, words] of crowd.local) {
      const read = await far.doc(name);
      await town.run(100);
      for (const word of words) expect(body(read)).toContain(word);
      for (const tab of [one, two]) {
        const handle = await crowd.handle(tab, name);
        expect(body(handle)).toBe(body(read));
        expect(handle.status()).toMatchObject({ state: "saved", problem: null });
      }
    }
    expect(profile.openCount).toBe(1);
    expect(new Set(profile.alive.map(({ db }) => db.agent)).size).toBe(profile.alive.length);
    await profile.close();
    await town.settled(far.close());
    await town.stopServer();
    const reopened = profile.tab(null);
    for (const [name, words] of crowd.local) {
      const handle = await reopened.db.doc(name);
      for (const word of words) expect(body(handle)).toContain(word);
    }
    await profile.close();
  },
);

describe("a copy that is lost while it is open", () => {
  test("is written again by each tab, under names that nobody had", async () => {
    const town = new Town();
    const profile = new Profile(town);
    const tabs = [profile.tab(), profile.tab()];
    const handles = await Promise.all(tabs.map(({ db }) => db.doc("notes")));
    const former = tabs.map(({ db }) => db.agent);
    for (const handle of handles) {
      for (const letter of "before ") await town.settled(type(handle, letter).local);
      await town.run();
    }
    profile.copy.lose();
    expect(handles.map((handle) => handle.status().state)).toEqual(["pending", "pending"]);
    await town.run();
    expect(handles.map((handle) => handle.status().state)).toEqual(["local", "local"]);
    for (const handle of handles) {
      await town.settled(type(handle, "after ").local);
      await town.run();
    }
    for (const handle of handles) expect(body(handle)).toBe("before before after after ");
    await profile.close();
    const again = profile.tab();
    const handle = await again.db.doc("notes");
    expect(body(handle)).toBe("before before after after ");
    expect(former).not.toContain(again.db.agent);
    await town.startServer();
    await town.settled(handle.whenSaved());
    const far = town.client();
    const read = await far.doc("notes");
    await town.run(100);
    expect(body(read)).toBe(body(handle));
    await profile.close();
    await town.settled(far.close());
    await town.stopServer();
  });

  test("what was open or not comes back from the server, and goes on", async () => {
    const town = await new Town().startServer();
    const profile = new Profile(town);
    const [leader, follower] = [profile.tab(), profile.tab()];
    const other = await follower.db.doc("other");
    await town.settled(type(other, "closed at the time. ").saved);
    await town.settled(other.close());
    const handle = await follower.db.doc("notes");
    await town.settled(type(handle, "one ").saved);
    profile.copy.lose();
    expect(handle.status().state).toBe("saved");
    await town.run();
    const second = type(handle, "two ");
    await town.settled(second.saved);
    const told: DocumentEvent[] = [];
    for (const { db } of [leader, follower]) {
      const again = await db.doc("other");
      again.subscribe((event) => told.push(event));
      await town.run(100);
      expect(body(again)).toContain("closed at the time. ");
      await town.settled(type(again, "and on. ").saved);
      expect(again.doc.agent).not.toBe(db.agent);
    }
    expect(told.filter((event) => event.type === "problem")).toEqual([]);
    const far = town.client();
    const [read, readOther] = [await far.doc("notes"), await far.doc("other")];
    await town.run(100);
    expect(body(read)).toBe("one two ");
    expect(body(readOther)).toBe("closed at the time. and on. and on. ");
    await profile.close();
    const again = await profile.tab(null).db.doc("notes");
    expect(body(again)).toBe("one two ");
    expect(again.status().state).toBe("saved");
    await profile.close();
    await town.settled(far.close());
    await town.stopServer();
  });

  test("while appends are under way: nothing counts as local that went with it", async () => {
    const town = new Town();
    const world = town.world();
    const profile = new Profile(town);
    const persistence = new MemoryPersistence(world.random, profile.copy);
    const append = persistence.append.bind(persistence);
    persistence.append = async (document, bundle) => {
      await append(document, bundle);
      await town.clock.sleep(10);
    };
    const db = open({ world, name: "test", persistence });
    const handle = await db.doc("notes");
    const write = type(handle, "under way");
    await town.run(5);
    profile.copy.lose();
    await town.run(6);
    expect(write.state).toBe("pending");
    await town.settled(write.local);
    await town.settled(db.close());
    const again = await profile.tab(null).db.doc("notes");
    expect(body(again)).toBe("under way");
    await profile.close();
  });
});

describe("a hint that comes at a bad time, or never", () => {
  test("while the document is being read: what it told of is read, too", async () => {
    const town = new Town();
    const profile = new Profile(town);
    const [left, right] = [profile.tab(null), profile.tab(null)];
    const handle = await left.db.doc("notes");
    const load = right.persistence.load.bind(right.persistence);
    right.persistence.load = async (document) => {
      const found = await load(document);
      await town.clock.sleep(100);
      return found;
    };
    const opening = right.db.doc("notes");
    await town.run(50);
    await town.settled(type(handle, "meanwhile").local, 10);
    await town.run(60);
    expect(body(await opening)).toBe("meanwhile");
    await profile.close();
  });

  test("what nobody told of is found after a while", async () => {
    const town = new Town();
    const profile = new Profile(town);
    const handle = await profile.tab(null).db.doc("notes");
    const silent = new MemoryPersistence(new SeededRandom(77), profile.copy);
    const db = open({ world: town.world(), name: "silent", persistence: silent });
    await town.settled(type(await db.doc("notes"), "said nothing").local);
    await town.run(10_000);
    expect(body(handle)).toBe("said nothing");
    await town.settled(db.close());
    await profile.close();
  });
});

describe("somebody who writes in the name of a tab", () => {
  async function double(town: Town, agent: string): Promise<Database> {
    const world = town.world();
    const persistence = new MemoryPersistence({
      next: () => world.random.next(),
      bytes: (count) =>
        Uint8Array.from({ length: count }, (_, at) =>
          Number.parseInt(agent.slice(at * 2, at * 2 + 2), 16),
        ),
    });
    expect(persistence.agent).toBe(agent);
    return open({ world, name: "double", persistence, url: "server" });
  }

  test("RE4: what it wrote is not taken in by who leads; both tabs are told, and get new names", async () => {
    const town = await new Town().startServer();
    const profile = new Profile(town);
    const [leader, follower] = [profile.tab(), profile.tab()];
    const handles = [await leader.db.doc("notes"), await follower.db.doc("notes")];
    const told: DocumentEvent[][] = handles.map((handle) => {
      const events: DocumentEvent[] = [];
      handle.subscribe((event) => {
        if (event.type === "problem") events.push(event);
      });
      return events;
    });
    await town.run();
    const other = await double(town, follower.db.agent);
    await town.settled(type(await other.doc("notes"), "of the double").saved);
    await town.run(100);
    for (const events of told) {
      expect(events).toMatchObject([{ effect: "closed", error: { code: "equivocation" } }]);
    }
    for (const handle of handles) expect(body(handle)).toBe("");
    const write = type(handles[1]!, "mine");
    await town.settled(write.local);
    await town.run();
    expect(body(handles[0]!)).toBe("mine");
    await expect(town.settled(write.saved)).rejects.toMatchObject({ code: "equivocation" });
    const former = [leader, follower].map(({ db }) => db.agent);
    await profile.close();
    const again = profile.tab();
    expect(former).not.toContain(again.db.agent);
    expect(body(await again.db.doc("notes"))).toBe("mine");
    await profile.close();
    await town.settled(other.close());
    await town.stopServer();
  });

  test("SY7: a tab that wrote offline what its double had sent before is refused, and told", async () => {
    const town = await new Town().startServer();
    const profile = new Profile(town);
    const [leader, follower] = [profile.tab(), profile.tab()];
    await town.run();
    const other = await double(town, follower.db.agent);
    await town.settled(type(await other.doc("notes"), "of the double").saved);
    const handle = await follower.db.doc("notes");
    const write = type(handle, "mine, which is longer");
    await expect(town.settled(write.saved)).rejects.toMatchObject({ code: "equivocation" });
    expect(handle.status()).toMatchObject({ state: "local", problem: { code: "equivocation" } });
    expect(leader.db.connection.state).toBe("online");
    await profile.close();
    await town.settled(other.close());
    await town.stopServer();
  });
});

describe("words about the server", () => {
  interface Following {
    readonly town: Town;
    readonly handle: DocumentHandle;
    readonly db: Database;
    readonly strangers: readonly MemorySiblings[];
    readonly say: (stranger: number, word: SiblingWord) => Promise<void>;
  }

  // A tab that follows, since a stranger leads who says nothing by itself.
  async function following(): Promise<Following> {
    const town = new Town();
    const group = new SiblingGroup();
    const strangers = ["e", "f"].map((digit) => group.join(agentOf(digit)));
    const { signal } = new AbortController();
    await strangers[1]!.lead({ signal, byForce: false, onLost: () => undefined });
    const world = town.world();
    const persistence = new MemoryPersistence(world.random);
    const siblings = group.join(persistence.agent);
    const db = open({ world, name: "test", persistence, siblings, url: "server" });
    const handle = await db.doc("notes");
    const say = async (stranger: number, word: SiblingWord): Promise<void> => {
      const { agent: sender } = strangers[stranger]!;
      strangers[stranger]!.post(encodeSiblingMessage({ sender, word }));
      await town.run();
    };
    return { town, handle, db, strangers, say };
  }

  const online = { type: "connection", state: "online", reason: null, retryInMs: null } as const;

  test("LI2: that of one who led before counts no more", async () => {
    const { town, handle, db, say } = await following();
    const write = type(handle, "mine");
    await town.settled(write.local);
    const saved = handle.doc.vector();
    const { document } = handle.doc;
    const store = { identity: new Uint8Array(16), epoch: 0 };
    const word = { type: "standing", document, store, sent: saved, saved, problem: null } as const;
    await say(0, online);
    await say(1, online);
    await say(0, word);
    expect(write.state).toBe("local");
    await say(1, word);
    expect(write.state).toBe("saved");
    await town.settled(db.close());
  });

  test("who led and is gone without a word is not believed to be online", async () => {
    const { town, handle, db, strangers, say } = await following();
    await say(0, online);
    const pack = packPresence([{ agent: agentOf("a"), state: encodeValue("far") }]);
    const { document } = handle.doc;
    await say(0, { type: "peer", document, peer: 1 as SessionId, state: pack });
    expect(db.connection.state).toBe("online");
    expect([...handle.presence.peers().values()]).toEqual(["far"]);
    strangers[0]!.leave();
    await town.run(10_000);
    expect(db.connection.state).toBe("offline");
    expect(handle.presence.peers().size).toBe(0);
    await town.settled(db.close());
  });
});
