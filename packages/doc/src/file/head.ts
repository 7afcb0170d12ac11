// The head of a document file: what can be told of a document without reading its log.
//
// Layout (integers and text as in @holdfast/std's codec):
//   u8    flags                  1: text that was deleted is left out
//   text  document               1 to 200 bytes
//   uint  events
//   uint  agents, each           16 bytes, uint how many of the events, at least 1
//   uint  latest events, each    uint local number, uint agent, uint Lamport time; ascending
//   uint  entries of the graph; uint rows of the operations; uint UTF-16 units that they insert
//   uint  containers, each       u8 roles: 1 a text, 2 a map, 4 a surrogate pair was
//                                ever in the text, as far as that is known; or 8 a list
//                                text name, 1 to 200 bytes
//                                uint units of the text                          where 1
//                                uint values of the list, uint values that were ever
//                                inserted into it                                where 8
// Agents and containers are in the order in which the log first names them.

import {
  type AgentId,
  agentFromBytes,
  agentSizeBytes,
  agentToBytes,
  eventsMax,
  type SealedHead,
  vectorAgentsMax,
} from "@holdfast/causality";
import { HoldfastError, Reader, type Writer } from "@holdfast/std";
import { type DocumentId, documentIdSizeBytesMax, parseDocumentId } from "../bundle/bundle.ts";
import { containerName, isListId, listId } from "../content/container.ts";
import { containerNameSizeBytesMax, containersMax } from "../content/limits.ts";

const leavesOut = 1;
const roles = { text: 1, map: 2, pairs: 4, list: 8 } as const;

/** A container, as the head tells of it. */
export interface HeadContainer {
  readonly id: string;
  /** Null where it is no text. */
  readonly text: { readonly length: number; readonly hasPairs: boolean } | null;
  /** Null where it is no list. */
  readonly list: { readonly length: number; readonly inserted: number } | null;
  readonly isMap: boolean;
}

/** What a head says. */
export interface Head {
  readonly document: DocumentId;
  /** How many events the log has. */
  readonly size: number;
  /** Whether text that was deleted is left out. */
  readonly leavesOut: boolean;
  /** How many events of each agent. */
  readonly agents: readonly { readonly agent: AgentId; readonly next: number }[];
  /** The latest events by local number, ascending. */
  readonly frontier: readonly SealedHead[];
  /** Entries of the event graph, rows of the operations, and UTF-16 units that they insert. */
  readonly entryCount: number;
  readonly rowCount: number;
  readonly units: number;
  readonly containers: readonly HeadContainer[];
}

/** Writes a head. */
export function writeHead(writer: Writer, head: Head): void {
  writer
    .u8(head.leavesOut ? leavesOut : 0)
    .text(head.document)
    .uint(head.size);
  writer.uint(head.agents.length);
  for (const { agent, next } of head.agents) writer.raw(agentToBytes(agent)).uint(next);
  writer.uint(head.frontier.length);
  const indexes = new Map(head.agents.map(({ agent }, index) => [agent, index]));
  for (const { lv, agent, lamport } of head.frontier) {
    writer.uint(lv).uint(indexes.get(agent)!).uint(lamport);
  }
  writer.uint(head.entryCount).uint(head.rowCount).uint(head.units);
  writer.uint(head.containers.length);
  for (const { id, text, list, isMap } of head.containers) {
    const textRoles = text === null ? 0 : roles.text + (text.hasPairs ? roles.pairs : 0);
    writer.u8(isListId(id) ? roles.list : textRoles + (isMap ? roles.map : 0));
    writer.text(containerName(id));
    if (text !== null) writer.uint(text.length);
    if (list !== null) writer.uint(list.length).uint(list.inserted);
  }
}

/**
 * Reads what {@link writeHead} wrote.
 *
 * @throws {HoldfastError} `corrupt`, `truncated`, `too_large`, `invalid_argument`.
 */
export function readHead(bytes: Uint8Array): Head {
  const reader = new Reader(bytes);
  const flags = reader.u8("document flags");
  if (flags > leavesOut) throw corrupt("has unknown flags");
  const document = parseDocumentId(reader.text("document name", documentIdSizeBytesMax));
  const size = reader.uint("document events", eventsMax);
  const agents = readAgents(reader, size);
  const frontier = readFrontier(reader, size, agents);
  const entryCount = reader.uint("entries of the graph", size);
  const rowCount = reader.uint("rows of the operations", size);
  const units = reader.uint("inserted units", size);
  const containers = readContainers(reader, size);
  reader.end("document head");
  return {
    document,
    size,
    leavesOut: flags === leavesOut,
    agents,
    frontier,
    entryCount,
    rowCount,
    units,
    containers,
  };
}

function readAgents(reader: Reader, size: number): Head["agents"] {
  const count = reader.count("document agents", vectorAgentsMax, agentSizeBytes + 1);
  const agents: { agent: AgentId; next: number }[] = [];
  let total = 0;
  for (let index = 0; index < count; index += 1) {
    const agent = agentFromBytes(reader.raw(agentSizeBytes, "document agent"));
    const next = reader.uint("events of an agent", eventsMax);
    if (next === 0) throw corrupt("names an agent without events");
    total += next;
    agents.push({ agent, next });
  }
  if (total !== size) throw corrupt("counts its events in two ways");
  if (new Set(agents.map(({ agent }) => agent)).size < count) throw corrupt("names an agent twice");
  return agents;
}

function readFrontier(reader: Reader, size: number, agents: Head["agents"]): Head["frontier"] {
  const count = reader.count("latest events", vectorAgentsMax, 3);
  const frontier: SealedHead[] = [];
  for (let index = 0; index < count; index += 1) {
    const lv = reader.uint("latest event", eventsMax);
    const writer = agents[reader.uint("agent of a latest event", eventsMax)];
    const lamport = reader.uint("Lamport time", eventsMax);
    if (lv >= size || lv <= (frontier.at(-1)?.lv ?? -1) || writer === undefined) {
      throw corrupt("has a wrong latest event");
    }
    // Whoever made one of the latest events made nothing after it.
    frontier.push({ lv, agent: writer.agent, seq: writer.next - 1, lamport });
  }
  if (frontier.length === 0 && size > 0) throw corrupt("has no latest event");
  return frontier;
}

function readContainers(reader: Reader, size: number): readonly HeadContainer[] {
  const count = reader.count("containers", containersMax, 3);
  const containers: HeadContainer[] = [];
  for (let index = 0; index < count; index += 1) {
    const found = reader.u8("roles of a container");
    const isText = (found & roles.text) !== 0;
    const hasPairs = (found & roles.pairs) !== 0;
    const isList = found === roles.list;
    if (found === 0 || (found > 7 && !isList) || (!isText && hasPairs)) {
      throw corrupt("has a container of unknown roles");
    }
    const name = reader.text("container name", containerNameSizeBytesMax);
    if (name === "") throw corrupt("has a container without a name");
    const text = isText ? { length: reader.uint("units of a text", eventsMax), hasPairs } : null;
    const list = isList ? readList(reader, size) : null;
    const isMap = (found & roles.map) !== 0;
    containers.push({ id: isList ? listId(name) : name, text, list, isMap });
  }
  if (new Set(containers.map(({ id }) => id)).size < count) {
    throw corrupt("names a container twice");
  }
  return containers;
}

function readList(reader: Reader, size: number): HeadContainer["list"] {
  const length = reader.uint("values of a list", size);
  return { length, inserted: reader.uint("values inserted into a list", size) };
}

function corrupt(problem: string): HoldfastError {
  return new HoldfastError("corrupt", `document ${problem}`);
}
