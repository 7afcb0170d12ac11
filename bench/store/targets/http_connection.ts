// A connection that speaks HTTP/1.1 and stays open: requests of a turn go out in one write,
// answers come back in their order. As much of it as our server answers with: a status and a
// body of a length that is said.

import { connect, type Socket } from "node:net";

const headEnd = Buffer.from("\r\n\r\n");
const lengthName = "content-length: ";

/** What came back: the status, and the body. */
export interface Answer {
  readonly status: number;
  readonly body: Uint8Array;
}

interface Waiting {
  resolve(answer: Answer): void;
  reject(error: Error): void;
}

export class HttpConnection {
  readonly #socket: Socket;
  #waiting: Waiting[] = [];
  #answered = 0;
  #outgoing = "";
  #rest: Buffer = Buffer.alloc(0);

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (bytes) => this.#take(bytes));
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      for (const { reject } of this.#waiting.slice(this.#answered)) reject(gone());
      this.#waiting = [];
      this.#answered = 0;
    });
  }

  static open(port: number): Promise<HttpConnection> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host: "127.0.0.1", noDelay: true });
      socket.once("connect", () => resolve(new HttpConnection(socket)));
      socket.once("error", reject);
    });
  }

  /** `body` is text of one unit for each byte. */
  call(method: string, path: string, body = ""): Promise<Answer> {
    if (this.#socket.destroyed) return Promise.reject(gone());
    if (this.#outgoing === "") queueMicrotask(() => this.#flush());
    this.#outgoing += `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  /** Whether the other side, or this one, has closed it: a server closes what is idle for long. */
  get isClosed(): boolean {
    return this.#socket.destroyed;
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
      const headStop = all.indexOf(headEnd, at);
      if (headStop < 0) break;
      const head = all.toString("latin1", at, headStop);
      const next = headStop + headEnd.length + lengthIn(head);
      if (all.length < next) break;
      const body = all.subarray(headStop + headEnd.length, next);
      // "HTTP/1.1 200 OK": the status stands at 9.
      this.#waiting[this.#answered]!.resolve({ status: Number(head.slice(9, 12)), body });
      this.#answered += 1;
      at = next;
    }
    this.#rest = all.subarray(at);
    if (this.#answered > 1_000 || this.#answered === this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#answered);
      this.#answered = 0;
    }
  }
}

/** How long the body is. */
function lengthIn(head: string): number {
  const lower = head.toLowerCase();
  const at = lower.indexOf(lengthName);
  return at < 0 ? 0 : Number.parseInt(lower.slice(at + lengthName.length), 10);
}

function gone(): Error {
  return new Error("the connection is gone");
}
