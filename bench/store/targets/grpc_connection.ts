// A connection that makes gRPC calls of one message each way, in clear: as much of HTTP/2
// (RFC 9113) and gRPC as etcd needs, so that a call takes little of the processor time that
// the servers beside it need. No library was measured against it.
//
// Headers go out as they are, neither indexed nor compressed; those that come are not read:
// a call without an error has a message, and one with an error has none. The server may
// keep no table for headers, so that skipping some does no harm.

import { connect, type Socket } from "node:net";

const frameHeadBytes = 9;
const frameBodyBytesMax = 16_384;
const frame = { data: 0, headers: 1, reset: 3, settings: 4, ping: 6, away: 7, window: 8 };
const flag = { endStream: 1, ack: 1, endHeaders: 4 };
const windowBytes = 0x7fff_0000;
const windowDefaultBytes = 65_535;
const messageHeadBytes = 5;

interface Call {
  message: Buffer;
  resolve(message: Buffer): void;
  reject(error: Error): void;
}

export class GrpcConnection {
  readonly #socket: Socket;
  readonly #authority: string;
  readonly #headers = new Map<string, Buffer>();
  readonly #calls = new Map<number, Call>();
  #nextStream = 1;
  #outgoing: Buffer[] = [];
  /** Frames of data that wait until the server takes more. */
  #held: Buffer[] = [];
  #mayBytes = windowDefaultBytes;
  #takenBytes = 0;
  #rest: Buffer = Buffer.alloc(0);

  private constructor(socket: Socket, authority: string) {
    this.#socket = socket;
    this.#authority = authority;
    socket.on("data", (bytes) => this.#take(bytes));
    socket.on("close", () => this.#lose("the connection is gone"));
    socket.on("error", () => undefined);
    // No table for headers (1: 0), a large window for each stream (4).
    const settings = Buffer.from([0, 1, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0]);
    settings.writeUInt32BE(windowBytes, 8);
    this.#send(Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"));
    this.#send(frameOf(frame.settings, 0, 0, settings));
    this.#send(frameOf(frame.window, 0, 0, uint32(windowBytes - windowDefaultBytes)));
  }

  static open(port: number): Promise<GrpcConnection> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host: "127.0.0.1", noDelay: true });
      socket.once("connect", () => resolve(new GrpcConnection(socket, `127.0.0.1:${port}`)));
      socket.once("error", reject);
    });
  }

  /** Calls `path` with `message`; the message that answers. */
  call(path: string, message: Buffer): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      if (this.#socket.destroyed) {
        reject(new Error("the connection is gone"));
        return;
      }
      const stream = this.#nextStream;
      this.#nextStream += 2;
      this.#calls.set(stream, { message: Buffer.alloc(0), resolve, reject });
      const head = Buffer.alloc(messageHeadBytes);
      head.writeUInt32BE(message.length, 1);
      this.#send(frameOf(frame.headers, flag.endHeaders, stream, this.#headersOf(path)));
      const body = Buffer.concat([head, message]);
      for (let at = 0; at < body.length; at += frameBodyBytesMax) {
        const end = Math.min(body.length, at + frameBodyBytesMax);
        const flags = end === body.length ? flag.endStream : 0;
        this.#sendData(frameOf(frame.data, flags, stream, body.subarray(at, end)));
      }
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #headersOf(path: string): Buffer {
    let headers = this.#headers.get(path);
    if (headers === undefined) {
      const text = (value: string) =>
        Buffer.concat([Buffer.from([value.length]), Buffer.from(value)]);
      headers = Buffer.concat([
        Buffer.from([0x83, 0x86, 0x04]), // POST, http, :path
        text(path),
        Buffer.from([0x01]), // :authority
        text(this.#authority),
        Buffer.from([0x0f, 0x10]), // content-type
        text("application/grpc"),
        Buffer.from([0x00]),
        text("te"),
        text("trailers"),
      ]);
      this.#headers.set(path, headers);
    }
    return headers;
  }

  /** Sends a frame of data, or holds it until the server takes more. */
  #sendData(data: Buffer): void {
    this.#held.push(data);
    this.#sendHeld();
  }

  #sendHeld(): void {
    let sent = 0;
    for (const data of this.#held) {
      const sizeBytes = data.length - frameHeadBytes;
      if (sizeBytes > this.#mayBytes) break;
      this.#mayBytes -= sizeBytes;
      this.#send(data);
      sent += 1;
    }
    if (sent > 0) this.#held = this.#held.slice(sent);
  }

  #send(bytes: Buffer): void {
    if (this.#outgoing.length === 0) queueMicrotask(() => this.#flush());
    this.#outgoing.push(bytes);
  }

  #flush(): void {
    this.#socket.write(Buffer.concat(this.#outgoing));
    this.#outgoing = [];
  }

  #lose(why: string): void {
    for (const { reject } of this.#calls.values()) reject(new Error(why));
    this.#calls.clear();
    this.#socket.destroy();
  }

  #take(bytes: Buffer): void {
    const all = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    let at = 0;
    while (all.length - at >= frameHeadBytes) {
      const next = at + frameHeadBytes + all.readUIntBE(at, 3);
      if (next > all.length) break;
      const stream = all.readUInt32BE(at + 5) & 0x7fff_ffff;
      this.#frame(all[at + 3]!, all[at + 4]!, stream, all.subarray(at + frameHeadBytes, next));
      at = next;
    }
    this.#rest = all.subarray(at);
  }

  #frame(type: number, flags: number, stream: number, body: Buffer): void {
    const call = this.#calls.get(stream);
    if (type === frame.data) {
      this.#account(body.length);
      if (call !== undefined)
        call.message = call.message.length === 0 ? body : Buffer.concat([call.message, body]);
    } else if (type === frame.settings && (flags & flag.ack) === 0) {
      this.#send(frameOf(frame.settings, flag.ack, 0, Buffer.alloc(0)));
    } else if (type === frame.ping && (flags & flag.ack) === 0) {
      this.#send(frameOf(frame.ping, flag.ack, 0, Buffer.from(body)));
    } else if (type === frame.window && stream === 0) {
      this.#mayBytes += body.readUInt32BE(0) & 0x7fff_ffff;
      this.#sendHeld();
    } else if (type === frame.reset) {
      this.#calls.delete(stream);
      call?.reject(new Error("the call was reset"));
    } else if (type === frame.away) {
      this.#lose("the server went away");
    }
    const isLast = type === frame.data || type === frame.headers ? flags & flag.endStream : 0;
    if (isLast !== 0 && call !== undefined) {
      this.#calls.delete(stream);
      if (call.message.length >= messageHeadBytes)
        call.resolve(call.message.subarray(messageHeadBytes));
      else call.reject(new Error(`refused: ${body.toString("latin1")}`));
    }
  }

  /** Gives the connection's window back before it is used up. */
  #account(sizeBytes: number): void {
    this.#takenBytes += sizeBytes;
    if (this.#takenBytes < windowBytes / 2) return;
    this.#send(frameOf(frame.window, 0, 0, uint32(this.#takenBytes)));
    this.#takenBytes = 0;
  }
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function frameOf(type: number, flags: number, stream: number, body: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(frameHeadBytes + body.length);
  bytes.writeUIntBE(body.length, 0, 3);
  bytes[3] = type;
  bytes[4] = flags;
  bytes.writeUInt32BE(stream, 5);
  bytes.set(body, frameHeadBytes);
  return bytes;
}
