// Histories: what several agents did, and what each had seen when it did it.
//
// A history is made from commands, which fast-check can draw and shrink: every list
// of commands makes a valid history, since positions are fractions, and whatever
// can't be done (deleting from an empty text) is left out. Positions are resolved on
// the reference, so that the implementation has no say in what is tested.

import { type AgentId, type EventId, parseAgentId } from "@holdfast/causality";
import { type Random, randomBelow } from "@holdfast/std";
import fc from "fast-check";
import {
  endOf,
  eventsOf,
  type ListOp,
  type Op,
  type Plain,
  Reference,
  type Step,
  type TextOp,
  type Version,
} from "./reference.ts";

/** Containers that generated histories edit. */
export const texts = ["body", "title"] as const;
/** Lists that generated histories edit; one of them has the name of a text, one that of the map. */
export const lists = ["body", "meta"] as const;
/** The map that generated histories edit. */
export const maps = ["meta"] as const;

/**
 * Where to edit: a fraction of the text in thousandths, or right behind (`onward`) or
 * right before (`backward`) what the agent wrote last.
 */
export type Where = number | "onward" | "backward";

/** What agent number `who` does. */
export type Command =
  | {
      readonly kind: "insert";
      readonly who: number;
      readonly container: (typeof texts)[number];
      readonly where: Where;
      readonly text: string;
    }
  | {
      readonly kind: "delete";
      readonly who: number;
      readonly container: (typeof texts)[number];
      readonly where: Where;
      readonly count: number;
    }
  | {
      readonly kind: "list_insert";
      readonly who: number;
      readonly container: (typeof lists)[number];
      readonly where: Where;
      readonly values: readonly Plain[];
    }
  | {
      readonly kind: "list_delete";
      readonly who: number;
      readonly container: (typeof lists)[number];
      readonly where: Where;
      readonly count: number;
    }
  | { readonly kind: "set"; readonly who: number; readonly key: string; readonly value: Plain }
  | { readonly kind: "unset"; readonly who: number; readonly key: string }
  /** Merges what the author of an earlier step saw right after that step. */
  | { readonly kind: "see"; readonly who: number; readonly back: number }
  /** The next edit of `who` belongs to the same step as the last one, if nothing came between. */
  | { readonly kind: "join"; readonly who: number };

// Not in order of their numbers, so that ties do not follow who came first.
const agentBytes = [0x70, 0x20, 0xf0, 0x01, 0xa0, 0x50, 0xd0, 0x30];

/** Agent number `index`, from 0. */
export function agentAt(index: number): AgentId {
  const first = agentBytes[index % agentBytes.length]!.toString(16).padStart(2, "0");
  return parseAgentId(first + index.toString(16).padStart(30, "0"));
}

/** An agent that takes part in no history. */
export const reader = parseAgentId("ee".repeat(16));

/** A history in the making: who does what, and who sees what of others. */
export class Script {
  readonly steps: Step[] = [];
  readonly reference = new Reference();
  readonly #seen = new Map<number, Version>();
  readonly #after: Version[] = [];

  /** What agent number `who` sees now. */
  seen(who: number): Version {
    return this.#seen.get(who) ?? new Map();
  }

  /** A step of agent number `who`. */
  do(who: number, ...ops: readonly Op[]): this {
    const agent = agentAt(who);
    const before = this.seen(who);
    const parents = this.reference.headsOf(before);
    const step: Step = { agent, from: before.get(agent) ?? 0, parents, ops };
    this.reference.add(step);
    this.steps.push(step);
    const after = new Map(before).set(agent, endOf(step));
    this.#seen.set(who, after);
    this.#after.push(after);
    return this;
  }

  /** Inserts into the body. */
  insert(who: number, at: number, text: string): this {
    return this.do(who, { kind: "insert", container: texts[0], at, text });
  }

  /** Deletes from the body. */
  delete(who: number, at: number, count: number): this {
    return this.do(who, { kind: "delete", container: texts[0], at, count });
  }

  /** Agent number `who` merges everything that agent number `other` sees. */
  see(who: number, other: number): this {
    this.#seen.set(who, union(this.seen(who), this.seen(other)));
    return this;
  }

  /** Agent number `who` merges what the author of step `index` saw right after it. */
  seeStep(who: number, index: number): this {
    this.#seen.set(who, union(this.seen(who), this.#after[index]!));
    return this;
  }
}

/** Makes a history of `agents` agents. */
export function buildHistory(agents: number, commands: readonly Command[]): readonly Step[] {
  const script = new Script();
  const lasts = new Map<string, TextOp | ListOp>();
  let open = null as { who: number; ops: Op[] } | null;
  let joining = false;
  const close = (): void => {
    if (open !== null) script.do(open.who, ...open.ops);
    open = null;
  };
  for (const command of commands) {
    const who = command.who % agents;
    if (command.kind === "join") {
      joining = open?.who === who;
      continue;
    }
    if (!joining || command.kind === "see" || open?.who !== who) close();
    joining = false;
    if (command.kind === "see") {
      const index = Math.max(0, script.steps.length - 1 - command.back);
      if (script.steps.length > 0) script.seeStep(who, index);
      continue;
    }
    const op = resolve(command, script.seen(who), open?.ops ?? [], {
      reference: script.reference,
      last: "container" in command ? lasts.get(placeOf(who, command)) : undefined,
    });
    if (op === null) continue;
    if (isTextOp(op) || isListOp(op)) lasts.set(placeOf(who, op), op);
    if (open === null) open = { who, ops: [op] };
    else open.ops.push(op);
  }
  close();
  return script.steps;
}

function resolve(
  command: Exclude<Command, { kind: "see" | "join" }>,
  seen: Version,
  pending: readonly Op[],
  {
    reference,
    last,
  }: { readonly reference: Reference; readonly last: TextOp | ListOp | undefined },
): Op | null {
  if (command.kind === "set") {
    return { kind: "set", container: maps[0], key: command.key, value: command.value };
  }
  if (command.kind === "unset") {
    let has = Object.hasOwn(reference.map(maps[0], seen), command.key);
    for (const op of pending) {
      if ((op.kind === "set" || op.kind === "unset") && op.key === command.key) {
        has = op.kind === "set";
      }
    }
    return has ? { kind: "unset", container: maps[0], key: command.key } : null;
  }
  if (command.kind === "list_insert" || command.kind === "list_delete") {
    const list = pending.reduce(
      (now, op) => (isListOp(op) && op.container === command.container ? editedList(now, op) : now),
      reference.list(command.container, seen),
    );
    const { kind, container } = command;
    const at = startOf(command.where, list.length, last);
    if (kind === "list_insert") return { kind, container, at, values: command.values };
    const count = Math.min(command.count, list.length - at);
    return count === 0 ? null : { kind, container, at, count };
  }
  const text = pending.reduce(
    (now, op) => (isTextOp(op) && op.container === command.container ? edited(now, op) : now),
    reference.text(command.container, seen),
  );
  const at = whole(text, startOf(command.where, text.length, last));
  const { container } = command;
  if (command.kind === "insert") return { kind: "insert", container, at, text: command.text };
  const count = whole(text, Math.min(text.length, at + command.count)) - at;
  return count === 0 ? null : { kind: "delete", container, at, count };
}

function startOf(where: Where, length: number, last: TextOp | ListOp | undefined): number {
  if (typeof where === "number") return Math.floor((where * (length + 1)) / 1001);
  const isInsert = last?.kind === "insert" || last?.kind === "list_insert";
  const behind = isInsert && where === "onward" ? eventsOf(last) : 0;
  return Math.min(length, (last?.at ?? 0) + behind);
}

function placeOf(who: number, { kind, container }: { kind: string; container: string }): string {
  return `${who} ${kind.startsWith("list") ? "list" : "text"} ${container}`;
}

/** Tells whether `op` edits a list. */
export function isListOp(op: Op): op is ListOp {
  return op.kind === "list_insert" || op.kind === "list_delete";
}

/** `list` after `op`. */
export function editedList(list: readonly Plain[], op: ListOp): readonly Plain[] {
  return op.kind === "list_insert"
    ? [...list.slice(0, op.at), ...op.values, ...list.slice(op.at)]
    : [...list.slice(0, op.at), ...list.slice(op.at + op.count)];
}

/** Tells whether `op` edits a text. */
export function isTextOp(op: Op): op is TextOp {
  return op.kind === "insert" || op.kind === "delete";
}

/** `text` after `op`. */
export function edited(text: string, op: TextOp): string {
  if (op.kind === "insert") return text.slice(0, op.at) + op.text + text.slice(op.at);
  return text.slice(0, op.at) + text.slice(op.at + op.count);
}

// The position itself, or the next one where it lies inside of a surrogate pair.
function whole(text: string, at: number): number {
  return at > 0 && /[\uD800-\uDBFF]/.test(text[at - 1]!) && at < text.length ? at + 1 : at;
}

/** Of each agent the higher count. */
export function union(a: Version, b: Version): Version {
  const both = new Map(a);
  for (const [agent, next] of b) both.set(agent, Math.max(next, both.get(agent) ?? 0));
  return both;
}

const snippets = ["a", "b", "xyz", "hello ", "\n", "é", "😀", "a😀b", "👩‍👧", "12345678"];
const values: readonly Plain[] = [
  null,
  true,
  0,
  -1.5,
  "value",
  "😀",
  new Uint8Array([0, 255]),
  [1, ["two"]],
  { deep: { er: [] } },
];

/** Draws commands for 2 to 5 agents. */
export function commandsArbitrary(lengthMax: number): fc.Arbitrary<readonly Command[]> {
  const who = fc.nat({ max: 4 });
  const container = fc.oneof(
    { weight: 5, arbitrary: fc.constant(texts[0]) },
    { weight: 1, arbitrary: fc.constant(texts[1]) },
  );
  // Mostly a few places, so that agents meet.
  const where: fc.Arbitrary<Where> = fc.oneof(
    fc.constantFrom(0, 500, 1000),
    fc.constantFrom("onward" as const, "backward" as const),
    fc.nat({ max: 1000 }),
  );
  const list = fc.constantFrom(...lists);
  const key = fc.constantFrom("k", "kk", "");
  const command: fc.Arbitrary<Command> = fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({
        kind: fc.constant("insert" as const),
        who,
        container,
        where,
        text: fc.constantFrom(...snippets),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant("delete" as const),
        who,
        container,
        where,
        count: fc.integer({ min: 1, max: 6 }),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant("list_insert" as const),
        who,
        container: list,
        where,
        values: fc.array(fc.constantFrom(...values), { minLength: 1, maxLength: 3 }),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant("list_delete" as const),
        who,
        container: list,
        where,
        count: fc.integer({ min: 1, max: 4 }),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant("set" as const),
        who,
        key,
        value: fc.constantFrom(...values),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("unset" as const), who, key }) },
    {
      weight: 5,
      arbitrary: fc.record({
        kind: fc.constant("see" as const),
        who,
        back: fc.oneof(fc.constant(0), fc.nat({ max: 6 })),
      }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant("join" as const), who }) },
  );
  return fc.array(command, { maxLength: lengthMax, size: "max" });
}

/** Draws histories of 2 to 5 agents. */
export function historyArbitrary(lengthMax: number): fc.Arbitrary<readonly Step[]> {
  return fc
    .tuple(fc.integer({ min: 2, max: 5 }), commandsArbitrary(lengthMax))
    .map(([agents, commands]) => buildHistory(agents, commands));
}

/** Which steps each step stands upon directly, by index; its agent's previous one included. */
export function parentSteps(steps: readonly Step[]): readonly (readonly number[])[] {
  const indexOf = (id: EventId): number =>
    steps.findIndex(
      (step) => step.agent === id.agent && step.from <= id.seq && id.seq < endOf(step),
    );
  return steps.map((step) => {
    const own = step.from === 0 ? [] : [{ agent: step.agent, seq: step.from - 1 }];
    return [...new Set([...step.parents, ...own].map(indexOf))];
  });
}

/** The steps at `indexes` in a random order, parents before children. */
export function causalOrder(
  parents: readonly (readonly number[])[],
  indexes: readonly number[],
  random: Random,
): readonly number[] {
  const left = new Set(indexes);
  const order: number[] = [];
  while (left.size > 0) {
    const ready = [...left].filter((index) => !parents[index]!.some((parent) => left.has(parent)));
    const index = ready[randomBelow(random, ready.length)]!;
    left.delete(index);
    order.push(index);
  }
  return order;
}
