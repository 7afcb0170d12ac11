// Debian's etcd, as one member or three, over gRPC. Calls go to the leader: through another
// member etcd is slower, since that passes them on.

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { eventually, freePorts, type Processes } from "../processes.ts";
import type { Client, Running, Target } from "../target.ts";
import { GrpcConnection } from "./grpc_connection.ts";
import { bytesOf, encodeMessage, numberOf } from "./protobuf.ts";

const quotaBytes = 8 * 1024 ** 3;
/** etcd's own limit for a transaction. */
const transactionPutsMax = 128;

interface Member {
  readonly name: string;
  readonly port: number;
  readonly args: readonly string[];
  pid: number;
}

async function isLeader(port: number): Promise<boolean> {
  const connection = await GrpcConnection.open(port);
  try {
    const status = await connection.call("/etcdserverpb.Maintenance/Status", encodeMessage());
    const leader = numberOf(status, 4);
    if (leader === 0n) throw new Error("no leader yet");
    return leader === numberOf(bytesOf(status, 1)!, 2);
  } finally {
    connection.close();
  }
}

/** The first of `ports` that leads. Those that don't answer count as no leaders. */
async function findLeader(ports: readonly number[]): Promise<number> {
  const answers = await Promise.allSettled(ports.map(isLeader));
  const place = answers.findIndex((answer) => answer.status === "fulfilled" && answer.value);
  if (place < 0) throw new Error("nobody leads");
  return ports[place]!;
}

async function open(ports: readonly number[], count: number): Promise<Client> {
  const connect = async (): Promise<GrpcConnection[]> => {
    const port = await findLeader(ports);
    return Promise.all(Array.from({ length: count }, () => GrpcConnection.open(port)));
  };
  let connections = await connect();
  let looking: Promise<void> | null = null;
  let turn = 0;
  const call = async (method: string, message: Buffer): Promise<Buffer> => {
    turn = (turn + 1) % count;
    try {
      return await connections[turn]!.call(`/etcdserverpb.KV/${method}`, message);
    } catch (error) {
      looking ??= connect()
        .then((found) => {
          for (const connection of connections) connection.close();
          connections = found;
        })
        .finally(() => {
          looking = null;
        });
      await looking;
      throw error;
    }
  };
  const range = async (message: Buffer): Promise<Uint8Array | null> => {
    const row = bytesOf(await call("Range", message), 2);
    return row === null ? null : bytesOf(row, 5);
  };
  return {
    put: (key, value) => call("Put", encodeMessage([1, key], [2, value])),
    get: (key) => range(encodeMessage([1, key])),
    getStale: (key) => range(encodeMessage([1, key], [7, 1])),
    fill: async (keys, value) => {
      for (let at = 0; at < keys.length; at += transactionPutsMax) {
        const puts = keys.slice(at, at + transactionPutsMax).map((key) => {
          const put = encodeMessage([1, key], [2, value]);
          return [2, encodeMessage([2, put])] as const;
        });
        await call("Txn", encodeMessage(...puts));
      }
    },
    close: async () => {
      for (const connection of connections) connection.close();
    },
  };
}

async function start(count: number, folder: string, processes: Processes): Promise<Running> {
  const ports = await freePorts(2 * count);
  const url = (port: number) => `http://127.0.0.1:${port}`;
  const cluster = Array.from({ length: count }, (_, at) => `m${at}=${url(ports[count + at]!)}`);
  const members = cluster.map((_, at): Member => {
    const name = `m${at}`;
    const client = url(ports[at]!);
    const peer = url(ports[count + at]!);
    const settings = {
      name,
      "data-dir": join(folder, name),
      "listen-client-urls": client,
      "advertise-client-urls": client,
      "listen-peer-urls": peer,
      "initial-advertise-peer-urls": peer,
      "initial-cluster": cluster.join(","),
      "quota-backend-bytes": quotaBytes,
      "log-level": "error",
    };
    const args = Object.entries(settings).flatMap(([key, value]) => [`--${key}`, String(value)]);
    return { name, port: ports[at]!, args, pid: 0 };
  });
  const complaints = members.map((member) => {
    const { pid, complaint } = processes.start("etcd", member.args);
    member.pid = pid;
    return complaint;
  });
  const clientPorts = members.map(({ port }) => port);
  const leaderPort = () =>
    eventually(
      () => findLeader(clientPorts),
      () => complaints.map((complaint) => complaint()).join("\n"),
    );
  await leaderPort();
  return {
    address: clientPorts.join(","),
    get pids() {
      return members.map(({ pid }) => pid);
    },
    leader: async () => {
      const port = await leaderPort();
      return members.find((member) => member.port === port)!.pid;
    },
    restart: async (killed) => {
      const member = members.find(({ pid }) => pid === killed)!;
      member.pid = processes.start("etcd", member.args).pid;
      return member.pid;
    },
  };
}

function etcd(name: string, members: number): Target {
  return {
    name,
    inProcess: false,
    connectionsBest: 4,
    missing: () =>
      spawnSync("etcd", ["--version"]).error === undefined ? null : "apt-get install etcd-server",
    start: (folder, processes) => start(members, folder, processes),
    connect: (address, connections) => open(address.split(",").map(Number), connections),
  };
}

export const etcd1 = etcd("etcd1", 1);
export const etcd3 = etcd("etcd3", 3);
