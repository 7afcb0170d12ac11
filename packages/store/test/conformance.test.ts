// Every driver, held to the contract.

import { conformanceCases } from "@holdfast/store/conformance";
import { describe, expect, test } from "vitest";
import { drivers } from "./drivers.ts";

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
