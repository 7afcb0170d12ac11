// What strangers say becomes inputs and outputs of a model, or is refused.

import { checkLinearizability, namedModels, readHistory, readJepsenEdn } from "@holdfast/check";
import { isHoldfastError } from "@holdfast/std";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

const accepted: readonly [
  model: string,
  said: unknown,
  input: unknown,
  answers: [unknown, unknown][],
][] = [
  [
    "register",
    { f: "read" },
    { f: "read" },
    [
      [1, 1],
      [null, null],
      ["x", "x"],
    ],
  ],
  ["register", { f: "write", value: null }, { f: "write", value: null }, [[5, undefined]]],
  [
    "cas-register",
    { f: "cas", from: 1, to: 2 },
    { f: "cas", from: 1, to: 2 },
    [
      [false, false],
      [true, true],
    ],
  ],
  ["cas-register", { f: "cas", value: [1, 2] }, { f: "cas", from: 1, to: 2 }, [[[1, 2], true]]],
  [
    "multi-register",
    [
      ["r", "x"],
      ["w", "y", 1],
    ],
    [
      ["r", "x"],
      ["w", "y", 1],
    ],
    [[[3], [3]]],
  ],
  [
    "multi-register",
    {
      f: "txn",
      value: [
        ["r", 1, null],
        ["w", 2, 1],
      ],
    },
    [
      ["r", "1"],
      ["w", "2", 1],
    ],
    [
      [
        [
          ["r", 1, 7],
          ["w", 2, 1],
        ],
        [7],
      ],
    ],
  ],
  ["kv", { f: "get", key: "a" }, { f: "get", key: "a" }, [["x", "x"]]],
  [
    "kv",
    { f: "append", key: "a", value: "b" },
    { f: "append", key: "a", value: "b" },
    [[null, undefined]],
  ],
  ["counter", { f: "add", by: -2 }, { f: "add", by: -2 }, [[1, undefined]]],
  ["counter", { f: "add", value: 3 }, { f: "add", by: 3 }, []],
  ["counter", { f: "read", value: null }, { f: "read" }, [[4, 4]]],
  ["set", { f: "has", value: 1 }, { f: "has", value: 1 }, [[true, true]]],
  [
    "set",
    { f: "read" },
    { f: "read" },
    [
      [
        [1, null],
        [1, null],
      ],
    ],
  ],
  [
    "queue",
    { f: "dequeue", value: null },
    { f: "dequeue" },
    [
      [null, null],
      [1, 1],
    ],
  ],
  ["stack", { f: "push", value: "a" }, { f: "push", value: "a" }, [["a", undefined]]],
  [
    "lock",
    { f: "acquire" },
    { f: "acquire", by: "ann" },
    [
      [null, null],
      [3, 3],
    ],
  ],
  ["lease", { f: "renew", by: "bob" }, { f: "renew", by: "bob" }, [[true, true]]],
];

test.each(accepted)("%s understands %j", (name, said, wanted, answers) => {
  const { vocabulary } = namedModels[name]!;
  const input = vocabulary.input(said, "ann");
  expect(input).toEqual(wanted);
  for (const [answer, output] of answers) expect(vocabulary.output(answer, input)).toEqual(output);
});

const refused: readonly [model: string, said: unknown, sentence: string][] = [
  ["register", 5, "what is asked for is an object, not 5"],
  ["register", { f: "cas", from: 1, to: 2 }, 'f is read, write, not "cas"'],
  ["register", { f: "write", value: [1] }, "a value is a number, a text or a boolean, not [1]"],
  ["cas-register", { f: "cas", value: [1] }, "a cas has two values"],
  ["multi-register", { value: [["x", 1]] }, 'a step is r or w, not "x"'],
  ["multi-register", { value: ["r"] }, 'a list is missing: "r"'],
  ["kv", { f: "get" }, "a text is missing: nothing"],
  ["counter", { f: "add", value: 0.5 }, "an integer is missing: 0.5"],
  ["queue", { f: "enqueue", value: null }, "not null"],
  ["lock", { f: "renew" }, 'f is acquire, release, not "renew"'],
  ["lock", { f: "acquire", by: 5 }, "a text is missing: 5"],
];

test.each(refused)("%s refuses to be asked %j", (name, said, sentence) => {
  expect(() => namedModels[name]!.vocabulary.input(said, "ann")).toThrow(sentence);
});

const refusedAnswers: readonly [model: string, input: object, answer: unknown, sentence: string][] =
  [
    ["register", { f: "read" }, {}, "a value is"],
    ["multi-register", [["r", "x"]], [1, 2], "as many answers as reads"],
    ["kv", { f: "get", key: "a" }, null, "a text is missing: null"],
    ["counter", { f: "read" }, null, "an integer is missing: null"],
    ["set", { f: "read" }, 5, "a list is missing: 5"],
    ["set", { f: "has", value: 1 }, 5, "true or false is missing: 5"],
    ["lock", { f: "release", by: "ann" }, 1, "true or false is missing: 1"],
  ];

test.each(refusedAnswers)("%s, asked %j, can't answer %j", (name, input, answer, sentence) => {
  expect(() => namedModels[name]!.vocabulary.output(answer, input)).toThrow(sentence);
});

describe("whatever is said, a model can take it or it is refused", () => {
  const word = fc.constantFrom(
    ...["read", "write", "cas", "get", "put", "add", "remove", "has", "enqueue", "dequeue"],
    ...["push", "pop", "acquire", "release", "renew", "r", "w", "append"],
  );
  const value = fc.oneof(
    fc.nat(9),
    fc.boolean(),
    fc.constantFrom(null, "x"),
    fc.array(fc.nat(9), { maxLength: 2 }),
    fc.jsonValue({ maxDepth: 2 }),
    word,
  );
  const step = fc.tuple(word, fc.constantFrom("x", "y", 1), value);
  const said = fc.oneof(
    fc.record(
      { f: word, value, key: value, by: value, from: value, to: value },
      { requiredKeys: ["f"] },
    ),
    fc.array(step, { maxLength: 3 }),
    value,
  );
  test.each(Object.keys(namedModels))("%s", (name) => {
    const { model, vocabulary } = namedModels[name]!;
    let taken = 0;
    fc.assert(
      fc.property(fc.array(fc.tuple(said, value)), (events) => {
        let state = model.init();
        for (const [asked, answer] of events) {
          try {
            const input = vocabulary.input(asked, "ann");
            const output = vocabulary.output(answer, input);
            for (const each of [undefined, output]) {
              for (const next of model.step(state, input, each)) {
                expect(model.key(next)).toBeTypeOf("string");
                state = next;
              }
            }
            taken += 1;
          } catch (error) {
            if (!isHoldfastError(error, "invalid_argument")) throw error;
          }
        }
      }),
      { numRuns: 3000 },
    );
    expect(taken).toBeGreaterThan(5);
  });
});

test("a reader tells the line of what it refuses", () => {
  const { vocabulary } = namedModels.queue!;
  const header = '{"format":"holdfast-history","version":1}';
  const asked = '{"process":"ann","type":"invoke","input":{"f":"dequeue"}}';
  const wrong = '{"process":"ann","type":"ok","output":[1]}';
  expect(() => readHistory([header, asked, wrong].join("\n"), vocabulary)).toThrow(
    "line 3: a value",
  );
  expect(() => readHistory([header, asked.replace("de", "un")].join("\n"), vocabulary)).toThrow(
    'line 2: f is enqueue, dequeue, not "unqueue"',
  );
});

test("Jepsen's register, with compare-and-set", () => {
  const { model, vocabulary } = namedModels["cas-register"]!;
  const edn = [
    "{:process 0, :type :invoke, :f :write, :value 1}",
    "{:process 0, :type :ok, :f :write, :value 1}",
    "{:process 1, :type :invoke, :f :cas, :value [1 2]}",
    "{:process 1, :type :ok, :f :cas, :value [1 2]}",
    "{:process 1, :type :invoke, :f :read, :value nil}",
    "{:process 1, :type :ok, :f :read, :value 2}",
  ].join("\n");
  const verdictOf = (text: string) =>
    checkLinearizability(readJepsenEdn(text, vocabulary), model).verdict;
  expect(verdictOf(edn)).toBe("ok");
  expect(verdictOf(edn.replace(":read, :value 2", ":read, :value 1"))).toBe("violation");
});
