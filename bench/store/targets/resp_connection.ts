// A connection that speaks Redis' protocol: commands of a turn go out in one write, answers
// come back in their order. As much of it as SET, GET and PING need.

import { connect, type Socket } from "node:net";

const lineEnd = Buffer.from("\r\n");

interface Waiting {
  resolve(value: Uint8Array | null): void;
  reject(error: Error): void;
}

export class RespConnection {
  readonly #socket: Socket;
  #waiting: Waiting[] = [];
  #answered = 0;
  #outgoing = "";
  #rest: Buffer = Buffer.alloc(0);

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (bytes) => this.#take(bytes));
    socket.on("close", () => {
      for (const { reject } of this.#waiting.slice(this.#answered))
        reject(new Error("the connection is gone"));
      this.#waiting = [];
      this.#answered = 0;
    });
  }

  static open(port: number): Promise<RespConnection> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host: "127.0.0.1", noDelay: true });
      socket.once("connect", () => resolve(new RespConnection(socket)));
      socket.once("error", reject);
    });
  }

  /** Words as text of one unit for each byte. Null where the answer is that there is nothing. */
  call(...words: readonly string[]): Promise<Uint8Array | null> {
    if (this.#outgoing === "") queueMicrotask(() => this.#flush());
    let text = `*${words.length}\r\n`;
    for (const word of words) text += `$${word.length}\r\n${word}\r\n`;
    this.#outgoing += text;
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  close(): void {
    this.#socket.destroy();
  }

  #flush(): void {
    this.#socket.write(this.#outgoing, "latin1");
    this.#outgoing = "";
  }

  #take(bytes: Buffer): void {
    const all = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    let at = 0;
    for (;;) {
      const lineStop = all.indexOf(lineEnd, at);
      if (lineStop < 0) break;
      const type = all[at];
      let next = lineStop + 2;
      let value: Uint8Array | null = null;
      if (type === 0x24 && all[at + 1] !== 0x2d) {
        const size = Number(all.toString("latin1", at + 1, lineStop));
        if (all.length < next + size + 2) break;
        value = all.subarray(next, next + size);
        next += size + 2;
      }
      const waiting = this.#waiting[this.#answered]!;
      this.#answered += 1;
      if (type === 0x2d) waiting.reject(new Error(all.toString("latin1", at + 1, lineStop)));
      else waiting.resolve(value);
      at = next;
    }
    this.#rest = all.subarray(at);
    if (this.#answered > 1_000 || this.#answered === this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#answered);
      this.#answered = 0;
    }
  }
}
