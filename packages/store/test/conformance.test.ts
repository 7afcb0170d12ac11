// Every driver, held to the contract.

import { conformanceCases } from "@holdfast/store/conformance";
import { describe, expect, test } from "vitest";
import { drivers, recordedClusters } from "./drivers.ts";

for (const [name, harness] of Object.entries(drivers)) {
  describe(`the ${name} driver`, () => {
    for (const { title, needsReopen, run } of conformanceCases) {
      if (needsReopen && harness.reopen === null) {
        test(`${title} (this driver keeps nothing, and declares it)`, async () => {
          const store = await harness.open();
          expect(store.capabilities.durable).toBe(false);
          await store.close();
        });
      } else {
        test(title, () => run(harness));
      }
    }
  });
}

for (const [name, harness] of Object.entries(recordedClusters)) {
  describe(`the ${name} driver`, () => {
    // What commits by another way than without a history, and what reads it.
    const cases = conformanceCases.filter(({ title }) => /^ST(15|17|18|19|21)\b/.test(title));
    for (const { title, run } of cases) test(title, () => run(harness));
  });
}
