// Local edits, one change at a time.
//
// A change is what its author means as one step: it becomes consecutive events,
// one patch and one step of undo, or, where something in it throws, nothing at all.

import { type AgentId, type EventRun, eventsMax, versionContains } from "@holdfast/causality";
import { HoldfastError, isWellFormed } from "@holdfast/std";
import { isListId } from "./content/container.ts";
import { checkKey, parentsMax } from "./content/limits.ts";
import type { DocumentFile } from "./file/document_file.ts";
import { History, type HistoryMark } from "./history/history.ts";
import {
  type Content,
  type Operation,
  operationLength,
  operationRow,
} from "./history/operation.ts";
import { Revivals } from "./revivals.ts";
import { ChangeRecord } from "./state/change_record.ts";
import { DocumentState } from "./state/document_state.ts";

/** A change that was made. */
export interface LocalChange {
  readonly run: EventRun;
  /** Local numbers of its events. */
  readonly start: number;
  readonly end: number;
  readonly record: ChangeRecord;
}

interface OpenChange {
  readonly mark: HistoryMark;
  readonly record: ChangeRecord;
}

/** One replica's writing end. */
export class Editor {
  readonly agent: AgentId;
  readonly history: History;
  readonly state: DocumentState;
  /** What undo brought back. */
  readonly revivals = new Revivals();
  #open: OpenChange | null = null;

  /** @param file - What the document begins with. */
  constructor(agent: AgentId, file: DocumentFile | null = null) {
    this.agent = agent;
    const hasMore = file !== null && file.appendedSize > 0;
    this.history = new History(hasMore ? null : file?.sealed);
    this.state = new DocumentState(this.history, file);
    if (!hasMore) return;
    this.history.loadAll(file);
    const later = { start: file.size, end: this.history.size };
    this.state.applyAll([later], this.history.graph.frontier, null);
  }

  /** Tells whether a change is being made. */
  get isOpen(): boolean {
    return this.#open !== null;
  }

  /**
   * Runs `fn`, and makes one change of the edits in it.
   *
   * @returns Null where there were none.
   */
  change(fn: () => void): LocalChange | null {
    const open = { mark: this.history.mark(), record: new ChangeRecord() };
    const revived = this.revivals.count;
    this.#open = open;
    try {
      fn();
    } catch (error) {
      this.history.truncate(open.mark);
      this.state.revert(open.record, open.mark.frontier);
      this.revivals.truncate(revived);
      throw error;
    } finally {
      this.#open = null;
    }
    const start = open.mark.size;
    const end = this.history.size;
    if (start === end) return null;
    const { agent } = this;
    const to = this.history.graph.next(agent);
    return { run: { agent, from: to - (end - start), to }, start, end, record: open.record };
  }

  /**
   * Replaces `deleted` units of a text from `at` on by `inserted`, as one change of which
   * nobody wants a record. Needs that no change is open.
   *
   * @returns The number after that of its last event.
   */
  splice(container: string, at: number, deleted: number, inserted: string): number {
    const { history, state } = this;
    if (!state.sequences.isPlain(container, at, deleted)) this.#checkDelete(container, at, deleted);
    checkInserted(inserted);
    const count = deleted + inserted.length;
    this.#checkRoom(container, count);
    if (count === 0) return history.size;
    state.sequences.open(container);
    while (state.headCount > parentsMax) this.#joinHeads();
    history.appendSplice(this.agent, container, at, deleted, inserted);
    state.applyOwn(container, at, deleted, inserted);
    return history.size;
  }

  /** Does what {@link splice} does, also to a list, as part of the open change: both or neither. Needs an open change, here and below. */
  replace(container: string, at: number, deleted: number, inserted: Content): void {
    this.#checkDelete(container, at, deleted);
    if (!isListId(container)) checkInserted(inserted as string);
    this.#checkRoom(container, deleted + inserted.length);
    this.delete(container, at, deleted);
    this.insert(container, at, inserted);
  }

  /** Inserts into a text or a list. */
  insert(container: string, at: number, content: Content): void {
    this.#checkPosition(container, at);
    if (!isListId(container)) checkInserted(content as string);
    if (content.length > 0) this.#append({ type: "insert", container, at, content });
  }

  /** Deletes from a text or a list. */
  delete(container: string, at: number, length: number): void {
    this.#checkDelete(container, at, length);
    if (length > 0) this.#append({ type: "delete", container, at, length, backward: false });
  }

  /** Sets a key of a map to an encoded value; null deletes it. */
  set(container: string, key: string, value: Uint8Array | null): void {
    checkKey(key);
    this.#append({ type: "set", container, key, value });
  }

  #append(operation: Exclude<Operation, { readonly type: "merge" }>): void {
    const { record } = this.#open!;
    this.#checkRoom(operation.container, operationLength(operation));
    while (this.state.headCount > parentsMax) this.#joinHeads();
    const row = operationRow(operation);
    const start = this.history.append(this.agent, this.state.frontier, row);
    this.state.apply({ start, end: this.history.size }, record);
  }

  // More heads than an event may have as parents: the first so many become one.
  #joinHeads(): void {
    const { graph } = this.history;
    const next = graph.next(this.agent);
    const own = next === 0 ? null : graph.find({ agent: this.agent, seq: next - 1 });
    const heads = this.state.frontier;
    const ownHead = heads.find((head) => own !== null && versionContains(graph, [head], own));
    const others = heads.filter((head) => head !== ownHead);
    const joined =
      ownHead === undefined
        ? others.slice(0, parentsMax)
        : [ownHead, ...others.slice(0, parentsMax - 1)];
    const start = this.history.append(
      this.agent,
      joined.sort((a, b) => a - b),
      operationRow({ type: "merge" }),
    );
    this.state.apply({ start, end: start + 1 }, this.#open?.record ?? null);
  }

  #checkRoom(container: string, events: number): void {
    if (events > 0) this.history.operations.checkContainer(container);
    if (this.history.size + events > eventsMax) {
      throw new HoldfastError("too_large", `document of more than ${eventsMax} events`);
    }
  }

  #checkDelete(container: string, at: number, length: number): void {
    if (!Number.isSafeInteger(length) || length < 0) throw invalid(`can't delete ${length} units`);
    this.#checkPosition(container, at);
    if (length > 0) this.#checkPosition(container, at + length);
  }

  #checkPosition(container: string, at: number): void {
    const length = this.state.sequences.length(container);
    if (!Number.isSafeInteger(at) || at < 0 || at > length) {
      const whole = isListId(container) ? `list of ${length} values` : `text of ${length} units`;
      throw invalid(`position ${at} in a ${whole}`);
    }
    if (this.state.sequences.splitsPair(container, at)) {
      throw invalid(`position ${at} is inside of a surrogate pair`);
    }
  }
}

function checkInserted(text: string): void {
  if (typeof text !== "string") throw invalid(`can't insert ${typeof text}`);
  if (!isWellFormed(text)) throw invalid("inserted text holds half a surrogate pair");
}

function invalid(sentence: string): HoldfastError {
  return new HoldfastError("invalid_argument", sentence);
}

/**
 * Calls `fn`, of which what comes after an `await` would be no part of the change any more.
 *
 * @throws {HoldfastError} `invalid_argument` where it is not done when it returns.
 */
export function runNow(fn: () => unknown): void {
  const result = fn();
  if (typeof (result as PromiseLike<unknown> | undefined)?.then === "function") {
    throw invalid("a change that goes on after its function returned");
  }
}
