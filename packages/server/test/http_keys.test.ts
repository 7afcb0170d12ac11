// Keys and values over plain HTTP: conditions under contention, watches, strangers, and
// what a failing store looks like from outside.

import { connect } from "node:net";
import { HoldfastError } from "@holdfast/std";
import { memoryStore, type Store } from "@holdfast/store";
import { nodeWorld } from "@holdfast/world/node";
import { afterEach, describe, expect, it } from "vitest";
import { KeyValues } from "../src/kv/key_values.ts";
import { keyAccess } from "../src/node/index.ts";
import { type KeysEvent, openKeys, transactionBody } from "./keys_client.ts";

type Keys = Awaited<ReturnType<typeof openKeys>>;

let keys: Keys;
afterEach(() => keys.close());

const put = (path: string, body: Uint8Array | string, headers: Record<string, string> = {}) =>
  keys.client.ask("PUT", `/v1/kv/${path}`, { body, headers });
const get = (path: string, headers: Record<string, string> = {}) =>
  keys.client.ask("GET", `/v1/kv/${path}`, { headers });
const transact = (request: Parameters<typeof transactionBody>[0]) =>
  keys.client.ask("POST", "/v1/txn", { body: transactionBody(request) });

/** Takes events until one is as wanted. */
async function until(
  events: AsyncGenerator<KeysEvent>,
  isWanted: (event: KeysEvent) => boolean,
): Promise<KeysEvent[]> {
  const seen: KeysEvent[] = [];
  for (;;) {
    const { value, done } = await events.next();
    if (done) throw new Error("the stream ended");
    seen.push(value);
    if (isWanted(value)) return seen;
  }
}

describe("writes", () => {
  it("KV3: increments by compare-and-set add up, however many clients there are", async () => {
    keys = await openKeys();
    await put("count", "0");
    const increment = async () => {
      for (;;) {
        const { body, headers } = await get("count");
        const next = String(Number(body.toString()) + 1);
        const answer = await put("count", next, { "If-Match": headers.etag! });
        if (answer.status === 200) return;
        expect(answer.status).toBe(412);
      }
    };
    await Promise.all(
      Array.from({ length: 8 }, async () => {
        for (let index = 0; index < 10; index += 1) await increment();
      }),
    );
    expect((await get("count")).body.toString()).toBe("80");
  });

  it("keep the content type; what a browser is told lets nothing run", async () => {
    keys = await openKeys();
    await put("page", "<script>", { "Content-Type": "text/html" });
    await put("form", "a=b", { "Content-Type": "application/x-www-form-urlencoded" });
    const { headers } = await get("page");
    expect(headers["content-type"]).toBe("text/html");
    expect(headers["content-security-policy"]).toContain("sandbox");
    expect(headers["x-content-type-options"]).toBe("nosniff");
    expect((await get("form")).headers["content-type"]).toBe("application/octet-stream");
  });

  it("compare in a transaction by version, by value and by being there; the else is done where one fails", async () => {
    keys = await openKeys();
    const { version } = (await put("a", "1")).json();
    const cases = [
      [
        [
          { key: "a", version },
          { key: "b", version: null },
        ],
        true,
      ],
      [
        [
          { key: "a", value: "1" },
          { key: "a", exists: true },
          { key: "b", exists: false },
        ],
        true,
      ],
      [[{ key: "a", valueBase64: "MQ==" }], true],
      [[{ key: "a", version: version + 1 }], false],
      [[{ key: "a", value: "2" }], false],
      [[{ key: "b", value: "" }], false],
      [
        [
          { key: "a", exists: true },
          { key: "b", exists: true },
        ],
        false,
      ],
    ] as const;
    for (const [compare, succeeded] of cases) {
      const answer = await transact({
        compare,
        success: [{ op: "put", key: "did", value: "then", contentType: "text/plain" }],
        failure: [{ op: "put", key: "did", value: "else" }],
      });
      expect(answer.json()).toMatchObject({ succeeded, results: [{ op: "put", key: "did" }] });
      expect((await get("did")).body.toString()).toBe(succeeded ? "then" : "else");
    }
  });

  it("take values up to the limit and keys of any bytes up to theirs, and no more", async () => {
    keys = await openKeys();
    const zeros = "%00".repeat(900);
    expect((await put(zeros, new Uint8Array(99_800))).status).toBe(200);
    expect((await get(zeros)).body.length).toBe(99_800);
    const chunked = { "Transfer-Encoding": "chunked" };
    for (const headers of [{}, chunked]) {
      const answer = await put("a", new Uint8Array(99_801), headers);
      expect([answer.status, answer.json().code]).toEqual([413, "too_large"]);
    }
    expect((await put(`${zeros}a`, "x")).status).toBe(413);
  });
});

describe("watches", () => {
  it("KW1 KW3: tell what is there, what changes and what is removed", async () => {
    keys = await openKeys();
    await put("a/1", "one");
    await put("b/1", "other");
    const range = keys.client.follow("/v1/kv/?watch&prefix=a/");
    const one = keys.client.follow("/v1/kv/a/1?watch&keys_only");
    const first = await until(range, ({ event }) => event === "current");
    expect(first.map(({ event, data }) => [event, data.key])).toEqual([
      ["put", "a/1"],
      ["current", undefined],
    ]);
    await until(one, ({ event }) => event === "current");
    await put("a/2", "two");
    const [added] = await until(range, () => true);
    expect(added).toMatchObject({ event: "put", data: { key: "a/2", value: "two" } });
    expect(added!.id).toBe(String(added!.data.version));
    await keys.client.ask("DELETE", "/v1/kv/a/1");
    for (const events of [range, one]) {
      const [removed] = await until(events, () => true);
      expect(removed).toMatchObject({ event: "removed", data: { key: "a/1" } });
      await events.return(undefined);
    }
    await expect.poll(() => keys.gateway.watches).toBe(0);
  });

  it("KW2: go on from the last id: what did not change is only named, what is not named is gone", async () => {
    keys = await openKeys();
    for (const name of ["kept", "changed", "removed"]) await put(name, "1");
    const path = "/v1/kv/?watch";
    const before = keys.client.follow(path);
    const id = (await until(before, ({ event }) => event === "current")).at(-1)!.id!;
    await before.return(undefined);
    await put("changed", "2");
    await keys.client.ask("DELETE", "/v1/kv/removed");
    const told = async (lastId: string) => {
      const events = keys.client.follow(path, { "Last-Event-ID": lastId });
      const seen = await until(events, ({ event }) => event === "current");
      await events.return(undefined);
      return seen.map(({ event, data }) => `${event} ${data.key} ${data.value}`);
    };
    expect(await told(id)).toEqual([
      "put changed 2",
      "same kept undefined",
      "current undefined undefined",
    ]);
    // A mark of another history tells nothing.
    expect(await told("999999")).toContain("put kept 1");
  });

  it("KW1: miss no last state under load, over more keys than a page", async () => {
    keys = await openKeys();
    const count = 150;
    const events = keys.client.follow("/v1/kv/?watch&prefix=k");
    const seen = new Map<string, string>();
    const writing = (async () => {
      for (let round = 0; round < 12; round += 1) {
        await Promise.all(
          Array.from({ length: count }, (_, index) =>
            (round + index) % 5 === 0
              ? keys.client.ask("DELETE", `/v1/kv/k${index}`)
              : put(`k${index}`, `${round}`),
          ),
        );
      }
      await put("k", "end");
    })();
    await until(events, ({ event, data }) => {
      if (event === "put") seen.set(data.key, data.value);
      if (event === "removed") seen.delete(data.key);
      return data.value === "end";
    });
    await writing;
    // What the last sweep began before the end was written is told in the next.
    await put("kz", "end");
    await until(events, ({ event, data }) => {
      if (event === "put") seen.set(data.key, data.value);
      if (event === "removed") seen.delete(data.key);
      return data.key === "kz";
    });
    await events.return(undefined);
    seen.delete("k");
    seen.delete("kz");
    const wanted = Array.from({ length: count }, (_, index) => index).filter(
      (index) => (11 + index) % 5 !== 0,
    );
    expect(seen).toEqual(new Map(wanted.map((index) => [`k${index}`, "11"])));
  });

  it("end well when the server closes", async () => {
    keys = await openKeys();
    const events = keys.client.follow("/v1/kv/a?watch");
    await until(events, ({ event }) => event === "current");
    await keys.gateway.close();
    expect((await events.next()).done).toBe(true);
    expect((await get("a")).status).toBe(503);
  });
});

describe("strangers", () => {
  it("are told what is wrong, with a status that fits, and change nothing", async () => {
    keys = await openKeys();
    await put("a", "1");
    const origin = { Origin: "http://localhost:1" };
    const json = (body: string) => ({ body });
    const parts = JSON.stringify({ compare: new Array(129).fill({ key: "a", exists: true }) });
    const twice = JSON.stringify({ else: new Array(2).fill({ op: "delete", key: "a" }) });
    const cases: [string, string, object, number, string?][] = [
      ["PUT", "/v1/kv/%", {}, 400],
      ["PUT", "/v1/kv/%g0", {}, 400],
      ["GET", "/v1/kv/a?consistency=stale", {}, 400],
      ["GET", "/v1/kv/a?wach", {}, 400],
      ["GET", "/v1/kv/?limit=0", {}, 400],
      ["GET", "/v1/kv/?limit=1001", {}, 400],
      ["GET", "/v1/kv/?limit=1&limit=1", {}, 400],
      ["GET", "/v1/kv/?cursor=!", {}, 400],
      ["GET", "/v1/kv/?prefix=b&cursor=YQ", {}, 400],
      ["GET", "/v1/kv/?watch&reverse", {}, 400],
      ["GET", "/v1/kv/?watch", { headers: { "Last-Event-ID": "x" } }, 400],
      ["GET", `/v1/kv/?prefix=${"a".repeat(901)}`, {}, 413],
      ["PUT", "/v1/kv/a", { headers: { "If-Match": "1" } }, 400],
      ["PUT", "/v1/kv/a", { headers: { "Content-Encoding": "gzip" } }, 415],
      ["PUT", "/v1/kv/a", { headers: { "Content-Type": `text/${"x".repeat(127)}` } }, 400],
      ["PUT", "/v1/kv/a", { headers: origin, body: "2" }, 403],
      ["DELETE", "/v1/kv/a", { headers: { Origin: "null" } }, 403],
      ["POST", "/v1/txn", { headers: origin, body: "{}" }, 403],
      ["PUT", "/v1/kv/a", { headers: { Host: "rebound.example" }, body: "2" }, 421],
      ["DELETE", "/v1/kv/?prefix=", {}, 400],
      ["POST", "/v1/kv/a", { body: "2" }, 405],
      ["OPTIONS", "/v1/kv/a", {}, 405],
      ["GET", "/v1/txn", {}, 405],
      ["GET", "/v1/other", {}, 404],
      ["POST", "/v1/txn", json("{"), 400],
      ["POST", "/v1/txn", json("[".repeat(100_000)), 400],
      ["POST", "/v1/txn", json("null"), 400],
      ["POST", "/v1/txn", json('{"__proto__":{}}'), 400],
      ["POST", "/v1/txn", json('{"then":[null]}'), 400],
      [
        "POST",
        "/v1/txn",
        json('{"then":[{"op":"put","key":"a","keyBase64":"YQ==","value":""}]}'),
        400,
      ],
      ["POST", "/v1/txn", json('{"then":[{"op":"put","key":"\\ud800","value":""}]}'), 400],
      ["POST", "/v1/txn", json('{"then":[{"op":"put","keyBase64":"Y","value":""}]}'), 400],
      ["POST", "/v1/txn", json('{"then":[{"op":"delete","key":""}]}'), 400],
      ["POST", "/v1/txn", json('{"compare":[{"key":"a","version":-1}]}'), 400],
      ["POST", "/v1/txn", json('{"compare":[{"key":"a"}]}'), 400],
      ["POST", "/v1/txn", json(parts), 413],
      ["POST", "/v1/txn", json(twice), 400],
      ["POST", "/v1/txn", json(" ".repeat(1024 * 1024 + 1)), 413],
    ];
    for (const [method, path, how, status] of cases) {
      const answer = await keys.client.ask(method, path, how);
      expect([method, path.slice(0, 60), answer.status]).toEqual([
        method,
        path.slice(0, 60),
        status,
      ]);
      expect(answer.json()).toMatchObject({
        code: expect.stringMatching(/^[a-z_]+$/),
        message: expect.stringMatching(/./),
        action: expect.stringMatching(/./),
      });
      expect(answer.headers["access-control-allow-origin"]).toBeUndefined();
    }
    const { rows } = (await get("")).json();
    expect(rows).toEqual([{ key: "a", version: 1, value: "1" }]);
    const own = { Origin: `http://127.0.0.1:${keys.port}` };
    expect((await put("a", "2", own)).status).toBe(200);
    expect(keys.failures).toEqual([]);
  });

  it("need the key where one is asked for, and are let in by no other", async () => {
    keys = await openKeys({ credentials: keyAccess("correct horse battery") });
    for (const authorization of [
      undefined,
      "Bearer",
      "Bearer wrong",
      "Basic correct horse battery",
    ]) {
      const headers: Record<string, string> =
        authorization === undefined ? {} : { Authorization: authorization };
      const answer = await put("a", "1", headers);
      expect([answer.status, answer.json().code]).toEqual([401, "unauthenticated"]);
      expect(answer.headers["www-authenticate"]).toBe("Bearer");
    }
    await keys.close();
    keys = await openKeys({ credentials: keyAccess("correct-horse-battery") });
    const headers = { Authorization: "bearer correct-horse-battery" };
    expect((await put("a", "1", headers)).status).toBe(200);
    await keys.close();
    keys = await openKeys({ credentials: "closed" });
    expect((await get("a", headers)).status).toBe(403);
  });

  it("who break off in the middle of a body write nothing, and hold up no shutdown", async () => {
    keys = await openKeys();
    const half = "PUT /v1/kv/a HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\nhalf";
    const gone = connect(keys.port, "127.0.0.1");
    await new Promise<void>((resolve) => gone.write(half, () => resolve()));
    gone.destroy();
    const slow = connect(keys.port, "127.0.0.1");
    slow.on("error", () => undefined);
    await new Promise<void>((resolve) => slow.write(half, () => resolve()));
    expect((await get("a")).status).toBe(404);
    await keys.gateway.close();
  });
});

describe("limits", () => {
  it("of keys: of a range that is removed, and of one that is watched", async () => {
    keys = await openKeys();
    const kv = new KeyValues(keys.store);
    await kv.transact(async (tx) => {
      const content = { contentType: "", value: new Uint8Array(0) };
      for (let index = 0; index <= 10_000; index += 1) tx.set(Buffer.from(`k${index}`), content);
    });
    const path = "/v1/kv/?range&prefix=k";
    expect((await keys.client.ask("DELETE", path)).json()).toMatchObject({ code: "too_large" });
    const events = keys.client.follow("/v1/kv/?watch&keys_only");
    const seen = await until(events, ({ event }) => event === "failed");
    expect(seen.at(-1)).toMatchObject({ data: { code: "too_large" } });
    await events.return(undefined);
    await keys.client.ask("DELETE", "/v1/kv/k0");
    expect((await keys.client.ask("DELETE", path)).json()).toMatchObject({ removed: 10_000 });
  });

  it("of watches", async () => {
    keys = await openKeys();
    const watches = Array.from({ length: 1_000 }, () => keys.client.follow("/v1/kv/a?watch"));
    await Promise.all(watches.map((events) => events.next()));
    const refused = await get("a?watch");
    expect([refused.status, refused.json().code]).toEqual([429, "overloaded"]);
    await watches[0]!.return(undefined);
    await expect.poll(() => keys.gateway.watches).toBe(999);
    expect((await keys.client.follow("/v1/kv/a?watch").next()).value?.event).toBe("current");
  });
});

describe("a store that fails", () => {
  const cases = [
    ["unavailable", 503, "1"],
    ["too_old", 503, "1"],
    ["overloaded", 429, "1"],
    ["unknown_outcome", 504, undefined],
    ["timeout", 504, undefined],
    ["conflict", 409, undefined],
    ["disk_full", 507, undefined],
    ["io", 500, undefined],
  ] as const;

  it.each(cases)("with %s is answered with %d", async (code, status, retryAfter) => {
    const good = memoryStore({ world: nodeWorld() });
    const fail = () => Promise.reject(new HoldfastError(code, "as the test wants"));
    const store: Store = {
      capabilities: good.capabilities,
      watch: (range) => good.watch(range),
      close: () => good.close(),
      transact: fail,
      write: fail,
      get: fail,
      read: fail,
    };
    keys = await openKeys({ store });
    for (const answer of [await put("a", "1"), await get("a")]) {
      expect([answer.status, answer.json().code]).toEqual([status, code]);
      expect(answer.headers["retry-after"]).toBe(retryAfter);
    }
    const watching = keys.client.follow("/v1/kv/a?watch");
    expect((await until(watching, () => true))[0]).toMatchObject({
      event: "failed",
      data: { code },
    });
  });
});
