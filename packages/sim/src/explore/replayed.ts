// A machine whose state can't be copied, as a value: the list of what it was fed.
//
// A machine without I/O does nothing but what its inputs make it do. So its inputs
// stand for its state: two machines that were fed the same are in the same state,
// and to go on from a state that was left, a new machine is fed the list again.
//
// This is sound: machines that differ are never taken for one. It is not complete:
// two that came to the same by other ways count as different, so that more states
// are visited than there are, never fewer.

/** How to run a machine again. Both functions give the same result each time. */
export interface Replay<Machine, Input, Output> {
  /** A machine that was fed nothing. */
  begin(): Machine;
  /** Feeds `input`; what came of it. The machine keeps nothing of `input` that it changes. */
  feed(machine: Machine, input: Input): Output;
}

/** A machine that was fed some inputs. Never changes. */
export class Replayed<Machine, Input, Output> {
  readonly #replay: Replay<Machine, Input, Output>;
  readonly #before: Replayed<Machine, Input, Output> | null;
  readonly #input: Input | null;

  private constructor(
    replay: Replay<Machine, Input, Output>,
    before: Replayed<Machine, Input, Output> | null,
    input: Input | null,
  ) {
    this.#replay = replay;
    this.#before = before;
    this.#input = input;
  }

  /** The machine before its first input. */
  static begin<Machine, Input, Output>(
    replay: Replay<Machine, Input, Output>,
  ): Replayed<Machine, Input, Output> {
    return new Replayed(replay, null, null);
  }

  /** What it was fed, first to last. Plain data, as everything in a state. O(inputs). */
  get inputs(): readonly Input[] {
    const inputs: Input[] = [];
    this.#gather(inputs);
    return inputs;
  }

  /** Feeds one input more: the machine after it, and what came of it. O(inputs). */
  feed(input: Input): {
    readonly machine: Replayed<Machine, Input, Output>;
    readonly output: Output;
  } {
    const output = this.#replay.feed(this.instance(), input);
    return { machine: new Replayed(this.#replay, this, input), output };
  }

  /** A machine in this state, for asking. Whatever is done to it has no effect here. O(inputs). */
  instance(): Machine {
    const machine = this.#replay.begin();
    for (const input of this.inputs) this.#replay.feed(machine, input);
    return machine;
  }

  #gather(inputs: Input[]): void {
    if (this.#before === null) return;
    this.#before.#gather(inputs);
    inputs.push(this.#input as Input);
  }
}
