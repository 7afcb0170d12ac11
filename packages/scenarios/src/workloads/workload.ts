// What a history workload is: calls on a store, drawn from a seed, that a judge of
// `@holdfast/check` reads as one history.

import type { History } from "@holdfast/check";
import type { Random } from "@holdfast/std";
import type { Store } from "@holdfast/store";

/** One call on a store. */
export interface Task {
  /** What is asked for, in the words of the judge. */
  readonly input: unknown;
  /** Makes the call, and answers in those words; thinks between reading and writing. */
  perform(store: Store, think: () => Promise<void>): Promise<unknown>;
}

/** Who draws tasks for one opening of a store. */
export interface Draw {
  /** The next task. `id` differs from all others of the history. */
  task(random: Random, id: number): Task;
}

/** See the head of this file. */
export interface Workload {
  readonly name: string;
  /** Begins the opening that is number `opening`, from 0. */
  draw(opening: number): Draw;
  /** Reads all that tasks of so many openings wrote. */
  lastTask(openings: number): Task;
  /** What is wrong with a history, or null. */
  judge(history: History): string | null;
}
