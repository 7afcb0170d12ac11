// Starts the programs of children/ as processes of their own.

import { spawn } from "node:child_process";
import { inject } from "vitest";
import { bundledProgram } from "../../../tools/bundled_program.ts";

/** How a child ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly lines: readonly string[];
  readonly errors: string;
}

/** Options for {@link runChild}. */
export interface ChildOptions {
  /** A program, with its arguments, that starts the child: strace, prlimit. */
  readonly under?: readonly string[];
  readonly args: readonly string[];
  /** Called with all lines so far whenever there are more; true kills the child with SIGKILL. */
  readonly kill?: (lines: readonly string[]) => boolean;
}

/** Runs children/`name`.ts to its end. */
export async function runChild(name: string, options: ChildOptions): Promise<Ended> {
  const source = new URL(`children/${name}.ts`, import.meta.url);
  const program = await bundledProgram(inject("runFolder"), source);
  const under = [...(options.under ?? []), process.execPath, program];
  const [command, ...args] = [...under, ...options.args];
  const child = spawn(command!, args, { stdio: ["ignore", "pipe", "pipe"] });
  return new Promise((resolve, reject) => {
    let text = "";
    let errors = "";
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
      if (options.kill?.(text.split("\n").slice(0, -1)) === true) child.kill("SIGKILL");
    });
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
      errors += chunk;
    });
    child.once("error", reject);
    child.once("close", (code, signal) => {
      resolve({ code, signal, lines: text.split("\n").slice(0, -1), errors });
    });
  });
}
