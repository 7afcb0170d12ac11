// The remote driver, held to the contract of the store: in a simulated world.

import { runSimulation } from "@holdfast/sim";
import { conformanceCases } from "@holdfast/store/conformance";
import { describe, test } from "vitest";
import { Town } from "./remote_town.ts";

describe("the remote driver", () => {
  for (const { title, needsReopen, run } of conformanceCases) {
    if (needsReopen) continue;
    test(title, async () => {
      const { failure } = await runSimulation({ seed: 1 }, async (simulation) => {
        await new Town(simulation).run(run);
      });
      if (failure !== null) throw failure.error;
    });
  }
});
