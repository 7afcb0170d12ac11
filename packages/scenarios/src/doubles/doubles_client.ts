// A client of the doubles scenario: the program on its machine, what people do there,
// and what happens to its folder.

import { type Database, type DocumentHandle, open, openLogPersistence } from "@holdfast/client";
import { type MachineWorld, ViolationError } from "@holdfast/sim";
import { isHoldfastError } from "@holdfast/std";
import type { DoublesLedger, Written } from "./doubles_ledger.ts";
import { type DoublesOperation, serverMachine } from "./doubles_plan.ts";

const folder = "copy";
const logPath = `${folder}/log`;
/** How long the program waits before it starts again after a failure. */
const reopenMs = 300;

/** What somebody types. */
export type Edit = Extract<DoublesOperation, { readonly type: "insert" | "set" }>;

/** What a client's program is given. */
export interface DoublesClientParts {
  readonly name: string;
  /** What it has open. */
  readonly documents: readonly string[];
  readonly ledger: DoublesLedger;
  /** Called with a broken promise. */
  readonly onViolation: (error: unknown) => void;
}

/** The program's present state: what the test looks at, and people work with. */
export class DoublesClient {
  readonly name: string;
  readonly #parts: DoublesClientParts;
  #handles = new Map<string, DocumentHandle>();
  #world: MachineWorld | null = null;
  /** The log to begin from at the next start; null to go on with what is there. */
  #given: Uint8Array | null = null;
  /** Counts beginnings from a log that another process wrote on. */
  #pasts = 0;

  constructor(parts: DoublesClientParts) {
    this.name = parts.name;
    this.#parts = parts;
  }

  /** The open documents; none while its program starts or is down. */
  get handles(): ReadonlyMap<string, DocumentHandle> {
    return this.#handles;
  }

  /** Has the next start begin from `log`. */
  give(log: Uint8Array): void {
    this.#given = log;
    this.#pasts += 1;
  }

  /** The process has ended, without a word. */
  lost(): void {
    this.#handles = new Map();
    this.#world = null;
    this.#parts.ledger.forgetWaiting(this.name);
  }

  /** The program: opens the copy and all documents, and again after a failure. */
  async main(world: MachineWorld): Promise<void> {
    const stopped = new Promise<void>((resolve) => {
      world.signal.addEventListener("abort", () => resolve(), { once: true });
    });
    while (!world.signal.aborted) {
      try {
        await this.#visit(world, stopped);
      } catch (error) {
        if (!isHoldfastError(error)) throw error;
        world.note(`opens again: ${error.message}`);
        await world.clock.sleep(reopenMs);
      }
    }
  }

  /** Reads the log as it is now, as whoever copies a folder would. Null where nobody can. */
  async readLog(): Promise<Uint8Array | null> {
    const world = this.#world;
    if (world === null) return null;
    try {
      const file = await world.disk.open(logPath, { create: false });
      const bytes = await file.read(0, await file.size());
      await file.close();
      return bytes;
    } catch (error) {
      if (isHoldfastError(error)) return null;
      throw error;
    }
  }

  /** Does what `edit` says, if its document is open. Runs in the program's process. */
  edit(edit: Edit): void {
    const handle = this.#handles.get(edit.document);
    if (handle === undefined) return;
    const { doc } = handle;
    const before = doc.vector();
    handle.change(() => apply(edit, handle));
    const { agent } = doc;
    const run = { agent, from: before.next(agent), to: doc.vector().next(agent) };
    const wrote = { client: this.name, document: edit.document, run };
    const past = `${this.name} ${this.#pasts}`;
    this.#follow(this.#parts.ledger.write(past, wrote, doc.bundles(before)), handle);
  }

  async #visit(world: MachineWorld, stopped: Promise<void>): Promise<void> {
    if (this.#given !== null) await this.#putBack(world, this.#given);
    this.#given = null;
    const persistence = await openLogPersistence(world, folder);
    const url = `ws://${serverMachine}/sync`;
    const database = open({ world, name: this.name, persistence, url });
    this.#world = world;
    try {
      for (const document of this.#parts.documents) await this.#open(database, document);
      await stopped;
    } finally {
      this.#handles = new Map();
      this.#world = null;
      await database.close();
    }
  }

  async #open(database: Database, document: string): Promise<void> {
    const handle = await database.doc(document);
    this.#handles.set(document, handle);
  }

  async #putBack(world: MachineWorld, log: Uint8Array): Promise<void> {
    await world.disk.makeFolder(folder);
    const file = await world.disk.open(logPath, { create: true });
    try {
      await file.truncate(0);
      await file.append(log);
      await file.sync();
    } finally {
      await file.close();
    }
    await world.disk.syncFolder(folder);
  }

  #follow(written: Written, handle: DocumentHandle): void {
    handle.whenSaved().then(
      () => {
        written.outcome = "saved";
        this.#parts.ledger.count("saved");
      },
      (error) => this.#failed(written, error),
    );
  }

  #failed(written: Written, error: unknown): void {
    if (isHoldfastError(error, "closed")) written.outcome = "closed";
    else if (isHoldfastError(error, "equivocation")) {
      written.outcome = "refused";
      this.#parts.ledger.count("refused");
    } else {
      const sentence = `${this.name} was told ${String(error)} of what it wrote into ${written.document}`;
      this.#parts.onViolation(new ViolationError("D2", sentence));
    }
  }
}

function apply(edit: Edit, { doc }: DocumentHandle): void {
  if (edit.type === "insert") {
    const text = doc.text("body");
    text.insert(Math.floor(edit.place * text.length), edit.word);
  } else {
    doc.map("facts").set(edit.key, edit.word);
  }
}
