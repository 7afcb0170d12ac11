// One real client in a replay: an author that makes transactions, or a reader.
//
// What it sees of the document is decided by the gate on its connection; what it
// writes goes the way of every edit.

import { type AgentId, type EventRun, VersionVector } from "@holdfast/causality";
import {
  type Database,
  type DocumentHandle,
  open,
  openLogPersistence,
  type Persistence,
  type Write,
} from "@holdfast/client";
import type { Doc, DocumentId } from "@holdfast/doc";
import type { World } from "@holdfast/world";
import { BundleGate } from "./bundle_gate.ts";
import { codePointUnits } from "./code_points.ts";
import type { TracePatch } from "./trace.ts";

/** The text that a replay edits. */
export const textName = "body";

/** Writes that may wait for being saved before another is made. */
const unsavedWritesMax = 512;

/** Where a client goes. */
export interface Invitation {
  readonly url: string;
  readonly document: DocumentId;
  readonly credential?: string;
}

/** A client that is not there yet: its folder, and with it its agent. */
export class Seat {
  readonly name: string;
  readonly #world: World;
  readonly #gate: BundleGate;
  readonly #persistence: Persistence;

  private constructor(name: string, world: World, gate: BundleGate, persistence: Persistence) {
    this.name = name;
    this.#world = world;
    this.#gate = gate;
    this.#persistence = persistence;
  }

  /** Makes the client's folder, below `folder`. */
  static async take(world: World, folder: string, name: string): Promise<Seat> {
    const gate = new BundleGate(world.network);
    const gated = { ...world, network: gate };
    return new Seat(name, gated, gate, await openLogPersistence(gated, `${folder}/${name}`));
  }

  /** Who will write here. */
  get agent(): AgentId {
    return this.#persistence.agent;
  }

  /**
   * Connects, and opens the document.
   *
   * @throws {HoldfastError} What the server refuses the client with.
   */
  async join({ url, document, credential = "" }: Invitation): Promise<Player> {
    const world = this.#world;
    const persistence = this.#persistence;
    const database = open({ world, url, name: this.name, persistence, credential });
    try {
      const handle = await database.doc(document);
      // What is written before the server has answered would leave as one bundle.
      // The answer has reached the client a turn after it passed the gate.
      await Promise.race([this.#gate.opened, refusal(database)]);
      await world.clock.sleep(1);
      return new Player(database, handle, this.#gate);
    } catch (error) {
      await database.close();
      throw error;
    }
  }

  /** Gives the folder back, where nobody joins. */
  leave(): Promise<void> {
    return this.#persistence.close();
  }
}

/** A client that is there. */
export class Player {
  readonly #database: Database;
  readonly #handle: DocumentHandle;
  readonly #gate: BundleGate;
  readonly #unsaved: Write[] = [];

  constructor(database: Database, handle: DocumentHandle, gate: BundleGate) {
    this.#database = database;
    this.#handle = handle;
    this.#gate = gate;
  }

  /** The text as this client has it. */
  get text(): string {
    return this.#handle.doc.text(textName).toString();
  }

  /** Bundles that it sent. */
  get bundlesSent(): number {
    return this.#gate.bundlesSent;
  }

  /** Lets the pieces through, in order; resolves when the document has them. */
  async receive(pieces: readonly EventRun[]): Promise<void> {
    const wanted = new VersionVector();
    for (const piece of pieces) {
      wanted.advance(piece.agent, piece.to);
      await this.#gate.release(piece);
    }
    await applied(this.#handle.doc, wanted);
  }

  /**
   * Makes one transaction; answers which events it became, null where none. Waits
   * while too many are not saved.
   *
   * @param countsUnits - Whether positions are UTF-16 units as well as code points.
   */
  async make(patches: readonly TracePatch[], countsUnits: boolean): Promise<EventRun | null> {
    const text = this.#handle.doc.text(textName);
    const write = this.#handle.change(() => {
      for (const { at, deleted, inserted } of patches) {
        if (countsUnits) {
          text.splice(at, deleted, inserted);
          continue;
        }
        const content = text.toString();
        const start = codePointUnits(content, 0, at);
        text.splice(start, codePointUnits(content, start, deleted), inserted);
      }
    });
    this.#unsaved.push(write);
    if (this.#unsaved.length >= unsavedWritesMax) await this.#unsaved.shift()!.saved;
    return write.run;
  }

  /** Resolves when all that it made is saved. */
  whenSaved(): Promise<void> {
    return this.#handle.whenSaved();
  }

  /** Leaves. */
  close(): Promise<void> {
    return this.#database.close();
  }
}

/** Rejects when the server will not have the client; else never settles. */
function refusal(database: Database): Promise<never> {
  return new Promise((_, reject) => {
    const look = (): void => {
      const { state, reason } = database.connection;
      if (state === "refused") reject(reason);
    };
    database.connection.subscribe(look);
    look();
  });
}

/** Resolves once the document holds all of `wanted`. */
function applied(doc: Doc, wanted: VersionVector): Promise<void> {
  if (doc.vector().covers(wanted)) return Promise.resolve();
  return new Promise((resolve) => {
    const stop = doc.subscribe(() => {
      if (!doc.vector().covers(wanted)) return;
      stop();
      resolve();
    });
  });
}
