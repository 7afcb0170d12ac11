// Which side is too old, in words for a person.

import { expect, test } from "vitest";
import { protocolSkew } from "../src/protocol_skew.ts";

test("says who has to upgrade, and nothing where both speak one protocol", () => {
  expect(protocolSkew({ lowest: 2, highest: 3, spoken: 4 })).toBe(
    "this client is too old for it (protocol 3, not 4): get the present release; a page gets it by being reloaded",
  );
  expect(protocolSkew({ lowest: 5, highest: 6, spoken: 4 })).toBe(
    "it is too old for this client (protocol 4, not 5): whoever runs the server has to upgrade it",
  );
  for (const [lowest, highest] of [
    [4, 4],
    [2, 4],
    [4, 6],
  ] as const) {
    expect(protocolSkew({ lowest, highest, spoken: 4 })).toBeNull();
  }
});
