// A judge that tries every order: slow, and too plain to be wrong.

import type { History, Operation, SequentialModel } from "@holdfast/check";

/** Whether `history` has a linearization. Exponential; for up to ten operations. */
export function bruteForce<State, Input, Output>(
  history: History<Input, Output>,
  model: SequentialModel<State, Input, Output>,
): boolean {
  const rest = history.filter(({ outcome }) => outcome !== "fail");
  return canGoOn([model.init()], rest, model);
}

// Whether the operations left can follow, from one of the states.
function canGoOn<State, Input, Output>(
  states: readonly State[],
  rest: readonly Operation<Input, Output>[],
  model: SequentialModel<State, Input, Output>,
): boolean {
  if (states.length === 0) return false;
  if (rest.every(({ outcome }) => outcome === "info")) return true;
  return rest.some((operation) => {
    const others = rest.filter((other) => other !== operation);
    if (others.some(({ completedAt }) => completedAt < operation.invokedAt)) return false;
    const output = operation.outcome === "ok" ? operation.output : undefined;
    const next = states.flatMap((state) => model.step(state, operation.input, output));
    return canGoOn(next, others, model);
  });
}

/** Fails unless `order` is a linearization of `history`. */
export function explainOrder<State, Input, Output>(
  history: History<Input, Output>,
  order: readonly Operation<Input, Output>[],
  model: SequentialModel<State, Input, Output>,
): string {
  const left = history.filter(({ outcome }) => outcome === "ok").filter((o) => !order.includes(o));
  if (left.length > 0) return `${left.length} completed operations are missing`;
  return explainPartial(history, order, model);
}

/** "" where `order` is possible; else why not. It may leave completed operations out at its end. */
export function explainPartial<State, Input, Output>(
  history: History<Input, Output>,
  order: readonly Operation<Input, Output>[],
  model: SequentialModel<State, Input, Output>,
): string {
  if (new Set(order).size !== order.length) return "an operation is in it twice";
  if (order.some((operation) => !history.includes(operation))) return "one is not of the history";
  let states: readonly State[] = [model.init()];
  for (const [index, operation] of order.entries()) {
    const isLate = history.some(
      (other) =>
        other.outcome === "ok" &&
        other.completedAt < operation.invokedAt &&
        !order.slice(0, index).includes(other),
    );
    if (isLate) return `what was answered before operation ${index} was asked for comes after it`;
    const output = operation.outcome === "ok" ? operation.output : undefined;
    states = states.flatMap((state) => model.step(state, operation.input, output));
    if (states.length === 0) return `operation ${index} is impossible there`;
  }
  return "";
}
