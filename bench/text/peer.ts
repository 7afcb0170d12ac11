// What is measured, behind one interface: a library's text, edited, merged, saved and
// loaded in the way its documentation says. One file for each library in peers/.
//
// Positions are UTF-16 units; diamond-types counts code points, and its adapter translates.

/** What a stored file keeps: all that was ever typed, or of deleted text only that it was there. */
export type Kind = "history" | "text";

/** At a position: delete so many units, then insert. */
export type Edit = readonly [at: number, deleted: number, inserted: string];

/** Edits that were made at once, one after another. */
export interface Transaction {
  readonly agent: number;
  /** Indexes of transactions whose merged result the author saw. */
  readonly parents: readonly number[];
  readonly edits: readonly Edit[];
}

/** One copy of one text. */
export interface Replica {
  /** One edit in one call, or two where the library has no replacement, as an editor makes it. */
  splice(at: number, deleted: number, inserted: string): void;
  /** Makes one transaction; its update, for other replicas. Not measured. */
  transact(edits: readonly Edit[]): Uint8Array;
  /** Merges an update of `transact` or `whole`. */
  apply(update: Uint8Array): void;
  /** All that happened, as one update; `updates` is that too, for a library that can but list them. */
  whole(updates: readonly Uint8Array[]): Uint8Array;
  /**
   * Ways to store it, one for each of the library's formats that keep `kind`; none where
   * it can't. The first of the kind that `Peer.stores` names is what `load` reads.
   */
  saves(kind: Kind): readonly (() => Uint8Array)[];
  toString(): string;
  readonly length: number;
  /** Gives memory back that no garbage collector sees. */
  free(): void;
}

/** A library, loaded. */
export interface Peer {
  /** What it stores unless told otherwise. */
  readonly stores: Kind;
  /** Both, where a document can be told to keep deleted text and to drop it. */
  readonly kinds: readonly Kind[];
  /** An empty replica. Agents are numbered in the order in which ties are to be broken. */
  create(agent: number, kind?: Kind): Replica;
  load(file: Uint8Array, agent: number): Replica;
  /**
   * Writes what agents did without a document for each, where a library has a way to: each
   * transaction's update, and all as one. Edits count code points.
   */
  record?(transactions: readonly Transaction[]): { updates: Uint8Array[]; whole: Uint8Array };
}

/** A library that can be measured. */
export interface PeerEntry {
  readonly name: string;
  /** Its package in package.json; null for ours. */
  readonly package: string | null;
  /** Loads the library. Not measured. */
  open(): Promise<Peer>;
  /** What a program that uses it as we do here imports, for its size. */
  readonly imports: string;
  /** Files of WebAssembly that come with it, below node_modules. */
  readonly wasm: readonly string[];
}

/**
 * Imports a library that the workspace doesn't know: it is installed beside this
 * benchmark, so its types aren't there when the workspace is checked.
 */
export async function library<Library>(specifier: string): Promise<Library> {
  const module = (await import(specifier)) as { default?: Library } & Library;
  return module.default !== undefined && Object.keys(module).length <= 2 ? module.default : module;
}
