// Real clients against a real server, both killed with -9 again and again: what
// was acknowledged as saved or local is there afterwards, and all converge. What they
// held and showed all the time, the judge of merged data reads.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { VersionVector } from "@holdfast/causality";
import { open } from "@holdfast/client/node";
import { type Doc, parseDocumentId } from "@holdfast/doc";
import { randomBelow, SeededRandom } from "@holdfast/std";
import { afterEach, expect, inject, test } from "vitest";
import { claimPorts } from "../../../../tools/free_ports.ts";
import type { PromiseNames } from "../../src/document_history.ts";
import { documentHistories, type LogLine, type LogWord, parseEventLines } from "./event_log.ts";
import { keepWhereWrong } from "./kept.ts";
import { marksOf } from "./marks.ts";
import { type Child, startProgram, startServer } from "./processes.ts";

const serverKills = Number(process.env.HOLDFAST_TORTURE_KILLS ?? 20);
const seed = Number(process.env.HOLDFAST_TORTURE_SEED ?? Math.floor(Math.random() * 2 ** 31));
const writer = new URL("./writer.ts", import.meta.url);
const writers = 4;
const documents = 3;
/** Promises of sync_ledger.ts, by what the judge calls them. */
const promises: PromiseNames = {
  durability: "S1, S2",
  "eventual-delivery": "S3",
  convergence: "S3",
  "no-rollback": "S4",
  contents: "S6",
  once: "S7",
  "weak-list": "S11",
  "strong-list": "S11",
};

const children: Child[] = [];
const cleanUps: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const child of children.splice(0)) await child.kill();
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

test(`nothing acknowledged is lost in ${serverKills} kills of the server (HOLDFAST_TORTURE_SEED=${seed})`, {
  timeout: 60_000 + serverKills * 15_000,
}, async () => {
  const random = new SeededRandom(seed);
  const folder = await mkdtemp(join(tmpdir(), "holdfast-torture-"));
  cleanUps.push(() => rm(folder, { recursive: true, force: true }));
  const port = await claimPorts(inject("runFolder"));
  const url = `ws://127.0.0.1:${port}/sync`;
  const dataFolder = join(folder, "data");

  let server = await begin(startServer({ dataFolder, port }), "Holdfast is listening");
  const incarnations = Array.from({ length: writers }, () => 0);
  const lines: LogLine[] = [];
  const startAt = async (index: number): Promise<Child> => {
    const name = `w${index}x${incarnations[index]}`;
    incarnations[index]! += 1;
    const args = [url, join(folder, `client-${index}`), name, String(randomBelow(random, 2 ** 31))];
    const child = await startProgram(writer, [...args, String(documents)]);
    children.push(child);
    return child;
  };
  const collect = (child: Child, index: number): void => {
    lines.push(...parseEventLines(`client-${index}`, child.lines));
  };

  const running: Child[] = [];
  for (const index of incarnations.keys()) running.push(await startAt(index));
  for (const child of running) await child.line("ready");

  for (let kill = 0; kill < serverKills; kill += 1) {
    await sleep(20 + randomBelow(random, 600));
    await server.kill();
    if (random.next() < 0.4) {
      const index = randomBelow(random, writers);
      await running[index]!.kill();
      collect(running[index]!, index);
      running[index] = await startAt(index);
      await running[index]!.line("ready");
    }
    server = await begin(startServer({ dataFolder, port }), "Holdfast is listening");
  }

  for (const child of running) child.tell("stop");
  for (const child of running) await child.line("settled");

  const fresh = await open({ url, name: "fresh", folder: join(folder, "fresh") });
  cleanUps.push(() => fresh.close());
  const docs = await Promise.all(
    Array.from({ length: documents }, async (_, index) => {
      const handle = await fresh.doc(parseDocumentId(`torture-${index}`));
      return handle.doc;
    }),
  );
  await agreeing(docs, running);
  for (const child of running) child.tell("show");
  for (const child of running) await child.line("shown");
  running.forEach(collect);

  // What the server gives to somebody new is what it holds.
  const names = [...running.map((_, index) => `client-${index}`), "server", "fresh"];
  const histories = documentHistories(lines, { documents, server: "server" });
  for (const [index, history] of histories.entries()) {
    const doc = docs[index]!;
    for (const name of ["server", "fresh"]) history.opened(name, doc.vector());
    history.shows("fresh", marksOf(doc));
    for (const name of names) history.holdsAll(name);
    history.settled(names);
  }
  await keepWhereWrong(
    histories.map(({ kept }) => kept),
    () => {
      for (const history of histories) history.judge(promises);
    },
  );
  const count = (type: LogWord["type"]): number =>
    lines.filter(({ word }) => word.type === type).length;
  expect(count("saved")).toBeGreaterThan(serverKills);
  const counts = `${count("local")} local, ${count("saved")} saved, ${count("shows")} shown`;
  console.log(`torture: ${serverKills} kills, ${counts}, none lost`);
});

async function begin(starting: Promise<Child>, firstWords: string): Promise<Child> {
  const child = await starting;
  children.push(child);
  await child.line(firstWords);
  return child;
}

/** Waits until all hold what `docs` hold, for up to 30 s. */
async function agreeing(docs: readonly Doc[], others: readonly Child[]): Promise<void> {
  for (let tries = 0; tries < 300; tries += 1) {
    for (const child of others) child.tell("hold");
    await sleep(100);
    if (others.every(({ lines }) => docs.every((doc, index) => isHeld(doc, lines, index)))) return;
  }
}

/** Whether the last of `lines` says of a document that it holds what `doc` holds. */
function isHeld(doc: Doc, lines: readonly string[], document: number): boolean {
  const said = parseEventLines("", lines.slice(-documents));
  const word = said.find((line) => line.document === document)?.word;
  return word?.type === "holds" && doc.vector().equals(new VersionVector(word.vector));
}

function sleep(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs));
}
