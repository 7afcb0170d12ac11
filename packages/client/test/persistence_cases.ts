// What every persistence promises, as cases that run anywhere: in Node, and inside a
// browser. So there is no test runner in here, and no Node.

import { type AgentId, VersionVector } from "@holdfast/causality";
import { Doc, parseDocumentId } from "@holdfast/doc";
import type { Persistence, ServerKnowledge } from "../src/copy/persistence.ts";

/** Opens the copy of a case; where it is open already, once more. */
export type OpenCopy = () => Promise<Persistence>;

/** Throws away all that is kept, while it is open. */
export type LoseCopy = () => Promise<void>;

/** One promise, tried on a copy that is empty at first. */
export interface PersistenceCase {
  readonly name: string;
  /**
   * What a persistence must be able to do for it to make sense. `reopens`: what was
   * kept is there after it was closed. `shared`: several have it open at once. `loses`:
   * it can be lost while it is open.
   */
  readonly needs: "nothing" | "reopens" | "shared" | "loses";
  /** Resolves where the promise held; closes what it opened. */
  run(open: OpenCopy, lose: LoseCopy): Promise<void>;
}

/** A document for trying out. */
export const notes = parseDocumentId("notes");

/** One bundle for each of `words`, typed one after the other. */
export function typed(agent: AgentId, ...words: string[]): Uint8Array[] {
  const doc = new Doc({ document: notes, agent });
  return words.map((word) => {
    const since = doc.vector();
    doc.text("body").insert(doc.text("body").length, word);
    return doc.bundle(since)!;
  });
}

/** The text that `bundles` add up to. */
export function read(agent: AgentId, bundles: readonly Uint8Array[]): string {
  const doc = new Doc({ document: notes, agent });
  for (const bundle of bundles) same(doc.apply(bundle).missing.length, 0, "missing events");
  return doc.text("body").toString();
}

/** Something to know of a server. */
export function knowledge(agent: AgentId, saved: number): ServerKnowledge {
  const store = { identity: new Uint8Array(16).fill(7), epoch: 3 };
  const sent = new VersionVector([[agent, saved + 2]]);
  return { store, sent, saved: new VersionVector([[agent, saved]]) };
}

/** All cases. */
export const persistenceCases: readonly PersistenceCase[] = [
  {
    name: "gives back bundles in order, and the latest knowledge",
    needs: "nothing",
    run: async (open) => {
      const copy = await open();
      const nothing = await copy.load(notes);
      same(nothing.bundles.length, 0, "bundles of an unknown document");
      same(nothing.server === null, true, "no knowledge of an unknown document");
      const bundles = typed(copy.agent, "one ", "two ", "three");
      await Promise.all(bundles.map((bundle) => copy.append(notes, bundle)));
      await copy.remember(notes, knowledge(copy.agent, 4));
      await copy.remember(notes, knowledge(copy.agent, 8));
      const stored = await copy.load(notes);
      sameBundles(stored.bundles, bundles);
      same(stored.server?.saved.next(copy.agent), 8, "saved");
      same(stored.server?.sent.next(copy.agent), 10, "sent");
      same(stored.server?.store.epoch, 3, "epoch");
      same(stored.server?.store.identity.join(), new Array(16).fill(7).join(), "identity");
      same((await copy.documents()).join(), notes, "documents");
      await copy.close();
      await copy.close();
    },
  },
  {
    name: "names documents that have bundles, sorted, and no others",
    needs: "nothing",
    run: async (open) => {
      const copy = await open();
      for (const name of ["zebra", "ant"]) {
        const doc = new Doc({ document: parseDocumentId(name), agent: copy.agent });
        doc.text("body").insert(0, name);
        await copy.append(doc.document, doc.bundle(new VersionVector())!);
      }
      await copy.load(parseDocumentId("looked for"));
      await copy.remember(parseDocumentId("known of"), knowledge(copy.agent, 1));
      same((await copy.documents()).join(), "ant,zebra", "documents");
      await copy.close();
    },
  },
  {
    name: "goes on from a position: what came later, in order, and nothing twice at the end",
    needs: "nothing",
    run: async (open) => {
      const copy = await open();
      const [one, two, three] = typed(copy.agent, "one ", "two ", "three") as [
        Uint8Array,
        Uint8Array,
        Uint8Array,
      ];
      const start = await copy.load(notes);
      await copy.append(notes, one);
      const first = await copy.appended(notes, start.position);
      sameBundles(first.bundles, [one]);
      await copy.append(notes, two);
      await copy.append(notes, three);
      const rest = await copy.appended(notes, first.position);
      sameBundles(rest.bundles.slice(-2), [two, three]);
      const end = await copy.appended(notes, rest.position);
      sameBundles(end.bundles, []);
      same(end.position, rest.position, "position at the end");
      sameBundles((await copy.appended(parseDocumentId("other"), 0)).bundles, []);
      await copy.close();
    },
  },
  {
    name: "takes nothing more once it is closed",
    needs: "nothing",
    run: async (open) => {
      const copy = await open();
      const [bundle] = typed(copy.agent, "late");
      await copy.close();
      same(await codeOf(copy.append(notes, bundle!)), "closed", "an append after the close");
    },
  },
  {
    name: "opened again: the same agent, the same content",
    needs: "reopens",
    run: async (open) => {
      const first = await open();
      for (const bundle of typed(first.agent, "one ", "two")) await first.append(notes, bundle);
      await first.remember(notes, knowledge(first.agent, 4));
      await first.close();
      const second = await open();
      same(second.agent, first.agent, "agent");
      const stored = await second.load(notes);
      same(read(second.agent, stored.bundles), "one two", "content");
      same(stored.server?.saved.next(first.agent), 4, "saved");
      const later = await second.appended(notes, stored.position);
      sameBundles(later.bundles, []);
      await second.close();
    },
  },
  {
    name: "an agent that was retired is not taken again, and stays a writer",
    needs: "reopens",
    run: async (open) => {
      const first = await open();
      const { agent } = first;
      await first.append(notes, typed(agent, "mine")[0]!);
      await first.retireAgent();
      same(first.agent, agent, "the agent until it is closed");
      await first.close();
      const second = await open();
      same(second.agent === agent, false, "the retired agent writes again");
      same(second.writers.has(agent), true, "the retired agent is known");
      same(second.writers.has(second.agent), true, "the new agent is known");
      await second.close();
    },
  },
  {
    name: "two at once: each its own agent, known to the other",
    needs: "shared",
    run: async (open) => {
      const left = await open();
      const right = await open();
      same(left.agent === right.agent, false, "one agent for both");
      await left.append(notes, typed(left.agent, "left")[0]!);
      await right.append(notes, typed(right.agent, "right")[0]!);
      for (const copy of [left, right]) {
        await copy.appended(notes, 0);
        for (const { agent } of [left, right]) same(copy.writers.has(agent), true, "a writer");
      }
      await left.close();
      await right.close();
    },
  },
  {
    name: "two at once: each reads what the other appended, from where it was, in one order",
    needs: "shared",
    run: async (open) => {
      const left = await open();
      const right = await open();
      const lefts = typed(left.agent, "1 ", "2 ", "3 ");
      const rights = typed(right.agent, "4 ", "5 ", "6 ");
      let { position } = await right.load(notes);
      const seen: Uint8Array[] = [];
      for (const [index, bundle] of lefts.entries()) {
        await Promise.all([left.append(notes, bundle), right.append(notes, rights[index]!)]);
        const more = await right.appended(notes, position);
        position = more.position;
        seen.push(...more.bundles);
      }
      for (const [own, what] of [
        [lefts, "the left one's"],
        [rights, "the right one's"],
      ] as const) {
        const keys = new Set(own.map((bundle) => bundle.join()));
        const met = new Set(seen.map((bundle) => bundle.join()).filter((key) => keys.has(key)));
        same([...met].join(" "), [...keys].join(" "), `${what} bundles, in order`);
      }
      sameBundles((await left.load(notes)).bundles, (await right.load(notes)).bundles);
      await left.close();
      await right.close();
    },
  },
  {
    name: "two at once: knowledge of the server is one",
    needs: "shared",
    run: async (open) => {
      const left = await open();
      const right = await open();
      await left.append(notes, typed(left.agent, "x")[0]!);
      await left.remember(notes, knowledge(left.agent, 1));
      same((await right.load(notes)).server?.saved.next(left.agent), 1, "saved");
      await left.close();
      await right.close();
    },
  },
  {
    name: "an agent is given out again after a clean close, and never while it is in use",
    needs: "shared",
    run: async (open) => {
      const first = await open();
      const second = await open();
      await first.close();
      const third = await open();
      const fourth = await open();
      same(third.agent, first.agent, "the agent that was given back");
      same(new Set([second, third, fourth].map(({ agent }) => agent)).size, 3, "agents in use");
      same(fourth.writers.size, 3, "writers");
      for (const copy of [second, third, fourth]) await copy.close();
    },
  },
  {
    name: "lost while two have it open: both are told, with an empty copy and new agents there",
    needs: "loses",
    run: async (open, lose) => {
      const copies = [await open(), await open()];
      const former = copies.map(({ agent }) => agent);
      await copies[0]!.append(notes, typed(former[0]!, "lost")[0]!);
      await copies[0]!.remember(notes, knowledge(former[0]!, 1));
      const told = copies.map(
        (copy) =>
          new Promise<void>((resolve) => {
            const stop = copy.onLost(() => {
              stop();
              resolve();
            });
          }),
      );
      await lose();
      await Promise.all(told);
      const agents = copies.map(({ agent }) => agent);
      same(new Set([...former, ...agents]).size, 4, "agents before and after");
      const found = await copies[1]!.load(notes);
      sameBundles(found.bundles, []);
      same(found.server === null, true, "no knowledge");
      await copies[0]!.append(notes, typed(former[0]!, "lost")[0]!);
      await copies[0]!.append(notes, typed(agents[0]!, "new")[0]!);
      same((await copies[1]!.appended(notes, found.position)).bundles.length, 2, "new bundles");
      same(copies[1]!.writers.has(agents[0]!), true, "the new agent is known");
      same(copies[1]!.writers.has(former[0]!), true, "the former agent is known");
      for (const copy of copies) await copy.close();
      const again = [await open(), await open(), await open()];
      for (const copy of again) same(former.includes(copy.agent), false, "a former agent writes");
      for (const agent of former) same(again[0]!.writers.has(agent), true, "it is known later");
      for (const copy of again) await copy.close();
    },
  },
];

/** @throws Where `actual` is not `expected`. */
export function same<T extends string | number | boolean | null | undefined>(
  actual: T,
  expected: T,
  what: string,
): void {
  if (actual !== expected) throw new Error(`${what}: ${actual}, should be ${expected}`);
}

/** As {@link same}, of lists of bundles. */
export function sameBundles(actual: readonly Uint8Array[], expected: readonly Uint8Array[]): void {
  same(
    actual.map((each) => each.join()).join(" "),
    expected.map((each) => each.join()).join(" "),
    "bundles",
  );
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return "nothing was thrown";
  } catch (error) {
    return String((error as { code?: unknown }).code);
  }
}
