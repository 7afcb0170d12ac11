// One document's way up: what an initiator sends of it, within a window, until
// it is acknowledged.
//
//   confirming --all confirmed--> open <--retry-- rewinding
//        \---------- refused: ------+--> rewinding (may pass) or halted (won't)
//
// Problem: a folder that was copied, with its agent, makes two writers of one
// name. When the responder holds events of ours that it never acknowledged, they
// are either our own (the acknowledgement was lost) or a double's. So they are
// sent again, and the responder compares. Meanwhile nothing beyond them may
// leave: it would build on the double's events, and be taken for their sequel.
// So while confirming, each bundle waits for the answer to the one before.
//
// Invariants:
//   UP1  At most `windowBundles` bundles, and one bundle more than
//        `windowSizeBytes` bytes, are sent and not answered.
//   UP2  While confirming, at most one bundle is sent and not answered.
//   UP3  After a refusal nothing is sent before all that was sent is answered.

import type { VersionVector } from "@holdfast/causality";
import { assert } from "@holdfast/std";
import type { HeldBundle } from "./holdings.ts";
import { Outflow } from "./outflow.ts";
import { retryDelayMs, retryDelayMsMax } from "./retry.ts";

/** Most bundles that are sent and not answered. */
export const windowBundles = 4_096;
/** Most bytes of bundles that are sent and not answered, but for the last one. */
export const windowSizeBytes = 524_288;

/** What must be done for an upload. */
export type UploadDuty =
  /** Read from the holdings what the other side lacks. */
  | { readonly type: "read" }
  /** Wait, then call {@link Upload.retry}. */
  | { readonly type: "pause"; readonly delayMs: number };

/** Sends one document. After each call but the getters', ask {@link next} what to do. */
export class Upload {
  // What the other side certainly holds, with our content; where to rewind to.
  #held: VersionVector;
  // What is held on both sides, and has yet to be found the same.
  readonly #target: VersionVector;
  #outflow: Outflow;
  #state: "confirming" | "open" | "rewinding" | "halted";
  #pausing = false;
  // Whether the reader stopped for lack of room, with more to come.
  #blocked = true;
  #failures = 0;
  #through = 0;
  // Sizes of what was taken and is not answered, oldest first; the first has ordinal `#through + 1`.
  #sizes: number[] = [];
  #sizeBytes = 0;

  /**
   * @param known - What the other side holds, with the same content. Becomes the upload's own.
   * @param target - What both sides hold.
   */
  constructor(known: VersionVector, target: VersionVector) {
    this.#held = known;
    this.#target = target;
    this.#outflow = new Outflow(known.clone());
    this.#state = known.covers(target) ? "open" : "confirming";
  }

  /** Whether another piece may be taken now. */
  get wants(): boolean {
    switch (this.#state) {
      case "confirming":
        return this.#sizes.length === 0;
      case "open":
        return this.#sizes.length < windowBundles && this.#sizeBytes < windowSizeBytes;
      default:
        return false;
    }
  }

  /** What to read, after a duty to read. */
  get position(): Pick<Outflow, "known" | "after"> {
    return this.#outflow;
  }

  /** Notes that there may be more to send. */
  changed(): void {
    this.#blocked = true;
  }

  /** Takes the next piece that was read; a full frame's bundles, if any. */
  take(piece: HeldBundle): readonly Uint8Array[] | null {
    if (!this.wants) {
      this.#blocked = true;
      return null;
    }
    const bytes = this.#outflow.take(piece);
    if (bytes === null) return null;
    this.#sizes.push(bytes.length);
    this.#sizeBytes += bytes.length;
    if (!this.wants) this.#blocked = true;
    return this.#outflow.gather(bytes);
  }

  /** The rest of what was taken. */
  flush(): readonly Uint8Array[] | null {
    return this.#outflow.flush();
  }

  /** Notes that a read ended. */
  readEnded(more: boolean): void {
    if (this.#outflow.readEnded(false) || more) this.#blocked = true;
  }

  /** Notes that the other side holds `vector`, having sent it. */
  received(vector: VersionVector): void {
    this.#held.merge(vector);
    this.#outflow.known.merge(vector);
  }

  /** Notes an acknowledgement. Tells whether it makes sense. */
  saved(through: number, vector: VersionVector): boolean {
    const count = through - this.#through;
    if (count < 0 || count > this.#sizes.length) return false;
    for (const sizeBytes of this.#sizes.splice(0, count)) this.#sizeBytes -= sizeBytes;
    this.#through = through;
    this.#held.merge(vector);
    if (vector.size > 0) this.#failures = 0;
    return true;
  }

  /** Notes a refusal that may pass. `vector`: what the other side says it holds. */
  refused(vector: VersionVector | null): void {
    if (vector !== null) this.#held = vector.meet(this.#outflow.known);
    if (this.#state !== "halted") this.#state = "rewinding";
  }

  /** Notes a refusal that won't pass. Tells whether it is the first. */
  halt(): boolean {
    const first = this.#state !== "halted";
    this.#state = "halted";
    return first;
  }

  /** Starts anew after a pause. */
  retry(): void {
    this.#pausing = false;
    if (this.#state !== "rewinding") return;
    assert(this.#sizes.length === 0, "UP3: rewound with answers missing");
    this.#outflow = new Outflow(this.#held.clone());
    this.#state = this.#held.covers(this.#target) ? "open" : "confirming";
    this.#blocked = true;
  }

  /** What to do now, once. */
  next(): UploadDuty | null {
    const idle = this.#sizes.length === 0;
    if (this.#state === "confirming" && idle && this.#outflow.known.covers(this.#target)) {
      this.#state = "open";
    }
    if (this.#outflow.reading) return null;
    if (this.#state === "rewinding" && idle && !this.#pausing) {
      this.#pausing = true;
      const delayMs = Math.min(retryDelayMsMax, retryDelayMs * (2 ** this.#failures - 1));
      this.#failures += 1;
      return { type: "pause", delayMs };
    }
    if (!this.#blocked || !this.wants) return null;
    this.#blocked = false;
    const started = this.#outflow.changed();
    assert(started, "OF2: two reads at once");
    return { type: "read" };
  }
}
