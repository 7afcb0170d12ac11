// One trace file through a server of its own, in a folder of its own.

import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { parseDocumentId } from "@holdfast/doc";
import { startServer } from "@holdfast/server/node";
import { nodeWorld } from "@holdfast/world/node";
import { type ReplayResult, replayTrace } from "../src/replay/replay.ts";
import {
  parseExpectations,
  parseTrace,
  type Trace,
  type TraceExpectation,
} from "../src/replay/trace.ts";

/** Reads a trace, gzipped where its name ends so. */
export function readTrace(folder: string, name: string): Trace {
  const bytes = readFileSync(join(folder, name));
  return parseTrace((name.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8"));
}

/** What the folder's expect.json says of the trace. */
export function readExpectation(folder: string, name: string): TraceExpectation | undefined {
  return parseExpectations(readFileSync(join(folder, "expect.json"), "utf8")).get(name);
}

/** Replays a trace through a new server. */
export async function replayFile(
  trace: Trace,
  options: { readonly seed: number; readonly orders: number },
): Promise<ReplayResult> {
  const folder = await mkdtemp(join(tmpdir(), "holdfast-replay-test-"));
  const server = await startServer({ dataFolder: join(folder, "data"), port: 0, logger: null });
  try {
    return await replayTrace({
      world: nodeWorld(),
      trace,
      url: server.syncUrl,
      document: parseDocumentId("replayed"),
      folder: join(folder, "clients"),
      onProgress: () => {},
      ...options,
    });
  } finally {
    await server.close();
    await rm(folder, { recursive: true, force: true });
  }
}
