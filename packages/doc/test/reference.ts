// The reference: what a document must read as, told as plainly as possible.
//
// Nothing here is shared with the implementation: no run-length encoding, no event
// graph, no tracker that moves between versions. Every UTF-16 unit, and every value of
// a list, ever inserted is an object in a tree; an edit is placed by listing, from the whole tree, what its
// author saw. Slow on purpose; correct by reading.
//
// Text, and lists, are FugueMax (Weidner and Kleppmann 2023, "The Art of the Fugue", algorithm 1
// and section on FugueMax):
//   R1  The left origin of an insertion is the unit the author saw before it; the
//       right origin is whatever follows the left origin in the author's version,
//       deleted units included.
//   R2  The new unit is a right child of its left origin if, in the author's version,
//       that has no right child; otherwise it is a left child of its right origin.
//   R3  The document is the tree in order: left children, the unit, right children.
//   R4  Left children stand in order of their agents. Right children stand in reverse
//       order of their right origins (the end of the text is the last of all), and
//       those with the same right origin in order of their agents.
// Siblings were always made concurrently, so that two of them never have one agent.
//
// A map is last-writer-wins: the write with the highest Lamport time, then the
// highest agent. Lamport time is one more than the highest of the parents'.

import type { AgentId, EventId } from "@holdfast/causality";

/** A plain value, as a map or a list holds it. */
export type Plain =
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | readonly Plain[]
  | { readonly [key: string]: Plain };

/** One edit of a text, at a position of the version it is made on. */
export type TextOp =
  | {
      readonly kind: "insert";
      readonly container: string;
      readonly at: number;
      readonly text: string;
    }
  | {
      readonly kind: "delete";
      readonly container: string;
      readonly at: number;
      readonly count: number;
    };

/** One edit of a list, as of a text. */
export type ListOp =
  | {
      readonly kind: "list_insert";
      readonly container: string;
      readonly at: number;
      readonly values: readonly Plain[];
    }
  | {
      readonly kind: "list_delete";
      readonly container: string;
      readonly at: number;
      readonly count: number;
    };

/** One write to a map. */
export type MapOp =
  | {
      readonly kind: "set";
      readonly container: string;
      readonly key: string;
      readonly value: Plain;
    }
  | { readonly kind: "unset"; readonly container: string; readonly key: string };

/** One edit. */
export type Op = TextOp | ListOp | MapOp;

/** Edits of one agent, made one after another on the version that is `parents`. */
export interface Step {
  readonly agent: AgentId;
  /** Sequence number of the first event. */
  readonly from: number;
  readonly parents: readonly EventId[];
  readonly ops: readonly Op[];
}

/** Of each agent, how many events are in a version. */
export type Version = ReadonlyMap<AgentId, number>;

/** How many events `op` is: one for each UTF-16 unit, each value of a list, each write to a map. */
export function eventsOf(op: Op): number {
  if (op.kind === "insert") return op.text.length;
  if (op.kind === "list_insert") return op.values.length;
  return op.kind === "delete" || op.kind === "list_delete" ? op.count : 1;
}

/** Sequence number after the last event of `step`. */
export function endOf(step: Step): number {
  return step.ops.reduce((sum, op) => sum + eventsOf(op), step.from);
}

interface Unit {
  readonly agent: AgentId;
  readonly seq: number;
  /** A UTF-16 unit, or a value of a list. */
  readonly item: Plain;
  /** Null stands for the end of the text. */
  readonly rightOrigin: Unit | null;
  readonly left: Unit[];
  readonly right: Unit[];
  readonly deletions: EventId[];
}

interface Write {
  readonly id: EventId;
  readonly lamport: number;
  readonly key: string;
  /** Undefined where the key was deleted. */
  readonly value: Plain | undefined;
  /** What the author had seen before. */
  readonly seen: Version;
}

interface Placed {
  readonly unit: Unit;
  visible: boolean;
}

/** A value of a key that no other write replaced. */
export interface Survivor {
  readonly id: EventId;
  readonly value: Plain | undefined;
}

/** A document, replayed from its history. Steps come parents first. */
export class Reference {
  readonly #steps = new Map<AgentId, { step: Step; seen: Version; lamport: number }[]>();
  // Texts by name; lists by name behind a slash, which no test gives to a text.
  readonly #roots = new Map<string, Unit>();
  readonly #maps = new Map<string, Write[]>();
  readonly #all = new Map<AgentId, number>();
  // What the author of the last step saw; it serves the next one if that goes on from there.
  #view: { readonly container: string; items: Placed[] } | null = null;
  #tip: EventId | undefined;

  /** @param steps - A history, parents first. */
  constructor(steps: Iterable<Step> = []) {
    for (const step of steps) this.add(step);
  }

  /** Every event known. */
  get version(): Version {
    return new Map(this.#all);
  }

  /** Replays a step whose parents are all known. */
  add(step: Step): void {
    const before = this.versionAt(step.parents);
    const known = this.#all.get(step.agent) ?? 0;
    if (step.from !== known || (before.get(step.agent) ?? 0) !== known) {
      throw new Error("reference: a step does not follow its agent's last one");
    }
    const continues = step.parents.length === 1 && sameId(step.parents[0]!, this.#tip);
    if (!continues) this.#view = null;
    const steps = this.#steps.get(step.agent) ?? [];
    this.#steps.set(step.agent, steps);
    let lamport = 1 + Math.max(0, ...step.parents.map((id) => this.#lamport(id)));
    steps.push({ step, seen: before, lamport });
    const seen = new Map(before).set(step.agent, step.from);
    for (const op of step.ops) {
      const id = { agent: step.agent, seq: seen.get(step.agent)! };
      if (op.kind === "insert") this.#insert(op.container, op.at, op.text.split(""), id, seen);
      else if (op.kind === "list_insert") {
        this.#insert(`/${op.container}`, op.at, op.values, id, seen);
      } else if (op.kind === "delete") this.#delete(op.container, op, id, seen);
      else if (op.kind === "list_delete") this.#delete(`/${op.container}`, op, id, seen);
      else this.#write(op, id, seen, lamport);
      seen.set(step.agent, id.seq + eventsOf(op));
      lamport += eventsOf(op);
    }
    const end = endOf(step);
    this.#all.set(step.agent, end);
    this.#tip = { agent: step.agent, seq: end - 1 };
  }

  /** The version whose last events are `heads`. */
  versionAt(heads: readonly EventId[]): Version {
    const version = new Map<AgentId, number>();
    const raise = (agent: AgentId, next: number): void => {
      if (next > (version.get(agent) ?? 0)) version.set(agent, next);
    };
    for (const head of heads) {
      for (const [agent, next] of this.#stepOf(head).seen) raise(agent, next);
      raise(head.agent, head.seq + 1);
    }
    return version;
  }

  /** The last events of `version`: those that no other one of it has seen. In order of agents. */
  headsOf(version: Version): readonly EventId[] {
    const lasts = [...version].map(([agent, next]) => ({ agent, seq: next - 1 }));
    const heads = lasts.filter((last) =>
      lasts.every(
        (other) => other === last || (this.#stepOf(other).seen.get(last.agent) ?? 0) <= last.seq,
      ),
    );
    return heads.sort((a, b) => (a.agent < b.agent ? -1 : 1));
  }

  /** The text in container `name`, of `version`. */
  text(name: string, version: Version = this.#all): string {
    return this.#visible(name, version).join("");
  }

  /** The list in container `name`, of `version`. */
  list(name: string, version: Version = this.#all): readonly Plain[] {
    return this.#visible(`/${name}`, version);
  }

  #visible(container: string, version: Version): readonly Plain[] {
    const items = this.#placed(container, version);
    return items.filter(({ visible }) => visible).map(({ unit }) => unit.item);
  }

  /** Keys of container `name` that were ever written. */
  keys(name: string): readonly string[] {
    return [...new Set((this.#maps.get(name) ?? []).map((write) => write.key))];
  }

  /** The map in container `name`, of `version`. */
  map(name: string, version: Version = this.#all): Record<string, Plain> {
    const found: [string, Plain][] = [];
    for (const key of this.keys(name)) {
      const winner = this.survivors(name, key, version)[0];
      if (winner?.value !== undefined) found.push([key, winner.value]);
    }
    return Object.fromEntries(found.sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** The writes to `key` that no other write of `version` had seen; the winner comes first. */
  survivors(name: string, key: string, version: Version = this.#all): readonly Survivor[] {
    const writes = (this.#maps.get(name) ?? []).filter(
      (write) => write.key === key && contains(version, write.id),
    );
    return writes
      .filter((write) => !writes.some((other) => other !== write && contains(other.seen, write.id)))
      .sort((a, b) => b.lamport - a.lamport || (a.id.agent < b.id.agent ? 1 : -1));
  }

  #insert(
    container: string,
    position: number,
    items: readonly Plain[],
    id: EventId,
    seen: Version,
  ): void {
    const view = this.#look(container, seen);
    const at = indexAfterVisible(view.items, position);
    const rightOrigin = view.items[at]?.unit ?? null;
    let leftOrigin = at === 0 ? this.#root(container) : view.items[at - 1]!.unit;
    const added: Placed[] = [];
    for (const [index, item] of items.entries()) {
      const unit = newUnit(item, id.agent, id.seq + index, rightOrigin);
      if (leftOrigin.right.some((child) => contains(seen, child))) addLeft(rightOrigin!, unit);
      else this.#addRight(leftOrigin, unit, container);
      added.push({ unit, visible: true });
      leftOrigin = unit;
    }
    view.items = view.items.slice(0, at).concat(added, view.items.slice(at));
  }

  #delete(
    container: string,
    { at: position, count }: { readonly at: number; readonly count: number },
    id: EventId,
    seen: Version,
  ): void {
    const { items } = this.#look(container, seen);
    let at = indexAfterVisible(items, position);
    for (let index = 0; index < count; index += 1) {
      while (!items[at]!.visible) at += 1;
      items[at]!.unit.deletions.push({ agent: id.agent, seq: id.seq + index });
      items[at]!.visible = false;
    }
  }

  #write(op: MapOp, id: EventId, seen: Version, lamport: number): void {
    const value = op.kind === "set" ? op.value : undefined;
    const writes = this.#maps.get(op.container) ?? [];
    this.#maps.set(op.container, writes);
    writes.push({ id, lamport, key: op.key, value, seen: new Map(seen) });
  }

  // R4. Both right origins lie outside of the parent's subtree, so their order is settled.
  #addRight(parent: Unit, unit: Unit, container: string): void {
    if (parent.right.length === 0) {
      parent.right.push(unit);
      return;
    }
    const order = this.#inOrder(container);
    const place = (origin: Unit | null) => (origin === null ? order.length : order.indexOf(origin));
    parent.right.push(unit);
    parent.right.sort((a, b) => {
      const byOrigin = place(b.rightOrigin) - place(a.rightOrigin);
      return byOrigin || (a.agent < b.agent ? -1 : 1);
    });
  }

  // Stands before the text; never visible.
  #root(container: string): Unit {
    const known = this.#roots.get(container);
    if (known !== undefined) return known;
    const root = newUnit("", "" as AgentId, -1, null);
    this.#roots.set(container, root);
    return root;
  }

  // R3, without recursion: what is typed in one go is a chain of right children.
  #inOrder(container: string): Unit[] {
    const order: Unit[] = [];
    const waiting: Unit[] = [];
    const later: Unit[] = [this.#root(container)];
    while (later.length > 0) {
      const unit = later.pop()!;
      if (unit === waiting.at(-1)) {
        waiting.pop();
        order.push(unit);
        for (let index = unit.right.length - 1; index >= 0; index -= 1) {
          later.push(unit.right[index]!);
        }
      } else {
        waiting.push(unit);
        later.push(unit);
        for (let index = unit.left.length - 1; index >= 0; index -= 1) {
          later.push(unit.left[index]!);
        }
      }
    }
    return order.slice(1);
  }

  #placed(container: string, version: Version): Placed[] {
    const items: Placed[] = [];
    let agent = "";
    let next = 0;
    for (const unit of this.#inOrder(container)) {
      // Neighbours mostly have one author: the look-up is kept.
      if (unit.agent !== agent) {
        agent = unit.agent;
        next = version.get(unit.agent) ?? 0;
      }
      if (unit.seq >= next) continue;
      items.push({ unit, visible: !unit.deletions.some((id) => contains(version, id)) });
    }
    return items;
  }

  #look(container: string, seen: Version): { items: Placed[] } {
    if (this.#view?.container !== container) {
      this.#view = { container, items: this.#placed(container, seen) };
    }
    return this.#view;
  }

  #stepOf(id: EventId): { step: Step; seen: Version; lamport: number } {
    const steps = this.#steps.get(id.agent) ?? [];
    let index = steps.length - 1;
    while (index >= 0 && steps[index]!.step.from > id.seq) index -= 1;
    const found = steps[index];
    if (found === undefined) throw new Error(`reference: unknown event ${id.agent}@${id.seq}`);
    return found;
  }

  #lamport(id: EventId): number {
    const { step, lamport } = this.#stepOf(id);
    return lamport + id.seq - step.from;
  }
}

function newUnit(item: Plain, agent: AgentId, seq: number, rightOrigin: Unit | null): Unit {
  return { agent, seq, item, rightOrigin, left: [], right: [], deletions: [] };
}

// Index after the unit that `count` visible ones end with; 0 for none.
function indexAfterVisible(items: readonly Placed[], count: number): number {
  let index = 0;
  for (let left = count; left > 0; index += 1) {
    if (index >= items.length) throw new Error("reference: position past the end");
    if (items[index]!.visible) left -= 1;
  }
  return index;
}

function addLeft(parent: Unit, unit: Unit): void {
  parent.left.push(unit);
  parent.left.sort((a, b) => (a.agent < b.agent ? -1 : 1));
}

function contains(version: Version, id: EventId): boolean {
  return id.seq < (version.get(id.agent) ?? 0);
}

function sameId(a: EventId, b: EventId | undefined): boolean {
  return b !== undefined && a.agent === b.agent && a.seq === b.seq;
}
