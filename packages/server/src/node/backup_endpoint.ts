// GET /v1/backup: all of the store as one backup, streamed while the server goes on. With
// ?since=VERSION&hash=HEX&mark=HEX of an earlier backup: what came since, where the store's
// history goes on from that one; else all, too.
//
// It holds a snapshot as long as the other side takes to read; one that reads nothing
// for a while is cut off. A backup is everything that is in the store: so it is for
// administrators.

import type { IncomingMessage, ServerResponse } from "node:http";
import { fromHex, HoldfastError, isHoldfastError, toHex } from "@holdfast/std";
import type { CommitVersion, LocalStore } from "@holdfast/store";
import { type BackupBase, streamBackup } from "@holdfast/store/backup";
import type { World } from "@holdfast/world";
import { type AdministratorRules, administratorRefusal } from "./administrator.ts";

/** Where it is. */
export const backupPath = "/v1/backup";

/** How long the other side may take to read what is sent at once. */
const stallMsMax = 60_000;

/** What a backup is made of. */
export interface BackupSource extends AdministratorRules {
  readonly store: Pick<LocalStore, "hold">;
  readonly world: Pick<World, "clock" | "random">;
  /** Hears of a backup that could not be made. Must not throw. */
  onFailed(error: unknown): void;
}

/** Answers one request. Never rejects. */
export async function answerBackup(
  source: BackupSource,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { store, world } = source;
  const refusal = await refusalOf(source, request);
  if (refusal !== null) {
    const { status, sentence } = refusal;
    if (status === 401) response.setHeader("WWW-Authenticate", "Bearer");
    response.writeHead(status, {
      "Content-Type": "text/plain; charset=utf-8",
      "Cache-Control": "no-store",
    });
    response.end(`${sentence}\n`);
    return;
  }
  response.writeHead(200, {
    "Content-Type": "application/octet-stream",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
  });
  try {
    const base = baseOf(request.url ?? "");
    await streamBackup(store, { world, base }, (bytes) => send(response, bytes, world));
    response.end();
  } catch (error) {
    if (!isHoldfastError(error, "cancelled")) source.onFailed(error);
    // It lacks its end, by which the other side knows that it is not whole.
    response.destroy();
  }
}

/** The path that asks for a backup upon `base`. */
export function backupRequest(base: BackupBase | null): string {
  if (base === null) return backupPath;
  const { version, hash, mark } = base;
  return `${backupPath}?since=${version}&hash=${toHex(hash)}&mark=${toHex(mark)}`;
}

/** Null where the question names none, or none that makes sense. */
function baseOf(url: string): BackupBase | null {
  const asked = new URLSearchParams(url.split("?")[1] ?? "");
  const [since, hash, mark] = ["since", "hash", "mark"].map((name) => asked.get(name) ?? "");
  if (!/^\d{1,15}$/.test(since!) || !/^[0-9a-f]{64}$/.test(hash!)) return null;
  if (!/^([0-9a-f]{2}){1,64}$/.test(mark!)) return null;
  return { version: Number(since) as CommitVersion, hash: fromHex(hash!), mark: fromHex(mark!) };
}

interface Refusal {
  readonly status: number;
  readonly sentence: string;
}

async function refusalOf(source: BackupSource, request: IncomingMessage): Promise<Refusal | null> {
  if (request.method !== "GET") return { status: 405, sentence: "Only GET." };
  return await administratorRefusal(source, request, "a backup");
}

/** Resolves when the other side has taken enough in for more to be sent. */
async function send(
  response: ServerResponse,
  bytes: Uint8Array,
  { clock }: BackupSource["world"],
): Promise<void> {
  if (response.destroyed) throw new HoldfastError("cancelled", "whoever asked for the backup left");
  if (response.write(bytes)) return;
  await new Promise<void>((resolve, reject) => {
    const done = (settle: () => void) => {
      timer.cancel();
      response.off("drain", onDrain).off("close", onClose);
      settle();
    };
    const onDrain = () => done(resolve);
    const onClose = () =>
      done(() => reject(new HoldfastError("cancelled", "whoever asked for the backup left")));
    const timer = clock.timer(stallMsMax, () =>
      done(() =>
        reject(new HoldfastError("too_slow", "whoever asked for a backup doesn't read it")),
      ),
    );
    response.on("drain", onDrain).on("close", onClose);
  });
}
