// A client's copy in the browser's IndexedDB, shared by all tabs that have it open.
//
// Every tab appends under ids that the database gives in one order for all, so a
// tab's position in a document is an id, and what others appended is what lies behind
// it. Writes are grouped and strict (write_group.ts); a tab writes as an agent of its
// own (agent_claim.ts).
//
// Invariants:
//   IP1  `append` resolves only when the transaction that holds the bundle was
//        completed with strict durability.
//   IP2  Ids of one document never become fewer without new ones behind them that
//        hold the same events: whoever reads on from an old position misses nothing.

import type { AgentId, VersionVector } from "@holdfast/causality";
import { type DocumentId, parseDocumentId } from "@holdfast/doc";
import { type HoldfastError, isHoldfastError } from "@holdfast/std";
import { isMadeOfCrumbs, joinKept } from "../copy/bundle_joining.ts";
import { ownRuns } from "../copy/own_runs.ts";
import type {
  AppendedBundles,
  Persistence,
  ServerKnowledge,
  StoredDocument,
} from "../copy/persistence.ts";
import type { CopyConnection } from "./copy_connection.ts";
import { bundleOf, bundleRow, knowledgeOf, knowledgeRow, savedOf } from "./copy_row.ts";
import type { BundleRow, CopyDb, KnowledgeRow } from "./copy_schema.ts";
import { copyDbError } from "./indexed_db.ts";
import { behindMarks, mark, unmark } from "./unsaved_marks.ts";
import { type CopyTransaction, WriteGroup } from "./write_group.ts";

/** An open copy. */
export class IndexedDbPersistence implements Persistence {
  readonly #connection: CopyConnection;
  readonly #group: WriteGroup;
  readonly #onLost = new Set<() => void>();

  /**
   * @param connection - Becomes its own.
   * @param onWritten - Hears of each write whether it was kept.
   */
  constructor(connection: CopyConnection, onWritten: (error: HoldfastError | null) => void) {
    this.#connection = connection;
    this.#group = new WriteGroup(
      () => connection.db,
      (error) => {
        // That there is no database is told elsewhere.
        if (error === null || error !== connection.reason) onWritten(error);
      },
    );
    connection.onLost = () => {
      for (const listener of [...this.#onLost]) listener();
    };
  }

  get agent(): AgentId {
    return this.#connection.claim.agent;
  }

  get writers(): ReadonlySet<AgentId> {
    return this.#connection.writers;
  }

  onLost(listener: () => void): () => void {
    this.#onLost.add(listener);
    return () => void this.#onLost.delete(listener);
  }

  async retireAgent(): Promise<void> {
    const { agent } = this;
    await this.#group.write((transaction) =>
      transaction.objectStore("agents").put({ agent, retired: true }),
    );
  }

  async documents(): Promise<readonly DocumentId[]> {
    return await this.#reading("list documents", async (db) => {
      const documents: DocumentId[] = [];
      const index = db.transaction("bundles").store.index("document");
      let cursor = await index.openKeyCursor();
      while (cursor !== null) {
        const [document] = cursor.key;
        documents.push(parseDocumentId(document));
        cursor = await cursor.continue([document, Number.POSITIVE_INFINITY]);
      }
      return documents;
    });
  }

  async unsaved(): Promise<readonly DocumentId[]> {
    return await this.#reading("list what is not saved", async (db) => {
      const documents: DocumentId[] = [];
      let cursor = await db.transaction("unsaved").store.openKeyCursor();
      while (cursor !== null) {
        const [document] = cursor.key;
        documents.push(parseDocumentId(document));
        cursor = await cursor.continue(behindMarks(document));
      }
      return documents;
    });
  }

  async load(document: DocumentId): Promise<StoredDocument> {
    const { rows, knowledge } = await this.#read(document, 0);
    const sizeBytes = rows.reduce((sum, { bytes }) => sum + bytes.length, 0);
    const kept = toAppended(rows, 0);
    const joined = isMadeOfCrumbs(rows.length, sizeBytes) ? await this.#join(document) : null;
    const server = knowledge === undefined ? null : knowledgeOf(knowledge);
    return { ...(joined ?? kept), server };
  }

  async appended(document: DocumentId, position: number): Promise<AppendedBundles> {
    const { rows } = await this.#read(document, position);
    return toAppended(rows, position);
  }

  async append(document: DocumentId, bundle: Uint8Array): Promise<void> {
    const row = bundleRow(document, bundle);
    const runs = ownRuns(bundle, this.writers);
    await this.#group.write(
      (transaction) =>
        Promise.all([
          transaction.objectStore("bundles").add(row),
          mark(transaction.objectStore("unsaved"), document, runs),
        ]),
      { sizeBytes: row.bytes.length },
    );
  }

  async remember(document: DocumentId, knowledge: ServerKnowledge): Promise<void> {
    const row = knowledgeRow(document, knowledge);
    const { saved } = knowledge;
    const { writers } = this;
    const put = async (transaction: CopyTransaction): Promise<void> => {
      const store = transaction.objectStore("knowledge");
      const [before] = await Promise.all([
        store.get(document),
        store.put(row),
        unmark(transaction.objectStore("unsaved"), document, { saved, writers }),
      ]);
      if (before !== undefined && isLess(saved, savedOf(before), writers)) {
        await markAgain(transaction, document, { saved, writers });
      }
    };
    await this.#group.write(put, { sizeBytes: row.bytes.length, asksFirst: true });
  }

  async close(): Promise<void> {
    await this.#group.idle();
    await this.#connection.close();
  }

  async #reading<T>(doing: string, read: (db: CopyDb) => Promise<T>): Promise<T> {
    try {
      return await read(this.#connection.db);
    } catch (error) {
      throw this.#connection.reason ?? copyDbError(error, doing);
    }
  }

  // With the writers of then: whoever's events are among the rows is among them.
  async #read(document: DocumentId, position: number): Promise<ReadDocument> {
    return await this.#reading(`read ${document}`, async (db) => {
      const transaction = db.transaction(["bundles", "agents", "knowledge"]);
      const index = transaction.objectStore("bundles").index("document");
      const [rows, agents, knowledge] = await Promise.all([
        index.getAll(behind(document, position)),
        transaction.objectStore("agents").getAllKeys(),
        transaction.objectStore("knowledge").get(document),
      ]);
      this.#connection.noteWriters(db, agents);
      return { rows, knowledge };
    });
  }

  // Puts the document into few bundles, under new ids. Null where that fails: it
  // stays as it was, and whoever loads it next tries again.
  async #join(document: DocumentId): Promise<AppendedBundles | null> {
    try {
      const { db } = this.#connection;
      const transaction = db.transaction(["bundles", "agents"], "readwrite", {
        durability: "strict",
      });
      const store = transaction.objectStore("bundles");
      const [rows, agents] = await Promise.all([
        store.index("document").getAll(behind(document, 0)),
        transaction.objectStore("agents").getAllKeys(),
      ]);
      // Others may have come since the document was read.
      this.#connection.noteWriters(db, agents);
      const bundles = joinKept(rows.map(bundleOf));
      if (bundles.length >= rows.length) return null;
      const deleted = rows.map(({ id }) => store.delete(id!));
      const added = bundles.map((bundle) => store.add(bundleRow(document, bundle)));
      const [ids] = await Promise.all([Promise.all(added), ...deleted, transaction.done]);
      return { bundles, position: ids.at(-1)! };
    } catch (error) {
      if (isHoldfastError(error, "corrupt")) throw error;
      return null;
    }
  }
}

interface ReadDocument {
  readonly rows: readonly BundleRow[];
  readonly knowledge: KnowledgeRow | undefined;
}

/** What a server has of the events of a copy's writers. */
interface SavedEvents {
  readonly saved: VersionVector;
  readonly writers: ReadonlySet<AgentId>;
}

// Another store, or one that was restored, may have less than what was marked as saved.
function isLess(
  saved: VersionVector,
  before: VersionVector,
  writers: ReadonlySet<AgentId>,
): boolean {
  return [...writers].some((agent) => saved.next(agent) < before.next(agent));
}

async function markAgain(
  transaction: CopyTransaction,
  document: DocumentId,
  { saved, writers }: SavedEvents,
): Promise<void> {
  const index = transaction.objectStore("bundles").index("document");
  const rows = await index.getAll(behind(document, 0));
  const runs = rows.flatMap(({ bytes }) => ownRuns(bytes, writers));
  const lacking = runs.filter(({ agent, to }) => to > saved.next(agent));
  await mark(transaction.objectStore("unsaved"), document, lacking);
}

/** Rows of `document` whose ids are over `id`. */
function behind(document: DocumentId, id: number): IDBKeyRange {
  return IDBKeyRange.bound([document, id], [document, Number.POSITIVE_INFINITY], true);
}

function toAppended(rows: readonly BundleRow[], position: number): AppendedBundles {
  return { bundles: rows.map(bundleOf), position: rows.at(-1)?.id ?? position };
}
