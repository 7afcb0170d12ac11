// A client's copy in a folder: one append-only log for all of its documents,
// and a lock file beside it.
//
// The log is read once, when it is opened, and an index kept of which bundles lie
// where, and how far the copy's writers got in each document; a document's bundles
// are read again when it is loaded. When more than half of the log is of no use any
// more (knowledge that was replaced, bundles that fit into fewer), it is written anew
// while it is opened, before anything else happens.

import {
  type AgentId,
  agentFromBytes,
  agentSizeBytes,
  type EventRun,
  VersionVector,
} from "@holdfast/causality";
import type { DocumentId } from "@holdfast/doc";
import { InvariantError } from "@holdfast/std";
import {
  type Disk,
  type DiskLock,
  RecordLog,
  type RecordPlace,
  replaceRecordLog,
  type World,
} from "@holdfast/world";
import { isMadeOfCrumbs, joinKept } from "./bundle_joining.ts";
import { decodeLogRecord, encodeLogRecord, type LogRecord } from "./log_record.ts";
import { ownRuns } from "./own_runs.ts";
import type {
  AppendedBundles,
  Persistence,
  ServerKnowledge,
  StoredDocument,
} from "./persistence.ts";

const purpose = "client";
/** A log below this size is never written anew. */
const rewriteSizeBytesMin = 262_144;

interface IndexedDocument {
  /** Where the records lie that hold its bundles. */
  places: RecordPlace[];
  /** Up to where writers of the copy have events among them. */
  readonly own: VersionVector;
  knowledge: ServerKnowledge | null;
}

/** What reading a log from its start gave. */
interface LogContent {
  agent: AgentId | null;
  readonly writers: Set<AgentId>;
  readonly documents: Map<DocumentId, IndexedDocument>;
  knowledgeRecords: number;
  usefulBytes: number;
}

/**
 * Opens the copy in `folder`, which is made when absent.
 *
 * @throws {HoldfastError} `locked` where another process has it open; `corrupt`
 *   where a record that had been kept is damaged; what the disk throws.
 */
export async function openLogPersistence(world: World, folder: string): Promise<Persistence> {
  const { disk } = world;
  await disk.makeFolder(folder);
  const lock = await disk.lock(`${folder}/lock`);
  try {
    const path = `${folder}/log`;
    await removeDraft(disk, folder);
    let { log, content } = await openLog(disk, path);
    const { tornBytes } = log;
    if (isWorthRewriting(log, content)) {
      const records = await liveRecords(log, content);
      await log.close();
      await replaceRecordLog(disk, path, purpose, records);
      ({ log, content } = await openLog(disk, path));
    }
    const agent = content.agent !== null && tornBytes === 0 ? content.agent : newAgent(world);
    if (agent !== content.agent) await log.append(encodeLogRecord({ type: "agent", agent }));
    content.writers.add(agent);
    return new LogPersistence(world, { agent, log, lock, content });
  } catch (error) {
    await lock.release();
    throw error;
  }
}

interface LogParts {
  readonly agent: AgentId;
  readonly log: RecordLog;
  readonly lock: DiskLock;
  readonly content: LogContent;
}

class LogPersistence implements Persistence {
  readonly agent: AgentId;
  readonly writers: ReadonlySet<AgentId>;
  readonly #world: World;
  readonly #log: RecordLog;
  readonly #lock: DiskLock;
  readonly #documents: Map<DocumentId, IndexedDocument>;

  constructor(world: World, { agent, log, lock, content }: LogParts) {
    this.#world = world;
    this.agent = agent;
    this.writers = content.writers;
    this.#log = log;
    this.#lock = lock;
    this.#documents = content.documents;
  }

  // A log that is open is held by the process; what is removed from under it stays there.
  onLost(): () => void {
    return () => {};
  }

  async retireAgent(): Promise<void> {
    await this.#log.append(encodeLogRecord({ type: "agent", agent: newAgent(this.#world) }));
  }

  async documents(): Promise<readonly DocumentId[]> {
    return [...this.#documents]
      .filter(([, { places }]) => places.length > 0)
      .map(([id]) => id)
      .sort();
  }

  async unsaved(): Promise<readonly DocumentId[]> {
    return [...this.#documents]
      .filter(([, { own, knowledge }]) => !(knowledge?.saved ?? new VersionVector()).covers(own))
      .map(([id]) => id)
      .sort();
  }

  async load(document: DocumentId): Promise<StoredDocument> {
    const indexed = this.#documents.get(document);
    if (indexed === undefined) return { bundles: [], position: 0, server: null };
    const { knowledge: server } = indexed;
    return { ...(await this.appended(document, 0)), server };
  }

  // A position is a number of bundles: nobody else appends, and the log is written
  // anew only before it is open.
  async appended(document: DocumentId, position: number): Promise<AppendedBundles> {
    const places = this.#documents.get(document)?.places ?? [];
    const bundles = await readBundles(this.#log, places.slice(position));
    return { bundles, position: position + bundles.length };
  }

  async append(document: DocumentId, bundle: Uint8Array): Promise<void> {
    const place = await this.#log.append(encodeLogRecord({ type: "bundle", document, bundle }));
    addTo(indexOf(this.#documents, document), place, ownRuns(bundle, this.writers));
  }

  async remember(document: DocumentId, knowledge: ServerKnowledge): Promise<void> {
    await this.#log.append(encodeLogRecord({ type: "knowledge", document, knowledge }));
    indexOf(this.#documents, document).knowledge = knowledge;
  }

  async close(): Promise<void> {
    await this.#log.close();
    await this.#lock.release();
  }
}

async function openLog(disk: Disk, path: string): Promise<{ log: RecordLog; content: LogContent }> {
  const content: LogContent = {
    agent: null,
    writers: new Set(),
    documents: new Map(),
    knowledgeRecords: 0,
    usefulBytes: 0,
  };
  const onRecord = (payload: Uint8Array, place: RecordPlace): void =>
    take(content, decodeLogRecord(payload), place);
  const log = await RecordLog.open({ disk, path, purpose, onRecord });
  return { log, content };
}

function take(content: LogContent, record: LogRecord, place: RecordPlace): void {
  switch (record.type) {
    case "agent":
      content.agent = record.agent;
      content.writers.add(record.agent);
      break;
    case "bundle":
      addTo(
        indexOf(content.documents, record.document),
        place,
        ownRuns(record.bundle, content.writers),
      );
      content.usefulBytes += place.length;
      break;
    case "knowledge":
      indexOf(content.documents, record.document).knowledge = record.knowledge;
      content.knowledgeRecords += 1;
      break;
  }
}

function isWorthRewriting(log: RecordLog, content: LogContent): boolean {
  if (log.sizeBytes < rewriteSizeBytesMin) return false;
  const indexed = [...content.documents.values()];
  return (
    content.usefulBytes * 2 < log.sizeBytes ||
    indexed.some(({ places }) => isMadeOfCrumbs(places.length, sizeOf(places)))
  );
}

function sizeOf(places: readonly RecordPlace[]): number {
  return places.reduce((sum, { length }) => sum + length, 0);
}

/** The records of a new log that says the same. */
async function liveRecords(log: RecordLog, content: LogContent): Promise<Uint8Array[]> {
  const records: Uint8Array[] = [];
  for (const agent of content.writers) records.push(encodeLogRecord({ type: "agent", agent }));
  // The one who writes comes last.
  if (content.agent !== null) {
    records.push(encodeLogRecord({ type: "agent", agent: content.agent }));
  }
  for (const [document, { places, knowledge }] of content.documents) {
    for (const bundle of joinKept(await readBundles(log, places))) {
      records.push(encodeLogRecord({ type: "bundle", document, bundle }));
    }
    if (knowledge !== null) {
      records.push(encodeLogRecord({ type: "knowledge", document, knowledge }));
    }
  }
  return records;
}

async function readBundles(
  log: RecordLog,
  places: readonly RecordPlace[],
): Promise<readonly Uint8Array[]> {
  const payloads = await log.readMany(places);
  return payloads.map((payload) => {
    const record = decodeLogRecord(payload);
    if (record.type !== "bundle") throw new InvariantError("the index names bundles only");
    return record.bundle;
  });
}

function indexOf(documents: Map<DocumentId, IndexedDocument>, id: DocumentId): IndexedDocument {
  const known = documents.get(id);
  if (known !== undefined) return known;
  const indexed: IndexedDocument = { places: [], own: new VersionVector(), knowledge: null };
  documents.set(id, indexed);
  return indexed;
}

function addTo(
  { places, own }: IndexedDocument,
  place: RecordPlace,
  runs: readonly EventRun[],
): void {
  places.push(place);
  for (const { agent, to } of runs) own.advance(agent, to);
}

function newAgent(world: World): AgentId {
  return agentFromBytes(world.random.bytes(agentSizeBytes));
}

async function removeDraft(disk: Disk, folder: string): Promise<void> {
  const names = await disk.list(folder);
  if (names.includes("log.new")) await disk.remove(`${folder}/log.new`);
}
