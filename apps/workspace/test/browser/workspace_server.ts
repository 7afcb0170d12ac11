// The workspace as people meet it: the built page, served by a real process that can be
// killed and started again at the same port, on the same data.

import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { inject } from "vitest";
import { holdfastProgram } from "../../../../tools/bundled_program.ts";
import { madeOnce } from "../../../../tools/run_folder.ts";

const app = join(import.meta.dirname, "../..");
const repository = join(app, "../..");
const vite = join(repository, "node_modules/vite/bin/vite.js");

/**
 * Gives the folder of the built page, made once for all files of a run. Two releases of
 * other names are two releases.
 */
export function builtRelease(release: string): Promise<string> {
  return madeOnce(inject("runFolder"), `workspace-${release}`, async (folder) => {
    await promisify(execFile)(process.execPath, [vite, "build", "--outDir", folder], {
      cwd: app,
      env: { ...process.env, NODE_ENV: "production", VITE_RELEASE: release },
    });
  });
}

/** A server, and the folder of all that belongs to it. */
export class WorkspaceServer {
  readonly #folder = mkdtempSync(join(tmpdir(), "holdfast-workspace-"));
  readonly #page: string | undefined;
  #child: ChildProcess | null = null;
  #url = "";

  /** @param page - A folder with a built page, which the tests may change; else that of all tests. */
  constructor(page?: string) {
    this.#page = page;
  }

  /** `http://127.0.0.1:port/`, from the first start on. */
  get url(): string {
    return this.#url;
  }

  /** Starts it, unless it runs; at the same port where it ran before. */
  async start(): Promise<this> {
    if (this.#child !== null) return this;
    const page = this.#page ?? (await builtRelease("one"));
    const port = this.#url === "" ? "0" : new URL(this.#url).port;
    const data = join(this.#folder, "data");
    const args = ["serve", "--port", port, "--data", data, "--app", page, "--log", "silent"];
    const holdfast = await holdfastProgram(inject("runFolder"));
    const child = spawn(process.execPath, [holdfast, ...args], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    this.#child = child;
    const [line] = (await once(createInterface({ input: child.stdout! }), "line")) as [string];
    this.#url = line.replace(/^.* on /, "");
    return this;
  }

  /** Ends it as a loss of power would. */
  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child === null || child.exitCode !== null) return;
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  }

  /** Ends it for good. */
  async remove(): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
