// A client of a store that says exactly what a test wants, frame by frame.

import { Writer } from "@holdfast/std";
import {
  type ClientFrame,
  decodeServerFrame,
  encodeClientFrame,
  framesOf,
  messageOf,
  type ServerFrame,
} from "@holdfast/store/remote";
import type { Connection } from "@holdfast/world";

type FrameOf<Type extends ServerFrame["type"]> = Extract<ServerFrame, { type: Type }>;

/** A request that sets one key and has read nothing, as bytes: see docs/formats/raft-wire.md. */
export function settingOf(key: Uint8Array, value: Uint8Array): Uint8Array {
  const writer = new Writer().u8(0);
  for (let zero = 0; zero < 5; zero += 1) writer.uint(0); // since, reads, cleared, declared
  writer
    .uint(1)
    .blob(key)
    .uint(1 + value.length)
    .raw(value);
  for (let zero = 0; zero < 3; zero += 1) writer.uint(0); // changes, stamped values and keys
  return writer.finish();
}

/** See the head of this file. */
export class RawStoreClient {
  readonly connection: Connection;
  readonly session: Uint8Array;
  readonly #heard: ServerFrame[] = [];

  constructor(connection: Connection, session = 1) {
    this.connection = connection;
    this.session = new Uint8Array(16).fill(session);
  }

  hello(credential: Uint8Array = new Uint8Array(0)): void {
    this.say({ type: "hello", protocols: [0, 0], session: this.session, credential });
  }

  say(...frames: ClientFrame[]): void {
    for (const frame of frames) this.connection.send(messageOf(encodeClientFrame(frame)));
  }

  /** The next frame; null where the connection has ended. */
  async hear(): Promise<ServerFrame | null> {
    if (this.#heard.length === 0) {
      const message = await this.connection.receive();
      if (message === null) return null;
      this.#heard.push(...[...framesOf(message)].map(decodeServerFrame));
    }
    return this.#heard.shift()!;
  }

  /** The next frame, which must be of `type`. */
  async next<Type extends ServerFrame["type"]>(type: Type): Promise<FrameOf<Type>> {
    const frame = await this.hear();
    if (frame?.type !== type) throw new Error(`${JSON.stringify(frame)} is not ${type}`);
    return frame as FrameOf<Type>;
  }

  /** Takes a snapshot in `slot`. */
  async begin(slot = 0): Promise<FrameOf<"begun">> {
    this.say({ type: "begin", call: 1, slot, consistency: "linearizable", priority: "default" });
    return this.next("begun");
  }
}
