// What only sockets can do to a connection: strange peers, silence, cables.

import { once } from "node:events";
import { createServer as createHttpServer, type Server } from "node:http";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { messageSizeBytesMax } from "@holdfast/world";
import { listenWebSocket, NodeNetwork, sameOrigin } from "@holdfast/world/node";
import { afterEach, describe, expect, test } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { outputOf, startChild } from "./child.ts";

const network = new NodeNetwork();
const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function listening(): Promise<{ address: string; accept: typeof accept }> {
  const listener = await network.listen("ws://127.0.0.1:0/sync");
  cleanups.push(() => listener.close());
  const accept = async () => (await listener.accept())!;
  return { address: listener.address, accept };
}

async function rawClient(address: string): Promise<WebSocket> {
  const client = new WebSocket(address);
  cleanups.push(() => client.terminate());
  await once(client, "open");
  return client;
}

/** A TCP proxy before `address`, whose cable can be cut or clamped. */
async function proxy(address: string) {
  const { port } = new URL(address);
  const sockets: Socket[] = [];
  const server = createServer((near) => {
    const far = connect(Number(port), "127.0.0.1");
    near.pipe(far).pipe(near);
    for (const socket of [near, far]) socket.on("error", () => socket.destroy());
    sockets.push(near, far);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  cleanups.push(() => server.close());
  return {
    address: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/sync`,
    cut: () => {
      for (const socket of sockets) socket.destroy();
    },
    /** Nothing passes any more, and nobody is told. */
    clamp: () => {
      for (const socket of sockets) socket.unpipe().pause();
    },
  };
}

describe("a WebSocket connection", () => {
  test("that is cut says so on both sides, and keeps a prefix", async () => {
    const { address, accept } = await listening();
    const cable = await proxy(address);
    const client = await network.connect(cable.address);
    const server = await accept();
    client.send(new Uint8Array([1]));
    expect(await server.receive()).toEqual(new Uint8Array([1]));
    for (let index = 0; index < 100; index += 1) client.send(new Uint8Array(100_000).fill(index));
    const first = await server.receive();
    expect(first![0]).toBe(0);
    cable.cut();
    expect((await client.closed).kind).toBe("broken");
    for (let index = 1; ; index += 1) {
      const message = await server.receive();
      if (message === null) break;
      expect(message).toHaveLength(100_000);
      expect(message[0]).toBe(index);
    }
    expect((await server.closed).kind).toBe("broken");
    await client.drained(0);
  });

  test("whose peer falls silent is broken, on both sides", async () => {
    const quick = new NodeNetwork({ silenceMs: 30 });
    const listener = await quick.listen("ws://127.0.0.1:0/sync");
    cleanups.push(() => listener.close());
    const cable = await proxy(listener.address);
    const client = await quick.connect(cable.address);
    const server = (await listener.accept())!;
    cable.clamp();
    const silent = { kind: "broken", reason: "nothing was heard from the peer" };
    expect(await client.closed).toEqual(silent);
    expect(await server.closed).toEqual(silent);
    cable.cut();
  });

  test("whose peer is idle but alive stays", async () => {
    const quick = new NodeNetwork({ silenceMs: 30 });
    const listener = await quick.listen("ws://127.0.0.1:0/sync");
    cleanups.push(() => listener.close());
    const client = await quick.connect(listener.address);
    const server = (await listener.accept())!;
    await new Promise((resolve) => setTimeout(resolve, 400));
    client.send(new Uint8Array([1]));
    expect(await server.receive()).toEqual(new Uint8Array([1]));
    client.close("done");
  });

  test("refuses an oversize message of either side", async () => {
    const { address, accept } = await listening();
    const client = await rawClient(address);
    const server = await accept();
    client.send(new Uint8Array(messageSizeBytesMax + 1));
    expect((await server.closed).kind).toBe("broken");
    expect(await server.receive()).toBeNull();

    const hostile = new WebSocketServer({ port: 0, host: "127.0.0.1" });
    cleanups.push(() => hostile.close());
    await once(hostile, "listening");
    hostile.on("connection", (webSocket) => {
      webSocket.on("error", () => undefined);
      webSocket.send(new Uint8Array(messageSizeBytesMax + 1));
    });
    const port = (hostile.address() as AddressInfo).port;
    const victim = await network.connect(`ws://127.0.0.1:${port}/`);
    expect(await victim.closed).toEqual({
      kind: "broken",
      reason: "Max payload size exceeded",
    });
  });

  test("ends at a text message, and tells the peer why", async () => {
    const { address, accept } = await listening();
    const client = await rawClient(address);
    const server = await accept();
    const closed = once(client, "close");
    client.send("hello");
    client.send(new Uint8Array([1]));
    const reason = "a text message was received";
    expect(await server.closed).toEqual({ kind: "broken", reason });
    expect(await server.receive()).toBeNull();
    const [code, said] = await closed;
    expect([code, said.toString()]).toEqual([1003, reason]);
  });

  test("reads a close without a code, and a page that is left, as on purpose", async () => {
    const { address, accept } = await listening();
    for (const close of [undefined, 1001]) {
      const client = await rawClient(address);
      const server = await accept();
      client.close(close);
      const code = close ?? 1005;
      const reason = `the connection closed with code ${code}`;
      expect(await server.closed).toEqual({ kind: "normal", reason });
    }
  });

  test("reads another close code as broken, with what was said", async () => {
    const { address, accept } = await listening();
    const client = await rawClient(address);
    const server = await accept();
    client.close(4000, "upset");
    expect(await server.closed).toEqual({ kind: "broken", reason: "upset" });
  });

  // Without reading on, the answer to the close would be met only by its time limit, 5 s.
  test("closes although its inbox is full and nobody takes", { timeout: 4_000 }, async () => {
    const { address, accept } = await listening();
    const client = await network.connect(address);
    const server = await accept();
    for (let count = 0; count < 8; count += 1) client.send(new Uint8Array(messageSizeBytesMax));
    await new Promise((resolve) => setTimeout(resolve, 100));
    server.close("enough");
    expect(await server.closed).toEqual({ kind: "normal", reason: "enough" });
    expect(await client.closed).toEqual({ kind: "normal", reason: "enough" });
  });

  test("leaves nothing behind that keeps the process alive", async () => {
    expect(await outputOf(await startChild("talk_and_leave", { args: [] }))).toBe("heard 1\n");
  });
});

describe("connecting", () => {
  test("can be given up while the server does not answer", async () => {
    const sockets: Socket[] = [];
    const mute = createServer((socket) => sockets.push(socket));
    mute.listen(0, "127.0.0.1");
    await once(mute, "listening");
    const controller = new AbortController();
    const { port } = mute.address() as AddressInfo;
    const connecting = network.connect(`ws://127.0.0.1:${port}/sync`, controller.signal);
    await once(mute, "connection");
    controller.abort(new Error("enough"));
    await expect(connecting).rejects.toMatchObject({ code: "cancelled" });
    for (const socket of sockets) socket.destroy();
    mute.close();
  });

  test("refuses what is no WebSocket address", async () => {
    for (const address of ["http://127.0.0.1:1/", "ws://", "127.0.0.1:80", "ws://h/#fragment"]) {
      const call = network.connect(address);
      await expect(call).rejects.toMatchObject({ code: "invalid_argument" });
    }
    const secure = network.listen("wss://127.0.0.1:0/");
    await expect(secure).rejects.toMatchObject({ code: "invalid_argument" });
    const foreign = network.listen("ws://192.0.2.1:0/");
    await expect(foreign).rejects.toMatchObject({ code: "invalid_argument" });
  });
});

describe("a WebSocket listener", () => {
  async function shared(options: { connectionsMax?: number } = {}) {
    const server: Server = createHttpServer((_request, response) => response.end("a page"));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const listener = listenWebSocket({ server, path: "/sync", ...options });
    cleanups.push(() => {
      server.close();
      server.closeAllConnections();
    });
    return { listener, server, base: listener.address.replace("/sync", "") };
  }

  async function attempt(address: string, origin?: string): Promise<string> {
    const client = new WebSocket(address, origin === undefined ? {} : { origin });
    cleanups.push(() => client.terminate());
    client.on("error", () => undefined);
    return await new Promise((resolve) => {
      client.once("open", () => resolve("open"));
      client.once("unexpected-response", (_request, response) => {
        resolve(String(response.statusCode));
      });
    });
  }

  test("shares its port with pages", async () => {
    const { base, listener } = await shared();
    expect(await (await fetch(base.replace("ws:", "http:"))).text()).toBe("a page");
    expect(await attempt(listener.address)).toBe("open");
    expect(await attempt(`${listener.address}?room=1`)).toBe("open");
    expect(await attempt(`${base}/other`)).toBe("404");
    await listener.close();
    expect(await (await fetch(base.replace("ws:", "http:"))).text()).toBe("a page");
    expect(await attempt(listener.address)).toBe("200");
  });

  test("refuses pages of another origin", async () => {
    const { base, listener } = await shared();
    expect(await attempt(listener.address, base.replace("ws:", "http:"))).toBe("open");
    expect(await attempt(listener.address, "https://evil.example")).toBe("403");
    expect(await attempt(listener.address, "null")).toBe("403");
    await listener.close();
  });

  test("refuses more connections than it may keep, until one ends", async () => {
    const { listener } = await shared({ connectionsMax: 2 });
    expect(await attempt(listener.address)).toBe("open");
    expect(await attempt(listener.address)).toBe("open");
    expect(await attempt(listener.address)).toBe("503");
    const first = (await listener.accept())!;
    first.close("make room");
    await first.closed;
    expect(await attempt(listener.address)).toBe("open");
    await listener.close();
  });

  test("survives peers that hang up in the middle of a handshake, or talk nonsense", async () => {
    const { listener, server } = await shared();
    const { port } = server.address() as AddressInfo;
    const heads = [
      "GET /sync HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
      "GET /none HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
      "GET http://[ HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
    ];
    for (const head of heads) {
      const socket = connect(port, "127.0.0.1");
      socket.write(head);
      const [answer] = await once(socket, "data");
      expect(String(answer)).toMatch(/^HTTP\/1.1 4\d\d /);
      socket.resetAndDestroy();
    }
    for (let count = 0; count < 20; count += 1) {
      const socket = connect(port, "127.0.0.1");
      await once(socket, "connect");
      socket.write(heads[1]!, () => socket.resetAndDestroy());
      await once(socket, "close");
    }
    expect(await attempt(listener.address)).toBe("open");
    const accepted = (await listener.accept())!;
    expect(accepted.remote).toMatch(/^127\.0\.0\.1:\d+$/);
    await listener.close();
  });

  test("takes a page's origin for its own only where host and port agree", () => {
    expect(sameOrigin(undefined, undefined)).toBe(true);
    expect(sameOrigin("http://localhost:8080", "localhost:8080")).toBe(true);
    expect(sameOrigin("https://Example.com", "example.COM")).toBe(true);
    expect(sameOrigin("http://localhost:8081", "localhost:8080")).toBe(false);
    expect(sameOrigin("http://localhost:8080", undefined)).toBe(false);
    expect(sameOrigin("file://", "localhost")).toBe(false);
    expect(sameOrigin("rubbish", "rubbish")).toBe(false);
  });
});
