// Rows in memory for a replica, with a log on the World's disk from which they come back.

import type { Engine } from "../../engine.ts";
import { LogEngine, type LogPlace } from "../memory/log_engine.ts";

/** For `openRows`: wherever a World has a disk. All rows must fit into memory. */
export function memoryRows(place: LogPlace): () => Promise<Engine> {
  return () => LogEngine.open(place);
}
