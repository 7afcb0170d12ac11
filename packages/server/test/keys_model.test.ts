// Random requests over real sockets, and a Map that says what the answers must be.

import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { escapeBytes, type KeysAnswer, openKeys, pathOf, transactionBody } from "./keys_client.ts";

type Keys = Awaited<ReturnType<typeof openKeys>>;

interface ModelEntry {
  readonly key: Buffer;
  readonly version: number;
  readonly value: Buffer;
}

/** The naive store: all keys, by their bytes. */
type Model = Map<string, ModelEntry>;

const bytes = fc.constantFrom(0x00, 0x01, 0x25, 0x2f, 0x61, 0x62, 0xfe, 0xff);
const text = (minLength: number) =>
  fc.array(bytes, { minLength, maxLength: 3 }).map((list) => Buffer.from(list));
// Few keys, so that they are met again; among them each other's beginnings and neighbours.
const key = fc
  .constantFrom("00", "61", "6100", "61ff", "612f62", "62", "fe", "ff", "ff00", "ffff")
  .map((hex) => Buffer.from(hex, "hex"));
const value = fc.oneof(
  fc.string().map((s) => Buffer.from(s)),
  text(0),
);
const condition = fc.constantFrom(
  "none",
  "none",
  "present",
  "stale",
  "exists",
  "create",
  "not_present",
);
const command = fc.oneof(
  fc.record({ type: fc.constant("put" as const), key, value, condition }),
  fc.record({ type: fc.constant("delete" as const), key, condition }),
  fc.record({ type: fc.constant("get" as const), key, condition }),
  fc.record({
    type: fc.constant("range" as const),
    ...{ prefix: fc.option(text(0)), start: fc.option(text(0)), end: fc.option(text(0)) },
    ...{ limit: fc.integer({ min: 1, max: 5 }), reverse: fc.boolean(), keysOnly: fc.boolean() },
  }),
  fc.record({ type: fc.constant("remove_range" as const), prefix: text(1) }),
  fc.record({
    type: fc.constant("txn" as const),
    ...{ compared: key, condition, written: key, value, removed: key, read: key },
  }),
);
type Command = typeof command extends fc.Arbitrary<infer T> ? T : never;

let keys: Keys;
beforeAll(async () => {
  keys = await openKeys();
});
afterAll(() => keys.close());

/** The headers of a condition, and whether it holds. */
function conditionOf(name: string, present: number | undefined) {
  const at = present ?? 0;
  switch (name) {
    case "present":
      return { headers: { "If-Match": `"7", "${at}"` }, holds: present !== undefined };
    case "stale":
      return { headers: { "If-Match": `"${at + 1}", W/"${at}"` }, holds: false };
    case "exists":
      return { headers: { "If-Match": "*" }, holds: present !== undefined };
    case "create":
      return { headers: { "If-None-Match": "*" }, holds: present === undefined };
    case "not_present":
      return { headers: { "If-None-Match": `W/"${at}"` }, holds: present === undefined };
    default:
      return { headers: {}, holds: true };
  }
}

const fieldOf = (name: string, part: Buffer) =>
  Buffer.from(part.toString("utf8"), "utf8").equals(part)
    ? { [name]: part.toString("utf8") }
    : { [`${name}Base64`]: part.toString("base64") };

const rowOf = ({ key, version, value }: ModelEntry, keysOnly = false) => ({
  ...fieldOf("key", key),
  version,
  ...(keysOnly ? {} : fieldOf("value", value)),
});

/** Runs commands one after the other; `last` is the newest version that was seen. */
class Run {
  readonly #model: Model = new Map();
  #last = 0;

  async do(step: Command): Promise<void> {
    switch (step.type) {
      case "put":
      case "delete":
        return this.#write(step);
      case "get":
        return this.#get(step);
      case "range":
        return this.#range(step);
      case "remove_range": {
        const path = `/v1/kv/?range&prefix=${escapeBytes(step.prefix)}`;
        const answer = await keys.client.ask("DELETE", path);
        const gone = this.#listed(step);
        expect(answer.json()).toMatchObject({ removed: gone.length });
        for (const entry of gone) this.#model.delete(entry.key.toString("latin1"));
        return;
      }
      case "txn":
        return this.#transact(step);
    }
  }

  async #write(step: Extract<Command, { type: "put" | "delete" }>): Promise<void> {
    const name = step.key.toString("latin1");
    const present = this.#model.get(name)?.version;
    const { headers, holds } = conditionOf(step.condition, present);
    const isPut = step.type === "put";
    const sent = isPut ? { headers, body: step.value } : { headers };
    const answer = await keys.client.ask(isPut ? "PUT" : "DELETE", pathOf(step.key), sent);
    expect(answer.status).toBe(holds ? 200 : 412);
    if (!holds) {
      expect(answer.json()).toMatchObject({ code: "conflict", version: present ?? null });
      return;
    }
    const version = this.#newVersion(answer);
    if (!isPut) this.#model.delete(name);
    else {
      expect(answer.headers.etag).toBe(`"${version}"`);
      this.#model.set(name, { key: step.key, version, value: step.value });
    }
  }

  async #get({ key, condition }: Extract<Command, { type: "get" }>): Promise<void> {
    const held = this.#model.get(key.toString("latin1"));
    const { headers, holds } = conditionOf(condition, held?.version);
    const answers = await Promise.all(
      ["GET", "HEAD"].map((method) => keys.client.ask(method, pathOf(key), { headers })),
    );
    const failed = "If-Match" in headers ? 412 : 304;
    expect(answers[0]!.status).toBe(!holds ? failed : held === undefined ? 404 : 200);
    expect(answers[1]!.status).toBe(answers[0]!.status);
    expect(answers[1]!.body.length).toBe(0);
    if (held === undefined) return;
    for (const answer of answers) {
      expect(answer.headers.etag).toBe(`"${held.version}"`);
      expect(answer.headers["holdfast-version"]).toBe(String(held.version));
      if (holds) expect(answer.headers["content-length"]).toBe(String(held.value.length));
    }
    if (holds) expect(answers[0]!.body).toEqual(held.value);
  }

  async #range(step: Extract<Command, { type: "range" }>): Promise<void> {
    let path = `/v1/kv/?limit=${step.limit}&reverse=${step.reverse}&keys_only=${step.keysOnly}`;
    for (const name of ["prefix", "start", "end"] as const) {
      const part = step[name];
      if (part !== null) path += `&${name}=${escapeBytes(part)}`;
    }
    const rows: unknown[] = [];
    let next: string | null = "";
    while (next !== null) {
      const answer = await keys.client.ask("GET", next === "" ? path : `${path}&cursor=${next}`);
      const page = answer.json();
      expect(page.rows.length).toBeLessThanOrEqual(step.limit);
      rows.push(...page.rows);
      next = page.next;
    }
    const wanted = this.#listed(step);
    if (step.reverse) wanted.reverse();
    expect(rows).toEqual(wanted.map((entry) => rowOf(entry, step.keysOnly)));
  }

  async #transact(step: Extract<Command, { type: "txn" }>): Promise<void> {
    const compared = this.#model.get(step.compared.toString("latin1"));
    const isHeld = step.condition === "present" || step.condition === "exists";
    const version = isHeld ? (compared?.version ?? null) : (compared?.version ?? 0) + 1;
    const read = { op: "get", ...fieldOf("key", step.read) };
    const put = { op: "put", ...fieldOf("key", step.written), ...fieldOf("value", step.value) };
    const isOne = step.written.equals(step.removed);
    const removals = isOne ? [] : [{ op: "delete", ...fieldOf("key", step.removed) }];
    const request = transactionBody({
      compare: [{ ...fieldOf("key", step.compared), version }],
      success: [put, ...removals, read],
      failure: [read],
    });
    const answer = await keys.client.ask("POST", "/v1/txn", { body: request });
    const { succeeded, results } = answer.json();
    expect(succeeded).toBe(isHeld);
    const found = this.#model.get(step.read.toString("latin1"));
    const fields = found === undefined ? { found: false } : { found: true, ...rowOf(found) };
    expect(results.at(-1)).toEqual({ ...read, ...fields });
    if (!isHeld) return;
    const at = this.#newVersion(answer);
    const { written: key, value } = step;
    if (!isOne) this.#model.delete(step.removed.toString("latin1"));
    this.#model.set(key.toString("latin1"), { key, version: at, value });
  }

  #listed(span: { prefix?: Buffer | null; start?: Buffer | null; end?: Buffer | null }) {
    const { prefix, start, end } = span;
    const entries = [...this.#model.values()].filter(
      ({ key }) =>
        (prefix == null || key.subarray(0, prefix.length).equals(prefix)) &&
        (start == null || key.compare(start) >= 0) &&
        (end == null || key.compare(end) < 0),
    );
    return entries.sort((a, b) => a.key.compare(b.key));
  }

  #newVersion(answer: KeysAnswer): number {
    const { version } = answer.json();
    expect(version).toBeGreaterThan(this.#last);
    this.#last = version;
    return version;
  }
}

it("KV1 KV2 KV3: answers as a Map with versions would, to any sequence of requests", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(command, { minLength: 5, maxLength: 40 }), async (commands) => {
      await keys.client.ask("DELETE", "/v1/kv/?range&prefix=");
      const run = new Run();
      for (const step of commands) await run.do(step);
    }),
    { numRuns: 60, seed: 5 },
  );
  expect(keys.failures).toEqual([]);
});
