// The bytes of one file in memory, and how to get back to those of its last sync.
//
// Copying everything at each sync would make a log quadratic. Instead, whatever
// overwrites or cuts synced bytes saves them first; a crash puts them back, last
// one first. An append saves nothing.
//
//   bytes   |<------ synced ------>|<-- tail -->|
//                 ^ saved piece, if it was overwritten

/** Bytes that grow, and remember what was synced. */
export class MemoryContent {
  #bytes = new Uint8Array(0);
  #size = 0;
  #syncedSize = 0;
  #saved: { readonly offset: number; readonly bytes: Uint8Array }[] = [];

  /** How many bytes there are. */
  get sizeBytes(): number {
    return this.#size;
  }

  /** How many bytes were appended since the last sync; 0 where older ones changed too. */
  get unsyncedTailBytes(): number {
    return this.#saved.length > 0 ? 0 : this.#size - this.#syncedSize;
  }

  /** A copy of what is there between two offsets. */
  slice(start: number, end: number): Uint8Array {
    return this.#bytes.slice(Math.min(start, this.#size), Math.min(end, this.#size));
  }

  /** Puts `bytes` at `offset`, which is at most the size. Amortized O(bytes). */
  write(offset: number, bytes: Uint8Array): void {
    const end = offset + bytes.length;
    this.#save(offset, end);
    this.#reserve(end);
    this.#bytes.set(bytes, offset);
    this.#size = Math.max(this.#size, end);
  }

  /** Cuts, or lengthens with zeros. */
  resize(sizeBytes: number): void {
    this.#save(sizeBytes, this.#size);
    this.#reserve(sizeBytes);
    if (sizeBytes > this.#size) this.#bytes.fill(0, this.#size, sizeBytes);
    this.#size = sizeBytes;
  }

  /** Makes what is there survive a crash. */
  sync(): void {
    this.#saved = [];
    this.#syncedSize = this.#size;
  }

  /** Goes back to the last sync, but keeps `tailBytes` of what was appended. */
  crash(tailBytes: number): void {
    const size = this.#syncedSize + tailBytes;
    this.#reserve(size);
    for (const { offset, bytes } of this.#saved.reverse()) this.#bytes.set(bytes, offset);
    this.#size = size;
    this.sync();
  }

  #save(start: number, end: number): void {
    const savedEnd = Math.min(end, this.#size, this.#syncedSize);
    if (start < savedEnd) {
      this.#saved.push({ offset: start, bytes: this.#bytes.slice(start, savedEnd) });
    }
  }

  #reserve(sizeBytes: number): void {
    if (sizeBytes <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(sizeBytes, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#size));
    this.#bytes = grown;
  }
}
