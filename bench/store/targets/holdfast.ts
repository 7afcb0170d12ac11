// Our server as it is run: one process on LMDB, or three that hold a store together; used
// by a client in TypeScript, or over plain HTTP. Calls go to the node that leads. It is run as it was built, which is as it is
// installed: after a change, build anew.

import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Store } from "@holdfast/store";
import { openRemoteStore } from "@holdfast/store/remote";
import { nodeWorld } from "@holdfast/world/node";
import { eventually, freePorts, type Processes } from "../processes.ts";
import type { Client, Running, Target } from "../target.ts";
import { type Answer, HttpConnection } from "./http_connection.ts";

const program = join(import.meta.dirname, "../../../packages/holdfast/dist/main.js");
/** Most operations of a transaction. */
const transactionPutsMax = 128;
/** Puts of one write that is filled with: what goes in one piece. */
const writePutsMax = 500;

interface Member {
  readonly port: number;
  readonly args: readonly string[];
  pid: number;
}

/** What `/healthz` says of the cluster; nothing where the server is no part of one. */
interface Standing {
  readonly node: string;
  readonly leader: string | null;
  readonly term: number;
  readonly applied: number;
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
}

async function standingOf(port: number): Promise<Standing | null> {
  const connection = await HttpConnection.open(port);
  try {
    const { status, body } = await connection.call("GET", "/healthz");
    if (status !== 200) throw new Error(`/healthz: ${status}`);
    return (JSON.parse(text(body)) as { cluster?: Standing }).cluster ?? null;
  } finally {
    connection.close();
  }
}

/** The port of who says of itself that it leads, in the latest term; of a lone server its own. */
async function findLeader(ports: readonly number[]): Promise<number> {
  const answers = await Promise.allSettled(ports.map(standingOf));
  let found: { readonly port: number; readonly term: number } | null = null;
  for (const [place, answer] of answers.entries()) {
    if (answer.status !== "fulfilled") continue;
    const { node, leader, term } = answer.value ?? { node: "", leader: "", term: 0 };
    if (node === leader && term >= (found?.term ?? 0)) found = { port: ports[place]!, term };
  }
  if (found === null) throw new Error("nobody leads");
  return found.port;
}

/** Any client of HTTP. */
async function openHttp(ports: readonly number[], count: number): Promise<Client> {
  const connect = async (): Promise<HttpConnection[]> => {
    const port = await findLeader(ports);
    return Promise.all(Array.from({ length: count }, () => HttpConnection.open(port)));
  };
  let connections = await connect();
  let looking: Promise<void> | null = null;
  let turn = 0;
  const lookAnew = (): Promise<void> => {
    looking ??= connect()
      .then((found) => {
        for (const connection of connections) connection.close();
        connections = found;
      })
      .finally(() => {
        looking = null;
      });
    return looking;
  };
  const call = async (method: string, path: string, body?: string): Promise<Answer> => {
    turn = (turn + 1) % count;
    // Nothing was sent yet, so this is no failure of a call.
    if (connections[turn]!.isClosed) await lookAnew();
    let answer: Answer;
    try {
      answer = await connections[turn]!.call(method, path, body);
    } catch (error) {
      await lookAnew();
      throw error;
    }
    if (answer.status === 200 || answer.status === 404) return answer;
    if (answer.status >= 500) await lookAnew();
    throw new Error(`${answer.status} ${text(answer.body)}`);
  };
  const written = async (method: string, path: string, body: string): Promise<void> => {
    const { status } = await call(method, path, body);
    if (status !== 200) throw new Error(`${method} ${path}: ${status}`);
  };
  return {
    put: (key, value) => written("PUT", `/v1/kv/${text(key)}`, text(value)),
    get: async (key) => {
      const { status, body } = await call("GET", `/v1/kv/${text(key)}`);
      return status === 404 ? null : body;
    },
    fill: async (keys, value) => {
      for (let at = 0; at < keys.length; at += transactionPutsMax) {
        const puts = keys
          .slice(at, at + transactionPutsMax)
          .map((key) => ({ op: "put", key: text(key), value: text(value) }));
        await written("POST", "/v1/txn", `{"then":${JSON.stringify(puts)}}`);
      }
    },
    close: async () => {
      for (const connection of connections) connection.close();
    },
  };
}

/** A client in TypeScript: our own protocol, on one connection each, to the node that leads. */
async function openRemote(ports: readonly number[], count: number): Promise<Client> {
  const leader = await findLeader(ports);
  const urls = [leader, ...ports.filter((port) => port !== leader)].map(
    (port) => `ws://127.0.0.1:${port}/v1/store`,
  );
  const world = nodeWorld();
  const stores = await Promise.all(
    Array.from({ length: count }, () => openRemoteStore({ world, url: urls })),
  );
  let turn = 0;
  const next = (): Store => {
    turn = (turn + 1) % count;
    return stores[turn]!;
  };
  return {
    put: (key, value) => next().write((writes) => writes.set(key, value)),
    get: (key) => next().get(key),
    fill: async (keys, value) => {
      for (let at = 0; at < keys.length; at += writePutsMax) {
        await next().write((writes) => {
          for (const key of keys.slice(at, at + writePutsMax)) writes.set(key, value);
        });
      }
    },
    close: async () => {
      for (const store of stores) await store.close();
    },
  };
}

/** @param nodes - Who holds the store together; none is a server that holds it alone. */
async function start(
  nodes: readonly string[],
  folder: string,
  processes: Processes,
): Promise<Running> {
  const peers = await freePorts(nodes.length);
  const ports = await freePorts(Math.max(1, nodes.length));
  const cluster = nodes.map((node, at) => `${node}=127.0.0.1:${peers[at]}`).join(",");
  const members = ports.map((port, at): Member => {
    const node = nodes[at];
    const place = node === undefined ? [] : ["--cluster", cluster, "--node", node];
    const data = join(folder, node ?? "data");
    const options = ["--data", data, "--port", String(port), "--log", "error", ...place];
    return { port, args: [program, "serve", ...options], pid: 0 };
  });
  const begin = (member: Member) => {
    const { pid, complaint } = processes.start(process.execPath, member.args);
    member.pid = pid;
    return complaint;
  };
  const complaints = members.map(begin);
  const complaint = () => complaints.map((each) => each()).join("\n");
  const leaderPort = () => eventually(() => findLeader(ports), complaint);
  for (const port of ports) await eventually(() => standingOf(port), complaint);
  await leaderPort();
  const running = {
    address: ports.join(","),
    get pids() {
      return members.map(({ pid }) => pid);
    },
  };
  if (nodes.length === 0) return running;
  return {
    address: running.address,
    get pids() {
      return running.pids;
    },
    leader: async () => {
      const port = await leaderPort();
      return members.find((member) => member.port === port)!.pid;
    },
    follower: async () => {
      const port = await leaderPort();
      return members.find((member) => member.port !== port)!.pid;
    },
    isCaughtUp: async (pid) => {
      const leading = await standingOf(await leaderPort());
      const member = members.find((each) => each.pid === pid)!;
      return ((await standingOf(member.port))?.applied ?? 0) >= leading!.applied;
    },
    restart: async (killed) => {
      const member = members.find(({ pid }) => pid === killed)!;
      const said = begin(member);
      await eventually(() => standingOf(member.port), said);
      return member.pid;
    },
  };
}

type Connect = (ports: readonly number[], connections: number) => Promise<Client>;

const remote = { connectionsBest: 1, open: openRemote };
const http = { connectionsBest: 32, open: openHttp };

function holdfast(
  name: string,
  nodes: readonly string[],
  { connectionsBest, open }: { readonly connectionsBest: number; readonly open: Connect },
): Target {
  return {
    name,
    inProcess: false,
    connectionsBest,
    missing: () => (existsSync(program) ? null : "npm run build"),
    start: (folder, processes) => start(nodes, folder, processes),
    connect: (address, connections) => open(address.split(",").map(Number), connections),
  };
}

export const raft3 = holdfast("raft3", ["a", "b", "c"], remote);
export const raft3Http = holdfast("raft3-http", ["a", "b", "c"], http);
export const lmdbRemote = holdfast("lmdb-remote", [], remote);
export const lmdbHttp = holdfast("lmdb-http", [], http);
