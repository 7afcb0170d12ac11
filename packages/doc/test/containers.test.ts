// How many texts, lists and maps a document has.

import { Doc } from "@holdfast/doc";
import { expect, test } from "vitest";
import { containersMax } from "../src/content/limits.ts";
import { expectCode } from "./file/refusal.ts";
import { agentAt, reader } from "./history.ts";
import { document } from "./laws.ts";

test("D15: as many as a file can hold, and one more is refused, whoever makes it, and changes nothing", () => {
  const doc = new Doc({ document, agent: agentAt(0) });
  doc.change(() => {
    for (let index = 0; index < containersMax; index += 1) doc.map(`m${index}`).set("k", index);
  });
  const before = doc.vector().entries();
  expectCode(() => doc.text("body").insert(0, "x"), "too_large");
  expectCode(() => doc.list("values").push(1), "too_large");
  expectCode(() => doc.map("more").set("k", 1), "too_large");
  const other = new Doc({ document, agent: agentAt(1) });
  const theirs = other.change(() => {
    other.map("m0").set("k", "theirs");
    other.text("body").insert(0, "x");
  });
  expectCode(() => doc.apply(theirs!.bundle()), "too_large");
  expect(doc.vector().entries()).toEqual(before);
  doc.map("m0").set("k", "mine");
  // A map and a text of one name are one.
  doc.text("m1").insert(0, "x");
  const opened = Doc.decode(doc.encode(), { agent: reader, verify: true });
  expect([opened.map("m0").get("k"), opened.text("m1").toString()]).toEqual(["mine", "x"]);
});
