// Documents whose history still lies in their file: they go on as others do, and what is wrong
// with the file comes out of whatever needed it, and changes nothing.

import { VersionVector } from "@holdfast/causality";
import { Doc } from "@holdfast/doc";
import { concatBytes, isHoldfastError } from "@holdfast/std";
import { expect, test } from "vitest";
import { agentAt, reader } from "../history.ts";
import { document } from "../laws.ts";

function expectCode(act: () => unknown, code: string): void {
  let found: unknown = null;
  try {
    act();
  } catch (error) {
    if (!isHoldfastError(error)) throw error;
    found = error.code;
  }
  expect(found).toBe(code);
}

test("text that was left out is not given out, with or without appended blocks", () => {
  const writer = new Doc({ document, agent: agentAt(0) });
  const body = writer.text("body");
  body.insert(0, "secret");
  body.delete(0, 6);
  body.insert(0, "hello");
  const file = writer.encode({ deletedText: false });
  const { eventCount } = writer;
  body.insert(5, "!");
  const longer = concatBytes([file, writer.encodeAppend(eventCount)!]);
  const everything = writer.bundle(new VersionVector())!;
  for (const bytes of [file, longer]) {
    const doc = Doc.decode(bytes, { agent: reader });
    expectCode(() => doc.bundle(new VersionVector()), "not_found");
    doc.apply(everything);
    expect(doc.text("body").toString()).toBe("hello!");
    // What comes after the text that was left out is given out.
    expect(doc.bundle(new VersionVector([[agentAt(0), 6]]))).not.toBeNull();
    expectCode(() => doc.bundle(new VersionVector([[agentAt(0), 5]])), "not_found");
  }
});
