// A real server on a real folder, spoken to over real sockets.

import { mkdtemp, rm } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { VersionVector } from "@holdfast/causality";
import { decodeBundle, encodeBundle, parseDocumentId } from "@holdfast/doc";
import { SeededRandom } from "@holdfast/std";
import { type ChannelId, encodeFrame } from "@holdfast/sync";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type StartedServer, type StartOptions, startServer } from "../src/node/index.ts";
import { agent, bundleOf, notes } from "./bundles.ts";
import { RawClient } from "./raw_client.ts";

const ann = agent(1);
const key = "correct horse battery";
let folder: string;
let server: StartedServer;

async function restart(options: Partial<StartOptions> = {}): Promise<void> {
  await server?.close();
  server = await startServer({ dataFolder: folder, port: 0, logger: null, ...options });
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "holdfast-server-"));
  await restart();
});

afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

function get(url: string, headers: Record<string, string> = {}, method = "GET") {
  return new Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; body: string }>(
    (resolve, reject) => {
      const asked = request(url, { method, headers, agent: false }, (response) => {
        let body = "";
        response.on("data", (chunk) => {
          body += chunk;
        });
        response.on("end", () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
        );
      });
      asked.on("upgrade", (_, socket) => {
        socket.destroy();
        resolve({ status: 101, headers: {}, body: "" });
      });
      asked.on("error", reject);
      asked.end();
    },
  );
}

describe("sync", () => {
  it("saves what a client sends, and gives it to another, now and after a restart", async () => {
    const first = await RawClient.enter(server.syncUrl);
    const { channel, vector } = await first.open(notes);
    expect(vector.size).toBe(0);
    const listener = await RawClient.enter(server.syncUrl);
    await listener.open(notes);
    const sent = bundleOf({ agent: ann, from: 0, to: 3 });
    expect((await first.save(channel, [sent])).next(ann)).toBe(3);
    expect((await listener.next("bundles")).bundles).toEqual([sent]);
    await restart();
    const later = await RawClient.enter(server.syncUrl);
    const opened = await later.open(notes);
    expect(opened.vector.next(ann)).toBe(3);
    expect((await later.next("bundles")).bundles).toEqual([sent]);
  });

  it("refuses early and contradictory bundles, and goes on", async () => {
    const client = await RawClient.enter(server.syncUrl);
    const { channel } = await client.open(notes);
    await client.save(channel, [bundleOf({ agent: ann, from: 0, to: 3 })]);
    const refusals = [
      [bundleOf({ agent: ann, from: 7, to: 8 }), "missing_dependency"],
      [bundleOf({ agent: ann, from: 0, to: 3, content: "other" }), "equivocation"],
      // What comes after it was made upon it.
      [bundleOf({ agent: ann, from: 3, to: 4 }), "equivocation"],
    ] as const;
    for (const [bytes, code] of refusals) {
      client.send(channel, [bytes]);
      let frame = await client.hear();
      while (frame?.type === "saved") frame = await client.hear();
      expect(frame).toMatchObject({ type: "refused", code });
    }
    const other = await RawClient.enter(server.syncUrl);
    const again = await other.open(notes);
    const sequel = bundleOf({ agent: ann, from: 3, to: 4 });
    expect((await other.save(again.channel, [sequel])).next(ann)).toBe(4);
    expect(server.status().refusals).toBe(refusals.length);
  });

  it("closes a connection over a damaged, foreign or lying bundle, and keeps nothing of it", async () => {
    const good = bundleOf({ agent: ann, from: 0, to: 3 });
    const damaged = good.slice();
    damaged[40]! ^= 1;
    const foreign = encodeBundle({ ...decodeBundle(good), document: parseDocumentId("other") });
    const [claim] = decodeBundle(good).sections;
    const lie = encodeBundle({ document: notes, sections: [{ ...claim!, kind: "plain" }] });
    for (const bytes of [damaged, good.slice(0, 60), foreign, lie]) {
      const client = await RawClient.enter(server.syncUrl);
      const { channel, vector } = await client.open(notes);
      expect(vector.size).toBe(0);
      client.send(channel, [bytes]);
      expect((await client.ending()).code).toMatch(/corrupt|truncated|wrong_document/);
    }
  });

  it("closes a connection that breaks the protocol, with a reason, and no other", async () => {
    const good = await RawClient.enter(server.syncUrl);
    const { channel } = await good.open(notes);
    const random = new SeededRandom(7);
    const hello = encodeFrame({
      type: "hello",
      protocolMin: 0,
      protocolMax: 0,
      credential: new Uint8Array(),
      software: "test",
    });
    const attacks: readonly (readonly Uint8Array[])[] = [
      [new Uint8Array()],
      [random.bytes(1_000)],
      [random.bytes(1_048_576)],
      [hello, hello],
      [hello, encodeFrame({ type: "close", channel: 9 as ChannelId })],
      [
        hello,
        encodeFrame({
          type: "welcome",
          protocol: 0,
          store: { identity: random.bytes(16), epoch: 0 },
          session: 1 as never,
        }),
      ],
      [
        encodeFrame({
          type: "open",
          channel: 1 as ChannelId,
          document: notes,
          vector: new VersionVector(),
        }),
      ],
      ...Array.from({ length: 50 }, () => [
        hello,
        random.bytes(1 + Math.floor(random.next() * 300)),
      ]),
    ];
    for (const messages of attacks) {
      const bad = await RawClient.connect(server.syncUrl);
      for (const message of messages) bad.connection.send(message);
      const { reason } = await bad.ending();
      expect(reason).not.toBe("");
    }
    expect((await good.save(channel, [bundleOf({ agent: ann, from: 0, to: 1 })])).next(ann)).toBe(
      1,
    );
    await expect.poll(() => server.status().connections).toBe(1);
  });

  it("lets in only who has the key, where there is one", async () => {
    await restart({ credentialKey: key });
    const good = await RawClient.enter(server.syncUrl, key);
    await good.open(notes);
    for (const wrong of ["", "correct horse batterz", "x".repeat(8_000)]) {
      const bad = await RawClient.connect(server.syncUrl);
      bad.hello(wrong);
      expect((await bad.ending()).code).toBe("unauthenticated");
    }
  });

  it("asks what a principal may do", async () => {
    await restart({
      access: {
        authenticate: async (credential) => credential.length,
        authorize: async (principal, _, action) => principal === 2 || action === "read",
      },
    });
    const reader = await RawClient.enter(server.syncUrl, "r");
    const { channel } = await reader.open(notes);
    reader.send(channel, [bundleOf({ agent: ann, from: 0, to: 1 })]);
    expect(await reader.hear()).toMatchObject({ type: "refused", code: "forbidden" });
    const writer = await RawClient.enter(server.syncUrl, "rw");
    const opened = await writer.open(notes);
    const vector = await writer.save(opened.channel, [bundleOf({ agent: ann, from: 0, to: 1 })]);
    expect(vector.next(ann)).toBe(1);
  });

  it("answers what is under way and says bye when it closes", async () => {
    const client = await RawClient.enter(server.syncUrl);
    const { channel } = await client.open(notes);
    client.send(channel, [bundleOf({ agent: ann, from: 0, to: 1 })]);
    await expect.poll(() => server.status().bundles).toBe(1);
    const closing = server.close();
    expect((await client.next("saved")).vector.next(ann)).toBe(1);
    expect((await client.ending()).code).toBe("unavailable");
    await closing;
    await restart();
    const later = await RawClient.enter(server.syncUrl);
    expect((await later.open(notes)).vector.next(ann)).toBe(1);
  });

  it("sends a new client few bundles after many small ones were compacted", async () => {
    const client = await RawClient.enter(server.syncUrl);
    const { channel } = await client.open(notes);
    for (let seq = 0; seq < 200; seq += 1) {
      await client.save(channel, [bundleOf({ agent: ann, from: seq, to: seq + 1 })]);
    }
    const later = await RawClient.enter(server.syncUrl);
    await later.open(notes);
    let events = 0;
    let chunks = 0;
    while (events < 200) {
      for (const bytes of (await later.next("bundles")).bundles) {
        chunks += 1;
        events += decodeBundle(bytes).sections.length;
      }
    }
    expect(chunks).toBeLessThan(80);
  });
});

describe("pages", () => {
  it("tell of health and of the state, and of nothing else", async () => {
    const health = await get(`${server.url}healthz`);
    expect([health.status, JSON.parse(health.body)]).toMatchObject([
      200,
      { status: "ok", connections: 0 },
    ]);
    const page = await get(server.url);
    expect(page.status).toBe(200);
    expect(page.body).toContain(server.syncUrl);
    expect(page.headers["content-security-policy"]).toContain("default-src 'none'");
    expect((await get(`${server.url}etc/passwd`)).status).toBe(404);
    expect((await get(server.url, {}, "POST")).status).toBe(405);
    expect((await get(server.url, {}, "HEAD")).body).toBe("");
  });

  it("count documents", async () => {
    const client = await RawClient.enter(server.syncUrl);
    const { channel } = await client.open(notes);
    await client.save(channel, [bundleOf({ agent: ann, from: 0, to: 1 })]);
    expect((await get(server.url)).body).toContain("<dt>Documents kept</dt><dd>1</dd>");
  });
});

describe("who may connect", () => {
  const upgrade = (origin: string | null, host?: string, path = "sync") =>
    get(`${server.url}${path}`, {
      Connection: "Upgrade",
      Upgrade: "websocket",
      "Sec-WebSocket-Version": "13",
      "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
      ...(origin === null ? {} : { Origin: origin }),
      ...(host === undefined ? {} : { Host: host }),
    }).then(({ status }) => status);

  it("is programs and this machine's own pages; a name that only points here is not this machine", async () => {
    expect(await upgrade(null)).toBe(101);
    expect(await upgrade("http://localhost:5173")).toBe(101);
    expect(await upgrade(new URL(server.url).origin)).toBe(101);
    expect(await upgrade("https://evil.example")).toBe(403);
    expect(await upgrade("null")).toBe(403);
    expect(await upgrade("http://192.0.2.7", "192.0.2.7")).toBe(101);
    expect(await upgrade("http://192.0.2.7", "192.0.2.8")).toBe(403);
    expect(await upgrade("http://[::1]:4747", "[::1]:4747")).toBe(101);
    expect(await upgrade("http://[2001:db8::1]", "[2001:db8::1]")).toBe(101);
    expect(await upgrade("http://rebound.example", "rebound.example")).toBe(403);
    expect(await upgrade(null, undefined, "other")).toBe(404);
  });

  it("is pages of the server's own name too, where a key protects it", async () => {
    await restart({ credentialKey: key });
    expect(await upgrade("https://notes.example", "notes.example")).toBe(101);
    expect(await upgrade("https://evil.example", "notes.example")).toBe(403);
  });

  it("is nobody from elsewhere without a key, unless that is said in so many words", async () => {
    const options = { dataFolder: join(folder, "other"), host: "0.0.0.0", port: 0, logger: null };
    await expect(startServer(options)).rejects.toMatchObject({ code: "invalid_argument" });
    const open = await startServer({ ...options, letEverybodyIn: true });
    await open.close();
  });
});

describe("starting", () => {
  it("fails with a code where the port or the folder is taken", async () => {
    const port = Number(new URL(server.url).port);
    const elsewhere = { dataFolder: join(folder, "other"), port, logger: null };
    await expect(startServer(elsewhere)).rejects.toMatchObject({ code: "address_in_use" });
    const same = { dataFolder: folder, port: 0, logger: null };
    await expect(startServer(same)).rejects.toMatchObject({ code: "locked" });
  });
});
