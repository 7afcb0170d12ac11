// The history that the store scenario gives to the judges: what is sound passes, and of
// what is not, the judge says what contradicts itself.

import { readHistory, writeHistory } from "@holdfast/check";
import type { CommitVersion } from "@holdfast/store";
import { beforeEach, describe, expect, test } from "vitest";
import { type Answer, listSteps } from "../src/store/judged_work.ts";
import { type Call, type Effect, StoreHistory } from "../src/store/store_history.ts";
import type { ListWork, RegisterWork } from "../src/store/store_plan.ts";

let history: StoreHistory;
let id = 0;

beforeEach(() => {
  history = new StoreHistory();
  id = 0;
  show(10, []);
});

function show(version: number, rows: readonly (readonly [string, string])[]): void {
  history.shows({ version: version as CommitVersion, rows });
}

function register(does: RegisterWork["does"], expected: number | null = null): Call {
  id += 1;
  return history.call({ type: "register", id, atMs: 0, thinkMs: 0, register: 0, does, expected });
}

function append(list: number): Call & { readonly work: ListWork } {
  id += 1;
  const work = {
    type: "lists",
    id,
    atMs: 0,
    thinkMs: 0,
    steps: [{ list, isAppend: true }],
  } as const;
  return history.call(work) as Call & { readonly work: ListWork };
}

/** What an append to a list answers that showed `found` in the end. */
function appended({ work }: { readonly work: ListWork }, found: readonly string[]): Answer {
  return listSteps(work).map((step) => (step[0] === "r" ? ["r", step[1], found] : step));
}

function effect(version: number, answer: Answer, wrote = true): Effect {
  return { version: version as CommitVersion, answer, wrote };
}

describe("a sound history passes", () => {
  test("of registers, of which one is swapped", () => {
    history.ok(register("write"), effect(11, undefined));
    history.ok(register("swap", 1), effect(12, true));
    history.ok(register("swap", 1), effect(12, false, false));
    history.ok(register("read"), effect(12, 2, false));
    expect(history.judge()).toBe(4);
  });

  test("of lists, and each text of it can be read again", () => {
    const [one, other] = [append(0), append(0)];
    history.ok(other, effect(11, appended(other, ["2.0"])));
    history.ok(one, effect(12, appended(one, ["2.0", "1.0"])));
    show(12, [
      ["list/0/0000", "2.0"],
      ["list/0/0001", "1.0"],
    ]);
    expect(history.judge()).toBe(2);
    expect(readHistory(writeHistory(history.lists()))).toEqual(history.lists());
  });

  test("that a crash cut, of which a part was kept", () => {
    const [kept, gone] = [register("write"), register("write")];
    history.opened(new Map([[kept, effect(11, undefined)]]));
    show(11, [["register/0", "1"]]);
    expect(kept.completed.outcome).toBe("ok");
    expect(gone.completed.outcome).toBe("fail");
    history.ok(register("read"), effect(11, 1, false));
    expect(history.judge()).toBe(2);
  });

  test("that begins again where commits are gone", () => {
    history.ok(register("write"), effect(11, undefined));
    history.ok(register("write"), effect(12, undefined));
    history.opened(new Map());
    expect(history.restart()).toBe(2);
    show(11, [
      ["list/0/0000", "7.0"],
      ["register/0", "1"],
    ]);
    history.ok(register("write"), effect(12, undefined));
    history.ok(register("read"), effect(12, 3, false));
    const call = append(0);
    history.ok(call, effect(13, appended(call, ["7.0", "5.0"])));
    expect(history.judge()).toBe(3);
  });

  test("of what was asked for and never answered", () => {
    register("write");
    append(0);
    history.ok(register("read"), effect(10, null, false));
    expect(history.judge()).toBe(1);
  });
});

describe("the judge names what contradicts itself", () => {
  test("a stale read of a register", () => {
    history.ok(register("write"), effect(11, undefined));
    history.ok(register("read"), effect(11, null, false));
    expect(() => history.judge()).toThrow(/^ST4: register-0: .*worker-1 from 4 to 5/);
  });

  test("a version that is older than one that was acknowledged", () => {
    history.ok(register("write"), effect(12, undefined));
    const late = append(0);
    history.ok(late, effect(11, appended(late, ["2.0"])));
    expect(() => history.judge()).toThrow(/^ST4: versions: /);
  });

  test("a read that stands on an old version", () => {
    history.ok(register("write"), effect(11, undefined));
    history.ok(append(1), effect(10, [["r", "list/1", []]], false));
    expect(() => history.judge()).toThrow(/^ST4: versions: /);
  });

  test("two who appended at one place", () => {
    const [one, other] = [append(0), append(0)];
    history.ok(other, effect(11, appended(other, ["2.0"])));
    history.ok(one, effect(12, appended(one, ["1.0"])));
    expect(() => history.judge()).toThrow(/^ST4: lists: .*1\.0.*2\.0|2\.0.*1\.0/);
  });

  test("what a crash undid, and shows again", () => {
    const gone = append(0);
    history.opened(new Map());
    expect(gone.completed.outcome).toBe("fail");
    show(10, []);
    const next = append(0);
    history.ok(next, effect(11, appended(next, ["1.0", "2.0"])));
    expect(() => history.judge()).toThrow(/^ST4: lists: .*failed/);
  });

  test("a list with what nobody appended", () => {
    const call = append(0);
    history.ok(call, effect(11, appended(call, ["7.7", "1.0"])));
    expect(() => history.judge()).toThrow(/^ST4: lists: .*7\.7/);
  });

  test("a store that is opened with an old value", () => {
    history.ok(register("write"), effect(11, undefined));
    history.ok(register("write"), effect(12, undefined));
    show(12, [["register/0", "1"]]);
    expect(() => history.judge()).toThrow(/^ST4: register-0: .*opening from 6 to 6/);
  });

  test("what was acknowledged, and is not there when the store is opened", () => {
    history.ok(register("write"), effect(11, undefined));
    show(11, []);
    expect(() => history.judge()).toThrow(/^ST4: register-0: /);
  });
});
