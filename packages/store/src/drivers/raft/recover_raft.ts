// Making a cluster of one out of what one node has of a store: its rows stay, its log is
// written anew (see `recoverLog`), and what the caller wants changed is added to it.

import { type RecoveredLog, type RecoverLogOptions, recoverLog } from "@holdfast/consensus";
import type { Clock } from "@holdfast/world";
import type { Engine, EngineSnapshot } from "../../engine.ts";
import { toKeyText } from "../../key.ts";
import { OverlaidSnapshot } from "../../overlaid_snapshot.ts";
import type { CommitVersion, Row } from "../../store.ts";
import { WriteSet } from "../../write_set.ts";
import { decodeCommand, encodeCommand, isCheck } from "./command.ts";
import { ReplicatedRows } from "./replicated_rows.ts";

/** What {@link recoverRaft} takes. */
export interface RecoverRaftOptions extends Omit<RecoverLogOptions, "applied" | "append"> {
  readonly clock: Clock;
  /** As in `RaftStoreOptions`; given back in the end. */
  readonly openRows: () => Promise<Engine>;
  /** Rows to set once all is committed that the log has, by what it then holds. */
  readonly amend: (get: (key: Uint8Array) => Promise<Uint8Array | null>) => Promise<readonly Row[]>;
}

/** @throws {HoldfastError} As `recoverLog`, and the rows' own; `locked` where a store has them. */
export async function recoverRaft(options: RecoverRaftOptions): Promise<RecoveredLog> {
  const { clock, openRows, amend } = options;
  const engine = await openRows();
  const ignore = (): void => undefined;
  const events = { applied: ignore, restored: ignore, checked: ignore, failed: ignore };
  const rows = await ReplicatedRows.open(engine, clock, events);
  const view = rows.view();
  try {
    return await recoverLog({
      ...options,
      applied: rows.durable,
      append: (commands) => amendment(view, commands, amend),
    });
  } finally {
    view.release();
    await rows.close();
  }
}

/** The command that makes the rows what `amend` wants; null where that is nothing. */
async function amendment(
  view: EngineSnapshot,
  commands: readonly Uint8Array[],
  amend: RecoverRaftOptions["amend"],
): Promise<Uint8Array | null> {
  const pending = new WriteSet();
  let { version } = view;
  for (const command of commands) {
    if (isCheck(command)) continue;
    const decoded = decodeCommand(command);
    pending.absorb(decoded.writes);
    version = decoded.version;
  }
  const after = new OverlaidSnapshot(view, pending, version);
  const wanted = await amend(async (key) => after.get(toKeyText(key)));
  if (wanted.length === 0) return null;
  const writes = new WriteSet();
  for (const { key, value } of wanted) writes.set(toKeyText(key), value);
  return encodeCommand({
    version: (version + 1) as CommitVersion,
    writes,
    tokens: [],
    recorded: null,
  });
}
