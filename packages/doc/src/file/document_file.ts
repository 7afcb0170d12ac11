// Document files: a whole document in one piece, and what was appended to it.
//
// Problem. Whoever opens a document wants to read it, now; its history, which may be ten
// times as long, is wanted later, or never. So the file has the final texts and lists beside the
// history, and nothing of the history is looked at until it is asked for.
//
// Layout (version 1; integers, text and blob as in @holdfast/std's codec):
//   "HFD" u8 version
//   part  head                   head.ts; its checksum also covers what stands before it
//   part  each text or list      text_block.ts; for each of the head that is not empty: a text as
//                                UTF-8, a list as the encodings of its values
//   part  log                    log_block.ts
//   block, any number            append_block.ts
// A part is uint length, bytes, u32 CRC-32C of the bytes.
//
// Events have the numbers that they have where the file is written. The texts in the file
// are believed, as is the rest of one's own disk; `verifyDocument` replays the log instead.

import type { LocalFrontier, LocalRange } from "@holdfast/causality";
import { equalFrontiers } from "@holdfast/causality";
import {
  assert,
  concatBytes,
  crc32c,
  decodeUtf8,
  HoldfastError,
  isHoldfastError,
  Reader,
  Writer,
} from "@holdfast/std";
import type { DocumentId } from "../bundle/bundle.ts";
import { isListId } from "../content/container.ts";
import { documentSizeBytesMax } from "../content/limits.ts";
import { ValueLog } from "../content/value_log.ts";
import type { History, SealedHistory } from "../history/history.ts";
import { decodeAppendBlock, encodeAppendBlock, findBlocks } from "./append_block.ts";
import { type Head, type HeadContainer, readHead, writeHead } from "./head.ts";
import { decodeLog, encodeLog, logNames } from "./log_block.ts";
import { Part, writePart } from "./part.ts";
import { decodeTextBlock, encodeTextBlock } from "./text_block.ts";

const magic = [0x48, 0x46, 0x44] as const;
const version = 1;

/** What to write. */
export interface DocumentSnapshot {
  readonly document: DocumentId;
  readonly history: History;
  /** Every text and list that was ever edited, by id, on the version that holds the whole history. */
  readonly finals: ReadonlyMap<string, FinalContent>;
  /**
   * Inserts whose text is left out, in order, apart: of units that are deleted, and no
   * others. Those whose text is not known here are among them.
   */
  readonly omitted: readonly LocalRange[];
}

/** What a text or a list is in the end. */
export interface FinalContent {
  /** UTF-16 units, or values. */
  readonly length: number;
  /** UTF-8, or the encodings of the values. */
  readonly bytes: Uint8Array;
}

/**
 * Writes all of a document. About O(history).
 *
 * @throws {HoldfastError} `too_large` over {@link documentSizeBytesMax}.
 */
export function encodeDocument(snapshot: DocumentSnapshot): Uint8Array {
  const { document, finals, omitted } = snapshot;
  const history = snapshot.history.joined();
  const range = { start: 0, end: history.size };
  const names = logNames(history, range);
  const containers = describeContainers(history, finals, names.containers);
  const { graph, operations } = history;
  const head: Head = {
    document,
    size: history.size,
    leavesOut: omitted.length > 0,
    agents: names.agents.map((agent) => ({ agent, next: graph.next(agent) })),
    frontier: graph.frontier.map((lv) => ({ ...graph.id(lv), lv, lamport: graph.lamport(lv) })),
    entryCount: graph.entryCount,
    rowCount: operations.rowCount,
    units: operations.content.size,
    containers,
  };
  const headWriter = new Writer();
  writeHead(headWriter, head);
  const writer = new Writer(1_024);
  for (const byte of magic) writer.u8(byte);
  writer.u8(version).blob(headWriter.view());
  writer.u32(crc32c(writer.view()));
  const bases: Uint8Array[] = [];
  for (const { id, text, list } of containers) {
    if (((text ?? list)?.length ?? 0) === 0) continue;
    const { bytes } = finals.get(id)!;
    writePart(writer, encodeTextBlock(bytes));
    bases.push(bytes);
  }
  writePart(writer, encodeLog(history, { range, names, base: concatBytes(bases), omitted }));
  if (writer.sizeBytes > documentSizeBytesMax) {
    throw new HoldfastError("too_large", `document over ${documentSizeBytesMax} bytes`);
  }
  return writer.finish();
}

/**
 * Writes the events from number `since` on, of which there are some, to be appended to a
 * file that holds those before, under the same numbers.
 *
 * @throws {HoldfastError} `too_large` over {@link documentSizeBytesMax}.
 */
export function encodeDocumentAppend(history: History, since: number): Uint8Array {
  assert(since >= 0 && since < history.size, "F3: nothing to append");
  return encodeAppendBlock(history, since);
}

/** A text or a list in a file. What it is is read anew on each call. */
export interface FileText {
  readonly id: string;
  /** UTF-16 units, or values. */
  readonly length: number;
  /** The text. O(length). @throws {HoldfastError} `corrupt`. */
  text(): string;
  /** The list. O(its bytes). @throws {HoldfastError} `corrupt`. */
  values(): ValueLog;
}

/**
 * A document file, opened. What it says of events and texts is without the blocks that were
 * appended: where {@link appendedSize} is not 0, load it and apply these.
 */
export interface DocumentFile {
  readonly document: DocumentId;
  /** How many events. Their numbers are 0 up to this. */
  readonly size: number;
  /** The events of the snapshot, read when they are asked for. */
  readonly sealed: SealedHistory;
  /** Texts and lists. */
  readonly texts: readonly FileText[];
  /** Names of maps that were ever set. */
  readonly maps: readonly string[];
  /** Whether text that was deleted is left out. */
  readonly leavesOut: boolean;
  /** How many events were appended behind. */
  readonly appendedSize: number;
  /** How many bytes of the file are whole; fewer than it has where a block was torn: cut it there before appending. */
  readonly wholeSizeBytes: number;
  /**
   * Reads all events, appended ones included, into an empty history. O(history).
   *
   * @returns Inserts whose text was left out; U+FFFD stands for each of their units.
   * @throws {HoldfastError} `corrupt`; what is in the history is then of no use.
   */
  load(history: History): readonly LocalRange[];
}

/**
 * Opens what {@link encodeDocument} wrote, with what was appended to it. Reads no text and no
 * event. O(head, and the appended blocks).
 *
 * @throws {HoldfastError} `truncated`, `corrupt`, `too_large`, `unsupported_version`.
 */
export function openDocument(bytes: Uint8Array): DocumentFile {
  if (bytes.length > documentSizeBytesMax) {
    throw new HoldfastError("too_large", `document of ${bytes.length} bytes`);
  }
  const reader = new Reader(bytes);
  const head = openHead(bytes, reader);
  const texts: CachedText[] = [];
  for (const { id, text, list } of head.containers) {
    const length = (text ?? list)?.length;
    if (length === undefined) continue;
    texts.push(new CachedText(id, length, length > 0 ? new Part(reader, "text") : null));
  }
  const log = new Part(reader, "log");
  const { blocks, end } = findBlocks(bytes, reader.offset, head.size);
  const { document, size, leavesOut } = head;
  const loadFrom = (history: History): readonly LocalRange[] =>
    asCorrupt(() => loadSnapshot(history, head, { log, texts }));
  return {
    document,
    size,
    sealed: sealedHistory(head, loadFrom),
    texts,
    maps: head.containers.filter(({ isMap }) => isMap).map(({ id }) => id),
    leavesOut,
    appendedSize: blocks.reduce((sum, { events }) => sum + events, 0),
    wholeSizeBytes: end,
    load: (history) => {
      const omitted = loadFrom(history);
      const later = asCorrupt(() => blocks.flatMap((block) => decodeAppendBlock(history, block)));
      return [...omitted, ...later];
    },
  };
}

function sealedHistory(head: Head, load: SealedHistory["load"]): SealedHistory {
  const { size, agents, frontier, containers, entryCount, rowCount, units } = head;
  return {
    graph: { size, entryCount, agents, heads: frontier },
    operations: {
      size,
      rowCount,
      units,
      hasSurrogates: containers.some(({ text }) => text?.hasPairs === true),
      values: valuesInserted(head),
      containers: containers.map(({ id }) => id),
    },
    load,
  };
}

/**
 * How many bytes of a document file are whole: fewer than it has where a crash tore off the end of
 * what was appended last. Cut it there before anything else is appended. O(head, and the appended blocks).
 *
 * @throws {HoldfastError} As {@link openDocument}.
 */
export function wholeSizeBytes(file: Uint8Array): number {
  return openDocument(file).wholeSizeBytes;
}

class CachedText implements FileText {
  readonly id: string;
  readonly length: number;
  readonly #part: Part | null;

  constructor(id: string, length: number, part: Part | null) {
    this.id = id;
    this.length = length;
    this.#part = part;
  }

  text(): string {
    return this.#checked(decodeUtf8);
  }

  values(): ValueLog {
    return this.#checked(ValueLog.read);
  }

  #checked<Content extends { readonly length: number }>(
    read: (bytes: Uint8Array) => Content,
  ): Content {
    const content = asCorrupt(() => read(this.bytes()));
    if (content.length !== this.length) throw corrupt("has a text of another length than it says");
    return content;
  }

  /** The text as UTF-8, or the values as they are encoded. */
  bytes(): Uint8Array {
    return this.#part === null ? new Uint8Array(0) : decodeTextBlock(this.#part.bytes());
  }
}

function openHead(bytes: Uint8Array, reader: Reader): Head {
  for (const byte of magic) {
    if (reader.u8("document magic") !== byte) throw corrupt("is none");
  }
  const found = reader.u8("document version");
  if (found !== version) {
    const sentence = `document version ${found}, this reads ${version}`;
    throw new HoldfastError("unsupported_version", sentence);
  }
  const head = reader.blob("document head", documentSizeBytesMax);
  const covered = bytes.subarray(0, reader.offset);
  if (crc32c(covered) !== reader.u32("checksum of the head")) {
    throw corrupt("has a head whose checksum does not match");
  }
  return asCorrupt(() => readHead(head));
}

interface SnapshotParts {
  readonly log: Part;
  readonly texts: readonly CachedText[];
}

function loadSnapshot(
  history: History,
  head: Head,
  { log, texts }: SnapshotParts,
): readonly LocalRange[] {
  assert(history.size === 0, "F4: a file is loaded into a history that holds something");
  const names = {
    agents: head.agents.map(({ agent }) => agent),
    containers: head.containers.map(({ id }) => id),
  };
  const base = concatBytes(texts.map((text) => text.bytes()));
  const omitted = decodeLog(log.bytes(), { history, names, count: head.size, base });
  const { graph, operations } = history;
  const frontier: LocalFrontier = head.frontier.map(({ lv }) => lv);
  const isAsSaid =
    head.agents.every(({ agent, next }) => graph.next(agent) === next) &&
    equalFrontiers(graph.frontier, frontier) &&
    head.frontier.every(
      ({ lv, agent, lamport }) => graph.lastOf(agent) === lv && graph.lamport(lv) === lamport,
    ) &&
    graph.agents.every((agent, index) => names.agents[index] === agent) &&
    graph.entryCount === head.entryCount &&
    operations.rowCount === head.rowCount &&
    operations.content.size === head.units &&
    operations.values.size === valuesInserted(head) &&
    operations.containers.length === names.containers.length &&
    head.leavesOut === omitted.length > 0;
  if (!isAsSaid) throw corrupt("has a head that tells of another log");
  return omitted;
}

function valuesInserted({ containers }: Head): number {
  return containers.reduce((sum, { list }) => sum + (list?.inserted ?? 0), 0);
}

// What the head says of each container that the history names.
function describeContainers(
  { operations, size }: History,
  finals: ReadonlyMap<string, FinalContent>,
  ids: readonly string[],
): readonly HeadContainer[] {
  const { hasSurrogates } = operations.content;
  const edited = new Map(
    ids.map((id) => [id, { isText: false, hasPairs: false, isMap: false, inserted: 0 }]),
  );
  for (const row of operations.rows({ start: 0, end: size })) {
    if (row.type === "merge") continue;
    const container = edited.get(row.container)!;
    if (row.type === "set") container.isMap = true;
    else container.isText = true;
    if (row.type !== "insert") continue;
    if (isListId(row.container)) container.inserted += row.end - row.start;
    else if (hasSurrogates && !container.hasPairs) {
      container.hasPairs = /[\uD800-\uDFFF]/.test(operations.inserted(row) as string);
    }
  }
  return ids.map((id) => {
    const { isText, hasPairs, isMap, inserted } = edited.get(id)!;
    const length = finals.get(id)?.length ?? 0;
    const isList = isListId(id);
    return {
      id,
      text: isText && !isList ? { length, hasPairs } : null,
      list: isList ? { length, inserted } : null,
      isMap,
    };
  });
}

// Whatever is wrong with bytes whose checksum is right: the file is corrupt.
function asCorrupt<Result>(read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    if (!isHoldfastError(error) || error.code === "corrupt") throw error;
    throw new HoldfastError("corrupt", error.message, { cause: error });
  }
}

function corrupt(problem: string): HoldfastError {
  return new HoldfastError("corrupt", `document file ${problem}`);
}
