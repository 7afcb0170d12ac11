// A progress bar on a terminal; nothing where standard error is not one.

/** Shows how far something is, on one line that it draws over. */
export class Progress {
  readonly #label: string;
  readonly #stream: NodeJS.WriteStream;
  #shown = -1;

  /** @param label - What is under way. */
  constructor(label: string, stream: NodeJS.WriteStream = process.stderr) {
    this.#label = label;
    this.#stream = stream;
  }

  /** Draws the bar for `done` of `total` steps, where that changes what is seen. */
  show(done: number, total: number): void {
    if (!this.#stream.isTTY) return;
    const percent = Math.floor((done / total) * 100);
    if (percent === this.#shown) return;
    this.#shown = percent;
    const filled = Math.floor((percent / 100) * barColumns);
    const bar = "█".repeat(filled) + "░".repeat(barColumns - filled);
    this.#stream.write(`\r${this.#label} ${bar} ${String(percent).padStart(3)} %`);
  }

  /** Takes the bar away. */
  clear(): void {
    if (this.#stream.isTTY && this.#shown >= 0) this.#stream.write("\r\u001b[2K");
  }
}

const barColumns = 30;
