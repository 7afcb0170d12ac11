// Models: what an object promises, as a sequential machine.

import type { History } from "../history/operation.ts";
import type { RuleVerdict } from "./verdict.ts";

/**
 * A sequential object. States and inputs are values: `step` never changes one.
 *
 * @example A bit that can be flipped and read.
 * const bit: SequentialModel<boolean, "flip" | "read", boolean> = {
 *   name: "bit",
 *   init: () => false,
 *   step: (on, input, output) => {
 *     if (input === "flip") return [!on];
 *     return output === undefined || output === on ? [on] : [];
 *   },
 *   key: String,
 *   isRead: (input) => input === "read",
 * };
 */
export interface SequentialModel<State, Input, Output> {
  readonly name: string;
  /** The state at the beginning. */
  init(): State;
  /**
   * The states that can follow when `input` is answered by `output`: none where that answer
   * is impossible in this state, several where the object may choose. An `output` of
   * undefined says that the answer is not known (or that there is none): then every state
   * that some answer leads to follows.
   */
  step(state: State, input: Input, output: Output | undefined): readonly State[];
  /** A text that two states share only if they are equal. */
  key(state: State): string;
  /**
   * Whether an operation with this answer never changes a state. Only speed depends on it;
   * a model that says it falsely is refused.
   */
  isRead?(input: Input, output: Output | undefined): boolean;
  /**
   * The independent part of the object that `input` touches: parts are judged alone, which
   * is much faster. Null for what touches several: a history with such an operation is
   * judged whole.
   */
  partition?(input: Input): string | null;
  /**
   * Names of the parts that `input` touches, where some operations touch several. Operations without a part in common must commute: in either order, same
   * answers and same state. Only speed depends on it.
   */
  touches?(input: Input): readonly string[];
  /**
   * What an operation with this answer overwrites, by a name: it is possible in every state,
   * leads to one state, changes only that, and whatever that was before does not matter. An
   * earlier overwriting of the same is then never seen. Null where it does not overwrite.
   * Only speed depends on it.
   */
  overwrites?(input: Input, output: Output | undefined): string | null;
  /**
   * A better method than search, for one part: null where the history does not meet its
   * conditions. What it answers is what a search would, given time.
   */
  rules?(history: History<Input, Output>): RuleVerdict<Input, Output> | null;
}
