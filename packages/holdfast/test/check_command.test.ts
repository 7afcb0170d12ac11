// `holdfast check` as scripts and people meet it: words, JSON and exit codes.

import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { run } from "../src/program.ts";

const holdfast = fileURLToPath(new URL("../bin/holdfast.mjs", import.meta.url));
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-check-"));
});

afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, content: string | Uint8Array): string {
  writeFileSync(join(folder, name), content);
  return name;
}

/** What `holdfast check` prints, and its exit code; in this process, which is faster. */
async function check(...args: string[]) {
  const inFolder = args.map((each) => (isInFolder(each) ? join(folder, each) : each));
  const printed = { out: "", errors: "" };
  const capture = (to: "out" | "errors") => (text: string | Uint8Array) => {
    printed[to] += String(text).replaceAll(`${folder}/`, "");
    return true;
  };
  const out = vi.spyOn(process.stdout, "write").mockImplementation(capture("out"));
  const errors = vi.spyOn(process.stderr, "write").mockImplementation(capture("errors"));
  try {
    await run(["check", ...inFolder]);
    return { code: process.exitCode, ...printed };
  } finally {
    process.exitCode = undefined;
    out.mockRestore();
    errors.mockRestore();
  }
}

const isInFolder = (text: string): boolean =>
  /\.(jsonl|edn)|^(files|cases|empty|broken|nowhere)$/.test(text);

/** A history of our own format. */
function lines(...events: object[]): string {
  const header = { format: "holdfast-history", version: 1 };
  return [header, ...events].map((each) => `${JSON.stringify(each)}\n`).join("");
}

/** A register that is written, and then read. */
function writtenAndRead(written: number, read: number | null): string {
  return lines(
    { process: "ann", type: "invoke", input: { f: "write", value: written } },
    { process: "ann", type: "ok" },
    { process: "bob", type: "invoke", input: { f: "read" } },
    { process: "bob", type: "ok", output: read },
  );
}

describe("holdfast check linearizable", () => {
  test("kept, broken, unknown and unreadable have a line and an exit code each", async () => {
    write("good.jsonl", writtenAndRead(1, 1));
    write("bad.jsonl.gz", gzipSync(writtenAndRead(1, null)));
    write("torn.jsonl", writtenAndRead(1, 1).replace('"output":1', '"output":[1]'));
    const model = ["linearizable", "--model", "register"];
    expect(await check(...model, "good.jsonl")).toEqual({
      code: 0,
      out: "good.jsonl: ok, 2 operations\n",
      errors: "",
    });
    const bad = await check(...model, "good.jsonl", "bad.jsonl.gz");
    expect(bad.code).toBe(1);
    expect(bad.out).toContain(
      "good.jsonl: ok, 2 operations\nbad.jsonl.gz: violation: what process ann was answered came before",
    );
    expect(bad.out).toContain(
      "  Process bob saw read: null (#1), which contradicts one other operation.\n",
    );
    expect(bad.out).toContain("    #0  ann  write 1     2 to 3\n    #1  bob  read: null  4 to 5\n");
    expect(await check(...model, "torn.jsonl", "good.jsonl")).toEqual({
      code: 3,
      out:
        "torn.jsonl: unreadable: line 5: a value is a number, a text or a boolean, not [1]\n" +
        "good.jsonl: ok, 2 operations\n",
      errors: "",
    });
    expect((await check(...model, "torn.jsonl", "bad.jsonl.gz")).code).toBe(1);
    write("cut.jsonl", gzipSync(writtenAndRead(1, 1)).subarray(0, 40));
    write("latin.jsonl", Uint8Array.of(0x7b, 0xe4, 0x7d));
    expect((await check(...model, "cut.jsonl", "latin.jsonl")).out).toBe(
      "cut.jsonl: unreadable: it is not whole gzip data\n" +
        "latin.jsonl: unreadable: it is no UTF-8\n",
    );
    expect(await check(...model, "nowhere.jsonl")).toMatchObject({
      code: 3,
      out: "nowhere.jsonl: unreadable: can't read nowhere.jsonl\n",
    });
  });

  test("a budget that is used up leaves it unknown", async () => {
    write(
      "open.jsonl",
      lines(
        ...Array.from({ length: 8 }, (_, index) => ({
          process: `p${index}`,
          type: "invoke",
          input: { f: "push", value: index },
        })),
        ...[3, 5, 1].flatMap((value) => [
          { process: "taker", type: "invoke", input: { f: "pop" } },
          { process: "taker", type: "ok", output: value },
        ]),
      ),
    );
    const model = ["linearizable", "--model", "stack", "open.jsonl"];
    expect(await check(...model)).toMatchObject({ code: 0 });
    expect(await check(...model, "--steps", "2")).toMatchObject({
      code: 2,
      out: "open.jsonl: unknown: out of steps\n",
    });
    expect(await check(...model, "--seconds", "0.0000001")).toMatchObject({
      code: 2,
      out: "open.jsonl: unknown: out of time\n",
    });
  });

  test("JSON is an object a line", async () => {
    write("good.jsonl", writtenAndRead(1, 1));
    write("bad.jsonl", writtenAndRead(1, 2));
    const { code, out } = await check(
      "linearizable",
      "--model",
      "cas-register",
      "--json",
      "good.jsonl",
      "bad.jsonl",
      "nowhere",
    );
    expect(code).toBe(1);
    const answers = out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(answers).toMatchObject([
      { file: "good.jsonl", verdict: "ok" },
      {
        file: "bad.jsonl",
        verdict: "violation",
        operations: [{ process: "bob" }],
        partition: null,
      },
      { file: "nowhere", verdict: "unreadable", code: "not_found" },
    ]);
  });

  test.each([
    [["linearizable", "--model", "nothing", "good.jsonl"]],
    [["linearizable", "good.jsonl"]],
    [["linearizable", "--model", "register"]],
    [["linearizable", "--model", "register", "--steps", "many", "good.jsonl"]],
    [["isolation", "--history", "append", "--model", "nothing", "good.jsonl"]],
    [["isolation", "--history", "register", "--assume", "nothing", "good.jsonl"]],
    [["data", "--type", "nothing", "good.jsonl"]],
    [["nothing"]],
    [["score"]],
  ])("a wrong call is told, and is no answer: %j", async (args) => {
    const { code, out, errors } = await check(...args);
    expect({ code, out }).toEqual({ code: 3, out: "" });
    expect(errors).toMatch(/^error: /);
  });
});

test("holdfast check isolation judges lists, registers and predicates by what was promised", async () => {
  const skew = [
    "{:process 0, :type :ok, :value [[:r :x nil] [:append :y 1]]}",
    "{:process 1, :type :ok, :value [[:r :y nil] [:append :x 1]]}",
    "{:process 2, :type :ok, :value [[:r :x [1]] [:r :y [1]]]}",
  ].join("\n");
  write("lists.edn", skew);
  write("registers.edn", skew.replaceAll(":append", ":w").replaceAll("[1]", "1"));
  const lists = await check("isolation", "--history", "append", "lists.edn");
  expect(lists.code).toBe(1);
  expect(lists.out).toContain("lists.edn: violation: G2-item; not repeatable-read\n");
  expect(lists.out).toContain("Write skew (G2-item):\n    T0 -rw-> T1: T0 read x as []");
  const weaker = ["--model", "snapshot-isolation", "--model", "read-committed"];
  expect((await check("isolation", "--history", "append", ...weaker, "lists.edn")).code).toBe(0);
  const both = [...weaker, "--model", "PL-3"];
  expect((await check("isolation", "--history", "append", ...both, "lists.edn")).code).toBe(1);
  expect((await check("isolation", "--history", "register", "registers.edn")).code).toBe(1);
  expect(await check("isolation", "--history", "register", "lists.edn")).toEqual({
    code: 3,
    out: "lists.edn: unreadable: line 1: a step is w, r, not append\n",
    errors: "",
  });
  // Two writes that only an assumption puts in order.
  write(
    "stale.jsonl",
    lines(
      { process: "ann", type: "invoke", input: [["w", "x", 1]] },
      { process: "ann", type: "ok", output: [["w", "x", 1]] },
      { process: "bob", type: "invoke", input: [["w", "x", 2]] },
      { process: "bob", type: "ok", output: [["w", "x", 2]] },
      { process: "cid", type: "invoke", input: [["r", "x", null]] },
      { process: "cid", type: "ok", output: [["r", "x", 1]] },
    ),
  );
  const stale = ["isolation", "--history", "register", "stale.jsonl"];
  expect((await check(...stale)).code).toBe(0);
  expect((await check(...stale, "--assume", "linearizable-keys")).code).toBe(1);
});

test("whatever a nemesis is said to have done changes no verdict", async () => {
  const events = [
    "{:process 0, :type :ok, :value [[:append :x 1]]}",
    "{:process 0, :type :ok, :value [[:r :x [1 1]]]}",
    "{:process :nemesis, :type :info, :f :start}",
  ];
  write("vector.edn", `[${events.join("\n")}]`);
  write("lines.edn", events.join("\n"));
  const own = lines(
    { process: "ann", type: "invoke", input: [["r", "x", null]], at: 0 },
    { process: "ann", type: "ok", output: [["r", "x", [1, 1]]], at: 1 },
  );
  write("own.jsonl", `${own}${JSON.stringify({ fault: "net", type: "nothing", at: 2 })}\n`);
  for (const file of ["vector.edn", "lines.edn"]) {
    expect((await check("isolation", "--history", "append", file)).code).toBe(1);
  }
  expect((await check("isolation", "--history", "append", "own.jsonl")).code).toBe(3);
});

test("a value that nobody wrote is one only where all that was written is there", async () => {
  write(
    "half.edn",
    [
      "{:process 0, :type :ok, :value [[:append :x 1]]}",
      "{:process 1, :type :ok, :value [[:r :x [1 9]]]}",
    ].join("\n"),
  );
  const isolation = ["isolation", "--history", "append", "half.edn"];
  expect((await check(...isolation)).code).not.toBe(1);
  const { code, out } = await check(...isolation, "--complete");
  expect(code).toBe(1);
  expect(out).toContain("garbage-read");
});

test("JSON that nests deeply is refused", async () => {
  const deep = `${"[".repeat(5_000)}${"]".repeat(5_000)}`;
  write("deep.jsonl", `{"process":0,"type":"ok","value":${deep}}`);
  const { code, out } = await check("isolation", "--history", "append", "deep.jsonl");
  expect({ code, out }).toEqual({
    code: 3,
    out: "deep.jsonl: unreadable: line 1: nests over 64 deep\n",
  });
});

test("holdfast check data judges what came out", async () => {
  write(
    "queue.edn",
    [
      "{:process 0, :type :invoke, :f :enqueue, :value 1}",
      "{:process 0, :type :ok, :f :enqueue, :value 1}",
      "{:process 0, :type :invoke, :f :dequeue, :value nil}",
      "{:process 0, :type :ok, :f :dequeue, :value 2}",
    ].join("\n"),
  );
  expect(await check("data", "--type", "queue", "queue.edn")).toMatchObject({ code: 1 });
  expect((await check("data", "--type", "queue", "queue.edn")).out).toContain(
    "queue.edn: violation: 2 was taken out without having been put in, or more often\n",
  );
});

test("a report is a page about one history, with its faults", async () => {
  const fault = { fault: "the disk is full", type: "begin" };
  const events = writtenAndRead(1, null).trimEnd().split("\n");
  write("broken.jsonl", [...events, JSON.stringify(fault)].join("\n"));
  const report = join(folder, "report.html");
  const model = ["linearizable", "--model", "register", "--report", report];
  const { code, out } = await check(...model, "broken.jsonl");
  expect(code).toBe(1);
  expect(out).toContain("NOT LINEARIZABLE");
  const page = readFileSync(report, "utf8");
  expect(page).toMatch(/^<!doctype html>/);
  expect(page).toContain("the disk is full");
  const json = await check("linearizable", "--model", "register", "--json", "broken.jsonl");
  expect(JSON.parse(json.out).explanation).toMatchObject({
    findings: [{ operations: [0, 1] }],
    faults: [{ name: "the disk is full", beginsAt: 6, endsAt: null }],
  });
  write("good.jsonl", writtenAndRead(1, 1));
  expect(await check(...model, "good.jsonl")).toEqual({
    code: 0,
    out: "good.jsonl: ok, 2 operations\n",
    errors: "",
  });
  expect(readFileSync(report, "utf8")).toContain("<title>Linearizable</title>");
  expect(await check(...model, "good.jsonl", "broken.jsonl")).toMatchObject({ code: 3, out: "" });
  const nowhere = [...model.slice(0, -1), join(folder, "none", "report.html")];
  const failed = await check(...nowhere, "good.jsonl");
  expect(failed).toMatchObject({ code: 3, out: "good.jsonl: ok, 2 operations\n" });
  expect(failed.errors).toContain("Can't write");
});

test("holdfast check session judges calls and transactions by what was promised", async () => {
  const calls = lines(
    { process: "ann", type: "invoke", input: { f: "write", key: "photo", value: 1 } },
    { process: "ann", type: "ok" },
    { process: "ann", type: "invoke", input: { f: "write", key: "comment", value: 2 } },
    { process: "ann", type: "ok", output: null },
    { process: "bob", type: "invoke", input: { f: "read", key: "comment" } },
    { process: "bob", type: "ok", output: 2 },
    { process: "bob", type: "invoke", input: { f: "read", key: "photo" } },
    { process: "bob", type: "ok", output: null },
  );
  write("calls.jsonl", calls);
  const transactions = [
    "{:process 0, :type :ok, :value [[:w :photo 1]]}",
    "{:process 0, :type :ok, :value [[:w :comment 2]]}",
    "{:process 1, :type :ok, :value [[:r :comment 2]]}",
    "{:process 1, :type :ok, :value [[:r :photo nil]]}",
  ];
  write("transactions.edn", transactions.join("\n"));
  for (const file of ["calls.jsonl", "transactions.edn"]) {
    const { code, out } = await check("session", file);
    expect({ file, code }).toEqual({ file, code: 1 });
    expect(out).toContain("read photo as never written");
    const weak = await check("session", "--guarantee", "monotonic-reads", file);
    expect({ file, code: weak.code }).toEqual({ file, code: 2 });
    expect(weak.out).toContain("unknown: ");
  }
  write("kept.jsonl", calls.replace(/"output":null}\n$/, '"output":1}\n'));
  expect(await check("session", "kept.jsonl")).toMatchObject({ code: 0 });
  write("silent.jsonl", calls.replace(/,"output":null}\n$/, "}\n"));
  expect((await check("session", "silent.jsonl")).code).not.toBe(1);
  expect((await check("session", "--guarantee", "nothing", "kept.jsonl")).code).toBe(3);
});

test("holdfast check merge judges the logs of replicas", async () => {
  const log = (list: string) =>
    [
      '{"format":"holdfast-merge-log","version":1}',
      '{"replica":"ann","type":"event","id":["a",0,2]}',
      '{"replica":"bob","type":"event","id":["a",0,2]}',
      '{"replica":"ann","type":"state","list":[["a",0,2]]}',
      `{"replica":"bob","type":"state","list":${list}}`,
    ].join("\n");
  write("apart.jsonl", log('[["a",1],["a",0]]'));
  write("alike.jsonl", log('[["a",0],["a",1]]'));
  const { code, out } = await check("merge", "alike.jsonl", "apart.jsonl");
  expect(code).toBe(1);
  expect(out).toContain("alike.jsonl: ok, 4 records\napart.jsonl: violation: ");
  expect(out).toContain("after the same 2 events");
  expect((await check("merge", "--promise", "once", "apart.jsonl")).code).toBe(0);
  expect((await check("merge", "--promise", "nothing", "apart.jsonl")).code).toBe(3);
  write("torn.jsonl", log("[1]"));
  expect((await check("merge", "torn.jsonl")).out).toContain("torn.jsonl: unreadable: line 5");
});

describe("holdfast check score", () => {
  const place = (name: string) => join(name, "expected.json");
  const known = (linearizable: boolean | null) =>
    JSON.stringify({ files: { "a.jsonl": { model: "register", linearizable, invocations: 2 } } });

  test("says what is right, what is wrong and what nobody knows", async () => {
    mkdirSync(join(folder, "files"));
    write(join("files", "a.jsonl"), writtenAndRead(1, null));
    write(place("files"), known(false));
    expect(await check("score", "files")).toEqual({
      code: 0,
      out: "1 right, 0 wrong\n",
      errors: "",
    });
    write(place("files"), known(true));
    expect(await check("score", "files")).toEqual({
      code: 1,
      out: "a.jsonl: violation, not ok\n0 right, 1 wrong\n",
      errors: "",
    });
    write(place("files"), known(null));
    expect(await check("score", "files")).toEqual({
      code: 0,
      out: "1 answered whose verdict nobody knows\n0 right, 0 wrong\n",
      errors: "",
    });
    write(place("files"), known(false).replace(":2}", ":3}"));
    expect((await check("score", "files")).out).toBe(
      "a.jsonl: 2 operations were read, not 3\n0 right, 1 wrong\n",
    );
  });

  test("reads cases, and large ones beside what is expected of them", async () => {
    mkdirSync(join(folder, "cases"));
    const history = [
      {
        index: 0,
        process: 0,
        type: "ok",
        value: [
          ["append", "x", 1],
          ["append", "y", 1],
        ],
      },
      {
        index: 1,
        process: 0,
        type: "ok",
        value: [
          ["append", "x", 2],
          ["append", "y", 2],
        ],
      },
      {
        index: 2,
        process: 0,
        type: "ok",
        value: [
          ["r", "x", [1, 2]],
          ["r", "y", [2, 1]],
        ],
      },
    ];
    const verdict = {
      options: { anomalies: ["G0"] },
      valid: false,
      anomalyTypes: ["G0"],
      not: ["read-uncommitted"],
    };
    const casesOf = (...checks: object[]) =>
      JSON.stringify({ cases: [{ id: "g0", workload: "list-append", history, checks }] });
    const large = {
      file: "large.edn.gz",
      workload: "list-append",
      options: { consistencyModels: ["strict-serializable"] },
    };
    write(join("cases", "large.edn.gz"), gzipSync("{:process 0, :type :ok, :value [[:r :x [1]]]}"));
    write(join("cases", "cases.json"), casesOf(verdict));
    write(join("cases", "large.expected.json"), JSON.stringify({ ...large, valid: true }));
    expect(await check("score", "cases")).toEqual({
      code: 1,
      out: "large.edn.gz: valid is unknown, not true\n1 right, 1 wrong\n",
      errors: "",
    });
    write(join("cases", "large.expected.json"), JSON.stringify({ ...large, valid: "unknown" }));
    expect(await check("score", "cases")).toEqual({
      code: 0,
      out: "2 right, 0 wrong\n",
      errors: "",
    });
    const wrong = { ...verdict, anomalyTypes: ["G1a"], not: ["read-committed"] };
    write(join("cases", "cases.json"), casesOf(wrong));
    expect(await check("score", "cases")).toEqual({
      code: 1,
      out: "g0: G1a is missing\ng0: ruled out are read-uncommitted, not read-committed\n1 right, 1 wrong\n",
      errors: "",
    });
  });

  test("a folder or a file that can't be used is told", async () => {
    mkdirSync(join(folder, "empty"));
    expect((await check("score", "empty")).errors).toContain("empty has no expected.json");
    expect((await check("score", "empty")).code).toBe(3);
    write(join("empty", "cases.json"), '{"cases":[]}');
    expect(await check("score", "empty")).toMatchObject({ code: 3, out: "" });
    mkdirSync(join(folder, "broken"));
    write(place("broken"), '{"files":{"a":{"model":"nothing"}}}');
    expect(await check("score", "broken")).toMatchObject({ code: 3, out: "" });
    expect((await check("score", "broken")).errors).toContain("no model is called nothing");
    write(place("broken"), known(true));
    expect((await check("score", "broken")).errors).toContain("can't read broken/a.jsonl");
  });
});

test("a process of its own ends with that code", () => {
  write("bad.jsonl", writtenAndRead(1, 2));
  const args = [holdfast, "check", "linearizable", "--model", "register", "bad.jsonl"];
  const { status, stdout } = spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8" });
  expect(status).toBe(1);
  expect(stdout).toContain("bad.jsonl: violation: ");
});
