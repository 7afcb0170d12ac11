// A cluster that is one node, in this process: with a folder and a port of its own for each test.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { HistoryOptions } from "@holdfast/store";
import { afterEach, beforeAll, beforeEach, inject } from "vitest";
import { claimPorts } from "../../../tools/free_ports.ts";
import { type StartedServer, startServer } from "../src/node/index.ts";

/** What is different in each test. */
export interface ClusterOfOne {
  /** The node's folder. */
  readonly data: string;
  /** Where it listens for others. */
  readonly port: number;
  /** @param history - How much it keeps; nothing unless given. */
  start(history?: HistoryOptions): Promise<StartedServer>;
}

/** To be called once, at the top of a test file. */
export function clusterOfOne(): ClusterOfOne {
  const place = { data: "", port: 0 };
  beforeAll(async () => {
    place.port = await claimPorts(inject("runFolder"));
  });
  beforeEach(async () => {
    place.data = await mkdtemp(join(tmpdir(), "holdfast-one-"));
  });
  afterEach(() => rm(place.data, { recursive: true }));
  return Object.assign(place, {
    start: (history?: HistoryOptions) => {
      const nodes = new Map([["a", `127.0.0.1:${place.port}`]]);
      const cluster = { name: "holdfast", node: "a", nodes };
      const kept = history === undefined ? {} : { history };
      return startServer({ dataFolder: place.data, port: 0, logger: null, cluster, ...kept });
    },
  });
}
