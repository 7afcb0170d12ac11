// A page that Next builds of the built packages. Next itself is installed apart, by
// tools/test/consumers/next/install.sh.

import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, expect, test } from "vitest";
import { installPackages } from "../built_packages.ts";
import { fixtures, useConsumers } from "../consumers.ts";

// Where install.sh puts it: outside of the repository.
const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache");
const home = process.env.HOLDFAST_NEXT ?? join(cache, "holdfast/next_page");
const next = join(home, "node_modules/next/dist/bin/next");
const env = { ...process.env, NODE_ENV: "production", NEXT_TELEMETRY_DISABLED: "1" } as const;
const consumers = useConsumers();
let child: ChildProcess | null = null;

beforeEach((context) => {
  if (!existsSync(next)) context.skip("no Next: tools/test/consumers/next/install.sh installs it");
});

afterEach(async () => {
  if (child === null) return;
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
});

async function start(): Promise<string> {
  const args = [next, "start", "-p", "0", "-H", "127.0.0.1"];
  child = spawn(process.execPath, args, { cwd: home, env, stdio: ["ignore", "pipe", "inherit"] });
  for await (const line of createInterface({ input: child.stdout! })) {
    const url = line.match(/http:\/\/127\.0\.0\.1:\d+/)?.[0];
    if (url !== undefined) return url;
  }
  throw new Error("Next ended before it listened");
}

test("the built packages make a page that Next builds, and renders on its server", async () => {
  cpSync(join(fixtures, "next/app"), join(home, "app"), { recursive: true });
  rmSync(join(home, "node_modules/@holdfast"), { recursive: true, force: true });
  installPackages(consumers.root, home, ["@holdfast/client"]);
  execFileSync(process.execPath, [next, "build"], { cwd: home, env, stdio: "pipe" });
  const { syncUrl } = await consumers.serve();
  const url = await start();
  expect(await (await fetch(url)).text()).toContain("Nothing yet.");
  await consumers.expectShared(`${url}/?sync=${encodeURIComponent(syncUrl)}`, "next", syncUrl);
}, 240_000);
