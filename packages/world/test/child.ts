// Runs a program of test/child/ in a process of its own.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { inject } from "vitest";
import { bundledProgram } from "../../../tools/bundled_program.ts";

/** Starts `child/<name>.ts`; `before` is a command that is to start it, such as prlimit. */
export async function startChild(
  name: string,
  options: { readonly args: readonly string[]; readonly before?: readonly string[] },
): Promise<ChildProcess> {
  const source = new URL(`child/${name}.ts`, import.meta.url);
  const program = await bundledProgram(inject("runFolder"), source);
  const before = [...(options.before ?? []), process.execPath, program];
  const [command, ...rest] = [...before, ...options.args];
  return spawn(command!, rest, { stdio: ["pipe", "pipe", "inherit"] });
}

/** The next line that `child` prints. */
export async function nextLine(child: ChildProcess): Promise<string> {
  let text = "";
  for await (const chunk of child.stdout!.iterator({ destroyOnReturn: false })) {
    text += chunk;
    if (text.includes("\n")) break;
  }
  return text.trim();
}

/** Waits until `child` has ended by itself, and gives what it printed. */
export async function outputOf(child: ChildProcess): Promise<string> {
  let text = "";
  child.stdout!.on("data", (chunk) => {
    text += chunk;
  });
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`the child ended with code ${code}: ${text}`);
  return text;
}
