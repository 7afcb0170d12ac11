// Steps of transactions as columns: which key, what was written or read, and who wrote it.
//
// An element is one value of one key, numbered. A step writes an element, or reads one (-1
// for the initial state). A read is external where it is the transaction's first step on
// the key: then it tells what others did before.

import { HoldfastError } from "@holdfast/std";
import { IntColumn } from "../graph/int_column.ts";
import { PairTable } from "../graph/pair_table.ts";
import { answered, failed, OperationTable } from "./operation_table.ts";
import { stepsInTransactionMax, type TransactionOperation, type Value } from "./transaction.ts";
import { type Place, ScalarTable } from "./value_table.ts";

export const write = 0;
export const externalRead = 1;
export const innerRead = 2;

/** Writers of an element: nobody that is known, or more than one. */
export const nobody = -1;
export const several = -2;

/** The element of the initial state. */
export const initial = -1;

/** A read that contradicts other steps of its own transaction. */
export interface StepFault {
  readonly operation: number;
  readonly step: readonly unknown[];
  /** What had to be read. */
  readonly expected?: unknown;
  /** What was read before it was written. */
  readonly element?: Value;
}

/** The columns. */
export class StepTable implements Place {
  readonly operations = new OperationTable();
  /** Where the steps of each operation begin. */
  readonly firstStep = new IntColumn(1024);
  readonly stepKind = new IntColumn(1024);
  readonly stepKey = new IntColumn(1024);
  /** What was written; for a read of a list, its last element. */
  readonly stepElement = new IntColumn(1024);

  readonly keyCodes = new IntColumn(256);
  readonly elementKey = new IntColumn(1024);
  readonly elementValue = new IntColumn(1024);
  /** Who wrote each element: an operation, `nobody` or `several`. */
  readonly elementWriter = new IntColumn(1024);
  /** 1 where its transaction wrote to the key again. */
  readonly elementIsIntermediate = new IntColumn(1024);

  readonly internal: StepFault[] = [];
  readonly futureReads: StepFault[] = [];
  /** Elements that more than one transaction may have written. */
  readonly duplicateWrites: number[] = [];
  /** The newest operation, its outcome, and the step of it that is being taken in. */
  protected operation = -1;
  protected outcome = answered;
  protected place = 0;
  /** Whether a step of the newest operation may contradict another. */
  protected suspicious = false;

  readonly #keys = new Map<number, number>();
  readonly #scalars = new ScalarTable();
  readonly #elements = new PairTable();
  // The newest step and write of each key.
  readonly #lastStep = new IntColumn(256);
  readonly #lastWrite = new IntColumn(256);
  // For each step of the newest operation, the one before it on its key.
  readonly #earlier: number[] = [];

  /** The number of a value of a key. @throws {HoldfastError} where it is no value. */
  element(key: number, value: Value): number {
    const code = this.#scalars.code(value, this);
    const element = this.#elements.add(key, code);
    if (element === this.elementKey.size) {
      this.elementKey.push(key);
      this.elementValue.push(code);
      this.elementWriter.push(nobody);
      this.elementIsIntermediate.push(0);
    }
    return element;
  }

  /** The value of an element; null for the initial state. */
  valueOf(element: number): Value | null {
    return element === initial ? null : this.#scalars.scalar(this.elementValue.at(element));
  }

  keyName(key: number): string | number {
    return this.#scalars.scalar(this.keyCodes.at(key)) as string | number;
  }

  /** The end of an operation's steps. */
  endStep(operation: number): number {
    return operation + 1 < this.firstStep.size
      ? this.firstStep.at(operation + 1)
      : this.stepKind.size;
  }

  /** The operation that a step belongs to. Logarithmic. */
  operationOf(step: number): number {
    let low = 0;
    let high = this.operations.size - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.firstStep.at(middle) <= step) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** Who wrote an element and did not fail; -1 where nobody is known to. */
  writerOf(element: number): number {
    if (element === initial) return -1;
    const writer = this.elementWriter.at(element);
    return writer >= 0 && this.operations.outcome.at(writer) !== failed ? writer : -1;
  }

  /** Steps of an operation, of one kind. */
  *stepsOf(operation: number, kind: number): Generator<number> {
    const end = this.endStep(operation);
    for (let step = this.firstStep.at(operation); step < end; step += 1) {
      if (this.stepKind.at(step) === kind) yield step;
    }
  }

  /** Takes in who and when, and answers the steps: what was answered, or else what was asked. */
  protected begin<Step>(operation: TransactionOperation<Step>): readonly Step[] {
    const number = this.operations.add(operation);
    this.firstStep.push(this.stepKind.size);
    this.operation = number;
    this.outcome = this.operations.outcome.at(number);
    this.suspicious = false;
    const steps = this.outcome === answered ? operation.output : operation.input;
    if (!Array.isArray(steps)) {
      throw new HoldfastError("invalid_argument", `operation ${number} has no list of steps`);
    }
    if (steps.length > stepsInTransactionMax) {
      const sentence = `operation ${number} has ${steps.length} steps; at most ${stepsInTransactionMax}`;
      throw new HoldfastError("too_large", sentence);
    }
    return steps;
  }

  /** Says which step is being taken in, for an error. */
  where(): string {
    return `operation ${this.operation}, step ${this.place}`;
  }

  /** The number of a key. @throws {HoldfastError} where it is none. */
  protected key(name: unknown): number {
    if (typeof name === "boolean") {
      throw new HoldfastError("invalid_argument", `${this.where()}: the key is a boolean`);
    }
    const code = this.#scalars.code(name, this);
    const known = this.#keys.get(code);
    if (known !== undefined) return known;
    const key = this.keyCodes.push(code);
    this.#keys.set(code, key);
    this.#lastStep.push(-1);
    this.#lastWrite.push(-1);
    return key;
  }

  /** The newest step of this operation on a key; -1 where there is none. */
  protected stepBefore(key: number): number {
    const last = this.#lastStep.at(key);
    return last >= this.firstStep.at(this.operation) ? last : -1;
  }

  /** The step before a step of the newest operation, on the same key; -1 where there is none. */
  protected earlier(step: number): number {
    return this.#earlier[step - this.firstStep.at(this.operation)]!;
  }

  protected addWrite(key: number, value: Value): void {
    const known = this.elementKey.size;
    const element = this.element(key, value);
    // What nobody mentioned until now, its own transaction did not read before either.
    if (element < known && this.stepBefore(key) !== -1) this.suspicious = true;
    this.#noteWriter(element);
    const last = this.#lastWrite.at(key);
    if (last >= this.firstStep.at(this.operation)) {
      this.elementIsIntermediate.set(this.stepElement.at(last), 1);
    }
    this.#lastWrite.set(key, this.#push(write, key, element));
  }

  protected addRead(key: number, element: number): void {
    this.#push(this.stepBefore(key) === -1 ? externalRead : innerRead, key, element);
  }

  #noteWriter(element: number): void {
    const { outcome, operation } = this;
    const writer = this.elementWriter.at(element);
    const writerFailed = writer >= 0 && this.operations.outcome.at(writer) === failed;
    if (writer === nobody || (writerFailed && outcome !== failed)) {
      this.elementWriter.set(element, operation);
    } else if (outcome !== failed) {
      this.elementWriter.set(element, several);
      this.duplicateWrites.push(element);
    }
  }

  #push(kind: number, key: number, element: number): number {
    this.stepKind.push(kind);
    this.stepElement.push(element);
    const before = this.stepBefore(key);
    const step = this.stepKey.push(key);
    this.#earlier[step - this.firstStep.at(this.operation)] = before;
    this.#lastStep.set(key, step);
    return step;
  }
}
