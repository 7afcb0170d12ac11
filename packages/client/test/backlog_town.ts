// What the tests of the backlog do: earlier visits, a server that lets documents be opened
// one by one, and looking at what arrived.

import type { DocumentId } from "@holdfast/doc";
import type { World } from "@holdfast/world";
import { expect } from "vitest";
import {
  type Database,
  type DatabaseEvent,
  type MemoryCopy,
  MemoryPersistence,
  open,
  SiblingGroup,
} from "../src/index.ts";
import type { Town } from "./town.ts";

/** So many names of documents, in order. */
export function names(count: number, prefix = "page"): readonly string[] {
  return Array.from({ length: count }, (_, index) => `${prefix} ${String(index).padStart(3, "0")}`);
}

/** Writes each of `documents`, which says its own name then, and closes it. */
export async function write(town: Town, db: Database, documents: readonly string[]): Promise<void> {
  for (const name of documents) {
    const handle = await db.doc(name);
    handle.change(() => handle.doc.text("body").insert(0, name));
    await town.settled(handle.close());
  }
}

/** An earlier visit: `documents` are written in `copy`, and no server hears of it. */
export async function visit(
  town: Town,
  copy: MemoryCopy,
  documents: readonly string[],
): Promise<void> {
  const world = town.world();
  const db = open({ world, name: "test", persistence: new MemoryPersistence(world.random, copy) });
  await write(town, db, documents);
  await town.settled(db.close());
}

/** A database on `copy`; one that may have siblings, if told so. */
export function client(
  town: Town,
  copy: MemoryCopy,
  {
    make = (world: World) => new MemoryPersistence(world.random, copy),
    hasSiblings = false,
  }: { make?: (world: World) => MemoryPersistence; hasSiblings?: boolean } = {},
): { db: Database; told: DatabaseEvent[]; problems: () => unknown[] } {
  const world = town.world();
  const persistence = make(world);
  const siblings = hasSiblings ? { siblings: new SiblingGroup().join(persistence.agent) } : {};
  const db = open({ world, name: "test", persistence, url: "server", ...siblings });
  const told: DatabaseEvent[] = [];
  db.subscribe((event) => told.push(event));
  const problems = (): unknown[] =>
    told.flatMap((event) =>
      event.type === "problem" ? [[event.document, event.error.code, event.effect]] : [],
    );
  return { db, told, problems };
}

/** Lets time pass until `db` has nothing that is not saved but `left`. */
export async function sent(town: Town, db: Database, left: readonly string[] = []): Promise<void> {
  for (let passedMs = 0; passedMs < 120_000; passedMs += 50) {
    if ((await db.unsaved()).join() === left.join()) return;
    await town.run(50);
  }
  expect(await db.unsaved()).toEqual(left);
}

/** What a fresh reader finds in each of `documents`. */
export async function found(town: Town, documents: readonly string[]): Promise<string[]> {
  const reader = town.client();
  const texts: string[] = [];
  for (const name of documents) {
    const handle = await reader.doc(name);
    await town.run(10);
    texts.push(handle.doc.text("body").toString());
    await town.settled(handle.close());
  }
  await town.settled(reader.close());
  return texts;
}

/** Access that lets documents be opened only when told to. */
export class Gate {
  readonly asked: DocumentId[] = [];
  most = 0;
  #waiting: ((may: boolean) => void)[] = [];
  #isOpen = false;

  get waitingCount(): number {
    return this.#waiting.length;
  }

  /** @param guards - Which documents it is about. */
  guard(town: Town, guards: (document: DocumentId) => boolean = () => true): this {
    town.access = {
      authenticate: async () => null,
      authorize: (_who, document, action) => {
        if (action === "write" || this.#isOpen || !guards(document)) return Promise.resolve(true);
        this.asked.push(document);
        return new Promise((resolve) => {
          this.#waiting.push(resolve);
          this.most = Math.max(this.most, this.waitingCount);
        });
      },
    };
    return this;
  }

  /** From now on, and for all that wait. */
  open(): void {
    this.#isOpen = true;
    for (const answer of this.#waiting.splice(0)) answer(true);
  }

  letThrough(): void {
    const answer = this.#waiting.shift();
    if (answer === undefined) throw new Error("nobody waits");
    answer(true);
  }
}
