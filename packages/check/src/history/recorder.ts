// Records what an asynchronous client is asked for and what comes of it.

import { HistoryBuilder } from "./history_builder.ts";
import type { History } from "./operation.ts";

/** How to record. */
export interface RecorderOptions {
  /**
   * Milliseconds, or any other numbers that grow. Left out, events are numbered, which
   * tells apart what a clock would give the same time.
   */
  readonly now?: () => number;
}

/** How to record an operation. */
export interface RecordOptions {
  /**
   * Whether an error says that the operation certainly did not happen. Left out, none does:
   * after a rejection nobody knows.
   */
  readonly isFail?: (error: unknown) => boolean;
}

/** How to record a client. */
export interface ClientOptions<Input, Output> extends RecordOptions {
  /** What a call asks for; undefined for what is not to be recorded. */
  readonly input: (method: string, parameters: readonly unknown[]) => Input | undefined;
  /** What an answer says. Left out, it is taken as it is. */
  readonly output?: (method: string, value: unknown) => Output;
}

interface Watching<Input, Output> {
  readonly input: Input;
  readonly outputOf: (value: unknown) => Output;
  readonly isFail: ((error: unknown) => boolean) | undefined;
}

/**
 * Records operations of many processes into one history.
 *
 * A process that is asked while it waits, or after one of its operations ended with an
 * unknown outcome, goes on under another name (`ann`, `ann.2`, ...): a process does one thing
 * at a time, and what is unknown may still happen.
 *
 * @example
 * const recorder = new Recorder<KvInput, KvOutput>();
 * const client = recorder.client("ann", connect(), {
 *   input: (method, [key, value]) => (method === "get" ? { f: "get", key } : { f: "put", key, value }),
 * });
 * await client.put("k", "v");
 * checkLinearizability(recorder.history(), kv());
 */
export class Recorder<Input, Output> {
  readonly #builder = new HistoryBuilder<Input, Output>();
  #failure: { readonly error: unknown } | null = null;
  readonly #now: (() => number) | undefined;
  // Of each process: the names under which it waits for nothing, and how many it has.
  readonly #free = new Map<string, { readonly names: string[]; count: number }>();

  constructor({ now }: RecorderOptions = {}) {
    this.#now = now;
  }

  /**
   * Does `act` and records it: `ok` with its value where it fulfils, and where it rejects or
   * throws `info`, or `fail` if `isFail` says so. Returns what `act` does, or throws it.
   */
  record<Promised extends PromiseLike<Output>>(
    process: string,
    input: Input,
    act: () => Promised,
    { isFail }: RecordOptions = {},
  ): Promised {
    return this.#watch(process, { input, outputOf: (value) => value as Output, isFail }, act);
  }

  /**
   * The same client, whose methods are recorded as operations of `process`. A method that
   * answers at once is recorded as well.
   */
  client<Client extends object>(
    process: string,
    client: Client,
    options: ClientOptions<Input, Output>,
  ): Client {
    return new Proxy(client, {
      get: (target, name) => {
        const method: unknown = Reflect.get(target, name, target);
        if (typeof method !== "function" || typeof name !== "string") return method;
        return (...parameters: unknown[]) => {
          const act = (): unknown => Reflect.apply(method, target, parameters);
          const input = options.input(name, parameters);
          if (input === undefined) return act();
          const outputOf = (value: unknown) =>
            options.output === undefined ? (value as Output) : options.output(name, value);
          const { isFail } = options;
          return this.#watch(process, { input, outputOf, isFail }, act);
        };
      },
    });
  }

  /** What was recorded up to now. What goes on is `info`. Throws what an `output` function threw. */
  history(): History<Input, Output> {
    if (this.#failure !== null) throw this.#failure.error;
    return this.#builder.build();
  }

  #watch<Result>(
    process: string,
    { input, outputOf, isFail }: Watching<Input, Output>,
    act: () => Result,
  ): Result {
    const name = this.#begin(process, input);
    const fulfil = (value: unknown) => {
      let output: Output;
      try {
        output = outputOf(value);
      } catch (error) {
        // Thrown here it would reach the client's caller, or nobody.
        this.#failure ??= { error };
        this.#builder.info(name, this.#now?.());
        return;
      }
      this.#builder.ok(name, output, this.#now?.());
      this.#free.get(process)!.names.push(name);
    };
    const reject = (error: unknown) => {
      if (isFail?.(error) !== true) {
        this.#builder.info(name, this.#now?.());
        return;
      }
      this.#builder.fail(name, this.#now?.());
      this.#free.get(process)!.names.push(name);
    };
    let result: Result;
    try {
      result = act();
    } catch (error) {
      reject(error);
      throw error;
    }
    if (isPromised(result)) result.then(fulfil, reject);
    else fulfil(result);
    return result;
  }

  #begin(process: string, input: Input): string {
    let names = this.#free.get(process);
    if (names === undefined) {
      names = { names: [process], count: 1 };
      this.#free.set(process, names);
    }
    let name = names.names.pop();
    if (name === undefined) {
      names.count += 1;
      name = `${process}.${names.count}`;
    }
    this.#builder.invoke(name, input, this.#now?.());
    return name;
  }
}

function isPromised(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === "object" &&
    value !== null &&
    typeof (value as { then?: unknown }).then === "function"
  );
}
