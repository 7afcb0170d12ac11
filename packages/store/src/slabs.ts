// Room for bytes, many pieces to an array.
//
// An array with memory of its own takes longer to make than what is read into it takes to
// read. What is kept of a slab keeps all of it; so slabs are small, and begin smaller.

/** Smaller pieces cost the engine nothing beside its own objects, and are left alone. */
export const sharedSizeBytesMin = 65;
/** A piece larger than this part of the largest slab gets an array of its own. */
const shareMax = 1 / 4;

/** See the head of this file. */
export class Slabs {
  readonly #sizeBytesMax: number;
  #nextSizeBytes: number;
  #slab = new Uint8Array(0);
  #used = 0;

  /**
   * @param sizeBytesMin - Of the first slab, at least a piece; each one after is twice as large.
   * @param sizeBytesMax - Of any slab.
   */
  constructor(sizeBytesMin: number, sizeBytesMax: number) {
    this.#nextSizeBytes = sizeBytesMin;
    this.#sizeBytesMax = sizeBytesMax;
  }

  /** Room for one piece, given out once. What it holds is anything. */
  take(sizeBytes: number): Uint8Array {
    if (sizeBytes > this.#sizeBytesMax * shareMax) return new Uint8Array(sizeBytes);
    if (this.#used + sizeBytes > this.#slab.length) {
      this.#slab = new Uint8Array(this.#nextSizeBytes);
      this.#used = 0;
      this.#nextSizeBytes = Math.min(this.#nextSizeBytes * 2, this.#sizeBytesMax);
    }
    const piece = new Uint8Array(this.#slab.buffer, this.#used, sizeBytes);
    this.#used += sizeBytes;
    return piece;
  }

  /** A copy of `bytes`. */
  copy(bytes: Uint8Array): Uint8Array {
    if (bytes.length < sharedSizeBytesMin) return bytes.slice();
    const piece = this.take(bytes.length);
    piece.set(bytes);
    return piece;
  }
}
