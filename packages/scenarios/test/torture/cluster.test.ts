// A cluster of three real processes, of which one is killed with -9 or stopped again and
// again, while clients of all three write, read, and compare and set over HTTP: what they
// were answered is linearizable, and what was acknowledged is on every node.

import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type CasRegisterInput,
  type CasRegisterOutput,
  casRegister,
  checkLinearizability,
  Recorder,
} from "@holdfast/check";
import { randomBelow, randomItem, SeededRandom } from "@holdfast/std";
import { afterEach, expect, test } from "vitest";
import { type Child, startServer } from "./processes.ts";

const rounds = Number(process.env.HOLDFAST_TORTURE_ROUNDS ?? 4);
const seed = Number(process.env.HOLDFAST_TORTURE_SEED ?? Math.floor(Math.random() * 2 ** 31));
const names = ["a", "b", "c"] as const;
const keys = ["x", "y"] as const;
const clientsForEach = 2;

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

test(`a cluster is linearizable over ${rounds} kills and pauses (HOLDFAST_TORTURE_SEED=${seed})`, {
  timeout: 90_000 + rounds * 15_000,
}, async () => {
  // What clients draw depends on how fast they are; what happens to nodes does not.
  const random = new SeededRandom(seed);
  const trouble = new SeededRandom(seed + 1);
  const cluster = await Cluster.start();
  const recorders = new Map(
    keys.map((key) => [key, new Recorder<CasRegisterInput, CasRegisterOutput>()]),
  );
  let isOver = false;
  let count = 0;
  const client = async (name: string, node: number): Promise<void> => {
    while (!isOver) {
      const key = randomItem(random, keys);
      const url = `${cluster.urlOf(node)}v1/kv/${key}`;
      const record = recorders.get(key)!;
      count += 1;
      const value = `${name}-${count}`;
      try {
        if (random.next() < 0.4) {
          await record.record(name, { f: "read" }, () => read(url), { isFail });
        } else if (random.next() < 0.5) {
          const input = { f: "write", value } as const;
          await record.record(name, input, () => write(url, value), { isFail });
        } else {
          const seen = await fetch(url);
          const [from, etag] = [await seen.text(), seen.headers.get("ETag")];
          if (seen.status !== 200 || etag === null) throw new Refused(from);
          const input = { f: "cas", from, to: value } as const;
          await record.record(name, input, () => write(url, value, etag), { isFail });
        }
      } catch {
        // What became of it is in the history.
        await pause(20);
      }
    }
  };
  const clients = names.flatMap((_, node) =>
    Array.from({ length: clientsForEach }, (_, each) => client(`${names[node]}${each}`, node)),
  );
  let kills = 0;
  for (let round = 0; round < rounds; round += 1) {
    await pause(300 + randomBelow(trouble, 700));
    const leader = await cluster.leader();
    const node = trouble.next() < 0.6 && leader !== null ? leader : randomBelow(trouble, 3);
    if (round > 0 && trouble.next() < 0.3) {
      await cluster.stall(node, 500 + randomBelow(trouble, 1_500));
    } else {
      await cluster.kill(node);
      kills += 1;
    }
  }
  expect(kills).toBeGreaterThan(0);
  await cluster.untilAllAnswer();
  isOver = true;
  await Promise.all(clients);

  const outcomes = { ok: 0, fail: 0, info: 0 };
  for (const key of keys) {
    const values = await Promise.all(
      names.map((_, node) => read(`${cluster.urlOf(node)}v1/kv/${key}`)),
    );
    expect(new Set(values).size, `${key}: ${values.join()}`).toBe(1);
    const last = recorders.get(key)!;
    await last.record("last", { f: "read" }, async () => values[0]);
    const history = last.history();
    for (const { outcome } of history) outcomes[outcome] += 1;
    expect(checkLinearizability(history, casRegister())).toMatchObject({ verdict: "ok" });
  }
  expect(outcomes.ok).toBeGreaterThan(rounds);
  console.log(`torture of a cluster: ${rounds} rounds; ${JSON.stringify(outcomes)}`);
});

/** A refusal that promises that nothing happened. */
class Refused extends Error {}

function isFail(error: unknown): boolean {
  const { cause } = error as { cause?: { code?: string } };
  // Where nobody listens, nobody heard it.
  return error instanceof Refused || cause?.code === "ECONNREFUSED";
}

// Whatever becomes of a read, nothing happened by it.
async function read(url: string): Promise<string | null> {
  const response = await fetch(url).catch((error: unknown) => {
    throw new Refused(String(error));
  });
  const text = await response.text();
  if (response.status === 404) return null;
  if (response.status !== 200) throw new Refused(text);
  return text;
}

/** Whether it was done: a comparison may fail. */
async function write(url: string, value: string, etag?: string): Promise<boolean | undefined> {
  const headers: Record<string, string> = etag === undefined ? {} : { "If-Match": etag };
  const response = await fetch(url, { method: "PUT", body: value, headers });
  const text = await response.text();
  if (response.status === 200) return etag === undefined ? undefined : true;
  if (response.status === 412) return false;
  if (response.status === 503) throw new Refused(text);
  throw new Error(`${response.status}: ${text}`);
}

/** Three nodes, each a process of its own. */
class Cluster {
  readonly #folder: string;
  readonly #ports: readonly number[];
  readonly #nodes: Child[] = [];

  private constructor(folder: string, ports: readonly number[]) {
    this.#folder = folder;
    this.#ports = ports;
  }

  static async start(): Promise<Cluster> {
    const folder = await mkdtemp(join(tmpdir(), "holdfast-torture-"));
    cleanUps.push(() => rm(folder, { recursive: true, force: true }));
    const cluster = new Cluster(folder, await freePorts(names.length * 2));
    for (const node of names.keys()) await cluster.#startNode(node);
    cleanUps.push(() => Promise.all(cluster.#nodes.map((node) => node.kill())));
    await cluster.untilAllAnswer();
    return cluster;
  }

  urlOf(node: number): string {
    return `http://127.0.0.1:${this.#ports[node]}/`;
  }

  async leader(): Promise<number | null> {
    for (const node of names.keys()) {
      const { cluster } = (await healthOf(this.urlOf(node))) ?? {};
      if (cluster?.role === "leader") return node;
    }
    return null;
  }

  /** Ends a node, and begins it again on what it left. */
  async kill(node: number): Promise<void> {
    await this.#nodes[node]!.kill();
    await this.#startNode(node);
  }

  /** Has a node stand still. */
  async stall(node: number, ms: number): Promise<void> {
    this.#nodes[node]!.signal("SIGSTOP");
    await pause(ms);
    this.#nodes[node]!.signal("SIGCONT");
  }

  async untilAllAnswer(): Promise<void> {
    for (const node of names.keys()) {
      await expect
        .poll(() => fetch(`${this.urlOf(node)}v1/kv/none`).then(({ status }) => status, String), {
          timeout: 60_000,
        })
        .toBe(404);
    }
  }

  async #startNode(node: number): Promise<void> {
    const name = names[node]!;
    const peers = names.map((each, at) => `${each}=127.0.0.1:${this.#ports[names.length + at]}`);
    this.#nodes[node] = await startServer(
      join(this.#folder, name),
      this.#ports[node]!,
      ...["--cluster", peers.join(","), "--node", name],
    );
  }
}

async function healthOf(url: string): Promise<{ cluster?: { role: string } } | null> {
  try {
    const response = await fetch(`${url}healthz`, { signal: AbortSignal.timeout(500) });
    return (await response.json()) as { cluster?: { role: string } };
  } catch {
    return null;
  }
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((resolve) => {
          server.listen(0, "127.0.0.1", () => resolve((server.address() as { port: number }).port));
        }),
    ),
  );
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
