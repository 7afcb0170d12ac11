// The network: addresses, and connections that carry messages in order until
// they break.
//
// What a connection promises: the other side receives a prefix of what was sent,
// whole messages, in order, each once. It promises nothing about when, nor which
// prefix, and it may break at any moment without a word to either side.

import { encodeUtf8, HoldfastError } from "@holdfast/std";

/** How a connection ended. */
export interface CloseReason {
  /** `normal`: one side closed it on purpose. `broken`: it failed. */
  readonly kind: "normal" | "broken";
  /** What the closing side said, or what failed. At most 120 characters. */
  readonly reason: string;
}

/** One end of a connection. */
export interface Connection {
  /** The other end, for people to read. */
  readonly remote: string;
  /** Whether the other end proved to be called so, a name or an address; absent where it was asked for no proof. */
  readonly proves?: (name: string) => boolean;
  /**
   * Queues one message of at most `messageSizeBytesMax`. Returns at once, and
   * does nothing once the connection has ended. The bytes must not change afterwards.
   *
   * @throws {HoldfastError} `too_large`.
   */
  send(message: Uint8Array): void;
  /** Bytes queued by {@link send} and not yet taken by the network. */
  readonly bufferedBytes: number;
  /** Resolves once `bufferedBytes` is at most `lowBytes`, or the connection has ended. */
  drained(lowBytes: number): Promise<void>;
  /**
   * The next message, or null once the connection has ended and all that arrived
   * was taken. One call at a time. What isn't taken holds the sender back.
   */
  receive(): Promise<Uint8Array | null>;
  /** Ends the connection; what is queued may still arrive. Harmless twice. */
  close(reason: string): void;
  /** Resolves when the connection has ended, from either side. Never rejects. */
  readonly closed: Promise<CloseReason>;
}

/** Takes connections at an address. */
export interface Listener {
  /** Where it listens, with the port that was given where 0 was asked for. */
  readonly address: string;
  /** The next connection, or null once the listener is closed. One call at a time. */
  accept(): Promise<Connection | null>;
  /** Stops listening. Connections that were accepted live on. */
  close(): Promise<void>;
}

/** Where connections come from. */
export interface Network {
  /**
   * @param address - In Node `ws://host:port/path`; in memory any name.
   * @throws {HoldfastError} `address_in_use`, `permission_denied`, `invalid_argument`.
   */
  listen(address: string): Promise<Listener>;
  /**
   * @throws {HoldfastError} `unavailable` where nobody answers; `unauthenticated` where both ends
   *   show certificates, and that of whoever answers does not hold; `cancelled`;
   *   `invalid_argument` where the address makes no sense.
   */
  connect(address: string, signal?: AbortSignal): Promise<Connection>;
}

/** The largest message a connection carries: one sync frame and some room. */
export const messageSizeBytesMax = 1_048_576;

/** How long {@link CloseReason.reason} may be, in bytes of UTF-8; so that it fits a WebSocket's close frame. */
export const closeReasonSizeBytesMax = 120;

/** As much of `text`, in whole characters, as a close reason can hold. */
export function clipCloseReason(text: string): string {
  let clipped = "";
  let sizeBytes = 0;
  for (const character of text.slice(0, closeReasonSizeBytesMax)) {
    sizeBytes += encodeUtf8(character).length;
    if (sizeBytes > closeReasonSizeBytesMax) break;
    clipped += character;
  }
  return clipped;
}

/** @throws {HoldfastError} `too_large` where no connection carries `message`. */
export function requireMessageSize(message: Uint8Array): void {
  if (message.length <= messageSizeBytesMax) return;
  const sentence = `a message of ${message.length} bytes, at most ${messageSizeBytesMax}`;
  throw new HoldfastError("too_large", sentence);
}
