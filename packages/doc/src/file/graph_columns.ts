// Which event happened with which others in view, as the log keeps it: entries of the event
// graph, each value of them foreseen by its like.
//
// Coded for each entry, until all events are told of:
//   its agent                        foreseen by that of the entry before
//   its events - 1                   foreseen by those of the entry before
//   2 * how many other parents it has, + 1 where its agent's previous event is a parent
//                                    foreseen by the same of the entry before
//   each other parent, ascending: how many entries back from the last one
//                                    foreseen by how many other parents there are
//     and how far from that entry's end

import {
  type AgentId,
  dominators,
  type EventGraph,
  eventsMax,
  type LocalFrontier,
  type LocalRange,
  versionContains,
} from "@holdfast/causality";
import { HoldfastError } from "@holdfast/std";
import { parentsMax } from "../content/limits.ts";
import type { History } from "../history/history.ts";
import type { BitCoder } from "./bit_coder.ts";
import { NumberModel, symbolOf } from "./number_model.ts";

class GraphModels {
  readonly agent: NumberModel;
  readonly length: NumberModel;
  readonly parents: NumberModel;
  readonly entriesBack: NumberModel;
  readonly eventsBack: NumberModel;

  constructor(coder: BitCoder) {
    this.agent = new NumberModel(coder);
    this.length = new NumberModel(coder);
    this.parents = new NumberModel(coder);
    this.entriesBack = new NumberModel(coder);
    this.eventsBack = new NumberModel(coder);
  }
}

/**
 * Writes the entries of `range`, to the end of the history; `agents` numbers all whose they are.
 * Whoever reads them knows no seam: see `History.seamEntry`.
 */
export function encodeGraph(
  coder: BitCoder,
  history: History,
  { start, end }: LocalRange,
  agents: ReadonlyMap<AgentId, number>,
): void {
  const { graph } = history;
  const seam = history.seamEntry();
  const place = (index: number): number => (index >= seam ? index - 1 : index);
  const models = new GraphModels(coder);
  const lasts = new Map<AgentId, number>();
  let [agentBefore, lengthBefore, parentsBefore] = [0, 0, 0];
  for (let at = start; at < end; ) {
    const index = graph.entryIndex(at);
    const entry = graph.entry(index);
    const seq = entry.seq + (at - entry.start);
    const parents = entry.start === at ? entry.parents : [at - 1];
    const agent = agents.get(entry.agent)!;
    agentBefore = models.agent.code(symbolOf(agentBefore), agent);
    lengthBefore = models.length.code(symbolOf(lengthBefore), entry.end - at - 1);
    const own =
      lasts.get(entry.agent) ??
      (seq === 0 ? null : graph.find({ agent: entry.agent, seq: seq - 1 }));
    const others = parents.filter((parent) => parent !== own);
    const mark = others.length * 2 + (others.length < parents.length ? 1 : 0);
    parentsBefore = models.parents.code(symbolOf(parentsBefore), mark);
    // What precedes the entry was read already, as far as its end.
    const newest = at === entry.start ? index - 1 : index;
    for (const parent of others) {
      const found = graph.entryIndex(parent);
      models.entriesBack.code(symbolOf(others.length), place(newest) - place(found));
      const last = found + 1 === seam ? seam : found;
      models.eventsBack.code(0, graph.entryEnd(last) - 1 - parent);
    }
    lasts.set(entry.agent, entry.end - 1);
    at = entry.end;
  }
}

/** What a log is read into. */
export interface GraphTarget {
  readonly graph: EventGraph;
  readonly agents: readonly AgentId[];
  /** How many events. */
  readonly count: number;
  /** Tells whether an event can be another agent's parent. */
  readonly isWhole: (lv: number) => boolean;
}

/**
 * Reads what {@link encodeGraph} wrote into the graph.
 *
 * @throws {HoldfastError} `corrupt`, also where its entries can't be; the graph may then
 *   have some too many.
 */
export function decodeGraph(coder: BitCoder, { graph, agents, count, isWhole }: GraphTarget): void {
  const models = new GraphModels(coder);
  const end = graph.size + count;
  let [agentBefore, lengthBefore, parentsBefore] = [0, 0, 0];
  while (graph.size < end) {
    agentBefore = models.agent.code(symbolOf(agentBefore), 0);
    const agent = agents[agentBefore];
    if (agent === undefined) throw corrupt("have no agent");
    lengthBefore = models.length.code(symbolOf(lengthBefore), 0);
    if (lengthBefore >= end - graph.size) throw corrupt("are more than the log says");
    parentsBefore = models.parents.code(symbolOf(parentsBefore), 0);
    const last = graph.lastOf(agent);
    const own = last < 0 ? null : last;
    const parents: number[] = [];
    const others = Math.floor(parentsBefore / 2);
    if (others + (parentsBefore % 2) > parentsMax) throw corrupt("have too many parents");
    for (let done = 0; done < others; done += 1) {
      const index = graph.entryCount - 1 - models.entriesBack.code(symbolOf(others), 0);
      if (index < 0) throw corrupt("have a parent that is not there");
      const parent = graph.entryEnd(index) - 1 - models.eventsBack.code(0, 0);
      if (parent < graph.entryStart(index)) throw corrupt("have a parent in another entry");
      parents.push(parent);
    }
    if (parentsBefore % 2 === 1) {
      if (own === null) throw corrupt("have a parent before the first event");
      parents.push(own);
      parents.sort((a, b) => a - b);
    }
    if (parents.length !== 1 || parents[0] !== own) {
      checkParents(graph, parents, own);
      if (!parents.every(isWhole)) throw corrupt("were made inside of a surrogate pair");
    }
    graph.add(agent, lengthBefore + 1, parents);
    if (graph.lamport(graph.size - 1) > eventsMax) throw corrupt("are too many");
  }
}

// G3 and G4 of the event graph.
function checkParents(graph: EventGraph, parents: LocalFrontier, own: number | null): void {
  if (parents.length > 1 && dominators(graph, parents).length !== parents.length) {
    throw corrupt("have parents that follow one another");
  }
  if (own !== null && !parents.includes(own) && !versionContains(graph, parents, own)) {
    throw corrupt("did not see their agent's previous event");
  }
}

function corrupt(problem: string): HoldfastError {
  return new HoldfastError("corrupt", `events of the log ${problem}`);
}
