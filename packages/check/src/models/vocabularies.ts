// The models by name, and what each can be asked for and answers: values that a stranger
// wrote become the inputs and outputs of a model, or are refused.
//
// Inputs are as the models have them. Jepsen puts what belongs to a function into one
// value, and a process acquires a lock for itself: that is understood too.

import { unheardOf, type Vocabulary } from "../history/vocabulary.ts";
import type { SequentialModel } from "../linearizability/model.ts";
import { type CounterInput, type CounterOutput, counter } from "./counter.ts";
import { type KvInput, type KvOutput, kv } from "./kv.ts";
import { type LeaseInput, type LeaseOutput, lease, lock } from "./lock.ts";
import {
  type MultiRegisterInput,
  type MultiRegisterOutput,
  type MultiRegisterStep,
  multiRegister,
} from "./multi_register.ts";
import { type QueueValue, queue, stack } from "./queue.ts";
import {
  type CasRegisterInput,
  type CasRegisterOutput,
  casRegister,
  register,
} from "./register.ts";
import type { Scalar } from "./scalar.ts";
import { type SetInput, type SetOutput, set } from "./set.ts";

/** A model, and how histories of it are read. */
export interface NamedModel<State = unknown, Input = unknown, Output = unknown> {
  readonly model: SequentialModel<State, Input, Output>;
  readonly vocabulary: Vocabulary<Input, Output>;
}

/** The models, by the names that people give them on a command line. */
export const namedModels: Readonly<Record<string, NamedModel>> = {
  register: named(register(), {
    input: (said) => registerInput(said, ["read", "write"]),
    output: registerOutput,
  }),
  "cas-register": named(casRegister(), {
    input: (said) => registerInput(said, ["read", "write", "cas"]),
    output: registerOutput,
  }),
  "multi-register": named(multiRegister(), { input: multiInput, output: multiOutput }),
  kv: named(kv(), { input: kvInput, output: kvOutput }),
  counter: named(counter(), { input: counterInput, output: counterOutput }),
  set: named(set(), { input: setInput, output: setOutput }),
  queue: named(queue(), sequence("enqueue", "dequeue")),
  stack: named(stack(), sequence("push", "pop")),
  lock: named(lock(), { input: lockInput, output: lockOutput }),
  lease: named(lease(), { input: leaseInput, output: lockOutput }),
};

function named<State, Input, Output>(
  model: SequentialModel<State, Input, Output>,
  vocabulary: Vocabulary<Input, Output>,
): NamedModel {
  return { model, vocabulary } as unknown as NamedModel;
}

function registerInput<F extends CasRegisterInput["f"]>(
  said: unknown,
  known: readonly F[],
): Extract<CasRegisterInput, { readonly f: F }>;
function registerInput(said: unknown, known: readonly string[]): CasRegisterInput {
  const asked = fieldsOf(said);
  const f = functionOf(asked, known);
  if (f === "read") return { f };
  if (f === "write") return { f, value: scalarOf(asked.value) };
  const pair = Array.isArray(asked.value) ? asked.value : [asked.from, asked.to];
  if (pair.length !== 2) unheardOf("a cas has two values: from what, to what");
  return { f: "cas", from: scalarOf(pair[0]), to: scalarOf(pair[1]) };
}

function registerOutput(said: unknown, { f }: CasRegisterInput): CasRegisterOutput {
  if (f === "write") return undefined;
  if (f === "read") return scalarOf(said);
  // Jepsen's answer to what was done is the value that it was asked with.
  return typeof said === "boolean" ? said : true;
}

function multiInput(said: unknown): MultiRegisterInput {
  return listOf(stepsOf(said)).map((step): MultiRegisterStep => {
    const [f, name, value] = listOf(step);
    const key = typeof name === "number" ? String(name) : textOf(name);
    if (f === "r") return [f, key];
    if (f === "w") return [f, key, scalarOf(value)];
    return unheardOf(`a step is r or w, not ${shown(f)}`);
  });
}

// What was read, or, as Jepsen has it, the steps with what was read in them.
function multiOutput(said: unknown, input: MultiRegisterInput): MultiRegisterOutput {
  const answers = listOf(said);
  const isSteps = answers.some((each) => Array.isArray(each));
  const reads = isSteps
    ? answers
        .map(listOf)
        .filter(([f]) => f === "r")
        .map(([, , value]) => value)
    : answers;
  if (reads.length !== input.filter(([f]) => f === "r").length) {
    unheardOf("there are as many answers as reads");
  }
  return reads.map(scalarOf);
}

function kvInput(said: unknown): KvInput {
  const asked = fieldsOf(said);
  const f = functionOf(asked, ["get", "put", "append"]);
  const key = textOf(asked.key);
  return f === "get" ? { f, key } : { f, key, value: textOf(asked.value) };
}

function kvOutput(said: unknown, { f }: KvInput): KvOutput {
  return f === "get" ? textOf(said) : undefined;
}

function counterInput(said: unknown): CounterInput {
  const asked = fieldsOf(said);
  const f = functionOf(asked, ["add", "read"]);
  return f === "read" ? { f } : { f, by: integerOf(asked.by ?? asked.value) };
}

function counterOutput(said: unknown, { f }: CounterInput): CounterOutput {
  return f === "read" ? integerOf(said) : undefined;
}

function setInput(said: unknown): SetInput {
  const asked = fieldsOf(said);
  const f = functionOf(asked, ["add", "remove", "has", "read"]);
  return f === "read" ? { f } : { f, value: scalarOf(asked.value) };
}

function setOutput(said: unknown, { f }: SetInput): SetOutput {
  if (f === "read") return listOf(said).map(scalarOf);
  return f === "has" ? truthOf(said) : undefined;
}

function sequence<Put extends string, Take extends string>(put: Put, take: Take) {
  return {
    input: (said: unknown) => {
      const asked = fieldsOf(said);
      const f = functionOf(asked, [put, take]);
      return (f === take ? { f } : { f, value: itemOf(asked.value) }) as
        | { readonly f: Put; readonly value: QueueValue }
        | { readonly f: Take };
    },
    output: (said: unknown, { f }: { readonly f: Put | Take }) => {
      if (f === put) return undefined;
      return said === null ? null : itemOf(said);
    },
  };
}

function lockInput(said: unknown, process: string) {
  const asked = fieldsOf(said);
  return { f: functionOf(asked, ["acquire", "release"]), by: ownerOf(asked, process) };
}

function leaseInput(said: unknown, process: string): LeaseInput {
  const asked = fieldsOf(said);
  return { f: functionOf(asked, ["acquire", "renew", "release"]), by: ownerOf(asked, process) };
}

function lockOutput(said: unknown, { f }: LeaseInput): LeaseOutput {
  if (f !== "acquire") return truthOf(said);
  return said === null ? null : integerOf(said);
}

function ownerOf({ by }: Fields, process: string): string {
  return by === undefined ? process : textOf(by);
}

type Fields = Readonly<Record<string, unknown>>;

function fieldsOf(said: unknown): Fields {
  if (typeof said === "object" && said !== null && !Array.isArray(said)) return said as Fields;
  return unheardOf(`what is asked for is an object, not ${shown(said)}`);
}

function functionOf<F extends string>({ f }: Fields, known: readonly F[]): F {
  const found = known.find((name) => name === f);
  return found ?? unheardOf(`f is ${known.join(", ")}, not ${shown(f)}`);
}

// Of Jepsen's, the value of a transaction.
function stepsOf(said: unknown): unknown {
  return Array.isArray(said) ? said : fieldsOf(said).value;
}

function scalarOf(said: unknown): Scalar {
  return said === null ? null : itemOf(said);
}

function itemOf(said: unknown): QueueValue {
  if (typeof said === "string" || typeof said === "number" || typeof said === "boolean")
    return said;
  return unheardOf(`a value is a number, a text or a boolean, not ${shown(said)}`);
}

function textOf(said: unknown): string {
  return typeof said === "string" ? said : unheardOf(`a text is missing: ${shown(said)}`);
}

function truthOf(said: unknown): boolean {
  return typeof said === "boolean" ? said : unheardOf(`true or false is missing: ${shown(said)}`);
}

function integerOf(said: unknown): number {
  if (Number.isSafeInteger(said)) return said as number;
  return unheardOf(`an integer is missing: ${shown(said)}`);
}

function listOf(said: unknown): readonly unknown[] {
  return Array.isArray(said) ? said : unheardOf(`a list is missing: ${shown(said)}`);
}

// A value in an error; a long one's beginning.
function shown(said: unknown): string {
  const text = JSON.stringify(said) ?? "nothing";
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
