// Histories of hundreds of thousands of operations of one sort: no judge puts them all into
// the arguments of one call.

import {
  checkLinearizability,
  judgeSessions,
  judgeTotalQueue,
  type Operation,
  type RegisterStep,
  register,
  set,
  type TransactionOperation,
} from "@holdfast/check";
import { expect, test } from "vitest";

const count = 200_000;

/** An operation that took place from one time to another. */
function operation<Input, Output>(
  process: string,
  input: Input,
  { output, at }: { readonly output: Output; readonly at: readonly [number, number] },
): Operation<Input, Output> {
  return { process, input, outcome: "ok", output, invokedAt: at[0], completedAt: at[1] };
}

test("reads of one value, one after the other and all at once", () => {
  const read = { f: "read" } as const;
  const each = Array.from({ length: count }, (_, index) =>
    operation("ann", read, { output: null, at: [2 * index, 2 * index + 1] }),
  );
  expect(checkLinearizability(each, register()).verdict).toBe("ok");
  const atOnce = Array.from({ length: count }, (_, index) =>
    operation(`p${index}`, read, { output: null, at: [0, 1] }),
  );
  expect(checkLinearizability(atOnce, register()).verdict).toBe("ok");
});

test("additions that one read sees, or nobody", () => {
  const added = Array.from({ length: count }, (_, value) =>
    operation("ann", { f: "add", value } as const, {
      output: undefined,
      at: [2 * value, 2 * value + 1],
    }),
  );
  expect(checkLinearizability(added, set()).verdict).toBe("ok");
  const values = added.map(({ input }) => input.value);
  const read = operation("bob", { f: "read" } as const, {
    output: values,
    at: [2 * count, 2 * count + 1],
  });
  expect(checkLinearizability([...added, read], set()).verdict).toBe("ok");
});

test("what a drain gave out", () => {
  const values = Array.from({ length: count }, (_, index) => index);
  const put = values.map((value) =>
    operation(
      "ann",
      { f: "enqueue", value },
      { output: value as unknown, at: [2 * value, 2 * value + 1] },
    ),
  );
  const drain = operation(
    "bob",
    { f: "drain", value: null },
    { output: values as unknown, at: [2 * count, 2 * count + 1] },
  );
  expect(judgeTotalQueue([...put, drain as never]).verdict).toBe("ok");
});

test("sessions that wait for one write", () => {
  const steps = (step: RegisterStep, process: string): TransactionOperation<RegisterStep> => ({
    process,
    input: [step],
    outcome: "ok",
    output: [step],
    invokedAt: Number.NEGATIVE_INFINITY,
    completedAt: Number.POSITIVE_INFINITY,
  });
  const history = [
    ...Array.from({ length: count }, (_, index) => steps(["r", "x", 1], `p${index}`)),
    steps(["w", "x", 1], "writer"),
  ];
  expect(judgeSessions(history, { guarantees: ["monotonic-reads"] }).verdict).not.toBe("violation");
});
