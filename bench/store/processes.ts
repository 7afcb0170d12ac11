// The servers' processes: started, watched, their processor time read, and always ended.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";

/** Ticks of a processor in a second, as Linux counts for everybody. */
const ticksInSecond = 100;
const complaintBytesMax = 4_000;

/** All processes of one run. */
export class Processes {
  readonly #children = new Set<ChildProcess>();

  /** Starts a server. Whatever it says goes to nobody, but its last complaint is kept. */
  start(command: string, args: readonly string[]): { readonly pid: number; complaint(): string } {
    const child = spawn(command, args, { stdio: ["ignore", "ignore", "pipe"] });
    let complaint = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      complaint = (complaint + text).slice(-complaintBytesMax);
    });
    this.#children.add(child);
    child.on("exit", () => this.#children.delete(child));
    if (child.pid === undefined) throw new Error(`${command} doesn't start`);
    return { pid: child.pid, complaint: () => complaint };
  }

  /** Ends all, at once. */
  async end(): Promise<void> {
    const children = [...this.#children];
    const ended = children.map((child) => once(child, "exit"));
    for (const child of children) child.kill("SIGKILL");
    await Promise.all(ended);
  }
}

/** Ports of the loopback that are free now. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, "127.0.0.1"));
  await Promise.all(servers.map((server) => once(server, "listening")));
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  for (const server of servers) server.close();
  await Promise.all(servers.map((server) => once(server, "close")));
  return ports;
}

/** Seconds of processor time that `pids` have had so far. */
export function cpuSecondsOf(pids: readonly number[]): number {
  let ticks = 0;
  for (const pid of pids) {
    const fields = readFileSync(`/proc/${pid}/stat`, "latin1").split(") ")[1]!.split(" ");
    ticks += Number(fields[11]) + Number(fields[12]);
  }
  return ticks / ticksInSecond;
}

/** Tries `act` until it succeeds. */
export async function eventually<T>(act: () => Promise<T>, whyNot: () => string): Promise<T> {
  const endMs = performance.now() + startMsMax;
  for (;;) {
    try {
      return await act();
    } catch (error) {
      if (performance.now() > endMs) throw new Error(`${String(error)} ${whyNot()}`);
      await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
    }
  }
}

/** A node that begins may have to take in all that it missed, before it answers. */
const startMsMax = 900_000;
const lookEveryMs = 50;
