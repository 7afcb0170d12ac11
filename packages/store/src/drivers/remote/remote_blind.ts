// Calls that need no snapshot: writes that read nothing, and reads of one key. Each is one
// question to the server, and one answer.

import { HoldfastError, isHoldfastError, Writer } from "@holdfast/std";
import { Backoff } from "@holdfast/world";
import type { Request } from "../../committer.ts";
import { writeRequest } from "../../request_codec.ts";
import type { CommitVersion } from "../../store.ts";
import { partSizeBytesMax } from "./limits.ts";
import type { Link } from "./link.ts";
import { again, patienceMsMax, type RemoteParts, RemoteTransaction } from "./remote_transaction.ts";

/**
 * Commits what reads nothing. Asked for once: where the answer is lost, nobody can tell.
 *
 * @throws {HoldfastError} `unknown_outcome`; as `Store.write`.
 */
export async function commitBlind(parts: RemoteParts, request: Request): Promise<CommitVersion> {
  const writer = new Writer(256);
  writeRequest(writer, request);
  const bytes = writer.view();
  if (bytes.length > partSizeBytesMax) return commitLarge(parts, request);
  return onLink(parts, request.signal, async (link) => {
    try {
      return (await link.ask({ type: "write", bytes }, "committed")).version;
    } catch (cause) {
      if (link.end === null) throw cause;
      const sentence = `whether the write took effect is not known: ${link.end.message}`;
      throw new HoldfastError("unknown_outcome", sentence, { cause });
    }
  });
}

/** What `key` holds, or null. @throws {HoldfastError} As `Store.get`. */
export function lookUp(parts: RemoteParts, key: Uint8Array): Promise<Uint8Array | null> {
  return onLink(parts, undefined, async (link) => {
    return (await link.ask({ type: "lookup", key }, "value")).value;
  });
}

/** In parts, as a transaction's. */
async function commitLarge(parts: RemoteParts, request: Request): Promise<CommitVersion> {
  for (;;) {
    const tx = new RemoteTransaction(parts, request.priority);
    try {
      await tx.snapshot(request.signal);
      const outcome = await tx.commit(request);
      // Its snapshot was lost, on which it does not depend.
      if (outcome !== "conflict") return outcome;
    } finally {
      tx.end();
    }
  }
}

/** What `ask` comes to, on another link where there is none, or the server can't serve now. */
async function onLink<T>(
  { world, dialer }: RemoteParts,
  signal: AbortSignal | undefined,
  ask: (link: Link) => Promise<T>,
): Promise<T> {
  const untilMs = world.clock.now() + patienceMsMax;
  const backoff = new Backoff(world.random, again);
  for (;;) {
    const link = dialer.present ?? (await dialer.link(untilMs, signal));
    try {
      return await ask(link);
    } catch (error) {
      const isBusy = isHoldfastError(error, "unavailable", "closed", "overloaded");
      if (!isBusy || world.clock.now() >= untilMs) throw error;
      if (link.end !== null) continue;
      if (error.code !== "overloaded") dialer.leave(link, error);
    }
    await world.clock.sleep(backoff.next(), signal);
  }
}
