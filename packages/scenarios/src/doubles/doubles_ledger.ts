// What was written and acknowledged in the doubles scenario, to be held against what
// the server holds.
//
// Promises (a violation's message begins with the id):
//   D1  What was acknowledged as saved is on the server exactly as its writer wrote it,
//       and so is all that the writer had written before it: never another content
//       under the same ids.
//   D2  Nobody is left in the dark. In the end each document of each client is saved,
//       and reads as on the server; or its client was told `equivocation`, in the
//       document's status, and by whatever waited to be saved. Who has no double is not.
//   D3  Those who were not told read the same.
// That they hold and read the same in the end, the judge of merged data says.

import type { EventRun, VersionVector } from "@holdfast/causality";
import { type Bundle, decodeBundle, sameContent } from "@holdfast/doc";
import { ViolationError } from "@holdfast/sim";

/** Something that a client wrote. */
export interface Written {
  readonly client: string;
  readonly document: string;
  readonly run: EventRun;
  /** Its events, as the client made them. */
  readonly bundles: readonly Bundle[];
  /** How it stands: whoever waited for it to be saved was answered so. */
  outcome: "waiting" | "saved" | "refused" | "closed";
}

/** The books of one run. */
export class DoublesLedger {
  readonly counts: Record<string, number> = { written: 0, saved: 0, compared: 0 };
  /** By client, its life since it last began from another's past, and document; in order. */
  readonly #written = new Map<string, Written[]>();

  /** A client, in its `past`th past, made `run`, as `bytes`. */
  write(
    past: string,
    wrote: Omit<Written, "outcome" | "bundles">,
    bytes: readonly Uint8Array[],
  ): Written {
    const bundles = bytes.map((part) => decodeBundle(part));
    const written: Written = { ...wrote, bundles, outcome: "waiting" };
    const key = `${past}/${wrote.document}`;
    const list = this.#written.get(key) ?? [];
    this.#written.set(key, list);
    list.push(written);
    this.counts.written! += 1;
    return written;
  }

  /** Counts something that need not happen on every seed. */
  count(what: string): void {
    this.counts[what] = (this.counts[what] ?? 0) + 1;
  }

  /** Holds what was acknowledged against what the server holds of `document`. @throws {ViolationError} D1. */
  requireSaved(document: string, held: VersionVector, chunks: readonly Bundle[]): void {
    for (const all of this.#written.values()) {
      if (all[0]!.document !== document) continue;
      const last = all.map(({ outcome }) => outcome).lastIndexOf("saved");
      if (last === -1) continue;
      const { agent } = all[last]!.run;
      for (const written of all.slice(0, last + 1)) {
        if (written.run.agent === agent) requireThere(written, held, chunks);
        this.counts.compared! += 1;
      }
    }
  }

  /** Of what `client` wrote in `document`, how much still waits to hear what became of it. */
  waiting(client: string, document: string): number {
    return [...this.#written.values()]
      .flat()
      .filter((one) => one.client === client && one.document === document)
      .filter(({ outcome }) => outcome === "waiting").length;
  }

  /** The process of `client` has ended: whoever waited in it is gone. */
  forgetWaiting(client: string): void {
    for (const written of [...this.#written.values()].flat()) {
      if (written.client === client && written.outcome === "waiting") written.outcome = "closed";
    }
  }
}

function requireThere(
  { client, document, run, bundles }: Written,
  held: VersionVector,
  chunks: readonly Bundle[],
): void {
  const what = `events ${run.from} to ${run.to} of ${run.agent.slice(0, 8)}, which ${client} wrote into ${document}`;
  if (held.next(run.agent) < run.to) {
    throw new ViolationError("D1", `${what}, were acknowledged, and are not on the server`);
  }
  for (const chunk of chunks) {
    for (const bundle of bundles) {
      if (sameContent(chunk, bundle) === null) continue;
      throw new ViolationError("D1", `${what}, were acknowledged, and are others on the server`);
    }
  }
}
