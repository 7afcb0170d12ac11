// Histories at random: of a correct object, of guesses, and small ones exhaustively.

import {
  type History,
  HistoryBuilder,
  type Operation,
  type SequentialModel,
} from "@holdfast/check";
import { randomBelow, randomItem, type SeededRandom } from "@holdfast/std";

/** How often an operation is tried again before it ends as unknown. */
const waitsMax = 40;

/** What to make a history of. */
export interface Recipe<Input, Output> {
  readonly random: SeededRandom;
  readonly processes: number;
  readonly operations: number;
  readonly input: (process: string, index: number) => Input;
  /** Answers that may be guessed for an input. */
  readonly guesses: (input: Input) => readonly Output[];
  /** One in so many operations has no known outcome; 0: none. */
  readonly infoEvery?: number;
  /** One in so many operations fails; 0: none. */
  readonly failEvery?: number;
}

interface Running<Input, Output> {
  readonly input: Input;
  readonly fate: "ok" | "fail" | "info";
  /** What it answered when it took effect; null: it did not yet. */
  taken: { readonly output: Output | undefined } | null;
}

/**
 * A history of a correct object: each operation takes effect at a moment between its call
 * and its answer; of unknown outcome some never do. `answersOf` gives the answers to try;
 * where the model allows none of them, the operation waits.
 */
export function correctHistory<State, Input, Output>(
  recipe: Recipe<Input, Output>,
  model: SequentialModel<State, Input, Output>,
  answersOf: (state: State, input: Input) => readonly Output[] = (_, input) =>
    recipe.guesses(input),
): History<Input, Output> {
  const { random } = recipe;
  let state = model.init();
  const take = (running: Running<Input, Output>) => {
    const choices = answersOf(state, running.input).flatMap((output) =>
      model.step(state, running.input, output).map((to) => ({ output, to })),
    );
    if (choices.length === 0) return;
    const { output, to } = randomItem(random, choices);
    state = to;
    running.taken = { output };
  };
  return play(recipe, {
    wander: (running) => {
      if (running.fate !== "fail" && running.taken === null) take(running);
    },
    answer: (running) => {
      if (running.taken === null) take(running);
      return running.taken;
    },
  });
}

/** A history whose answers are guesses. */
export function guessedHistory<Input, Output>(
  recipe: Recipe<Input, Output>,
): History<Input, Output> {
  return play(recipe, {
    wander: () => undefined,
    answer: ({ input }) => ({ output: randomItem(recipe.random, recipe.guesses(input)) }),
  });
}

interface Player<Input, Output> {
  wander(running: Running<Input, Output>): void;
  /** What it is answered; null where it waits. */
  answer(running: Running<Input, Output>): { readonly output: Output | undefined } | null;
}

function play<Input, Output>(
  recipe: Recipe<Input, Output>,
  player: Player<Input, Output>,
): History<Input, Output> {
  const { random, processes, operations, infoEvery = 0, failEvery = 0 } = recipe;
  const builder = new HistoryBuilder<Input, Output>();
  const running = new Map<string, Running<Input, Output>>();
  const lost: Running<Input, Output>[] = [];
  const names = Array.from({ length: processes }, (_, index) => `p${index}`);
  let count = 0;
  let waits = 0;
  while (count < operations || running.size > 0) {
    if (lost.length > 0 && randomBelow(random, 4) === 0) player.wander(randomItem(random, lost));
    const name = randomItem(random, names);
    const now = running.get(name);
    if (now === undefined) {
      if (count === operations) continue;
      const fate = oneIn(random, infoEvery) ? "info" : oneIn(random, failEvery) ? "fail" : "ok";
      const input = recipe.input(name, count);
      builder.invoke(name, input);
      running.set(name, { input, fate, taken: null });
      count += 1;
    } else if (randomBelow(random, 2) === 0) {
      player.wander(now);
    } else {
      const answer = now.fate === "ok" ? player.answer(now) : null;
      // Where all wait for each other, they wait for ever.
      if (now.fate === "ok" && answer === null && waits < waitsMax) {
        waits += 1;
        continue;
      }
      waits = 0;
      running.delete(name);
      if (answer !== null) builder.ok(name, answer.output as Output);
      else if (now.fate === "fail") builder.fail(name);
      else {
        builder.info(name);
        lost.push(now);
        // A process whose operation was lost is replaced.
        names[names.indexOf(name)] = `${name}'`;
      }
    }
  }
  return builder.build();
}

function oneIn(random: SeededRandom, every: number): boolean {
  return every > 0 && randomBelow(random, every) === 0;
}

/** All ways in which `count` operations can overlap: for each, its call and its answer. */
export function* overlaps(count: number): Generator<readonly (readonly [number, number])[]> {
  // Events in order: a number for the first time is a call, for the second an answer.
  function* extend(events: readonly number[], called: number): Generator<readonly number[]> {
    if (events.length === 2 * count) {
      yield events;
      return;
    }
    if (called < count) yield* extend([...events, called], called + 1);
    for (let index = 0; index < called; index += 1) {
      if (events.filter((event) => event === index).length === 1) {
        yield* extend([...events, index], called);
      }
    }
  }
  for (const events of extend([], 0)) {
    yield Array.from(
      { length: count },
      (_, index) => [events.indexOf(index), events.lastIndexOf(index)] as const,
    );
  }
}

/** An operation with times that are given. */
export function operation<Input, Output>(
  input: Input,
  outcome: Operation["outcome"],
  { output, times }: { readonly output?: Output; readonly times: readonly [number, number] },
): Operation<Input, Output> {
  const completedAt = outcome === "info" ? Number.POSITIVE_INFINITY : times[1];
  return { process: `p${times[0]}`, input, outcome, output, invokedAt: times[0], completedAt };
}
