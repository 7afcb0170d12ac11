// Nodes of one cluster, each a process of its own, with wires between them that a test
// has in its hands.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, inject } from "vitest";
import { claimPorts } from "../../../../tools/free_ports.ts";
import { type Child, startServer } from "./processes.ts";
import { Wires } from "./wires.ts";

/** How many nodes decide. */
export const places = 3;
const soonMs = 60_000;
const redirect = new URL("./redirect.mjs", import.meta.url);

/** Three nodes, and as many more as take the place of one. */
export class ClusterNodes {
  readonly #folder: string;
  readonly #ports: readonly number[];
  readonly #peerPorts: readonly number[];
  /** See wires.ts; by the numbers of nodes. */
  readonly wires: Wires;
  readonly #children = new Map<number, Child>();
  /** The numbers of the nodes that decide, by place. */
  readonly #members = Array.from({ length: places }, (_, place) => place);
  #begun = places;

  private constructor(folder: string, ports: readonly number[], wires: Wires) {
    this.#folder = folder;
    this.#ports = ports.slice(0, ports.length / 2);
    this.#peerPorts = ports.slice(ports.length / 2);
    this.wires = wires;
  }

  /** Starts three; up to `wipes` disks may be wiped. */
  static async start(wipes: number): Promise<ClusterNodes> {
    const folder = await mkdtemp(join(tmpdir(), "holdfast-torture-"));
    const first = await claimPorts(inject("runFolder"));
    const ports = Array.from({ length: (places + wipes) * 2 }, (_, index) => first + index);
    const wires = await Wires.lay(ports.slice(places + wipes));
    const nodes = new ClusterNodes(folder, ports, wires);
    for (const node of nodes.#members) await nodes.#start(node);
    await nodes.untilAllAnswer();
    return nodes;
  }

  /** The number of the node at `place`. */
  memberAt(place: number): number {
    return this.#members[place]!;
  }

  urlOf(place: number): string {
    return `http://127.0.0.1:${this.#ports[this.memberAt(place)]}/`;
  }

  /** The place of a node that says that it leads. */
  async leader(): Promise<number | null> {
    for (const place of this.#members.keys()) {
      const { cluster } = (await healthOf(this.urlOf(place))) ?? {};
      if (cluster?.role === "leader") return place;
    }
    return null;
  }

  /** Ends a node, and begins it again on what it left. */
  async kill(place: number): Promise<void> {
    const node = this.memberAt(place);
    await this.#children.get(node)!.kill();
    await this.#start(node);
  }

  /** Has a node stand still. */
  async stall(place: number, ms: number): Promise<void> {
    const child = this.#children.get(this.memberAt(place))!;
    child.signal("SIGSTOP");
    await pause(ms);
    child.signal("SIGCONT");
  }

  /** Ends a node, takes its disk away, and has another take its place. */
  async wipe(place: number): Promise<void> {
    const node = this.memberAt(place);
    await this.#children.get(node)!.kill();
    this.#children.delete(node);
    await rm(join(this.#folder, nameOf(node)), { recursive: true });
    const next = this.#begun;
    this.#begun += 1;
    const address = `127.0.0.1:${this.#peerPorts[next]}`;
    const order = { type: "replace", node: nameOf(node), by: nameOf(next), address };
    const others = [...this.#members.keys()].filter((other) => other !== place);
    await expect.poll(() => this.#order(others, order), { timeout: soonMs }).toBe(true);
    this.#members[place] = next;
    await this.#start(next);
    await this.untilAllAnswer();
  }

  /** @throws {Error} Where a node ended that nobody ended; with its last words. */
  requireAllRun(): void {
    for (const [node, child] of this.#children) {
      if (child.isOver) throw new Error(`${nameOf(node)} ended: ${child.errors.slice(-3_000)}`);
    }
  }

  async untilAllAnswer(): Promise<void> {
    this.requireAllRun();
    for (const place of this.#members.keys()) {
      const ask = () =>
        fetch(`${this.urlOf(place)}v1/kv/none`).then(({ status }) => status, String);
      try {
        await expect.poll(ask, { timeout: soonMs }).toBe(404);
      } catch (cause) {
        throw new Error(`${nameOf(this.memberAt(place))} gives no answer; ${await this.#story()}`, {
          cause,
        });
      }
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#children.values()].map((child) => child.kill()));
    this.wires.close();
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** What each node said last, of itself and of who is a member. */
  async #story(): Promise<string> {
    const stories = [...this.#children].map(async ([node, child]) => {
      const url = `http://127.0.0.1:${this.#ports[node]}/v1/cluster/members`;
      const signal = AbortSignal.timeout(2_000);
      const members = await fetch(url, { signal }).then((answer) => answer.text(), String);
      return `${nameOf(node)}: ${members}\n${child.errors.slice(-1_500)}`;
    });
    return (await Promise.all(stories)).join("\n");
  }

  /** Whether one of them took it, or took it before. */
  async #order(asked: readonly number[], order: object): Promise<boolean> {
    for (const place of asked) {
      const url = `${this.urlOf(place)}v1/cluster/orders`;
      const answer = await fetch(url, { method: "POST", body: JSON.stringify(order) });
      if (answer.status === 200) return true;
      // Asked again, since the answer got lost: there is no such node any more.
      if (answer.status === 404) return true;
    }
    return false;
  }

  async #start(node: number): Promise<void> {
    const named = (each: number) => `${nameOf(each)}=127.0.0.1:${this.#peerPorts[each]}`;
    const first = Array.from({ length: places }, (_, each) => named(each)).join();
    const isFirst = node < places;
    const flags = ["--cluster", isFirst ? first : named(node), "--node", nameOf(node)];
    if (!isFirst) flags.push("--join");
    const child = await startServer(
      { dataFolder: join(this.#folder, nameOf(node)), port: this.#ports[node]! },
      {
        flags,
        preload: redirect,
        env: { HOLDFAST_TORTURE_WIRES: JSON.stringify(this.wires.detours(node)) },
      },
    );
    this.#children.set(node, child);
  }
}

function nameOf(node: number): string {
  return `n${node}`;
}

async function healthOf(url: string): Promise<{ cluster?: { role: string } } | null> {
  try {
    const response = await fetch(`${url}healthz`, { signal: AbortSignal.timeout(500) });
    return (await response.json()) as { cluster?: { role: string } };
  } catch {
    return null;
  }
}

/** Waits. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
