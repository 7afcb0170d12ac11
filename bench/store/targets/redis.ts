// Debian's redis-server, which syncs its log before it answers.

import { spawnSync } from "node:child_process";
import { eventually, freePorts } from "../processes.ts";
import type { Client, Target } from "../target.ts";
import { RespConnection } from "./resp_connection.ts";

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
}

async function open(port: number, count: number): Promise<Client> {
  const connections = await Promise.all(
    Array.from({ length: count }, () => RespConnection.open(port)),
  );
  let turn = 0;
  const next = () => {
    turn = (turn + 1) % count;
    return connections[turn]!;
  };
  return {
    put: (key, value) => next().call("SET", text(key), text(value)),
    get: (key) => next().call("GET", text(key)),
    fill: (keys, value) => next().call("MSET", ...keys.flatMap((key) => [text(key), text(value)])),
    close: async () => {
      for (const connection of connections) connection.close();
    },
  };
}

export const redis: Target = {
  name: "redis",
  inProcess: false,
  // It reads 16 kB of a connection at a time and syncs then: several share a sync.
  connectionsBest: 32,
  missing: () =>
    spawnSync("redis-server", ["--version"]).error === undefined
      ? null
      : "apt-get install redis-server",
  start: async (folder, processes) => {
    const [port] = await freePorts(1);
    const settings = {
      port,
      bind: "127.0.0.1",
      dir: folder,
      save: "",
      appendonly: "yes",
      appendfsync: "always",
    };
    const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
    const { pid, complaint } = processes.start("redis-server", args);
    const connection = await eventually(() => RespConnection.open(port!), complaint);
    connection.close();
    return { address: String(port), pids: [pid] };
  },
  connect: (address, connections) => open(Number(address), connections),
};
