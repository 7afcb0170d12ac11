// What a judge of linearizability answers.

import type { Operation } from "../history/operation.ts";

/** An order that fits as many completed operations as any, and where it leads. */
export interface PartialLinearization<State, Input, Output> {
  /** Operations in an order that the model allows and that real time allows. */
  readonly order: readonly Operation<Input, Output>[];
  /** The state after them. */
  readonly state: State;
}

/** What {@link checkLinearizability} answers. */
export type LinearizabilityVerdict<State, Input, Output> =
  | {
      readonly verdict: "ok";
      /**
       * A linearization: all operations that are `ok`, and those of unknown outcome that
       * took effect in it. Null where rules answered that give none.
       */
      readonly order: readonly Operation<Input, Output>[] | null;
    }
  | {
      readonly verdict: "violation";
      /** A sentence. */
      readonly reason: string;
      /** The part of the object that broke its promise; null where it has no parts. */
      readonly partition: string | null;
      /** What contradicts itself; after a search, the operation that fits nowhere. */
      readonly operations: readonly Operation<Input, Output>[];
      /**
       * The longest orders that a search found: all operations that completed before the
       * one in `operations` are in them. Empty where rules answered.
       */
      readonly partials: readonly PartialLinearization<State, Input, Output>[];
    }
  | {
      readonly verdict: "unknown";
      /** `steps`: the budget was used up. `stopped`: `shouldStop` said so. */
      readonly reason: "steps" | "stopped";
      /** The part that was not decided; null where the object has no parts. */
      readonly partition: string | null;
    };

/** What a method that does without search answers, which always knows. */
export type RuleVerdict<Input, Output> =
  | { readonly verdict: "ok"; readonly order: readonly Operation<Input, Output>[] | null }
  | {
      readonly verdict: "violation";
      readonly reason: string;
      readonly operations: readonly Operation<Input, Output>[];
    };
