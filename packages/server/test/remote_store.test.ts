// The remote driver, held to the contract of the store in a simulated world, whose
// connections break all the time.

import { runSimulation } from "@holdfast/sim";
import { conformanceCases } from "@holdfast/store/conformance";
import { describe, expect, test } from "vitest";
import { Town } from "./remote_town.ts";

/** Cases that count runs or signals, of which lost connections make more, or that are long. */
const steady =
  /^ST1: a snapshot lives|conflict|ST5|no phantoms|cut by its limit|runs? again|never wins|too many keys|writes more than|many watchers|does not wake|who can wait|depends on it/;
/** Mean time from one loss to the next. */
const lossMs = 60;

describe("RM2: the remote driver", () => {
  let losses = 0;
  for (const { title, needsReopen, run } of conformanceCases) {
    if (needsReopen) continue;
    const isSteady = steady.test(title);
    test(isSteady ? title : `${title}, over connections that break`, async () => {
      const { failure } = await runSimulation({ seed: 3 }, async (simulation) => {
        const town = new Town(simulation);
        if (!isSteady) void town.breakLines(lossMs);
        await town.run(run);
        losses += town.losses;
      });
      if (failure !== null) throw failure.error;
    });
  }
  test("met many losses", () => expect(losses).toBeGreaterThan(20));
});
