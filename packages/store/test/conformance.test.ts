// Every driver, held to the contract.

import { conformanceCases } from "@holdfast/store/conformance";
import { describe, test } from "vitest";
import { drivers } from "./drivers.ts";

for (const [name, harness] of Object.entries(drivers)) {
  describe(`the ${name} driver`, () => {
    for (const { title, needsReopen, run } of conformanceCases) {
      const skip = needsReopen && harness.reopen === null;
      const reason = skip ? " (skipped: this driver keeps nothing)" : "";
      test.skipIf(skip)(`${title}${reason}`, () => run(harness));
    }
  });
}
