// Records a small concurrent trace: several of our clients type into one
// document through one server, some of the time offline, and what each did and
// had seen is written down in the format of replay/trace.ts.
//
// usage: node --conditions=@holdfast/source --import tsx record.ts FILE SEED AUTHORS EDITS

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Database, DocumentHandle } from "@holdfast/client";
import { open } from "@holdfast/client/node";
import { type Doc, parseDocumentId } from "@holdfast/doc";
import { startServer } from "@holdfast/server/node";
import { randomBelow, SeededRandom } from "@holdfast/std";

interface Author {
  readonly database: Database;
  readonly handle: DocumentHandle;
}

interface RecordedTransaction {
  readonly parents: readonly number[];
  numChildren: number;
  readonly agent: number;
  readonly time: string;
  readonly patches: readonly (readonly [number, number, string])[];
}

const words = ["hold", "fast", " ", "é", "日本", "\n", "-", "merge ", "tree ", "a", "b", "c"];

/** Records `edits` transactions by `authors` clients; answers the trace as JSON. */
export async function record(seed: number, authors: number, edits: number): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "holdfast-record-"));
  const random = new SeededRandom(seed);
  const server = await startServer({ dataFolder: join(folder, "data"), port: 0, logger: null });
  const joined: Author[] = [];
  try {
    for (let agent = 0; agent < authors; agent += 1) {
      const name = `author-${agent}`;
      const database = await open({ url: server.syncUrl, name, folder: join(folder, name) });
      joined.push({ database, handle: await database.doc(parseDocumentId("recorded")) });
    }
    const transactions: RecordedTransaction[] = [];
    const lastEvents = new Map<string, number>();
    for (let edit = 0; edit < edits; edit += 1) {
      const agent = randomBelow(random, authors);
      const { handle, database } = joined[agent]!;
      const parents = handle.doc
        .version()
        .map(({ agent: writer, seq }) => lastEvents.get(`${writer}:${seq}`)!)
        .sort((a, b) => a - b);
      const patches = drawPatches(handle.doc, random);
      handle.change(() => {
        for (const [at, deleted, inserted] of patches) {
          handle.doc.text("body").splice(at, deleted, inserted);
        }
      });
      lastEvents.set(`${database.agent}:${handle.doc.vector().next(database.agent) - 1}`, edit);
      for (const parent of parents) transactions[parent]!.numChildren += 1;
      transactions.push({ parents, numChildren: 0, agent, time: "1970-01-01T00:00:00Z", patches });
      // Now and then the others get time to hear of it.
      if (random.next() < 0.3) await new Promise((resolve) => setTimeout(resolve, 30));
    }
    for (const { handle } of joined) await handle.whenSaved();
    await joined[0]!.handle.whenSaved();
    await allEqual(joined.map(({ handle }) => handle.doc));
    const doc = joined[0]!.handle.doc;
    const parents = doc.version().map(({ agent, seq }) => lastEvents.get(`${agent}:${seq}`)!);
    for (const parent of parents) transactions[parent]!.numChildren += 1;
    const agent = transactions[parents[0]!]!.agent;
    transactions.push({
      parents,
      numChildren: 0,
      agent,
      time: "1970-01-01T00:00:00Z",
      patches: [],
    });
    const endContent = doc.text("body").toString();
    const trace = {
      kind: "concurrent",
      endContent,
      numAgents: authors,
      // Names decide ties; ours are decided by the agents' bytes.
      agentNames: joined.map(({ database }) => database.agent),
      txns: transactions,
    };
    return `${JSON.stringify(trace)}\n`;
  } finally {
    for (const { database } of joined) await database.close();
    await server.close();
    await rm(folder, { recursive: true, force: true });
  }
}

function drawPatches(doc: Doc, random: SeededRandom): [number, number, string][] {
  const length = doc.text("body").length;
  const at = randomBelow(random, length + 1);
  const deleted = random.next() < 0.25 ? randomBelow(random, Math.min(4, length - at + 1)) : 0;
  const count = 1 + randomBelow(random, 3);
  let inserted = "";
  for (let word = 0; word < count; word += 1) inserted += words[randomBelow(random, words.length)]!;
  return [[at, deleted, inserted]];
}

async function allEqual(docs: readonly Doc[]): Promise<void> {
  const [first, ...others] = docs;
  while (others.some((doc) => !doc.vector().equals(first!.vector()))) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

if (process.argv[1]?.endsWith("record.ts")) {
  const [file, seed, authors, edits] = process.argv.slice(2);
  await writeFile(file!, await record(Number(seed), Number(authors), Number(edits)));
}
