// Real clients against a real server, both killed with -9 again and again: what
// was acknowledged as saved or local is there afterwards, and all converge.

import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { open } from "@holdfast/client/node";
import { parseDocumentId } from "@holdfast/doc";
import { randomBelow, SeededRandom } from "@holdfast/std";
import { afterEach, expect, test } from "vitest";
import { digest, marksOf } from "./marks.ts";
import { type Child, startProgram, startServer } from "./processes.ts";

const serverKills = Number(process.env.HOLDFAST_TORTURE_KILLS ?? 20);
const seed = Number(process.env.HOLDFAST_TORTURE_SEED ?? Math.floor(Math.random() * 2 ** 31));
const writers = 4;
const documents = 3;

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
  const port = await freePort();
  const url = `ws://127.0.0.1:${port}/sync`;
  const dataFolder = join(folder, "data");

  let server = await begin(startServer(dataFolder, port), "Holdfast is listening");
  const incarnations = Array.from({ length: writers }, () => 0);
  const acknowledged = { local: new Set<string>(), saved: new Set<string>() };
  const localOf: Set<string>[] = Array.from({ length: writers }, () => new Set());
  const startAt = (index: number): Child => {
    const name = `w${index}x${incarnations[index]}`;
    incarnations[index]! += 1;
    const args = [url, join(folder, `client-${index}`), name, String(randomBelow(random, 2 ** 31))];
    const child = startProgram("./writer.ts", [...args, String(documents)]);
    children.push(child);
    return child;
  };
  const collect = (child: Child, index: number): void => {
    for (const line of child.lines) {
      const [word, token] = line.split(" ");
      if (word === "local") localOf[index]!.add(token!);
      if (word === "local" || word === "saved") acknowledged[word].add(token!);
    }
  };
  const checkOpened = async (child: Child, index: number): Promise<void> => {
    const found = new Set((await child.line("opened")).split(" ").slice(1));
    const lost = [...localOf[index]!].filter((token) => !found.has(token));
    expect(lost, `local edits of client ${index} lost by its restart`).toEqual([]);
  };

  const running = incarnations.map((_, index) => startAt(index));
  for (const child of running) await child.line("opened");

  for (let kill = 0; kill < serverKills; kill += 1) {
    await sleep(20 + randomBelow(random, 600));
    await server.kill();
    if (random.next() < 0.4) {
      const index = randomBelow(random, writers);
      await running[index]!.kill();
      collect(running[index]!, index);
      running[index] = startAt(index);
      await checkOpened(running[index]!, index);
    }
    server = await begin(startServer(dataFolder, port), "Holdfast is listening");
  }

  for (const child of running) child.tell("stop");
  for (const child of running) await child.line("settled");
  running.forEach(collect);

  const fresh = await open({ url, name: "fresh", folder: join(folder, "fresh") });
  cleanUps.push(() => fresh.close());
  const handles = await Promise.all(
    Array.from({ length: documents }, (_, index) => fresh.doc(parseDocumentId(`torture-${index}`))),
  );
  const digests = await agreeing(() => digest(handles.map((handle) => handle.doc)), running);
  expect(new Set(digests).size, `replicas differ: ${digests.join(" ")}`).toBe(1);
  const found = new Set(handles.flatMap((handle) => marksOf(handle.doc)));
  expect([...acknowledged.saved].filter((token) => !found.has(token))).toEqual([]);
  expect(acknowledged.saved.size).toBeGreaterThan(serverKills);
  const { local, saved } = acknowledged;
  console.log(`torture: ${serverKills} kills, ${local.size} local, ${saved.size} saved, none lost`);
});

async function begin(child: Child, firstWords: string): Promise<Child> {
  children.push(child);
  await child.line(firstWords);
  return child;
}

/** Asks all for their digests until they agree, for up to 30 s; gives what they said last. */
async function agreeing(own: () => string, others: readonly Child[]): Promise<string[]> {
  let digests: string[] = [];
  for (let tries = 0; tries < 300; tries += 1) {
    for (const child of others) child.tell("digest");
    await sleep(100);
    const said = others.map((child) =>
      child.lines.filter((line) => line.startsWith("digest ")).at(-1),
    );
    digests = [own(), ...said.map((line) => line?.slice("digest ".length) ?? "none")];
    if (new Set(digests).size === 1) break;
  }
  return digests;
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => probe.once("listening", resolve));
  const { port } = probe.address() as { port: number };
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

function sleep(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs));
}
