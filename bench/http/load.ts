// How many puts and gets a second the store answers over plain HTTP: a server as it
// stands, its data in a folder of its own, and a load generator in this process that
// keeps so many connections busy with one request each.
//
//   npm run bench:http -- [seconds]
//
// Requests are made and answers are read as bytes, with as little work as will do: a
// client library would cost as much as the server, and the two share the machine.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const seconds = Number(process.argv[2] ?? 4);
const keysCount = 100_000;
const value = Buffer.alloc(256, "v");
const repository = join(import.meta.dirname, "../..");

/** The bytes of one request. */
type MakeRequest = () => Buffer;

const key = () => `k${Math.floor(Math.random() * keysCount)}`;
const put: MakeRequest = () => {
  const head = `PUT /v1/kv/${key()} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: ${value.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), value]);
};
const get: MakeRequest = () =>
  Buffer.from(`GET /v1/kv/${key()} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);

/** Keeps one connection busy until `endMs`, and notes what each request took. */
function drive(socket: Socket, make: MakeRequest, endMs: number, tookMs: number[]) {
  return new Promise<void>((resolve, reject) => {
    let startedMs = performance.now();
    let answer = Buffer.alloc(0);
    socket.on("error", reject);
    socket.on("data", (chunk) => {
      answer = answer.length === 0 ? chunk : Buffer.concat([answer, chunk]);
      const headEnd = answer.indexOf("\r\n\r\n");
      if (headEnd < 0) return;
      const head = answer.toString("latin1", 0, headEnd);
      const length = Number(/Content-Length: (\d+)/.exec(head)?.[1]);
      if (answer.length < headEnd + 4 + length) return;
      if (!head.startsWith("HTTP/1.1 200") && !head.startsWith("HTTP/1.1 404")) {
        reject(new Error(answer.toString()));
      }
      answer = Buffer.alloc(0);
      const nowMs = performance.now();
      tookMs.push(nowMs - startedMs);
      if (nowMs > endMs) {
        socket.destroy();
        resolve();
        return;
      }
      startedMs = nowMs;
      socket.write(make());
    });
    socket.write(make());
  });
}

async function measure(port: number, connections: number, make: MakeRequest) {
  const sockets = await Promise.all(
    Array.from({ length: connections }, async () => {
      const socket = connect({ port, host: "127.0.0.1", noDelay: true });
      await once(socket, "connect");
      return socket;
    }),
  );
  const tookMs: number[] = [];
  const startedMs = performance.now();
  const endMs = startedMs + seconds * 1_000;
  await Promise.all(sockets.map((socket) => drive(socket, make, endMs, tookMs)));
  const perSecond = Math.round((tookMs.length / (performance.now() - startedMs)) * 1_000);
  tookMs.sort((a, b) => a - b);
  const at = (share: number) => (tookMs[Math.floor(tookMs.length * share)] ?? 0).toFixed(1);
  return `${String(perSecond).padStart(7)}/s   median ${at(0.5)} ms, 99 of 100 within ${at(0.99)} ms`;
}

const data = mkdtempSync(join(process.env.BENCH_FOLDER ?? tmpdir(), "holdfast-bench-"));
const serve = ["serve", "--data", data, "--port", "0", "--log", "silent"];
const flags = process.env.NODE_FLAGS?.split(" ") ?? [];
const command = [...flags, join(repository, "packages/holdfast/bin/holdfast.mjs"), ...serve];
const server = spawn(process.execPath, command, { stdio: ["ignore", "pipe", "inherit"] });
try {
  const [line] = await once(createInterface({ input: server.stdout }), "line");
  const port = Number(new URL(String(line).replace(/^.* on /, "")).port);
  for (const connections of [1, 64, 256]) {
    for (const [name, make] of Object.entries({ put, get })) {
      const row = `${name} ${String(connections).padStart(3)} connections`;
      console.log(`${row} ${await measure(port, connections, make)}`);
    }
  }
} finally {
  const exited = once(server, "exit");
  server.kill("SIGTERM");
  await exited;
  rmSync(data, { recursive: true });
}
