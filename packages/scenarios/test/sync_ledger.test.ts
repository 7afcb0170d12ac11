// The books of the sync scenario: the ids of the promises that are broken, as the judge finds them.

import { parseAgentId } from "@holdfast/causality";
import { Doc, parseDocumentId } from "@holdfast/doc";
import { beforeEach, expect, test } from "vitest";
import { unitsOf } from "../src/sync/document_content.ts";
import { SyncLedger } from "../src/sync/sync_ledger.ts";

const document = "notes";
const store = "server-1";
let ledger: SyncLedger;

beforeEach(() => {
  ledger = new SyncLedger([document]);
});

function newDoc(digit: string): Doc {
  return new Doc({ document: parseDocumentId(document), agent: parseAgentId(digit.repeat(32)) });
}

/** Both have what ann wrote, and it is saved. */
function twoWhoShare(): { readonly ann: Doc; readonly bob: Doc } {
  const [ann, bob] = [newDoc("a"), newDoc("b")];
  ledger.opened("ann", document, ann);
  ledger.opened("bob", document, bob);
  ann.text("body").insert(0, "oak");
  const run = { agent: ann.agent, from: 0, to: ann.vector().next(ann.agent) };
  ledger.written("ann", document, run);
  ledger.looked("ann", document, ann);
  ledger.local("ann", document, run);
  ledger.saved(store, document, run);
  bob.apply(ann.bundle(bob.vector())!);
  ledger.looked("bob", document, bob);
  return { ann, bob };
}

test("what is kept and shared passes", () => {
  const { ann, bob } = twoWhoShare();
  ledger.settled(
    document,
    new Map([
      ["ann", ann],
      ["bob", bob],
    ]),
  );
  ledger.examined(store, document, ann.vector());
  ledger.end();
  expect(ledger.counts).toEqual({ written: 1, local: 1, saved: 1, restarts: 2, compared: 2 });
});

test("S1: a store that lost what it acknowledged", () => {
  const { ann, bob } = twoWhoShare();
  ledger.settled(
    document,
    new Map([
      ["ann", ann],
      ["bob", bob],
    ]),
  );
  ledger.examined(store, document, newDoc("c").vector());
  expect(() => ledger.end()).toThrow(/^S1: notes: server-1 lost event/);
});

test("S1: somebody who never got what was acknowledged", () => {
  twoWhoShare();
  const cy = newDoc("c");
  ledger.opened("cy", document, cy);
  ledger.settled(document, new Map([["cy", cy]]));
  expect(() => ledger.end()).toThrow(/^S1: notes: cy called event/);
});

test("S2: a copy that is opened without what was local, at once", () => {
  twoWhoShare();
  expect(() => ledger.opened("ann", document, newDoc("a"))).toThrow(/^S2: notes: ann lost event/);
});

test("S3: somebody who holds less in the end", () => {
  const { ann, bob } = twoWhoShare();
  bob.text("body").insert(0, "x");
  ledger.looked("bob", document, bob);
  ledger.settled(
    document,
    new Map([
      ["ann", ann],
      ["bob", bob],
    ]),
  );
  expect(() => ledger.end()).toThrow(/^S3: notes: bob holds event/);
});

test("S3: two who read the same events otherwise", () => {
  const [ann, bob] = [newDoc("a"), newDoc("a")];
  ann.text("body").insert(0, "oak");
  bob.text("body").insert(0, "elm");
  ledger.looked("ann", document, ann);
  ledger.looked("bob", document, bob);
  expect(() => ledger.end()).toThrow(/^S3: notes: after the same 3 events/);
});

test("S3: two who read the same list otherwise", () => {
  const [ann, bob] = [newDoc("a"), newDoc("a")];
  ann.list("words").push("oak");
  bob.list("words").push("elm");
  ledger.looked("ann", document, ann);
  ledger.looked("bob", document, bob);
  expect(() => ledger.end()).toThrow(/^S3: notes: after the same event/);
});

test("S4: a reader who goes backwards", () => {
  const { bob } = twoWhoShare();
  ledger.looked("bob", document, newDoc("b"));
  ledger.looked("bob", document, bob);
  expect(() => ledger.end()).toThrow(/^S4: notes: bob no longer holds event/);
});

test("S9: an undo that takes away what others wrote", () => {
  const { ann, bob } = twoWhoShare();
  bob.text("body").insert(3, "elm");
  ann.apply(bob.bundle(ann.vector())!);
  const text = ann.text("body");
  const before = unitsOf(ann);
  text.delete(3, 3);
  expect(() => ledger.undone("ann", document, { doc: ann, before })).toThrow(/^S9: ann undid/);
});

test("S9: an undo that takes away what others put into a list", () => {
  const { ann, bob } = twoWhoShare();
  bob.list("words").push("elm", "oak");
  ann.apply(bob.bundle(ann.vector())!);
  const before = unitsOf(ann);
  ann.list("words").delete(1);
  expect(() => ledger.undone("ann", document, { doc: ann, before })).toThrow(/^S9: ann undid/);
});

test("S11: units that changed places", () => {
  const { ann } = twoWhoShare();
  const text = ann.text("body");
  const units = [2, 0].map((at) => text.cursor(at, "after").unit!);
  const before = [{ object: "body", units }];
  text.insert(3, "s");
  ledger.undone("ann", document, { doc: ann, before });
  expect(() => ledger.end()).toThrow(/^S11: notes: /);
});
