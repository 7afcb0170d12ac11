// Tabs that the device puts to sleep, with and without a word before: the others go on.

import { beforeEach, expect, test, vi } from "vitest";
import type { DocumentHandle } from "../src/index.ts";
import { unansweredCallsMax } from "../src/siblings/leadership.ts";
import { Profile, type Tab } from "./profile.ts";
import { Town } from "./town.ts";

let town: Town;
let profile: Profile;
let first: Tab;
let second: Tab;
/** Of each tab. */
let notes: DocumentHandle[];

beforeEach(async () => {
  town = await new Town().startServer();
  profile = new Profile(town);
  [first, second] = [profile.tab(), profile.tab()];
  notes = [await first.db.doc("notes"), await second.db.doc("notes")];
  await town.run();
  return async () => {
    await profile.close();
    await town.stopServer();
    expect(town.clock.pending).toBe(0);
  };
});

/** Long enough to find out that somebody is asleep. */
const foundOutMs = (unansweredCallsMax + 2) * 5_000;

function type(handle: DocumentHandle, text: string) {
  return handle.change(() => handle.doc.text("body").insert(0, text));
}

/** Which tabs hold a connection. */
function connected(): boolean[] {
  return profile.tabs.map(({ network }) => network.openCount > 0);
}

test("who leads and sleeps without a word loses the lead to a tab that is looked at", async () => {
  expect(connected()).toEqual([true, false]);
  first.siblings.sleep();
  await town.run(foundOutMs);
  // The one that sleeps does not know yet.
  expect(connected()).toEqual([true, true]);
  expect(second.db.connection.state).toBe("online");
  await town.settled(type(notes[1]!, "awake, ").saved);
  first.siblings.wake();
  await town.run();
  expect(connected()).toEqual([false, true]);
  expect(first.db.connection.state).toBe("online");
  const write = type(notes[0]!, "too, ");
  await town.settled(write.saved);
  expect(notes[1]!.doc.text("body").toString()).toBe("too, awake, ");
  expect(connected()).toEqual([false, true]);
  expect(profile.connectCount).toBe(2);
});

test("LE1: who is not looked at takes nothing by force; later, it does", async () => {
  second.siblings.isShown = false;
  first.siblings.sleep();
  await town.run(10 * foundOutMs);
  expect(connected()).toEqual([true, false]);
  second.siblings.isShown = true;
  await town.run(foundOutMs);
  first.siblings.wake();
  await town.run();
  expect(connected()).toEqual([false, true]);
});

test("who leads and answers keeps the lead, and its answers are no news", async () => {
  let told = 0;
  second.db.connection.subscribe(() => {
    told += 1;
  });
  await town.run(20 * foundOutMs);
  expect(connected()).toEqual([true, false]);
  expect(profile.connectCount).toBe(1);
  expect(told).toBe(0);
});

test("who is put to sleep leaves the lead at once, and leads again when it is its turn", async () => {
  first.db.suspend();
  await town.run();
  first.db.suspend();
  await town.run();
  expect(connected()).toEqual([false, true]);
  await town.settled(type(notes[1]!, "awake").saved);
  second.db.suspend();
  await town.run();
  expect(connected()).toEqual([false, false]);
  expect(second.db.connection.state).toBe("offline");
  const third = profile.tab();
  await town.run();
  expect(connected()).toEqual([false, false, true]);
  await town.settled(third.close());
  await town.run(foundOutMs);
  // Nobody is there who is awake.
  expect(connected()).toEqual([false, false, false]);
  second.db.resume();
  first.db.resume();
  await town.run();
  expect(connected()).toEqual([false, true, false]);
  expect(first.db.connection.state).toBe("online");
  second.db.suspend();
  await town.run();
  expect(connected()).toEqual([true, false, false]);
});

test("who is to follow for good leads no more, nor again", async () => {
  first.db.follow();
  await town.run();
  expect(connected()).toEqual([false, true]);
  await town.settled(second.close());
  await town.run(foundOutMs);
  expect(connected()).toEqual([false, false]);
});

test("a tab that waits to lead and is put to sleep is passed over, and may end", async () => {
  second.db.suspend();
  await town.settled(first.close());
  await town.run(foundOutMs);
  expect(connected()).toEqual([false, false]);
  await town.settled(second.close());
});

test("who leads no more gives up what it held for others", async () => {
  const loads = vi.spyOn(first.persistence, "load");
  const theirs = await second.db.doc("theirs");
  await town.run();
  expect(loads.mock.calls).toEqual([["theirs"]]);
  first.db.suspend();
  await town.run();
  // Not in memory any more, it is read again; what the tab has open itself is.
  await town.settled((await first.db.doc("theirs")).close());
  await town.settled((await first.db.doc("notes")).close());
  expect(loads.mock.calls).toEqual([["theirs"], ["theirs"]]);
  await town.settled(theirs.close());
});

test("the lead is taken from one who takes it up again, over and over, and nothing is lost", async () => {
  let expected = "";
  for (let round = 0; round < 6; round += 1) {
    const [asleep, awake] = round % 2 === 0 ? [0, 1] : [1, 0];
    profile.tabs[asleep]!.siblings.sleep();
    const write = type(notes[awake]!, `${round} `);
    expected = `${round} ${expected}`;
    await town.run(foundOutMs);
    await town.settled(write.saved);
    profile.tabs[asleep]!.siblings.wake();
    await town.run(5_000);
    for (const handle of notes) expect(handle.doc.text("body").toString()).toBe(expected);
  }
  const reader = town.client();
  const read = await reader.doc("notes");
  await town.run();
  expect(read.doc.text("body").toString()).toBe(expected);
  await town.settled(reader.close());
});
