// Child processes of the torture test: started, listened to line by line, killed.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { inject } from "vitest";
import { bundledProgram, holdfastProgram } from "../../../../tools/bundled_program.ts";

/** A child process and the lines it printed. */
export class Child {
  readonly #process: ChildProcess;
  readonly #exited: Promise<unknown>;
  /** Every line of its standard output so far. One that a kill cut short is not among them. */
  readonly lines: string[] = [];
  /** What it wrote to standard error. */
  errors = "";

  constructor(file: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
    this.#process = spawn(file, args, {
      stdio: ["pipe", "pipe", "pipe"],
      env: { ...process.env, ...env },
    });
    // By then all that it said has been heard, too.
    this.#exited = once(this.#process, "close");
    let rest = "";
    this.#process.stdout!.setEncoding("utf8").on("data", (chunk: string) => {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop()!;
      this.lines.push(...lines);
    });
    this.#process.stderr!.on("data", (chunk) => {
      this.errors += String(chunk);
    });
  }

  /** Whether it has ended. */
  get isOver(): boolean {
    return this.#process.exitCode !== null || this.#process.signalCode !== null;
  }

  /** The first line that begins with `start`, once it is printed. Fails when the process ends before. */
  async line(start: string): Promise<string> {
    for (;;) {
      const found = this.lines.find((line) => line.startsWith(start));
      if (found !== undefined) return found;
      if (this.isOver) {
        throw new Error(`ended before it said "${start}": ${this.errors}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  /** Writes a line to its standard input. */
  tell(line: string): void {
    this.#process.stdin!.write(`${line}\n`);
  }

  /** Sends it `signal`. */
  signal(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  /** Ends it with `signal`, and waits until it has. */
  async kill(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    this.#process.kill(signal);
    await this.#exited;
  }
}

/** Starts `holdfast serve`; `preload` is a module that is loaded before it. */
export async function startServer(
  { dataFolder, port }: { readonly dataFolder: string; readonly port: number },
  options: {
    readonly flags?: readonly string[];
    readonly preload?: URL;
    readonly env?: NodeJS.ProcessEnv;
  } = {},
): Promise<Child> {
  const { flags = [], preload, env } = options;
  const holdfast = await holdfastProgram(inject("runFolder"));
  const before = preload === undefined ? [] : ["--import", preload.href];
  const args = ["serve", "--data", dataFolder, "--port", String(port), ...flags];
  return new Child(process.execPath, [...before, holdfast, ...args], env);
}

/** Starts a program. */
export async function startProgram(program: URL, args: readonly string[]): Promise<Child> {
  const file = await bundledProgram(inject("runFolder"), program);
  return new Child(process.execPath, [file, ...args]);
}
