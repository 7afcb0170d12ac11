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

import type { AgentId } from "@holdfast/causality";
import { type DocumentId, parseDocumentId } from "@holdfast/doc";
import { HoldfastError, isHoldfastError } from "@holdfast/std";
import { isMadeOfCrumbs, joinKept } from "../bundle_joining.ts";
import type {
  AppendedBundles,
  Persistence,
  ServerKnowledge,
  StoredDocument,
} from "../persistence.ts";
import type { AgentClaim } from "./agent_claim.ts";
import { bundleOf, bundleRow, knowledgeOf, knowledgeRow } from "./copy_row.ts";
import { type BundleRow, type CopyDb, copyDbError, type KnowledgeRow } from "./indexed_db.ts";
import { WriteGroup } from "./write_group.ts";

/** What {@link IndexedDbPersistence} is made of. */
export interface IndexedDbParts {
  readonly db: CopyDb;
  readonly claim: AgentClaim;
  /** Hears of each write whether it was kept. */
  readonly onWritten: (error: HoldfastError | null) => void;
}

/** An open copy. */
export class IndexedDbPersistence implements Persistence {
  readonly agent: AgentId;
  readonly writers: ReadonlySet<AgentId>;
  readonly #db: CopyDb;
  readonly #claim: AgentClaim;
  readonly #writers: Set<AgentId>;
  readonly #group: WriteGroup;
  // Why it keeps nothing any more.
  #ended: HoldfastError | null = null;

  /** Takes over `db` and `claim`. */
  constructor({ db, claim, onWritten }: IndexedDbParts) {
    this.#db = db;
    this.#claim = claim;
    this.agent = claim.agent;
    this.#writers = new Set([claim.agent]);
    this.writers = this.#writers;
    this.#group = new WriteGroup(() => this.#open(), onWritten);
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
    const sizeBytes = row.bytes.length;
    await this.#group.write(
      (transaction) => transaction.objectStore("bundles").add(row),
      sizeBytes,
    );
  }

  async remember(document: DocumentId, knowledge: ServerKnowledge): Promise<void> {
    const row = knowledgeRow(document, knowledge);
    const sizeBytes = row.bytes.length;
    await this.#group.write(
      (transaction) => transaction.objectStore("knowledge").put(row),
      sizeBytes,
    );
  }

  /** Keeps nothing from now on, and fails with `error`. The agent stays claimed. */
  end(error: HoldfastError): void {
    this.#ended ??= error;
    this.#db.close();
  }

  async close(): Promise<void> {
    await this.#group.idle();
    this.end(new HoldfastError("closed", "the copy is closed"));
    this.#claim.release();
    await this.#claim.ended;
  }

  #open(): CopyDb {
    if (this.#ended !== null) throw this.#ended;
    return this.#db;
  }

  async #reading<T>(doing: string, read: (db: CopyDb) => Promise<T>): Promise<T> {
    try {
      return await read(this.#open());
    } catch (error) {
      throw this.#ended ?? copyDbError(error, doing);
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
      for (const agent of agents) this.#writers.add(agent as AgentId);
      return { rows, knowledge };
    });
  }

  // Puts the document into few bundles, under new ids. Null where that fails: it
  // stays as it was, and whoever loads it next tries again.
  async #join(document: DocumentId): Promise<AppendedBundles | null> {
    try {
      const transaction = this.#open().transaction("bundles", "readwrite", {
        durability: "strict",
      });
      const { store } = transaction;
      const rows = await store.index("document").getAll(behind(document, 0));
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

/** Rows of `document` whose ids are over `id`. */
function behind(document: DocumentId, id: number): IDBKeyRange {
  return IDBKeyRange.bound([document, id], [document, Number.POSITIVE_INFINITY], true);
}

function toAppended(rows: readonly BundleRow[], position: number): AppendedBundles {
  return { bundles: rows.map(bundleOf), position: rows.at(-1)?.id ?? position };
}
