// Structured concurrency: work that runs side by side, and ends together.
//
// Problem: a promise that nobody awaits outlives whoever started it, fails where
// nobody looks, and holds sockets and files that were thought closed.
// Method: every task belongs to a scope, and a scope is not left before all that
// belongs to it has ended. The first failure cancels the rest. Cancelling is
// asking: the scope's signal aborts, and a task ends when it next waits on
// something that heeds the signal.
//
//   run(body) --- body --------------------+
//              \- task ------------------------+        all done
//              \- daemon . . . . . . . . . . . . X      then cancelled
//                                                \- defers, last one first
//
// Invariants:
//   SC1  When a scope has ended, so has every task, daemon and scope within it.
//   SC2  Clean-up runs once, after all tasks, whether they failed or not, and is
//        not cancelled.
//   SC3  A failure is reported to whoever left the scope, each exactly once; the
//        echoes that a cancellation makes in other tasks are not failures.
//   SC4  A scope's deadline is never later than that of the scope around it.
//
// Source: Smith, "Notes on structured concurrency", 2018. Departure: a signal
// has to be passed on by hand, since promises can't be cancelled.

import { assert, HoldfastError, InvariantError, isHoldfastError } from "@holdfast/std";
import type { Clock, Timer } from "./clock.ts";

/** Options for a {@link Scope}. */
export interface ScopeOptions {
  /** What to call it in the tree. */
  readonly name?: string;
  /** How long it may take, in milliseconds from now; then it is cancelled with `timeout`. */
  readonly deadlineMs?: number;
  /** Cancels the scope when it aborts. */
  readonly signal?: AbortSignal;
}

/** Work that was started in a scope. */
export interface Task<T> {
  readonly name: string;
  /** What came of it. May be left unawaited: the scope awaits it and reports a failure. */
  readonly done: Promise<T>;
}

/** Tasks are awaited; daemons are cancelled when all tasks have ended. */
type Kind = "task" | "daemon";

interface Entry {
  readonly name: string;
  readonly kind: Kind;
  readonly scope: Scope | null;
}

/**
 * Owns tasks, and ends with the last of them.
 *
 * {@link Scope.run} is for work with a beginning and an end. {@link Scope.open}
 * is for a thing with a life of its own, such as a server: it holds the scope and
 * closes it when it is closed itself.
 *
 * @example
 * const total = await Scope.run(clock, async (scope) => {
 *   const left = scope.spawn("left", (signal) => count(leftHalf, signal));
 *   const right = scope.spawn("right", (signal) => count(rightHalf, signal));
 *   return (await left.done) + (await right.done);
 * }, { deadlineMs: 1_000 });
 */
export class Scope {
  readonly name: string;
  /** By `clock.now()`; infinite where there is none. */
  readonly deadlineAtMs: number;
  readonly #clock: Clock;
  readonly #controller = new AbortController();
  readonly #entries = new Set<Entry>();
  readonly #counts = { task: 0, daemon: 0 };
  readonly #failures: unknown[] = [];
  readonly #cleanups: (() => void | Promise<void>)[] = [];
  readonly #detach: () => void;
  #cancellation: unknown = null;
  #state: "open" | "ending" | "ended" = "open";
  #hasBody = false;
  #wake: (() => void) | null = null;
  #ended: () => void = () => undefined;
  #closing: Promise<void> | null = null;

  private constructor(clock: Clock, options: ScopeOptions, parent: Scope | null) {
    this.name = options.name ?? "scope";
    this.#clock = clock;
    const ownMs = clock.now() + (options.deadlineMs ?? Number.POSITIVE_INFINITY);
    const parentMs = parent?.deadlineAtMs ?? Number.POSITIVE_INFINITY;
    this.deadlineAtMs = Math.min(ownMs, parentMs);
    // The parent's own timer serves where its deadline comes first.
    this.#detach = this.#attach(options, ownMs < parentMs);
    if (parent?.signal.aborted) this.#abort(parent.signal.reason);
  }

  /**
   * Runs `body` in a new scope; resolves to what it returned, once all that it
   * started has ended.
   *
   * @throws What the body or a task threw; an AggregateError where several did.
   *   Otherwise {@link HoldfastError} `cancelled` or `timeout` where the scope was
   *   cancelled, or its deadline passed, before its work was done.
   */
  static run<T>(
    clock: Clock,
    body: (scope: Scope) => Promise<T>,
    options: ScopeOptions = {},
  ): Promise<T> {
    return new Scope(clock, options, null).#run(body);
  }

  /** A scope that lives until {@link close}. */
  static open(clock: Clock, options: ScopeOptions = {}): Scope {
    return new Scope(clock, options, null);
  }

  /** Aborts when the scope is cancelled or fails, and when all its tasks have ended. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** {@link Scope.run}, within this scope, as one of its tasks. */
  async run<T>(body: (scope: Scope) => Promise<T>, options: ScopeOptions = {}): Promise<T> {
    const child = this.#child(options);
    return await this.#enter({ name: child.name, kind: "task", scope: child }, () =>
      child.#run(body),
    );
  }

  /** {@link Scope.open}, within this scope, which closes it at the latest when it ends itself. */
  open(options: ScopeOptions = {}): Scope {
    const child = this.#child(options);
    const ended = new Promise<void>((resolve) => {
      child.#ended = resolve;
    });
    this.#enter({ name: child.name, kind: "daemon", scope: child }, () => ended);
    return child;
  }

  /**
   * Starts `work`, which the scope awaits. If it fails, the scope fails.
   *
   * @param work - Gets the scope's signal, and should end soon after it aborts.
   * @throws {HoldfastError} `cancelled` or `timeout` where the scope was cancelled or has ended.
   */
  spawn<T>(name: string, work: (signal: AbortSignal) => Promise<T>): Task<T> {
    return this.#start(name, "task", work);
  }

  /**
   * Starts `work` that goes on until all tasks of the scope have ended, and is
   * cancelled then. Should it need a scope of its own it gives its signal to
   * {@link Scope.run}: {@link run} would make a task, and the scope wait for it.
   */
  daemon(name: string, work: (signal: AbortSignal) => Promise<void>): Task<void> {
    return this.#start(name, "daemon", work);
  }

  /** Has `cleanup` called when all tasks have ended, later ones first. It should not take long: nothing cancels it. */
  defer(cleanup: () => void | Promise<void>): void {
    if (this.#state === "ended") throw new HoldfastError("closed", `${this.name} has ended`);
    this.#cleanups.push(cleanup);
  }

  /** Asks all that runs in the scope to end. Does nothing where its work is done. */
  cancel(reason: string): void {
    this.#abort(new HoldfastError("cancelled", `${this.name} was cancelled: ${reason}`));
  }

  /**
   * Cancels what runs, and resolves once all of it has ended. The same promise
   * each time. Only for a scope that was opened: one that runs a body ends with it.
   *
   * @throws What tasks threw, before or while they were cancelled.
   */
  close(): Promise<void> {
    assert(!this.#hasBody, "SC2: a scope that runs a body was closed from outside");
    this.#closing ??= (async () => {
      this.cancel("it was closed");
      await this.#end();
      this.#report();
    })();
    // Whoever asks gets the failure; whoever closed it on the way out may not ask.
    this.#closing.catch(() => undefined);
    return this.#closing;
  }

  /** The scope and what runs in it, a line each, indented by depth. */
  tree(): string {
    const lines = [this.name];
    for (const { name, kind, scope } of this.#entries) {
      const below = scope === null ? `${kind} ${name}` : scope.tree();
      for (const line of below.split("\n")) lines.push(`  ${line}`);
    }
    return lines.join("\n");
  }

  /** @throws {InvariantError} Where anything still runs in the scope; shows what. For tests. */
  assertSettled(): void {
    if (this.#entries.size > 0) throw new InvariantError(`SC1: still running\n${this.tree()}`);
  }

  #attach({ signal, deadlineMs }: ScopeOptions, ownDeadline: boolean): () => void {
    let timer: Timer | null = null;
    if (deadlineMs !== undefined && ownDeadline) {
      const sentence = `${this.name} took longer than ${deadlineMs} ms`;
      const expire = (): void => this.#abort(new HoldfastError("timeout", sentence));
      timer = this.#clock.timer(deadlineMs, expire);
    }
    const follow = (): void => this.#abort(cancellation(this.name, signal?.reason));
    if (signal?.aborted) follow();
    else signal?.addEventListener("abort", follow, { once: true });
    return () => {
      timer?.cancel();
      signal?.removeEventListener("abort", follow);
    };
  }

  #child(options: ScopeOptions): Scope {
    this.#requireOpen();
    return new Scope(this.#clock, options, this);
  }

  #start<T>(name: string, kind: Kind, work: (signal: AbortSignal) => Promise<T>): Task<T> {
    this.#requireOpen();
    const done = this.#enter({ name, kind, scope: null }, async () => {
      try {
        return await work(this.signal);
      } catch (error) {
        this.#fail(error);
        throw error;
      }
    });
    done.catch(() => undefined);
    return { name, done };
  }

  async #run<T>(body: (scope: Scope) => Promise<T>): Promise<T> {
    this.#hasBody = true;
    let outcome: { readonly value: T } | null = null;
    try {
      this.#requireOpen();
      outcome = { value: await body(this) };
    } catch (error) {
      this.#fail(error);
    }
    await this.#end();
    this.#report();
    if (this.#cancellation !== null) throw this.#cancellation;
    assert(outcome !== null, "SC3: a body that failed without a failure");
    return outcome.value;
  }

  async #enter<T>(entry: Entry, work: () => Promise<T>): Promise<T> {
    this.#entries.add(entry);
    this.#counts[entry.kind] += 1;
    try {
      return await work();
    } finally {
      this.#entries.delete(entry);
      this.#counts[entry.kind] -= 1;
      this.#wake?.();
    }
  }

  async #end(): Promise<void> {
    await this.#quiet("task");
    this.#state = "ending";
    this.#controller.abort(new HoldfastError("cancelled", `${this.name} has ended`));
    for (const { kind, scope } of this.#entries) {
      if (kind === "daemon") scope?.close().catch((error) => this.#failures.push(error));
    }
    await this.#quiet("daemon");
    for (let next = this.#cleanups.pop(); next !== undefined; next = this.#cleanups.pop()) {
      try {
        await next();
      } catch (error) {
        this.#failures.push(error);
      }
    }
    this.#detach();
    this.#state = "ended";
    assert(this.#entries.size === 0, "SC1: a scope ended before its tasks");
    this.#ended();
  }

  async #quiet(kind: Kind): Promise<void> {
    while (this.#counts[kind] > 0) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    this.#wake = null;
  }

  #abort(reason: unknown): void {
    if (this.#state !== "open" || this.signal.aborted) return;
    this.#cancellation = reason;
    this.#controller.abort(reason);
    for (const { scope } of this.#entries) if (scope !== null) scope.#abort(reason);
  }

  #fail(error: unknown): void {
    if (this.#isEcho(error) || this.#failures.includes(error)) return;
    this.#failures.push(error);
    const sentence = `${this.name} failed: ${error}`;
    this.#abort(new HoldfastError("cancelled", sentence, { cause: error }));
  }

  #isEcho(error: unknown): boolean {
    if (!this.signal.aborted) return false;
    const isAbortError = error instanceof Error && error.name === "AbortError";
    return error === this.signal.reason || isHoldfastError(error, "cancelled") || isAbortError;
  }

  #report(): void {
    if (this.#failures.length === 0) return;
    if (this.#failures.length === 1) throw this.#failures[0];
    const sentence = `${this.#failures.length} failures in ${this.name}`;
    throw new AggregateError(this.#failures, sentence);
  }

  #requireOpen(): void {
    if (this.signal.aborted) throw this.signal.reason;
  }
}

function cancellation(name: string, reason: unknown): HoldfastError {
  if (isHoldfastError(reason, "cancelled", "timeout")) return reason;
  return new HoldfastError("cancelled", `${name} was cancelled`, { cause: reason });
}
