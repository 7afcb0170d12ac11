// All that ever happened to a document: the event graph, and what each event did.
//
// This is the document; texts and maps are what it adds up to. It holds what was
// checked already, and checks nothing itself.

import {
  type AgentId,
  EventGraph,
  type EventId,
  type LocalFrontier,
  type LocalRange,
} from "@holdfast/causality";
import { operationTags, type Stretch, type StretchRow } from "./operation.ts";
import { OperationLog } from "./operation_log.ts";
import type { TextEdit } from "./patch.ts";

/** A point that a history can return to; see {@link History.truncate}. */
export interface HistoryMark {
  readonly size: number;
  readonly frontier: LocalFrontier;
}

/** Events of one document, by local number. */
export class History {
  readonly graph = new EventGraph();
  readonly operations = new OperationLog();

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

  /** Adds the next events of `agent`, upon all that is held, which do `edit` and nothing else. */
  appendSplice(agent: AgentId, container: string, { at, deleted, inserted }: TextEdit): void {
    const { graph, operations } = this;
    graph.add(agent, deleted + inserted.length, graph.frontier);
    const index = operations.containerIndex(container);
    if (deleted > 0) operations.appendDelete(index, operationTags.delete, at, deleted);
    if (inserted !== "") operations.appendInsert(index, at, inserted);
  }

  /** Where to return to when what is appended from now on proves wrong. */
  mark(): HistoryMark {
    return { size: this.graph.size, frontier: this.graph.frontier };
  }

  /** Forgets what was appended since `mark`. */
  truncate(mark: HistoryMark): void {
    this.operations.truncate(mark.size);
    this.graph.truncate(mark.size, mark.frontier);
  }

  /** The events of `ranges` as stretches, in the order given. O(rows and entries found, inserted text). */
  stretches(ranges: readonly LocalRange[]): readonly Stretch[] {
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
