// Puts the events of a log together to operations: who called, and what came of it.
//
// Readers of all formats end here. Where a format gives no times, or times of clocks that
// contradict the order of its lines, an event's time is the number of its line.

import { isHoldfastError } from "@holdfast/std";
import { lineError } from "./lines.ts";
import type { History, Operation, Outcome } from "./operation.ts";
import type { Vocabulary } from "./vocabulary.ts";

/** Where an event stands, and when it was. */
export interface EventPlace {
  readonly line: number;
  readonly at: number;
}

/** How what a process asked for ended; what was answered, as the log says it. */
interface End {
  readonly outcome: Outcome;
  readonly output?: unknown;
}

/** An operation without its end. */
interface Call<Said, Input> extends EventPlace {
  readonly place: number;
  readonly said: Said;
  readonly input: Input;
}

/**
 * Collects the events of a log into a history, by the order of calls. `Said` is how the log
 * says what was asked for. All errors name the line.
 */
export class EventCollector<Said, Input, Output> {
  readonly #vocabulary: Vocabulary<Input, Output>;
  readonly #operations: (Operation<Input, Output> | null)[] = [];
  readonly #open = new Map<string, Call<Said, Input>>();

  constructor(vocabulary: Vocabulary<Input, Output>) {
    this.#vocabulary = vocabulary;
  }

  /**
   * `process` asks for something. Of an event without a time, the line is one.
   *
   * @throws {HoldfastError} `corrupt` where it waits for an answer, or nobody can ask for that.
   */
  invoke(process: string, said: Said, where: number | EventPlace): void {
    const { line, at } = placeOf(where);
    const open = this.#open.get(process);
    if (open !== undefined) {
      const reason = `process ${process} waits for an answer to line ${open.line}`;
      throw lineError("corrupt", line, reason);
    }
    const input = atLine(line, () => this.#vocabulary.input(said, process));
    this.#open.set(process, { place: this.#operations.length, said, input, line, at });
    this.#operations.push(null);
  }

  /** What `process` asked for and waits for, or undefined. */
  asked(process: string): Said | undefined {
    return this.#open.get(process)?.said;
  }

  /** Whether `process` waits for an answer. */
  isOpen(process: string): boolean {
    return this.#open.has(process);
  }

  /**
   * What `process` asked for ended.
   *
   * @throws {HoldfastError} `corrupt` where it asked for nothing, or that is no answer to it.
   */
  complete(process: string, end: End, where: number | EventPlace): void {
    const place = placeOf(where);
    const call = this.#open.get(process);
    if (call === undefined) {
      throw lineError("corrupt", place.line, `process ${process} did not ask for anything`);
    }
    this.#open.delete(process);
    this.#operations[call.place] = this.#operation(process, call, { ...end, ...place });
  }

  /**
   * An operation whose call nobody wrote down ended.
   *
   * @throws {HoldfastError} `corrupt` where nobody can ask for that, or that is no answer to it.
   */
  completeOnly(
    process: string,
    asked: Said,
    end: End & { readonly where: number | EventPlace },
  ): void {
    const place = placeOf(end.where);
    const input = atLine(place.line, () => this.#vocabulary.input(asked, process));
    const call = { input, at: Number.NEGATIVE_INFINITY };
    this.#operations.push(this.#operation(process, call, { ...end, ...place }));
  }

  #operation(
    process: string,
    { input, at: invokedAt }: Pick<Call<Said, Input>, "input" | "at">,
    { outcome, output, line, at }: End & EventPlace,
  ): Operation<Input, Output> {
    const isKnown = outcome === "ok" && output !== undefined;
    return {
      process,
      input,
      outcome,
      output: isKnown ? atLine(line, () => this.#vocabulary.output(output, input)) : undefined,
      invokedAt,
      completedAt: outcome === "info" ? Number.POSITIVE_INFINITY : at,
    };
  }

  /** The history. What did not end is `info`. */
  history(): History<Input, Output> {
    const operations = [...this.#operations];
    for (const [process, { place, input, at }] of this.#open) {
      operations[place] = {
        process,
        input,
        outcome: "info",
        output: undefined,
        invokedAt: at,
        completedAt: Number.POSITIVE_INFINITY,
      };
    }
    return operations as Operation<Input, Output>[];
  }
}

function placeOf(where: number | EventPlace): EventPlace {
  return typeof where === "number" ? { line: where, at: where } : where;
}

// What a vocabulary refuses is refused with the line.
function atLine<T>(line: number, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!isHoldfastError(error, "invalid_argument")) throw error;
    throw lineError("corrupt", line, error.message);
  }
}
