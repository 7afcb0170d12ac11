// Everything of one run that must be given back however it ends: servers, clients, folders.

import { mkdirSync, mkdtempSync, rmSync, statfsSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { ClientProcess } from "./client_process.ts";
import { Processes } from "./processes.ts";
import type { Running, Target } from "./target.ts";

/** A target that runs, with its client. */
export interface Actor {
  readonly target: Target;
  readonly running: Running;
  readonly client: ClientProcess;
}

const root = join(import.meta.dirname, "../..");
/** What `statfs` calls a file system in memory. */
const memoryFileSystem = 0x0102_1994;

/** See the head of this file. */
export class Stage {
  readonly folder: string;
  readonly #scripts: string;
  readonly #processes = new Processes();
  readonly #clients: ClientProcess[] = [];

  /** @param place - Where the data is to lie: a disk. */
  constructor(place: string) {
    if (statfsSync(place).type === memoryFileSystem) {
      throw new Error(
        `${place} is memory, where syncing costs nothing: name a folder on a disk with --folder`,
      );
    }
    const cache = join(root, "node_modules/.cache");
    mkdirSync(cache, { recursive: true });
    this.folder = mkdtempSync(join(place, "holdfast-bench-"));
    this.#scripts = mkdtempSync(join(cache, "bench-store-"));
  }

  /** Compiles what the clients run, without the names that a compiler of sources keeps for each closure. */
  async prepare(): Promise<void> {
    await build({
      entryPoints: [join(import.meta.dirname, "worker.ts")],
      outfile: this.#script,
      bundle: true,
      platform: "node",
      format: "esm",
      target: "node20",
      conditions: ["@holdfast/source"],
      external: ["lmdb", "fs-native-extensions", "ws"],
      sourcemap: "inline",
      logLevel: "warning",
    });
  }

  async start(target: Target): Promise<Actor> {
    const folder = join(this.folder, target.name);
    mkdirSync(folder);
    const running = await target.start(folder, this.#processes);
    const client = new ClientProcess(this.#script);
    this.#clients.push(client);
    return { target, running, client };
  }

  async end(): Promise<void> {
    await Promise.allSettled(this.#clients.map((client) => client.close()));
    await this.endAtOnce();
  }

  /** The same without a word to the clients. */
  async endAtOnce(): Promise<void> {
    for (const client of this.#clients) client.kill();
    await this.#processes.end();
    rmSync(this.folder, { recursive: true, force: true });
    rmSync(this.#scripts, { recursive: true, force: true });
  }

  get #script(): string {
    return join(this.#scripts, "worker.mjs");
  }
}
