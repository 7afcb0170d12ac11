// Readers of foreign formats: what they make of good texts, and how they refuse others.

import {
  type History,
  readAnyHistory,
  readEdn,
  readHistory,
  readJepsenEdn,
  readJepsenJson,
  readPorcupineKv,
  readPorcupineRegister,
} from "@holdfast/check";
import { HoldfastError, randomBelow, randomItem, SeededRandom } from "@holdfast/std";
import { describe, expect, test } from "vitest";

const seed = Number(process.env.HOLDFAST_SEED ?? 1);

const registerLog = [
  "INFO  jepsen.util - 0\t:invoke\t:read\tnil",
  "INFO  jepsen.util - 1\t:invoke\t:write\t3",
  "INFO  jepsen.util - 0    :ok     :read   nil",
  "INFO  jepsen.util - 1\t:info\t:write\t:timed-out",
  "INFO  jepsen.util - 2\t:invoke\t:cas\t[3 1]",
  "INFO  jepsen.util - 2\t:fail\t:cas\t[3 1]",
  "INFO  jepsen.util - 2\t:invoke\t:cas\t[3 -1]",
  "INFO  jepsen.util - 2\t:ok\t:cas\t[3 -1]",
  "INFO  jepsen.util - 0\t:invoke\t:read\tnil",
  "INFO  jepsen.util - 0\t:fail\t:read\t:timed-out",
  "INFO  jepsen.util - 4\t:invoke\t:read\tnil",
];

const kvLog = [
  '{:process 0, :type :invoke, :f :get, :key "a", :value nil}',
  '{:process 1, :type :invoke, :f :append, :key "a", :value "x 0 y"}',
  '{:process 0, :type :ok, :f :get, :key "a", :value ""}',
  '{:process 1, :type :ok, :f :append, :key "a", :value "x 0 y"}',
  '{:process 1, :type :invoke, :f :put, :key "", :value ""}',
];

const edn = [
  "; a comment",
  "{:type :invoke, :f :write, :value 1, :process 0, :time 5}",
  "{:type :info, :f :start, :process :nemesis, :value {:a #{1 2}}}",
  "#jepsen.history.Op{:type :ok, :f :write, :value 1, :process 0, :time 4}",
  "{:type :invoke, :f :cas, :value [1 2], :process 1}",
  "{:type :ok, :f :cas, :value [1 2], :process 1}",
  "{:type :invoke, :f :read, :value nil, :process 1}",
  "{:type :ok, :f :read, :value 2, :process 1}",
];

const lines = [
  '{"format":"holdfast-history","version":1}',
  '{"process":"ann","type":"invoke","input":{"f":"write","value":1},"at":0}',
  '{"process":"bob","type":"invoke","input":[1,[2]],"at":1}',
  '{"process":"ann","type":"ok","at":2}',
  '{"process":"bob","type":"ok","output":null,"at":4}',
];

test("Porcupine's register logs, with tabs or blanks between words", () => {
  expect(
    readPorcupineRegister(registerLog.join("\n")).map(
      ({ process, input, outcome, output, invokedAt, completedAt }) =>
        [process, input, outcome, output, invokedAt, completedAt] as const,
    ),
  ).toEqual([
    ["0", { f: "read" }, "ok", null, 1, 3],
    ["1", { f: "write", value: 3 }, "info", undefined, 2, Infinity],
    ["2", { f: "cas", from: 3, to: 1 }, "ok", false, 5, 6],
    ["2", { f: "cas", from: 3, to: -1 }, "ok", true, 7, 8],
    ["0", { f: "read" }, "fail", undefined, 9, 10],
    ["4", { f: "read" }, "info", undefined, 11, Infinity],
  ]);
});

test("Porcupine's key-value logs", () => {
  expect(readPorcupineKv(`${kvLog.join("\r\n")}\r\n\r\n`)).toEqual([
    op("0", { f: "get", key: "a" }, "ok", "", [1, 3]),
    op("1", { f: "append", key: "a", value: "x 0 y" }, "ok", undefined, [2, 4]),
    op("1", { f: "put", key: "", value: "" }, "info", undefined, [5, Infinity]),
  ]);
});

test("Jepsen's events: in EDN by line, in a vector, and in JSON", () => {
  const wanted = [
    op("0", { f: "write", value: 1 }, "ok", 1, [2, 4]),
    op("1", { f: "cas", value: [1, 2] }, "ok", [1, 2], [5, 6]),
    op("1", { f: "read", value: null }, "ok", 2, [7, 8]),
  ];
  expect(readJepsenEdn(edn.join("\n"))).toEqual(wanted);
  const numbered = wanted.map(({ invokedAt, completedAt, ...rest }) => ({
    ...rest,
    invokedAt: invokedAt - 1,
    completedAt: completedAt - 1,
  }));
  expect(readJepsenEdn(`[${edn.slice(1).join("\n")}]`)).toEqual(numbered);
  const events = [
    { type: "invoke", f: "write", value: 1, process: 0 },
    { type: "info", f: "start", process: "nemesis" },
    { type: "ok", f: "write", value: 1, process: 0 },
    { type: "invoke", f: "cas", value: [1, 2], process: 1 },
    { type: "ok", f: "cas", value: [1, 2], process: 1 },
    { type: "invoke", f: "read", value: null, process: 1 },
    { type: "ok", f: "read", value: 2, process: 1 },
  ];
  expect(readJepsenJson(JSON.stringify(events))).toEqual(numbered);
  expect(readJepsenJson(events.map((event) => JSON.stringify(event)).join("\n"))).toEqual(numbered);
});

test("Elle's transactions, and histories of completions alone", () => {
  const text = [
    "{:process 0, :type :ok, :value [[:append :x 1] [:r :y nil]]}",
    "{:process 0, :type :info, :value [[:append :x 2]]}",
  ].join("\n");
  const first = [
    ["append", "x", 1],
    ["r", "y", null],
  ];
  expect(readJepsenEdn(text)).toEqual([
    op("0", { f: undefined, value: first }, "ok", first, [-Infinity, 1]),
    op("0", { f: undefined, value: [["append", "x", 2]] }, "info", undefined, [
      -Infinity,
      Infinity,
    ]),
  ]);
});

const readers: Readonly<Record<string, readonly [(text: string) => unknown, readonly string[]]>> = {
  readPorcupineRegister: [readPorcupineRegister, registerLog],
  readPorcupineKv: [readPorcupineKv, kvLog],
  readJepsenEdn: [readJepsenEdn, edn],
  readJepsenJson: [
    readJepsenJson,
    [
      '{"type":"invoke","process":0,"value":[["r",1,null]]}',
      '{"type":"ok","process":0,"value":[]}',
    ],
  ],
  readHistory: [readHistory, lines],
};

describe("refusals name the line and the reason", () => {
  const cases: readonly (readonly [string, number, string, string])[] = [
    ["readPorcupineRegister", 3, "hello", "line 4: is not an event of a register"],
    ["readPorcupineRegister", 0, registerLog[2]!, "line 1: process 0 did not ask for anything"],
    [
      "readPorcupineRegister",
      2,
      registerLog[0]!,
      "line 3: process 0 waits for an answer to line 1",
    ],
    [
      "readPorcupineRegister",
      2,
      registerLog[5]!.replace("2", "0"),
      "line 3: process 0 asked for read, not cas",
    ],
    [
      "readPorcupineRegister",
      1,
      registerLog[1]!.replace("3", "x"),
      'line 2: has "x" where an integer belongs',
    ],
    [
      "readPorcupineRegister",
      1,
      registerLog[1]!.replace("3", "99999999999999999999"),
      "where an integer belongs",
    ],
    ["readPorcupineRegister", 4, registerLog[4]!.replace("[3 1]", "3"), 'line 5: asks for "cas 3"'],
    [
      "readPorcupineRegister",
      2,
      registerLog[2]!.replace("ok", "maybe"),
      'line 3: has an event of type "maybe"',
    ],
    ["readPorcupineKv", 1, "{:process 1}", "line 2: is not an event of a key-value store"],
    [
      "readPorcupineKv",
      2,
      kvLog[2]!.replace('"a"', '"b"'),
      "line 3: process 0 asked to get a, not to get b",
    ],
    ["readPorcupineKv", 2, kvLog[2]!.replace('""', "nil"), "line 3: answers a get by nil"],
    ["readPorcupineKv", 1, kvLog[1]!.replace('"x 0 y"', "nil"), "line 2: asks to append nil"],
    [
      "readPorcupineKv",
      2,
      kvLog[2]!.replace(":ok", ":maybe"),
      'line 3: has an event of type "maybe"',
    ],
    ["readJepsenEdn", 3, "{:type :ok", "line 4, column"],
    ["readJepsenEdn", 3, "{:type}", "line 4, column"],
    ["readJepsenEdn", 3, "7", "line 4: has a value that is no event"],
    ["readJepsenEdn", 3, "{:type :ok}", "line 4: has an event without a process"],
    [
      "readJepsenEdn",
      3,
      "{:type :odd, :process 0, :f :write}",
      "line 4: has an event of an unknown type",
    ],
    [
      "readJepsenEdn",
      3,
      "{:type :ok, :process 0, :f 7}",
      "line 4: has an event whose function is no name",
    ],
    [
      "readJepsenEdn",
      3,
      "{:type :ok, :process 0, :f :read}",
      "line 4: process 0 did not ask for read",
    ],
    [
      "readJepsenEdn",
      1,
      "{:type :ok, :process 0, :f :read}",
      "line 5: has a call, after completions",
    ],
    [
      "readJepsenEdn",
      0,
      `[${edn.slice(1).join("\n")}] 1`,
      "begins a list of events, which is not all",
    ],
    ["readJepsenJson", 1, "{", 'line 2: is no JSON: "{"'],
    ["readJepsenJson", 1, "[]", "line 2: has a value that is no event"],
    ["readHistory", 0, '{"format":"other"}', "line 1: is not the header of a holdfast-history"],
    ["readHistory", 0, '{"format":"holdfast-history","version":2}', "line 1: is of version 2"],
    ["readHistory", 3, "3", "line 4: is no object"],
    ["readHistory", 3, '{"type":"ok","at":2}', "line 4: names no process"],
    [
      "readHistory",
      3,
      '{"process":"ann","type":"done","at":2}',
      "line 4: has no type that is known",
    ],
    [
      "readHistory",
      3,
      '{"process":"ann","type":"ok","at":"2"}',
      "line 4: has a time that is no number",
    ],
    ["readHistory", 3, '{"process":"ann","type":"ok"}', "line 4: has a time, or has none"],
    ["readHistory", 3, '{"process":"ann","type":"ok","at":0}', "line 4: is at 0, after one at 1"],
    [
      "readHistory",
      3,
      '{"process":"ann","type":"fail","output":1,"at":2}',
      "line 4: has an output",
    ],
    [
      "readHistory",
      3,
      '{"process":"ann","type":"ok","input":1,"at":2}',
      "line 4: process ann asked for something",
    ],
    [
      "readHistory",
      3,
      `{"process":"c","type":"invoke","at":2,"input":${"[".repeat(70)}${"]".repeat(70)}}`,
      "line 4: nests over 64 deep",
    ],
  ];
  test.each(cases.map(([name, index, line, message]) => ({ name, index, line, message })))(
    "$name: $message",
    ({ name, index, line, message }) => {
      const [read, good] = readers[name]!;
      const text = good.map((each, place) => (place === index ? line : each)).join("\n");
      expect(() => read(text)).toThrow(HoldfastError);
      expect(() => read(text)).toThrow(message);
    },
  );

  test("an empty text is an empty history, but for our own format, which has a header", () => {
    for (const [name, [read]] of Object.entries(readers)) {
      if (name === "readHistory") expect(() => read("")).toThrow("line 1: has no header");
      else expect(read(" \n\n")).toEqual([]);
    }
  });

  test("a line that is too long", () => {
    for (const [read] of Object.values(readers)) {
      expect(() => read(`\n${"x".repeat(2 ** 24 + 1)}`)).toThrow(
        "line 2: has over 16777216 characters",
      );
    }
  });
});

test("the format of a history is told by how it begins", () => {
  const anything = { input: (said: unknown) => said, output: (said: unknown) => said };
  const read = (text: string) => readAnyHistory(text, anything);
  const [event] = edn.slice(1);
  for (const [reader, text] of [
    [readPorcupineRegister, registerLog.join("\n")],
    [readPorcupineKv, kvLog.join("\n")],
    [readJepsenEdn, edn.join("\n")],
    [readJepsenEdn, `[${event}]`],
    [readJepsenEdn, `; a comment\n${event}`],
    [readJepsenJson, '{"type":"invoke","process":0,"value":1}'],
    [readJepsenJson, ' [ {"type":"invoke","process":0,"value":1}]'],
    [readHistory, lines.join("\n")],
  ] as const) {
    expect(read(`\n${text}`)).toEqual(reader(`\n${text}`));
    expect(read(text).length).toBeGreaterThan(0);
  }
  expect(read(" \n")).toEqual([]);
  expect(() => read("what is this?")).toThrow('line 1: is no JSON: "what is this?"');
});

describe("texts at random", () => {
  const random = new SeededRandom(seed);
  test.each(Object.entries(readers))(
    "%s refuses them by a typed error alone",
    (_, [read, good]) => {
      const bytes = good.join("\n");
      let refused = 0;
      for (let round = 0; round < 2_000; round += 1) {
        const text = mutate(bytes, random);
        try {
          read(text);
        } catch (error) {
          refused += 1;
          if (!(error instanceof HoldfastError)) throw error;
          expect(["corrupt", "truncated", "too_large", "unsupported_version"]).toContain(
            error.code,
          );
          expect(error.message).toMatch(/\bline \d+/);
        }
      }
      expect(refused).toBeGreaterThan(500);
    },
  );
});

function mutate(text: string, random: SeededRandom): string {
  let mutated = text;
  for (let count = 1 + randomBelow(random, 3); count > 0; count -= 1) {
    const from = randomBelow(random, mutated.length + 1);
    const to = Math.min(mutated.length, from + randomBelow(random, 12));
    const piece = randomItem(random, [
      "",
      randomItem(random, [...'\n\t {}[]()"\\:#_;,0-9nx~']),
      mutated.slice(from, to).repeat(2),
      String.fromCharCode(randomBelow(random, 65_536)),
      "[".repeat(randomBelow(random, 300)),
    ]);
    mutated = mutated.slice(0, from) + piece + mutated.slice(to);
  }
  return mutated;
}

test("EDN: what of it is read", () => {
  const text =
    '(nil true -7 1.5 "a\\n\\u0041" \\b \\newline :k sym #{1} {1 2} #tag [3] #_ 4 5N) ; end';
  expect(readEdn(text)).toEqual([
    [null, true, -7, 1.5, "a\nA", "b", "\n", "k", "sym", [1], new Map([[1, 2]]), [3], 5],
  ]);
});

function op(
  process: string,
  input: unknown,
  outcome: "ok" | "fail" | "info",
  output: unknown,
  [invokedAt, completedAt]: readonly [number, number],
): History[number] {
  return { process, input, outcome, output, invokedAt, completedAt };
}
