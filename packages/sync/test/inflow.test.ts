// Answers that come in any order, at the level of the machine.

import { type AgentId, VersionVector } from "@holdfast/causality";
import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeFrame, encodeFrame, type Frame, type SessionId } from "../src/index.ts";
import { Initiator } from "../src/initiator.ts";
import type { InitiatorOutput } from "../src/initiator_io.ts";
import { Responder } from "../src/responder.ts";
import type { ResponderOutput } from "../src/responder_io.ts";
import { FakeWriter } from "./naive_holdings.ts";
import { agentA, notes, storeName } from "./peers.ts";

const channel = 1 as never;

function sent(outputs: readonly (ResponderOutput | InitiatorOutput)[]): Frame[] {
  return outputs.flatMap((output) => (output.type === "send" ? [decodeFrame(output.bytes)] : []));
}

function opened(): Responder {
  const responder = new Responder({ store: storeName, session: 1 as SessionId, nowMs: 0 });
  const say = (frame: Frame): void => {
    responder.step({ type: "frame", bytes: encodeFrame(frame) }, 0);
  };
  const credential = new Uint8Array(0);
  say({ type: "hello", protocolMin: 0, protocolMax: 0, credential, software: "" });
  responder.step({ type: "authenticated", refusal: null }, 0);
  say({ type: "open", channel, document: notes, vector: new VersionVector() });
  responder.step({ type: "granted", channel, vector: new VersionVector(), mayWrite: true }, 0);
  return responder;
}

test("SY1 SY5: in any order of outcomes, saved passes only answered bundles and names only kept events", () => {
  const outcomes = fc.array(fc.record({ kept: fc.boolean(), order: fc.nat() }), {
    minLength: 1,
    maxLength: 12,
  });
  fc.assert(
    fc.property(outcomes, (cases) => {
      const responder = opened();
      const agents = cases.map(
        (_, index) => (index + 16).toString(16).padStart(32, "0") as AgentId,
      );
      for (const agent of agents) {
        const bundles = [new FakeWriter(agent, notes).write()];
        responder.step(
          { type: "frame", bytes: encodeFrame({ type: "bundles", channel, bundles }) },
          0,
        );
      }
      const answered = new Set<number>();
      const refused = new Set<number>();
      const order = cases.map((each, index) => ({ ...each, ordinal: index + 1 }));
      order.sort((a, b) => a.order - b.order);
      for (const { ordinal, kept } of order) {
        const vector = new VersionVector();
        const answer = kept
          ? ({ type: "stored", vector } as const)
          : { type: "failed" as const, code: "io" as const, sentence: "" };
        answered.add(ordinal);
        const outputs = responder.step({ type: "answered", channel, ordinal, answer }, 0);
        const frames = [...sent(outputs), ...sent(responder.step({ type: "flush" }, 0))];
        for (const frame of frames) {
          if (frame.type === "refused") refused.add(frame.ordinal);
          if (frame.type !== "saved") continue;
          for (let below = 1; below <= frame.through; below += 1) {
            expect(answered.has(below)).toBe(true);
            expect(refused.has(below)).toBe(!cases[below - 1]!.kept);
          }
          for (const [agent] of frame.vector.entries())
            expect(cases[agents.indexOf(agent)]!.kept).toBe(true);
        }
        if (answered.size === cases.length) {
          expect(frames.filter((frame) => frame.type === "saved").at(-1)).toMatchObject({
            through: cases.length,
          });
        }
      }
      expect(agents).not.toContain(agentA);
    }),
  );
});

test("SY6 SY8 are seen from the asking side", () => {
  const initiator = new Initiator({ credential: new Uint8Array(0), software: "", nowMs: 0 });
  initiator.start();
  const hear = (frame: Frame) => initiator.step({ type: "frame", bytes: encodeFrame(frame) }, 0);
  hear({ type: "welcome", protocol: 0, store: storeName, session: 1 as SessionId });
  const vector = new VersionVector();
  const open = { type: "open", document: notes, vector, confirmed: vector } as const;
  for (const round of [1, 2]) {
    expect(sent(initiator.step(open, 0))).toMatchObject([{ type: "open", channel: round }]);
    // SY6: it asks the holdings, and has nothing to send of its own.
    const outputs = hear({ type: "opened", channel: round as never, vector });
    expect(outputs.map(({ type }) => type)).toEqual(["tell", "read"]);
    const answer = { type: "missing_dependency", vector } as const;
    const after = initiator.step({ type: "answered", channel: round as never, vector, answer }, 0);
    expect(after.some(({ type }) => type === "reopen")).toBe(round === 1);
  }
});

test("SY8: a document that got further meanwhile opens anew again", () => {
  const initiator = new Initiator({ credential: new Uint8Array(0), software: "", nowMs: 0 });
  initiator.start();
  const hear = (frame: Frame) => initiator.step({ type: "frame", bytes: encodeFrame(frame) }, 0);
  hear({ type: "welcome", protocol: 0, store: storeName, session: 1 as SessionId });
  const vector = new VersionVector();
  for (const round of [1, 2, 3]) {
    initiator.step({ type: "open", document: notes, vector, confirmed: vector }, 0);
    hear({ type: "opened", channel: round as never, vector });
    const answered = (type: "stored" | "missing_dependency") =>
      initiator.step(
        { type: "answered", channel: round as never, vector, answer: { type, vector } },
        0,
      );
    answered("stored");
    expect(answered("missing_dependency").some(({ type }) => type === "reopen")).toBe(true);
  }
});
