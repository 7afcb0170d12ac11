// What every persistence promises of documents that are not saved, as cases that run
// anywhere; see persistence_cases.ts, of which they are a part.

import { type AgentId, VersionVector } from "@holdfast/causality";
import { Doc, parseDocumentId } from "@holdfast/doc";
import type { Persistence } from "../src/copy/persistence.ts";
import {
  knowledge,
  notes,
  type PersistenceCase,
  same,
  sameBundles,
  typed,
} from "./persistence_cases.ts";

/** All cases. */
export const unsavedCases: readonly PersistenceCase[] = [
  {
    name: "unsaved: what was written, until all of it is saved, and again with the next write",
    needs: "nothing",
    run: async (open) => {
      const copy = await open();
      await expectUnsaved(copy, "", "at first");
      const [one, two, three] = typed(copy.agent, "one ", "two ", "three") as [
        Uint8Array,
        Uint8Array,
        Uint8Array,
      ];
      await copy.append(notes, one);
      await copy.append(notes, two);
      await expectUnsaved(copy, notes, "after two writes");
      await copy.remember(notes, knowledge(copy.agent, 4));
      await expectUnsaved(copy, notes, "with one of them saved");
      await copy.remember(notes, knowledge(copy.agent, 7));
      await expectUnsaved(copy, notes, "with all but one event saved");
      await copy.remember(notes, knowledge(copy.agent, 8));
      await expectUnsaved(copy, "", "with both saved");
      await copy.append(notes, three);
      await expectUnsaved(copy, notes, "after another write");
      await copy.remember(notes, knowledge(copy.agent, 13));
      await expectUnsaved(copy, "", "with all saved");
      await copy.close();
    },
  },
  {
    name: "unsaved: each document by itself, sorted, and only what was written here",
    needs: "nothing",
    run: async (open) => {
      const copy = await open();
      for (const name of ["zebra", "ant", "bee"]) await copy.append(...written(copy.agent, name));
      const stranger = "e".repeat(32) as AgentId;
      await copy.append(...written(stranger, "from afar"));
      await copy.load(parseDocumentId("looked for"));
      await copy.remember(parseDocumentId("known of"), knowledge(copy.agent, 9));
      await expectUnsaved(copy, "ant,bee,zebra", "three of four");
      await copy.remember(parseDocumentId("bee"), knowledge(copy.agent, 3));
      await expectUnsaved(copy, "ant,zebra", "one saved");
      await copy.remember(parseDocumentId("ant"), knowledge(stranger, 3));
      await expectUnsaved(copy, "ant,zebra", "another's events saved");
      await copy.close();
    },
  },
  {
    name: "unsaved: a write that comes together with knowledge of the one before it stays",
    needs: "nothing",
    run: async (open) => {
      const copy = await open();
      const [one, two, three] = typed(copy.agent, "one ", "two ", "three");
      await Promise.all([
        copy.append(notes, one!),
        copy.append(notes, two!),
        copy.remember(notes, knowledge(copy.agent, 4)),
        copy.append(notes, three!),
        copy.remember(notes, knowledge(copy.agent, 8)),
      ]);
      await expectUnsaved(copy, notes, "the last one");
      await copy.remember(notes, knowledge(copy.agent, 13));
      await expectUnsaved(copy, "", "all saved");
      await copy.close();
    },
  },
  {
    name: "unsaved: again where the server has less than it had, as one that was restored",
    needs: "nothing",
    run: async (open) => {
      const copy = await open();
      for (const bundle of typed(copy.agent, "one ", "two")) await copy.append(notes, bundle);
      await copy.remember(notes, knowledge(copy.agent, 7));
      await expectUnsaved(copy, "", "saved");
      await copy.remember(notes, knowledge(copy.agent, 4));
      await expectUnsaved(copy, notes, "less");
      await copy.remember(notes, knowledge(copy.agent, 7));
      await expectUnsaved(copy, "", "saved once more");
      await copy.close();
    },
  },
  {
    name: "unsaved: as before when it is opened again",
    needs: "reopens",
    run: async (open) => {
      const first = await open();
      await first.append(...written(first.agent, "ant"));
      await first.append(...written(first.agent, "bee"));
      await first.remember(parseDocumentId("bee"), knowledge(first.agent, 3));
      await first.close();
      const second = await open();
      await expectUnsaved(second, "ant", "opened again");
      await second.retireAgent();
      await second.close();
      // Whoever wrote it is not the one who writes now.
      const third = await open();
      await expectUnsaved(third, "ant", "under another agent");
      await third.remember(parseDocumentId("ant"), knowledge(first.agent, 3));
      await expectUnsaved(third, "", "saved");
      await third.close();
      const fourth = await open();
      await expectUnsaved(fourth, "", "opened once more");
      await fourth.close();
    },
  },
  {
    name: "unsaved: two at once: the same for both, whoever wrote and whoever knows",
    needs: "shared",
    run: async (open) => {
      const left = await open();
      const right = await open();
      await left.append(...written(left.agent, "ant"));
      await right.append(...written(right.agent, "ant"));
      for (const copy of [left, right]) await expectUnsaved(copy, "ant", "both wrote");
      await left.load(parseDocumentId("ant"));
      await left.remember(parseDocumentId("ant"), knowledge(left.agent, 3));
      for (const copy of [left, right]) await expectUnsaved(copy, "ant", "one is saved");
      const { store } = knowledge(left.agent, 3);
      const saved = new VersionVector([left.agent, right.agent].map((agent) => [agent, 3]));
      await left.remember(parseDocumentId("ant"), { store, sent: saved, saved });
      for (const copy of [left, right]) await expectUnsaved(copy, "", "both are saved");
      await left.close();
      await right.close();
    },
  },
  {
    name: "unsaved: gone with all that was kept, and there again with what is kept once more",
    needs: "loses",
    run: async (open, lose) => {
      const copy = await open();
      const former = copy.agent;
      await copy.append(...written(former, "ant"));
      const told = new Promise<void>((resolve) => void copy.onLost(resolve));
      await lose();
      await told;
      await expectUnsaved(copy, "", "lost");
      sameBundles((await copy.load(parseDocumentId("ant"))).bundles, []);
      await copy.append(...written(former, "ant"));
      await expectUnsaved(copy, "ant", "kept once more");
      await copy.close();
    },
  },
];

/** A document with its own name in it. */
function written(agent: AgentId, name: string): [Doc["document"], Uint8Array] {
  const doc = new Doc({ document: parseDocumentId(name), agent });
  doc.text("body").insert(0, name.slice(0, 3));
  return [doc.document, doc.bundle(new VersionVector())!];
}

async function expectUnsaved(copy: Persistence, expected: string, when: string): Promise<void> {
  same((await copy.unsaved()).join(), expected, `not saved, ${when}`);
}
