// Watches as server-sent events (HTML Living Standard, section 9.2).
//
// A stream waits for its client before it reads on: what is not taken is not queued, and
// a client that takes nothing for long is let go.

import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { HoldfastError } from "@holdfast/std";
import type { CommitVersion } from "@holdfast/store";
import type { Clock, Timer } from "@holdfast/world";
import type { Keys } from "../../kv/entry.ts";
import type { KeyValues } from "../../kv/key_values.ts";
import { type Change, type Changes, KeyWatch, type WatchBudget } from "../../kv/key_watch.ts";
import { failureFields, startStream } from "./answer.ts";
import { bytesField, entryFields } from "./json_bytes.ts";

/** Most streams open at once. */
export const eventStreamsMax = 1_000;
/** A comment is sent so often, for whatever stands between and cuts what is silent. */
export const heartbeatMs = 15_000;
/** A client that has not taken what was sent for so many heartbeats is let go. */
const stalledBeatsMax = 4;
/** What all streams together may know of keys. */
const knownSizeBytesMax = 128 * 1024 * 1024;

/** What to watch, and how. */
export interface Followed {
  readonly keys: Keys;
  readonly keysOnly: boolean;
  readonly since: CommitVersion | null;
}

interface Stream {
  readonly response: ServerResponse;
  readonly watch: KeyWatch;
  stalledBeats: number;
}

/** The streams that are open. */
export class EventStreams {
  readonly #kv: KeyValues;
  readonly #clock: Clock;
  readonly #budget: WatchBudget = { sizeBytes: knownSizeBytesMax };
  readonly #open = new Set<Stream>();
  #timer: Timer | null = null;

  constructor(kv: KeyValues, clock: Clock) {
    this.#kv = kv;
    this.#clock = clock;
  }

  /** How many are open. */
  get size(): number {
    return this.#open.size;
  }

  /**
   * Answers with a stream, until the client leaves, or this is closed.
   *
   * @throws {HoldfastError} `overloaded`; nothing is sent then. What happens later is told in the stream.
   */
  async follow(response: ServerResponse, { keys, keysOnly, since }: Followed): Promise<void> {
    if (this.#open.size >= eventStreamsMax) {
      throw new HoldfastError("overloaded", `${eventStreamsMax} watches are open already`);
    }
    const options = { clock: this.#clock, budget: this.#budget, since };
    const stream = { response, watch: new KeyWatch(this.#kv, keys, options), stalledBeats: 0 };
    this.#open.add(stream);
    this.#timer ??= this.#clock.timer(heartbeatMs, () => this.#beat());
    response.on("close", () => stream.watch.close());
    try {
      startStream(response, "text/event-stream");
      for (;;) {
        const changes = await stream.watch.next();
        if (changes === null) break;
        if (!response.write(eventText(changes, keysOnly))) await drained(response);
      }
    } catch (error) {
      response.write(`event: failed\ndata: ${JSON.stringify(failureFields(error))}\n\n`);
    } finally {
      stream.watch.close();
      this.#open.delete(stream);
      response.end();
    }
  }

  /** Ends all of them. */
  close(): void {
    this.#timer?.cancel();
    for (const { watch, response } of this.#open) {
      watch.close();
      // Whoever takes nothing would keep us waiting.
      if (response.writableNeedDrain) response.destroy();
    }
  }

  #beat(): void {
    for (const stream of this.#open) {
      const { response } = stream;
      if (!response.writableNeedDrain) {
        stream.stalledBeats = 0;
        response.write(":\n\n");
      } else {
        stream.stalledBeats += 1;
        if (stream.stalledBeats >= stalledBeatsMax) response.destroy();
      }
    }
    const isIdle = this.#open.size === 0;
    this.#timer = isIdle ? null : this.#clock.timer(heartbeatMs, () => this.#beat());
  }
}

/** The mark that a client came back with. @throws {HoldfastError} `invalid_argument`. */
export function lastEventId({ headers }: IncomingMessage): CommitVersion | null {
  const text = headers["last-event-id"];
  if (text === undefined || text === "") return null;
  const version = typeof text === "string" && /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(version)) return version as CommitVersion;
  throw new HoldfastError("invalid_argument", "Last-Event-ID is no version");
}

function eventText({ changes, mark }: Changes, keysOnly: boolean): string {
  let text = "";
  for (const [index, change] of changes.entries()) {
    if (mark !== null && index === changes.length - 1) text += `id: ${mark}\n`;
    text += `event: ${change.type}\ndata: ${JSON.stringify(dataOf(change, keysOnly))}\n\n`;
  }
  return text;
}

function dataOf(change: Change, keysOnly: boolean): Record<string, unknown> {
  switch (change.type) {
    case "put":
      return entryFields(change.entry, keysOnly);
    case "same":
      return entryFields(change.entry, true);
    case "removed":
      return bytesField("key", change.key);
    case "current":
      return {};
  }
}

async function drained(response: ServerResponse): Promise<void> {
  if (response.destroyed || !response.writableNeedDrain) return;
  const left = new AbortController();
  const stop = () => left.abort();
  response.once("close", stop);
  await once(response, "drain", { signal: left.signal }).catch(() => undefined);
  response.off("close", stop);
}
