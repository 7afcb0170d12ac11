import { checkLinearizability, type KvInput, type KvOutput, kv, Recorder } from "@holdfast/check";
import { expect, test } from "vitest";

// What a recorder makes of a client's calls.

class Client {
  readonly #texts = new Map<string, string>();

  async get(key: string): Promise<string> {
    return this.#texts.get(key) ?? "";
  }

  async put(key: string, value: string): Promise<number> {
    if (value === "refused") throw new Error("refused");
    this.#texts.set(key, value);
    if (value === "lost") throw new Error("the connection broke");
    return this.#texts.size;
  }

  size(): number {
    return this.#texts.size;
  }
}

const options = {
  input: (method: string, [key, value]: readonly unknown[]): KvInput | undefined => {
    if (method === "get") return { f: "get", key: String(key) };
    return method === "put" ? { f: "put", key: String(key), value: String(value) } : undefined;
  },
  output: (method: string, value: unknown): KvOutput =>
    method === "get" ? String(value) : undefined,
  isFail: (error: unknown) => error instanceof Error && error.message === "refused",
};

test("wraps a client: answers, refusals and unknown outcomes", async () => {
  const recorder = new Recorder<KvInput, KvOutput>();
  const client = recorder.client("ann", new Client(), options);
  expect(await client.put("k", "v")).toBe(1);
  expect(await client.get("k")).toBe("v");
  await expect(client.put("k", "refused")).rejects.toThrow("refused");
  await expect(client.put("k", "lost")).rejects.toThrow("the connection broke");
  expect(client.size()).toBe(1);
  expect(await client.get("k")).toBe("lost");
  const history = recorder.history();
  expect(history.map(({ process, outcome, output }) => [process, outcome, output])).toEqual([
    ["ann", "ok", undefined],
    ["ann", "ok", "v"],
    ["ann", "fail", undefined],
    ["ann", "info", undefined],
    ["ann.2", "ok", "lost"],
  ]);
  expect(history.map(({ invokedAt }) => invokedAt)).toEqual([0, 2, 4, 6, 8]);
  expect(checkLinearizability(history, kv()).verdict).toBe("ok");
});

test("a process that asks for several things at once goes under several names", async () => {
  const recorder = new Recorder<KvInput, KvOutput>();
  const client = recorder.client("ann", new Client(), options);
  await Promise.all([client.put("k", "1"), client.put("k", "2"), client.get("k")]);
  await client.get("k");
  const history = recorder.history();
  expect(history.map(({ process }) => process).slice(0, 3)).toEqual(["ann", "ann.2", "ann.3"]);
  expect(new Set(history.map(({ process }) => process)).size).toBe(3);
  expect(checkLinearizability(history, kv()).verdict).toBe("ok");
});

test("records an act; what throws at once too; what goes on is of unknown outcome", async () => {
  let at = 10;
  const recorder = new Recorder<string, number>({ now: () => at++ });
  expect(await recorder.record("ann", "good", () => Promise.resolve(7))).toBe(7);
  const thrown = () => {
    throw new Error("at once");
  };
  expect(() => recorder.record("ann", "bad", thrown)).toThrow("at once");
  void recorder.record("bob", "slow", () => new Promise<number>(() => undefined));
  expect(recorder.history()).toEqual([
    { process: "ann", input: "good", outcome: "ok", output: 7, invokedAt: 10, completedAt: 11 },
    {
      process: "ann",
      input: "bad",
      outcome: "info",
      output: undefined,
      invokedAt: 12,
      completedAt: Infinity,
    },
    {
      process: "bob",
      input: "slow",
      outcome: "info",
      output: undefined,
      invokedAt: 14,
      completedAt: Infinity,
    },
  ]);
});

test("an output that can't be made is told by the history, and by nobody else", async () => {
  const recorder = new Recorder<KvInput, KvOutput>();
  const output = () => {
    throw new TypeError("no such field");
  };
  const client = recorder.client("ann", new Client(), { ...options, output });
  expect(await client.get("k")).toBe("");
  expect(await client.put("k", "v")).toBe(1);
  expect(() => recorder.history()).toThrow("no such field");
});
