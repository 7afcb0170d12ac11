// Nodes of two releases that don't speak the same: the newer one is this one with another
// version of the protocol between nodes. Each says so, nothing is exchanged, the others go
// on, and a node of the right release takes the place of the wrong one.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, inject, test } from "vitest";
import { holdfastProgram } from "../../../tools/bundled_program.ts";
import { claimPorts } from "../../../tools/free_ports.ts";

const names = ["a", "b", "c"];
const soon = { timeout: 20_000, interval: 20 };
let folder: string;
let running: ChildProcess[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "holdfast-versions-"));
  running = [];
});

afterEach(async () => {
  for (const child of running) await end(child);
  await rm(folder, { recursive: true });
});

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGTERM");
  await once(child, "close");
}

/** The same program, but for the version that it speaks to other nodes. */
async function ofAnotherVersion(program: string): Promise<string> {
  const source = await readFile(program, "utf8");
  const later = source.replace(/wireVersion = 1;/, "wireVersion = 2;");
  expect(later).not.toBe(source);
  const path = join(dirname(program), "program_of_another_version.mjs");
  await writeFile(path, later);
  return path;
}

test("a node of another version is refused and says so, and one of theirs takes its place again", async () => {
  const program = await holdfastProgram(inject("runFolder"));
  const newer = await ofAnotherVersion(program);
  const port = await claimPorts(inject("runFolder"));
  const url = (name: string) => `http://127.0.0.1:${port + names.indexOf(name)}/v1/kv/`;
  const cluster = names.map((name, index) => `${name}=127.0.0.1:${port + 100 + index}`).join();
  const start = (name: string, from: string) => {
    const own = ["--node", name, "--port", String(port + names.indexOf(name)), "--data", name];
    const child = spawn(process.execPath, [from, "serve", "--cluster", cluster, ...own], {
      cwd: folder,
    });
    let text = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk) => {
        text += chunk;
      });
    }
    running.push(child);
    return { child, said: () => text };
  };
  const nodes = new Map(names.map((name) => [name, start(name, program)] as const));
  for (const { said } of nodes.values()) await expect.poll(said, soon).toContain("listening");
  const put = async (at: string, key: string) =>
    (await fetch(`${url(at)}${key}`, { method: "PUT", body: key })).status;
  const get = async (at: string, key: string) => (await fetch(`${url(at)}${key}`)).text();
  expect(await put("c", "first")).toBe(200);

  await end(nodes.get("c")!.child);
  const other = start("c", newer);
  const toItself = "the other node speaks version 1, this one 2: upgrade the other one";
  const toOthers = "the other node speaks version 2, this one 1: upgrade this one";
  await expect.poll(other.said, soon).toContain(toItself);
  await expect.poll(other.said, soon).toContain(toOthers);
  await expect.poll(nodes.get("a")!.said, soon).toContain(toOthers);
  await expect.poll(() => put("a", "second"), soon).toBe(200);
  expect(await get("b", "second")).toBe("second");
  expect(other.said()).not.toContain("listening");
  await end(other.child);

  const again = start("c", program);
  await expect.poll(again.said, soon).toContain("listening");
  for (const key of ["first", "second"]) expect(await get("c", key)).toBe(key);
}, 90_000);
