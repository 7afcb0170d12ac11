// Reads and writes one by one, by session: what of a history the judge of sessions looks at.
//
// A session is a process. Its accesses are in the order of its operations, and of their
// steps. What failed did not happen; of a write whose outcome nobody knows, one that somebody
// read happened, after what its session had done before, and nobody knows when: it is a
// session of its own, which begins where the other was ("forks" from it):
//
//   ann   w x 1   r y 2   w x 3 ?   r x 1        0  w x 1 -- r y 2 -- r x 1
//                                                1            \- w x 3

import { IntColumn } from "../graph/int_column.ts";
import { answered, failed, unclear } from "../isolation/operation_table.ts";
import type { RegisterIntake } from "../isolation/register_intake.ts";
import { initial, nobody, several, write } from "../isolation/step_table.ts";

/** What a read read that was there before all writes. */
export const initialState = -1;
/** What a read read of which nobody knows who wrote it. */
export const unknownWriter = -2;
/** What a read read that nobody wrote, or only an operation that failed. */
export const thinAir = -3;

/** Before the first access of a session. */
export const none = -1;

/** The accesses of a history, by number. */
export class AccessTable {
  /** Session, and place in it from 0. */
  readonly session = new IntColumn(1024);
  readonly index = new IntColumn(1024);
  readonly key = new IntColumn(1024);
  /** For a read, the access that wrote what it read, or one of the constants. */
  readonly writer = new IntColumn(1024);
  readonly isWrite = new IntColumn(1024);
  readonly operation = new IntColumn(1024);
  readonly step = new IntColumn(1024);
  /** The accesses of each session, in order. */
  readonly sessions: number[][] = [];
  /** The access from which a session of a single write forks, or `none`. */
  readonly forks: number[] = [];
  /** Whether a value that was written more than once was read. */
  hasDuplicates = false;
  readonly #steps: RegisterIntake;

  /** @param complete - Whether what nobody wrote can't have been there before. */
  constructor(steps: RegisterIntake, complete: boolean) {
    this.#steps = steps;
    const writeOf = new Int32Array(steps.elementKey.size).fill(none);
    const observed = this.#observed();
    const sessionOf = new Map<number, number>();
    for (let operation = 0; operation < steps.operations.size; operation += 1) {
      const outcome = steps.operations.outcome.at(operation);
      if (outcome === failed) continue;
      const session = this.#sessionOf(sessionOf, steps.operations.process.at(operation));
      const end = steps.endStep(operation);
      for (let step = steps.firstStep.at(operation); step < end; step += 1) {
        const element = steps.stepElement.at(step);
        const isWrite = steps.stepKind.at(step) === write;
        if (outcome === unclear && !(isWrite && observed[element] === 1)) continue;
        const own = outcome === answered ? session : this.#fork(session);
        const access = this.#add(own, operation, step);
        if (isWrite && steps.elementWriter.at(element) !== several) writeOf[element] = access;
      }
    }
    for (let access = 0; access < this.size; access += 1) {
      if (this.isWrite.at(access) === 1) continue;
      const element = steps.stepElement.at(this.step.at(access));
      this.writer.set(access, this.#writerOf(element, { writeOf, complete }));
    }
  }

  get size(): number {
    return this.session.size;
  }

  /** The key of an access, as people named it. */
  keyName(access: number): string | number {
    return this.#steps.keyName(this.key.at(access));
  }

  /** What an access wrote or read. */
  value(access: number): unknown {
    return this.#steps.valueOf(this.#steps.stepElement.at(this.step.at(access)));
  }

  /** The process of an access. */
  processName(access: number): string {
    return this.#steps.operations.processName(this.operation.at(access));
  }

  /** How many keys there are. */
  get keyCount(): number {
    return this.#steps.keyCodes.size;
  }

  // Elements that a read that was answered saw.
  #observed(): Uint8Array {
    const observed = new Uint8Array(this.#steps.elementKey.size);
    for (let step = 0; step < this.#steps.stepKind.size; step += 1) {
      const element = this.#steps.stepElement.at(step);
      if (this.#steps.stepKind.at(step) !== write && element !== initial) observed[element] = 1;
    }
    return observed;
  }

  #sessionOf(known: Map<number, number>, process: number): number {
    const session = known.get(process);
    if (session !== undefined) return session;
    known.set(process, this.sessions.length);
    return this.#session(none);
  }

  #fork(session: number): number {
    const accesses = this.sessions[session]!;
    return this.#session(accesses.length === 0 ? none : accesses[accesses.length - 1]!);
  }

  #session(fork: number): number {
    this.forks.push(fork);
    return this.sessions.push([]) - 1;
  }

  #add(session: number, operation: number, step: number): number {
    const access = this.session.push(session);
    this.index.push(this.sessions[session]!.push(access) - 1);
    this.key.push(this.#steps.stepKey.at(step));
    this.writer.push(unknownWriter);
    this.isWrite.push(this.#steps.stepKind.at(step) === write ? 1 : 0);
    this.operation.push(operation);
    this.step.push(step);
    return access;
  }

  #writerOf(
    element: number,
    of: { readonly writeOf: Int32Array; readonly complete: boolean },
  ): number {
    if (element === initial) return initialState;
    const writer = this.#steps.elementWriter.at(element);
    if (writer === several) {
      this.hasDuplicates = true;
      return unknownWriter;
    }
    if (writer === nobody) return of.complete ? thinAir : unknownWriter;
    return this.#steps.operations.outcome.at(writer) === failed ? thinAir : of.writeOf[element]!;
  }
}
