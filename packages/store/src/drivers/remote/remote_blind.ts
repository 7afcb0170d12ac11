// Calls that need no snapshot: writes that read nothing, reads of one key, and pages of the
// feed. Each is one question to the server, and one answer.

import { HoldfastError, isHoldfastError, Writer } from "@holdfast/std";
import { Backoff } from "@holdfast/world";
import { noVersion } from "../../blind_writes.ts";
import type { CheckedWrites } from "../../checked_writes.ts";
import type { Request } from "../../committer.ts";
import { ReadSet } from "../../read_set.ts";
import { writeRequest } from "../../request_codec.ts";
import type { ChangesPage, CommitVersion } from "../../store.ts";
import type { Terms } from "../../transact_options.ts";
import { partSizeBytesMax } from "./limits.ts";
import type { Link, Question } from "./link.ts";
import { again, patienceMsMax, type RemoteParts, RemoteTransaction } from "./remote_transaction.ts";
import { decodeChanges } from "./told_changes.ts";

/**
 * Commits what reads nothing. Asked for once: where the answer is lost, nobody can tell.
 *
 * @throws {HoldfastError} `unknown_outcome`; as `Store.write`.
 */
export function commitBlind(
  parts: RemoteParts,
  own: CheckedWrites,
  { signal, priority }: Terms,
): Promise<CommitVersion> {
  const { only } = own;
  if (only !== null && priority === "default")
    return commitAs(parts, { type: "write", only }, signal);
  const reads = new ReadSet();
  const request = { reads, writes: own.writes, since: noVersion, signal, priority };
  if (!fitsOnePart(request)) return commitLarge(parts, request);
  return commitAs(parts, { type: "write", request }, signal);
}

function commitAs(
  parts: RemoteParts,
  question: Question,
  signal: AbortSignal | undefined,
): Promise<CommitVersion> {
  return onLink(parts, signal, (link) => {
    return link.ask(question, "committed").then(versionOf, (cause: unknown) => {
      if (link.end === null) throw cause;
      const sentence = `whether the write took effect is not known: ${link.end.message}`;
      throw new HoldfastError("unknown_outcome", sentence, { cause });
    });
  });
}

function versionOf({ version }: { readonly version: CommitVersion }): CommitVersion {
  return version;
}

/** Each thing that is written takes three times its bytes at most: one of one byte has two lengths beside it. */
function fitsOnePart(request: Request): boolean {
  if (request.writes.sizeBytes <= partSizeBytesMax / 4) return true;
  const writer = new Writer(partSizeBytesMax);
  writeRequest(writer, request);
  return writer.sizeBytes <= partSizeBytesMax;
}

/** What `key` holds, or null. @throws {HoldfastError} As `Store.get`. */
export function lookUp(parts: RemoteParts, key: Uint8Array): Promise<Uint8Array | null> {
  return onLink(parts, undefined, (link) =>
    link.ask({ type: "lookup", key }, "value").then(({ value }) => value),
  );
}

/** A page of the feed. @throws {HoldfastError} As `PastStore.changes`; `corrupt` of what makes no page. */
export function tellChanges(
  parts: RemoteParts,
  asked: Omit<Extract<Question, { readonly type: "changes" }>, "type">,
): Promise<ChangesPage> {
  return onLink(parts, undefined, async (link) => {
    const { bytes, version } = await link.ask({ type: "changes", ...asked }, "told");
    return decodeChanges(bytes, asked.since, version);
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
function onLink<T>(
  parts: RemoteParts,
  signal: AbortSignal | undefined,
  ask: (link: Link) => Promise<T>,
): Promise<T> {
  const untilMs = parts.world.clock.now() + patienceMsMax;
  // Nearly always the first one answers, and then nothing else is set up.
  const link = parts.dialer.present;
  if (link === null) return onAnotherLink(parts, { signal, untilMs, ask }, null);
  return ask(link).catch((error: unknown) => {
    return onAnotherLink(parts, { signal, untilMs, ask }, { link, error });
  });
}

/** A link that did not serve, and why. */
interface Tried {
  readonly link: Link;
  readonly error: unknown;
}

interface Asking<T> {
  readonly signal: AbortSignal | undefined;
  readonly untilMs: number;
  readonly ask: (link: Link) => Promise<T>;
}

async function onAnotherLink<T>(
  { world, dialer }: RemoteParts,
  { signal, untilMs, ask }: Asking<T>,
  first: Tried | null,
): Promise<T> {
  const backoff = new Backoff(world.random, again);
  for (let tried = first; ; ) {
    if (tried !== null) {
      const { link, error } = tried;
      const isBusy = isHoldfastError(error, "unavailable", "closed", "overloaded");
      if (!isBusy || world.clock.now() >= untilMs) throw error;
      if (link.end === null) {
        if (error.code !== "overloaded") dialer.leave(link, error);
        await world.clock.sleep(backoff.next(), signal);
      }
    }
    const link = dialer.present ?? (await dialer.link(untilMs, signal));
    try {
      return await ask(link);
    } catch (error) {
      tried = { link, error };
    }
  }
}
