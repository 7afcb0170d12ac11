// A client of the sync scenario: the program on its machine, and what people do there.

import type { EventRun } from "@holdfast/causality";
import { type Database, type DocumentHandle, open, openLogPersistence } from "@holdfast/client";
import type { Doc } from "@holdfast/doc";
import type { MachineWorld } from "@holdfast/sim";
import { type ErrorCode, isHoldfastError, unreachable } from "@holdfast/std";
import { bodyName, factsName, unitsOf, wordsName } from "./document_content.ts";
import type { ListOperation } from "./list_plan.ts";
import type { SyncLedger } from "./sync_ledger.ts";
import { presenceDocument, type SyncOperation } from "./sync_plan.ts";

/** Failures of the disk after which the program opens its copy again. */
const restartCodes: readonly ErrorCode[] = ["io", "corrupt"];
/** How long it waits before that. */
const reopenMs = 500;

type EditOperation = Extract<
  SyncOperation,
  { readonly type: "insert" | "delete" | "set" | "undo" | ListOperation["type"] }
>;

/** What a client's program is given. */
export interface SyncClientParts {
  readonly name: string;
  /** What it has open. */
  readonly documents: readonly string[];
  readonly ledger: SyncLedger;
  /** The server that it connects to now. */
  readonly server: () => string;
  /** The store behind a server. */
  readonly storeOf: (server: string) => string;
  /** Called with a broken promise. */
  readonly onViolation: (error: unknown) => void;
}

/** The program's present state: what the test looks at, and people work with. */
export class SyncClient {
  readonly name: string;
  readonly #parts: SyncClientParts;
  #handles = new Map<string, DocumentHandle>();
  #world: MachineWorld | null = null;
  #database: Database | null = null;
  #restart: (() => void) | null = null;

  constructor(parts: SyncClientParts) {
    this.name = parts.name;
    this.#parts = parts;
  }

  /** The open documents; none while its program starts or is down. */
  get handles(): ReadonlyMap<string, DocumentHandle> {
    return this.#handles;
  }

  /** The program: opens the copy and all documents, and again after a failure of the disk. */
  async main(world: MachineWorld): Promise<void> {
    this.#handles = new Map();
    this.#world = world;
    world.signal.addEventListener("abort", () => this.#restart?.(), { once: true });
    while (!world.signal.aborted) {
      try {
        await this.#visit(world);
      } catch (error) {
        if (!isHoldfastError(error)) throw error;
        world.note(`opens again: ${error.message}`);
        await world.clock.sleep(reopenMs);
      } finally {
        this.#handles = new Map();
      }
    }
  }

  /** Does what `operation` says, if its document is open. Runs in the program's process. */
  perform(operation: Exclude<SyncOperation, { readonly type: "leave" }>): void {
    const handle = this.#handles.get(operation.document);
    if (handle === undefined) return;
    this.look();
    if (operation.type === "reopen") void this.#reopen(operation.document, handle);
    else this.#edit(operation, handle);
  }

  /** Writes down what is shown. */
  look(): void {
    for (const [document, { doc }] of this.#handles) {
      this.#parts.ledger.looked(this.name, document, doc);
    }
  }

  async #visit(world: MachineWorld): Promise<void> {
    const { server } = this.#parts;
    const persistence = await openLogPersistence(world, "copy");
    const database = open({ world, name: this.name, persistence, url: `ws://${server()}/sync` });
    const over = new Promise<void>((resolve) => {
      this.#restart = resolve;
      if (world.signal.aborted) resolve();
    });
    try {
      for (const document of this.#parts.documents) await this.#open(database, document);
      await over;
    } finally {
      this.#handles = new Map();
      await database.close();
    }
  }

  async #open(database: Database, document: string): Promise<void> {
    const handle = await database.doc(document);
    this.#parts.ledger.opened(this.name, document, handle.doc);
    this.#handles.set(document, handle);
    this.#database = database;
    if (document === presenceDocument) handle.presence.set(this.name);
    // A disk that failed is not always told to a writer: what others wrote is kept, too.
    handle.subscribe(() => {
      const { problem, pendingCount } = handle.status();
      if (pendingCount > 0 && isHoldfastError(problem, ...restartCodes)) this.#restart?.();
    });
  }

  async #reopen(document: string, handle: DocumentHandle): Promise<void> {
    this.#handles.delete(document);
    const database = this.#database;
    try {
      await handle.close();
      if (database !== null && !this.#world!.signal.aborted) await this.#open(database, document);
    } catch (error) {
      this.#failed(error);
    }
  }

  #edit(operation: EditOperation, handle: DocumentHandle): void {
    const { document } = operation;
    const { ledger, server, storeOf } = this.#parts;
    const { agent } = handle.doc;
    const from = handle.doc.vector().next(agent);
    if (operation.type === "undo") this.#undo(document, handle.doc);
    else handle.change(() => apply(operation, handle.doc, this.#world!));
    const run: EventRun = { agent, from, to: handle.doc.vector().next(agent) };
    if (run.from === run.to) return;
    ledger.written(this.name, document, run);
    ledger.looked(this.name, document, handle.doc);
    const store = storeOf(server());
    handle.whenLocal().then(
      () => ledger.local(this.name, document, run),
      (error) => this.#failed(error),
    );
    handle.whenSaved().then(
      () => ledger.saved(store, document, run),
      (error) => this.#failed(error),
    );
  }

  #undo(document: string, doc: Doc): void {
    const before = unitsOf(doc);
    doc.undo();
    this.#parts.ledger.undone(this.name, document, { doc, before });
  }

  /** A failure of the disk has the program open its copy anew; anything that has no excuse fails the run. */
  #failed(error: unknown): void {
    // What was closed first goes on from the copy; what found no room is kept later.
    if (isHoldfastError(error, "disk_full", "closed")) return;
    if (isHoldfastError(error, ...restartCodes)) this.#restart?.();
    else this.#parts.onViolation(error);
  }
}

function apply(
  operation: Exclude<EditOperation, { readonly type: "undo" }>,
  doc: Doc,
  world: MachineWorld,
): void {
  const [text, list] = [doc.text(bodyName), doc.list(wordsName)];
  const placeIn = ({ length }: { readonly length: number }, place: number): number =>
    Math.floor(place * length);
  switch (operation.type) {
    case "insert":
      text.insert(placeIn(text, operation.place), operation.word);
      return;
    case "delete": {
      const at = placeIn(text, operation.place);
      text.delete(at, Math.min(operation.length, text.length - at));
      return;
    }
    case "set":
      doc.map(factsName).set(operation.key, { word: operation.word, at: world.clock.wall() });
      return;
    case "put":
      list.insert(placeIn(list, operation.place), ...operation.words);
      return;
    case "take": {
      const at = placeIn(list, operation.place);
      list.delete(at, Math.min(operation.length, list.length - at));
      return;
    }
    case "replace":
      if (list.length > 0) {
        list.set(Math.min(placeIn(list, operation.place), list.length - 1), operation.word);
      }
      return;
    default:
      // Plans are files, too, which people edit.
      unreachable(operation);
  }
}
