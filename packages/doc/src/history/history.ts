// All that ever happened to a document: the event graph, and what each event did.
//
// This is the document; texts, lists and maps are what it adds up to. It holds what was
// checked already, and checks nothing itself.

import {
  type AgentId,
  EventGraph,
  type EventId,
  type LocalFrontier,
  type LocalRange,
  type SealedGraph,
} from "@holdfast/causality";
import { HoldfastError } from "@holdfast/std";
import { unknownUnit } from "../content/content_log.ts";
import { operationRow, operationTags, type Stretch, type StretchRow } from "./operation.ts";
import { OperationLog, type SealedOperations } from "./operation_log.ts";
import type { PlainBatch } from "./plain_batch.ts";

/** A point that a history can return to; see {@link History.truncate}. */
export interface HistoryMark {
  readonly size: number;
  readonly frontier: LocalFrontier;
  readonly containerCount: number;
}

/** What a file says of the events in it, before they are read. */
export interface SealedHistory {
  readonly graph: Omit<SealedGraph, "open">;
  readonly operations: Omit<SealedOperations, "open">;
  /**
   * Reads the events into an empty history.
   *
   * @returns Inserts whose text was left out, in order, apart.
   */
  load(history: History): readonly LocalRange[];
}

/** Events of one document, by local number. */
export class History {
  readonly graph: EventGraph;
  readonly operations: OperationLog;
  // How many events came sealed.
  readonly #seam: number;
  #omitted: readonly LocalRange[] = [];

  /** @param sealed - What it begins with: read when somebody asks for an event of it. */
  constructor(sealed: SealedHistory | null = null) {
    this.#seam = sealed?.graph.size ?? 0;
    if (sealed === null) {
      this.graph = new EventGraph();
      this.operations = new OperationLog();
      return;
    }
    let opened: History | null = null;
    const open = (): History => {
      if (opened === null) {
        const history = new History();
        this.#omitted = sealed.load(history);
        opened = history;
      }
      return opened;
    };
    this.graph = new EventGraph({ ...sealed.graph, open: () => open().graph });
    this.operations = new OperationLog({ ...sealed.operations, open: () => open().operations });
  }

  /** How many events are held; also the next local number. */
  get size(): number {
    return this.graph.size;
  }

  /**
   * Adds the next events of `agent`: those of `row` but the first `skipped`. Parents as in
   * {@link EventGraph.add}. Returns the first's number.
   */
  append(agent: AgentId, parents: LocalFrontier, row: StretchRow, skipped = 0): number {
    const start = this.graph.add(agent, row.length - skipped, parents);
    this.operations.append(row, skipped);
    return start;
  }

  /** Adds events that follow the last one of all: of its agent, each upon the one before, in one text. */
  appendPlain(container: string, batch: PlainBatch, text: string, textFrom: number): void {
    if (batch.count === 0) return;
    const { graph, operations } = this;
    const last = graph.size - 1;
    graph.add(graph.agentOf(last), batch.events, [last]);
    operations.appendPlain(operations.containerIndex(container), batch, text, textFrom);
  }

  /** Adds the next events of `agent`, upon all that is held: they delete units of a text at `at`, and insert there. */
  appendSplice(
    agent: AgentId,
    container: string,
    at: number,
    deleted: number,
    inserted: string,
  ): void {
    const { graph, operations } = this;
    graph.addOwn(agent, deleted + inserted.length);
    const index = operations.containerIndex(container);
    if (deleted > 0) operations.appendDelete(index, operationTags.delete, at, deleted);
    if (inserted !== "") operations.appendInsert(index, at, inserted);
  }

  /** Reads all events of a file, into an empty history. */
  loadAll(file: Pick<SealedHistory, "load">): void {
    this.#omitted = file.load(this);
  }

  /** Inserts whose text was left out of the file, in order, apart; asking reads the file. */
  omitted(): readonly LocalRange[] {
    if (this.#seam > 0) this.graph.entryIndex(0);
    return this.#omitted;
  }

  /** Those of {@link omitted} from the event `since` on; asks the file only where there can be some. O(omitted). */
  omittedSince(since: number): readonly LocalRange[] {
    const omitted = since < this.#seam ? this.omitted() : this.#omitted;
    return omitted
      .filter(({ end }) => end > since)
      .map(({ start, end }) => ({ start: Math.max(start, since), end }));
  }

  /** Tells whether the text of an event of `range` was left out of the file. O(log of those). */
  isOmitted({ start, end }: LocalRange): boolean {
    const omitted = start < this.#seam ? this.omitted() : this.#omitted;
    let low = 0;
    let high = omitted.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (omitted[middle]!.end <= start) low = middle + 1;
      else high = middle;
    }
    return low < omitted.length && omitted[low]!.start < end;
  }

  /**
   * Index of the graph's entry that continues the one before it, because a sealed beginning ended
   * there; the number of entries where there is none.
   */
  seamEntry(): number {
    const { graph } = this;
    if (this.#seam === 0 || this.#seam === this.size) return graph.entryCount;
    const index = graph.entryIndex(this.#seam);
    const continues =
      graph.entryStart(index) === this.#seam &&
      graph.isLinear(this.#seam) &&
      graph.agentOf(this.#seam) === graph.id(this.#seam - 1).agent;
    return continues ? index : graph.entryCount;
  }

  /**
   * The same with entries and rows as long as they can be: where a sealed beginning ended, they
   * were cut. Itself where there is no such seam. O(history) where there is.
   */
  joined(): History {
    if (this.#seam === 0 || this.#seam === this.size) return this;
    const whole = new History();
    for (let index = 0; index < this.graph.entryCount; index += 1) {
      const { start, end, agent } = this.graph.entry(index);
      for (const row of this.operations.rows({ start, end })) {
        const operation = operationRow(this.operations.operation(row));
        whole.append(agent, this.graph.parents(row.start), operation);
      }
    }
    return whole;
  }

  /** Where to return to when what is appended from now on proves wrong. */
  mark(): HistoryMark {
    const { graph, operations } = this;
    const containerCount = operations.containers.length;
    return { size: graph.size, frontier: graph.frontier, containerCount };
  }

  /** Forgets what was appended since `mark`. */
  truncate(mark: HistoryMark): void {
    this.operations.truncate(mark.size, mark.containerCount);
    this.graph.truncate(mark.size, mark.frontier);
  }

  /**
   * The events of `ranges` as stretches, in the order given. O(rows and entries found, inserted text).
   *
   * @throws {HoldfastError} `not_found` where text among them was left out of the file.
   */
  stretches(ranges: readonly LocalRange[]): readonly Stretch[] {
    if (ranges.some((range) => this.isOmitted(range))) {
      throw new HoldfastError("not_found", "text that was deleted is not in this document's file");
    }
    return this.knownStretches(ranges);
  }

  /** As {@link stretches}; U+FFFD stands for each unit whose text was left out of the file. */
  knownStretches(ranges: readonly LocalRange[]): readonly Stretch[] {
    const found: Stretch[] = [];
    for (const range of ranges) {
      let { start } = range;
      while (start < range.end) {
        const entry = this.graph.entryAt(start);
        const end = Math.min(entry.end, range.end);
        for (const row of this.operations.rows({ start, end })) {
          found.push({
            agent: entry.agent,
            seq: entry.seq + (row.start - entry.start),
            parents: this.ids(this.graph.parents(row.start)),
            operation: this.operations.operation(row),
          });
        }
        start = end;
      }
    }
    return found;
  }

  /** What is known here of a stretch that others sent: U+FFFD for units that are held without their text. */
  withoutOmitted(stretch: Stretch): Stretch {
    const { agent, seq, operation } = stretch;
    if (operation.type !== "insert" || this.omitted().length === 0) return stretch;
    const { content } = operation;
    if (typeof content !== "string") return stretch;
    const to = Math.min(seq + content.length, this.graph.next(agent));
    let text = "";
    for (const { start, end } of this.graph.ranges({ agent, from: seq, to })) {
      for (let lv = start; lv < end; lv += 1) {
        text += this.isOmitted({ start: lv, end: lv + 1 })
          ? unknownUnit
          : content.charAt(text.length);
      }
    }
    text += content.slice(text.length);
    return { ...stretch, operation: { ...operation, content: text } };
  }

  /** Names of the events, in order of agents. */
  ids(version: LocalFrontier): readonly EventId[] {
    if (version.length === 1) return [this.graph.id(version[0]!)];
    return version.map((lv) => this.graph.id(lv)).sort(compareEventIds);
  }
}

/** By agent, then by sequence number. */
export function compareEventIds(a: EventId, b: EventId): number {
  if (a.agent !== b.agent) return a.agent < b.agent ? -1 : 1;
  return a.seq - b.seq;
}
