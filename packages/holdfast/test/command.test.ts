// The command as scripts and people meet it: words and exit codes.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, open, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nodeWorld } from "@holdfast/world/node";
import { afterEach, beforeEach, describe, expect, inject, it } from "vitest";
import { holdfastProgram } from "../../../tools/bundled_program.ts";

const holdfast = await holdfastProgram(inject("runFolder"));
let folder: string;
let data: string;
let running: Run[];

/** One run of the command. */
class Run {
  readonly process: ChildProcess;
  readonly #exited: Promise<unknown>;
  output = "";
  errors = "";

  constructor(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
    this.process = spawn(process.execPath, [holdfast, ...args], {
      cwd: folder,
      env: { ...process.env, ...env },
    });
    this.process.stdout!.on("data", (chunk) => {
      this.output += chunk;
    });
    this.process.stderr!.on("data", (chunk) => {
      this.errors += chunk;
    });
    this.#exited = once(this.process, "close");
    running.push(this);
  }

  /** The URL that a server prints. */
  async url(): Promise<string> {
    const printed = /^Holdfast is listening on (http:\S+)\n/;
    await expect.poll(() => printed.test(this.output), { timeout: 20_000 }).toBe(true);
    return printed.exec(this.output)![1]!;
  }

  async exitCode(): Promise<number | null> {
    await this.#exited;
    return this.process.exitCode;
  }

  async end(signal: NodeJS.Signals): Promise<number | null> {
    this.process.kill(signal);
    return this.exitCode();
  }
}

function serve(...args: readonly string[]): Run {
  return new Run(["serve", "--data", data, "--port", "0", ...args]);
}

beforeEach(async () => {
  running = [];
  folder = await mkdtemp(join(tmpdir(), "holdfast-command-"));
  data = join(folder, "data");
});

afterEach(async () => {
  for (const run of running) await run.end("SIGKILL");
  await rm(folder, { recursive: true });
});

describe("holdfast serve", () => {
  it.each(["SIGTERM", "SIGINT"] as const)(
    "prints its URL, serves, and ends in good order on %s",
    async (signal) => {
      const run = serve();
      const health = await fetch(`${await run.url()}healthz`);
      expect(await health.json()).toMatchObject({ status: "ok" });
      expect(await run.end(signal)).toBe(0);
      const logged = run.errors
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line).msg);
      expect(logged).toEqual(["started", "shutting down", "stopped"]);
    },
  );

  it("ends in good order while clients are connected and one says nothing", async () => {
    const run = serve("--log", "silent");
    const url = new URL("sync", (await run.url()).replace("http", "ws"));
    const connection = await nodeWorld().network.connect(url.href);
    expect(await run.end("SIGTERM")).toBe(0);
    expect((await connection.closed).reason).toContain("unavailable");
  });

  it("says so when the port is in use: exit code 3", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as { port: number };
    const run = serve("--port", String(port));
    expect(await run.exitCode()).toBe(3);
    expect(run.errors).toBe(
      `holdfast: Port ${port} of 127.0.0.1 is in use by another program. Stop it, or choose another port with --port.\n`,
    );
    other.close();
  });

  it("says so when another server has the folder, also when the one before was killed", async () => {
    const first = serve();
    await first.url();
    const second = serve();
    expect(await second.exitCode()).toBe(3);
    expect(second.errors).toContain("is in use by another Holdfast");
    await first.end("SIGKILL");
    expect(await readdir(data)).toContain("lock");
    const third = serve();
    await third.url();
    expect(await third.end("SIGTERM")).toBe(0);
  });

  it("says so when the folder can't be one: exit code 3", async () => {
    await writeFile(data, "a file");
    const run = serve();
    expect(await run.exitCode()).toBe(3);
    expect(run.errors).toBe(
      `holdfast: ${data} is, or lies in, something that is no folder. Choose another with --data.\n`,
    );
  });

  it.skipIf(process.platform !== "linux")(
    "says so when the folder can't be written: exit code 3 [where /sys is, that root can't write to either]",
    async () => {
      const run = new Run(["serve", "--data", "/sys/holdfast", "--port", "0"]);
      expect(await run.exitCode()).toBe(3);
      expect(run.errors).toContain("Access is denied");
    },
  );

  it.skipIf(process.platform !== "linux")(
    "says so when the folder can't be made: exit code 3 [where /proc is, which makes none]",
    async () => {
      const run = new Run(["serve", "--data", "/proc/holdfast", "--port", "0"]);
      expect(await run.exitCode()).toBe(3);
      expect(run.errors).toBe(
        "holdfast: The folder /proc/holdfast can't be made there. Choose another with --data.\n",
      );
    },
  );

  it("says so when the store was cut off, and leaves it: exit code 3", async () => {
    await mkdir(data);
    await writeFile(join(data, "store.mdb"), "");
    const run = serve();
    expect(await run.exitCode()).toBe(3);
    expect(run.errors).toContain(`What lies in the folder ${data} is damaged`);
    expect(await readFile(join(data, "store.mdb"), "utf8")).toBe("");
  });

  it("is not let out without a key: exit code 2", async () => {
    const run = serve("--host", "0.0.0.0");
    expect(await run.exitCode()).toBe(2);
    expect(run.errors).toContain("--insecure-let-everybody-in");
    expect((await readdir(folder)).length).toBe(0);
  });

  it("serves an app, and its own page at /status", async () => {
    await writeFile(join(folder, "index.html"), "<title>the app</title>");
    const run = serve("--app", ".");
    const url = await run.url();
    expect(await (await fetch(url)).text()).toBe("<title>the app</title>");
    expect(await (await fetch(`${url}status`)).text()).toContain("Documents kept");
  });

  it("says so where the app is not built: exit code 2, and nothing is made", async () => {
    const run = serve("--app", folder);
    expect(await run.exitCode()).toBe(2);
    expect(run.errors).toBe(
      `holdfast: There is no index.html in ${folder}. Build the app first, or name the folder that it was built into with --app.\n`,
    );
    expect(await readdir(folder)).toEqual([]);
  });

  it("takes the key from the environment", async () => {
    const env = { HOLDFAST_KEY: "correct horse battery" };
    const run = new Run(["serve", "--data", data, "--port", "0", "--host", "0.0.0.0"], env);
    await run.url();
    expect(await run.end("SIGTERM")).toBe(0);
  });
});

describe("holdfast verify", () => {
  it("finds a fresh folder whole: exit code 0; and says no more while a server runs on it", async () => {
    const server = serve();
    await server.url();
    const early = new Run(["verify", data]);
    expect(await early.exitCode()).toBe(3);
    expect(early.errors).toContain("Stop it first");
    await server.end("SIGTERM");
    const run = new Run(["verify", data]);
    expect(await run.exitCode()).toBe(0);
    expect(run.output).toContain("all is well");
    const json = new Run(["verify", data, "--json"]);
    expect(await json.exitCode()).toBe(0);
    expect(JSON.parse(json.output)).toMatchObject({ documents: { problems: [] } });
  });

  it("finds damage: exit code 1", async () => {
    const server = serve();
    await server.url();
    await server.end("SIGTERM");
    const file = await open(join(data, "store.mdb"), "r+");
    const { size } = await file.stat();
    for (let at = 2 * 4_096; at < size; at += 64) await file.write(Buffer.from([0xa5]), 0, 1, at);
    await file.close();
    const run = new Run(["verify", data]);
    expect(await run.exitCode()).toBe(1);
    expect(run.output).toContain("problem ");
  });

  it("says so where there is no store: exit code 3", async () => {
    const run = new Run(["verify", data]);
    expect(await run.exitCode()).toBe(3);
    expect(run.errors).toContain(`There is no store in ${data}`);
    await writeFile(data, "a file");
    const ofFile = new Run(["verify", data]);
    expect(await ofFile.exitCode()).toBe(3);
    expect(ofFile.errors).toContain(`There is no store in ${data}`);
  });
});

describe("holdfast replay", () => {
  it.each([
    ["{}", "trace: txns is not a list"],
    ["words", "trace: file is not JSON"],
    ["\x1f\u008b", "is not whole gzip data"],
  ])("says of %j what is wrong: exit code 1", async (content, problem) => {
    await writeFile(data, content, "latin1");
    const run = new Run(["replay", data]);
    expect(await run.exitCode()).toBe(1);
    expect(run.errors).toContain(`holdfast: ${data} is not `);
    expect(run.errors).toContain(problem);
  });

  it("says so where there is no such file: exit code 3", async () => {
    const run = new Run(["replay", data]);
    expect(await run.exitCode()).toBe(3);
    expect(run.errors).toContain(`Can't read ${data}`);
  });
});

describe("holdfast", () => {
  it.each([[["serve", "--port", "x"]], [["serve", "--nonsense"]], [["nonsense"]], [["verify"]]])(
    "called as %j says how it is called: exit code 2",
    async (args) => {
      const run = new Run(args);
      expect(await run.exitCode()).toBe(2);
      expect(run.errors).toContain("--help");
    },
  );

  it("says its version: exit code 0", async () => {
    const run = new Run(["--version"]);
    expect(await run.exitCode()).toBe(0);
    expect(run.output).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});
