// Ports for tests whose programs have to find theirs free again whenever they begin, and
// so can't take any that the system gives.
//
// No two tests of a run are given the same: each claims a block of ports by a folder in the
// run's own. Systems give none of them to whoever asks for any port: they begin at 32,768.

import { mkdirSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";

/** How many ports a claim has. */
export const claimedPorts = 200;
const portMin = 10_000;
const blocks = 100;

/**
 * Gives the first of {@link claimedPorts} ports in a row, where nobody listens.
 *
 * @param runFolder - That of the tests; see run_folder.ts.
 * @throws {Error} Where all are claimed, or taken by other programs.
 */
export async function claimPorts(runFolder: string): Promise<number> {
  // Another run on this machine begins elsewhere.
  const start = Math.floor(Math.random() * blocks);
  for (let count = 0; count < blocks; count += 1) {
    const block = (start + count) % blocks;
    const first = portMin + block * claimedPorts;
    if (claim(join(runFolder, `ports-${block}`)) && (await areFree(first))) return first;
  }
  throw new Error(`no ${claimedPorts} ports are free between ${portMin} and 30,000`);
}

function claim(folder: string): boolean {
  try {
    mkdirSync(folder);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

async function areFree(first: number): Promise<boolean> {
  const ports = Array.from({ length: claimedPorts }, (_, index) => first + index);
  return (await Promise.all(ports.map(isFree))).every((free) => free);
}

function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
