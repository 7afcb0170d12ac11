// `npm start`, as a person meets it: a URL, and a page behind it in a real browser.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { useChromium } from "../../browser/chromium.ts";

const start = join(import.meta.dirname, "../../start.mjs");
const chromium = useChromium();
let folder: string;
let child: ChildProcess;
let url: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-start-"));
  const args = [start, "--port", "0", "--data", join(folder, "data"), "--log", "silent"];
  child = spawn(process.execPath, args, { cwd: folder, stdio: ["ignore", "pipe", "inherit"] });
  const [line] = (await once(createInterface({ input: child.stdout! }), "line")) as [string];
  expect(line).toMatch(/^Holdfast is listening on http:\S+$/);
  url = line.replace(/^.* on /, "");
});

afterEach(async () => {
  if (child.exitCode === null && child.signalCode === null) await end("SIGKILL");
  rmSync(folder, { recursive: true });
});

async function end(signal: NodeJS.Signals): Promise<unknown> {
  const ended = once(child, "exit");
  child.kill(signal);
  return (await ended)[0];
}

describe("npm start", () => {
  test("serves the workspace, whose page may connect to its own server and no other", async () => {
    const page = await (await chromium.context()).newPage();
    const problems: string[] = [];
    page.on("pageerror", ({ message }) => problems.push(message));
    page.on("console", (message) => {
      if (message.type() === "error") problems.push(message.text());
    });
    await page.goto(url, { waitUntil: "networkidle" });
    await page.locator("#root > *").first().waitFor();
    expect(problems).toEqual([]);
    const open = (address: string) =>
      page.evaluate(async (to) => {
        try {
          const socket = new WebSocket(to);
          return await new Promise<string>((resolve) => {
            socket.onopen = () => resolve("open");
            socket.onerror = () => resolve("refused");
          });
        } catch (error) {
          return (error as Error).name;
        }
      }, address);
    expect(await open(new URL("sync", url).href.replace("http", "ws"))).toBe("open");
    const refused = page.waitForEvent("console", (message) =>
      message.text().includes("Content Security Policy"),
    );
    expect(await open("ws://127.0.0.1:9/sync")).not.toBe("open");
    expect((await refused).text()).toContain("connect-src");
  });

  test("connects by every name of this machine", async () => {
    const { port } = new URL(url);
    const page = await (await chromium.context()).newPage();
    await page.goto(`http://localhost:${port}/`);
    const opened = await page.evaluate(
      (to) =>
        new Promise((resolve) => {
          const socket = new WebSocket(to);
          socket.onopen = () => resolve(true);
          socket.onerror = () => resolve(false);
        }),
      `ws://localhost:${port}/sync`,
    );
    expect(opened).toBe(true);
  });

  test("is the server itself: signals reach it, and kill -9 ends it", async () => {
    expect(await end("SIGKILL")).toBe(null);
    await expect(fetch(`${url}healthz`)).rejects.toThrow();
  });

  test("ends in good order on Ctrl-C", async () => {
    expect(await end("SIGINT")).toBe(0);
  });
});
