import { describe, expect, test } from "vitest";
import {
  explorationText,
  explore,
  type Machine,
  type MachineModelOptions,
  machineModel,
} from "../src/explore/index.ts";
import { type LeaseBug, lease } from "./lease.ts";

const limits = { statesMax: 500_000, depthMax: 1_000 };
const names = ["a", "b"];

describe("a lease", () => {
  const bounds = {
    promptsMax: { acquire: 1, write: 1, release: 1, expire: 1 },
    crashesMax: 1,
  };

  test("is right in every state, with symmetry and without", () => {
    const whole = explore(lease({ clients: names, symmetric: false, bug: null, bounds }), limits);
    const folded = explore(lease({ clients: names, symmetric: true, bug: null, bounds }), limits);
    expect([whole.passed, folded.passed]).toEqual([true, true]);
    expect(folded.depthMax).toBe(whole.depthMax);
    expect([...folded.goals]).toEqual([...whole.goals]);
    // Nearly all states are one of a pair; those that are their own mirror image are not.
    const alone = 2 * folded.states - whole.states;
    expect(alone).toBeGreaterThan(0);
    expect(alone).toBeLessThan(100);
  });

  test("of three clients has nearly six times as many states as kinds of states", () => {
    const small = {
      promptsMax: { acquire: 1, write: 1, release: 0, expire: 1 },
      network: { kind: "messages", lossesMax: 0, duplicatesMax: 0, inFlightMax: 2 } as const,
    };
    const clients = ["a", "b", "c"];
    const whole = explore(lease({ clients, symmetric: false, bug: null, bounds: small }), limits);
    const folded = explore(lease({ clients, symmetric: true, bug: null, bounds: small }), limits);
    expect([whole.complete, folded.complete]).toEqual([true, true]);
    expect([whole.violation, folded.violation]).toEqual([null, null]);
    expect(whole.states / folded.states).toBeGreaterThan(5);
    expect(whole.states / folded.states).toBeLessThanOrEqual(6);
  });

  // The search is breadth first, so nothing shorter does it. The lengths were worked out by
  // hand before, but for those of `release_of_any_token` and `asks_for_ever`.
  test.each<[LeaseBug, string, number]>([
    // Ask, grant; another asks; crash, grant again.
    ["token_not_persisted", "LT1", 5],
    // Ask, grant; another asks, grant.
    ["granted_while_owned", "LT1", 4],
    // Ask, grant, hold, write; expire; another asks, is granted, holds, writes; both arrive.
    ["write_not_fenced", "LT2", 11],
    // Ask, arrive, arrive again; hold the first, release it; arrive.
    ["release_of_any_token", "LT3", 6],
    // Ask, arrive, arrive again; hold the second, then the first.
    ["older_token_taken", "LT4", 5],
    // Ask, grant, lost; the other asks in vain, as often as it may; expire.
    ["asks_for_ever", "LT5", 10],
  ])("with %s breaks %s in %i actions", (bug, rule, length) => {
    for (const symmetric of [true, false]) {
      const model = lease({ clients: names, symmetric, bug, bounds: { crashesMax: 1 } });
      const { violation } = explore(model, limits);
      expect(violation?.sentence).toContain(rule);
      expect(violation?.path).toHaveLength(length);
    }
  });

  test("shows what happened, a line for each action", async () => {
    const bug = "write_not_fenced";
    const model = lease({ clients: names, symmetric: true, bug, bounds: { crashesMax: 1 } });
    const text = explorationText(model, explore(model, limits));
    const path = new URL("golden/write-not-fenced.txt", import.meta.url).pathname;
    await expect(text).toMatchFileSnapshot(path);
  });
});

type Note = { readonly note: number };
type Options = MachineModelOptions<readonly (number | string)[], Note, null, null>;

/** A sender of `count` different notes, and a receiver that keeps them in order. */
function notes(count: number, network: Options["network"], crashesMax = 0) {
  const all = Array.from({ length: count }, (_, note) => ({ to: "reader", message: { note } }));
  const isChannel = network.kind === "channels";
  const writer: Machine<readonly (number | string)[], Note, null> = {
    start: () => ({ state: [], persist: null, send: isChannel ? [] : all }),
    step: (_, state, { type }) => ({ state, persist: null, send: type === "connected" ? all : [] }),
    prompts: () => [],
  };
  const reader: Machine<readonly (number | string)[], Note, null> = {
    start: () => ({ state: [], persist: null, send: [] }),
    step: (_, state, input) => {
      const kept = input.type === "message" ? input.message.note : input.type;
      return { state: [...state, kept], persist: null, send: [] };
    },
    prompts: () => [],
  };
  return machineModel({
    nodes: { writer, reader },
    network,
    crashesMax,
    promptsMax: {},
    invariants: {},
    show: {
      state: (state) => ` ${state.join(",")}`,
      message: ({ note }) => `note ${note}`,
      saved: () => "",
    },
  });
}

describe("a network of single messages", () => {
  const bounds = { kind: "messages", lossesMax: 0, duplicatesMax: 0, inFlightMax: 4 } as const;

  test("has as many states as there are orders of arrival", () => {
    // 4!/4! + 4!/3! + 4!/2! + 4!/1! + 4!/0!
    expect(explore(notes(4, bounds), limits).states).toBe(1 + 4 + 12 + 24 + 24);
  });

  test("loses each message, as often as it may", () => {
    // Of the three, 0 or 1 is lost; the others arrive in any order, or not yet.
    const none = 1 + 3 + 6 + 6;
    const one = 3 * (1 + 2 + 2);
    expect(explore(notes(3, { ...bounds, lossesMax: 1 }), limits).states).toBe(none + one);
  });

  test("delivers a message again, as often as it may", () => {
    // One message: under way, arrived, doubled, doubled and arrived.
    expect(explore(notes(1, { ...bounds, duplicatesMax: 1 }), limits).states).toBe(4);
  });

  test("cuts off what would be too much in flight", () => {
    expect(() => notes(5, bounds)).toThrow(/more in flight/);
    // The writer sends its one note again after a crash, unless the first is still under way.
    const exploration = explore(notes(1, { ...bounds, inFlightMax: 1 }, 1), limits);
    expect(exploration).toMatchObject({ cut: 1, complete: true });
  });
});

describe("a network of connections", () => {
  const bounds = {
    kind: "channels",
    links: [["writer", "reader"]],
    connectionsMax: 1,
    breaksMax: 0,
    inFlightMax: 4,
  } as const;

  test("keeps the order", () => {
    // Not connected, then 0 to 4 arrived.
    const exploration = explore(notes(4, bounds), limits);
    expect(exploration).toMatchObject({ states: 6, ends: 1 });
  });

  test("breaks at any point, hands over any part of what was under way, and tells both ends", () => {
    // While whole: down, then 0, 1 or 2 arrived. Broken with k arrived, neither end
    // knows; the writer does; the reader does; both do: k from 0 to 2 each.
    const exploration = explore(notes(2, { ...bounds, breaksMax: 1 }), limits);
    expect(exploration).toMatchObject({ states: 4 + 4 * 3, complete: true });
  });

  test("is made again, as often as it may", () => {
    const model = notes(1, { ...bounds, breaksMax: 1, connectionsMax: 2 });
    const ends = new Set<string>();
    const exploration = explore(
      {
        ...model,
        endings: {
          any: (state) => {
            ends.add(String(state.state("reader")));
            return true;
          },
        },
      },
      limits,
    );
    expect(exploration.complete).toBe(true);
    // Never broken; broken before the note came, or after; broken the second time counts as never.
    expect([...ends].sort()).toEqual([
      "connected,0",
      "connected,0,disconnected,connected,0",
      "connected,disconnected,connected,0",
    ]);
  });

  test("a crash ends what its node had, and the other end finds it out", () => {
    const model = notes(1, { ...bounds, connectionsMax: 2 }, 1);
    const exploration = explore(
      {
        ...model,
        goals: {
          again: (state) => String(state.state("reader")).endsWith("disconnected,connected,0"),
        },
      },
      limits,
    );
    expect(exploration.passed).toBe(true);
  });
});

describe("a model of machines", () => {
  test("refuses nodes that are called symmetric and are not", () => {
    const talker: Machine<number, null, null> = {
      start: (name) => ({ state: name === "a" ? 1 : 2, persist: null, send: [] }),
      step: (_, state) => ({ state, persist: null, send: [] }),
      prompts: () => [],
    };
    const model = () =>
      machineModel({
        nodes: { a: talker, b: talker },
        network: { kind: "messages", lossesMax: 0, duplicatesMax: 0, inFlightMax: 1 },
        crashesMax: 0,
        promptsMax: {},
        symmetric: [names],
        invariants: {},
        show: { state: String, message: String, saved: String },
      });
    expect(model).toThrow(/symmetric nodes begin differently/);
  });
});
