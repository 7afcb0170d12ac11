// A client that says exactly what a test wants, frame by frame.

import { VersionVector } from "@holdfast/causality";
import type { DocumentId } from "@holdfast/doc";
import { encodeUtf8 } from "@holdfast/std";
import {
  type ChannelId,
  decodeFrame,
  encodeFrame,
  type Frame,
  protocolVersion,
} from "@holdfast/sync";
import type { Connection } from "@holdfast/world";
import { nodeWorld } from "@holdfast/world/node";

type FrameOf<Type extends Frame["type"]> = Extract<Frame, { type: Type }>;

export class RawClient {
  readonly connection: Connection;
  #channels = 0;
  /** How many bundles went out on each channel. */
  readonly #sent = new Map<ChannelId, number>();

  constructor(connection: Connection) {
    this.connection = connection;
  }

  /** Connects, and says nothing. */
  static async connect(url: string): Promise<RawClient> {
    return new RawClient(await nodeWorld().network.connect(url));
  }

  /** Connects, and is let in. */
  static async enter(url: string, key = ""): Promise<RawClient> {
    const client = await RawClient.connect(url);
    client.hello(key);
    await client.next("welcome");
    return client;
  }

  hello(key = ""): void {
    this.say({
      type: "hello",
      protocolMin: protocolVersion,
      protocolMax: protocolVersion,
      credential: encodeUtf8(key),
      software: "test",
    });
  }

  /** Opens `document`, of which it says to hold nothing; returns the channel and what the server holds. */
  async open(document: DocumentId): Promise<{ channel: ChannelId; vector: VersionVector }> {
    this.#channels += 1;
    const channel = this.#channels as ChannelId;
    this.say({ type: "open", channel, document, vector: new VersionVector() });
    const { vector } = await this.next("opened");
    return { channel, vector };
  }

  /** Sends bundles, and doesn't wait. */
  send(channel: ChannelId, bundles: readonly Uint8Array[]): void {
    this.#sent.set(channel, (this.#sent.get(channel) ?? 0) + bundles.length);
    this.say({ type: "bundles", channel, bundles });
  }

  /** Sends bundles; returns what the server says to hold when all were answered. */
  async save(channel: ChannelId, bundles: readonly Uint8Array[]): Promise<VersionVector> {
    this.send(channel, bundles);
    const saved = new VersionVector();
    for (;;) {
      const frame = await this.next("saved");
      saved.merge(frame.vector);
      if (frame.channel === channel && frame.through === this.#sent.get(channel)) return saved;
    }
  }

  say(frame: Frame): void {
    this.connection.send(encodeFrame(frame));
  }

  /** The next frame, or null when the connection ended. */
  async hear(): Promise<Frame | null> {
    const bytes = await this.connection.receive();
    return bytes === null ? null : decodeFrame(bytes);
  }

  /** The next frame of this type; passes over others. Fails where the connection ends before. */
  async next<Type extends Frame["type"]>(type: Type): Promise<FrameOf<Type>> {
    for (;;) {
      const frame = await this.hear();
      if (frame === null) throw new Error(`no ${type}: ${(await this.connection.closed).reason}`);
      if (frame.type === type) return frame as FrameOf<Type>;
      if (frame.type === "bye" || frame.type === "refused") {
        throw new Error(`no ${type}, but ${frame.type} ${frame.code}: ${frame.sentence}`);
      }
    }
  }

  /** How the connection ends: the code of the last bye, and the reason. */
  async ending(): Promise<{ readonly code: string | null; readonly reason: string }> {
    let code: string | null = null;
    for (let frame = await this.hear(); frame !== null; frame = await this.hear()) {
      if (frame.type === "bye") code = frame.code;
    }
    return { code, reason: (await this.connection.closed).reason };
  }

  close(): void {
    this.connection.close("done");
  }
}
