// Who of the siblings is there.

import { parseDocumentId } from "@holdfast/doc";
import { expect, test } from "vitest";
import { SiblingGroup } from "../src/siblings/memory_siblings.ts";
import { SiblingCircle } from "../src/siblings/sibling_circle.ts";
import { agentOf } from "./town.ts";

const document = parseDocumentId("notes");

test("who comes while the others are counted is not taken for gone", async () => {
  const group = new SiblingGroup();
  const gone: string[] = [];
  const circleOf = (digit: string): SiblingCircle => {
    const agent = agentOf(digit);
    return new SiblingCircle({
      siblings: group.join(agent),
      agent,
      onMessage: () => {},
      onGone: (who) => gone.push(who),
    });
  };
  const first = circleOf("a");
  const [siblings] = group.members;
  let answer = (): void => {};
  const present = siblings!.present.bind(siblings);
  siblings!.present = async () => {
    const found = await present();
    await new Promise<void>((resolve) => {
      answer = resolve;
    });
    return found;
  };
  const pruning = first.prune();
  await null;
  await null;
  const second = circleOf("b");
  second.say({ type: "open", document, state: null, asks: true });
  await null;
  await null;
  expect(first.hasOpen(document)).toBe(true);
  answer();
  await pruning;
  expect(gone).toEqual([]);
  expect(first.hasOpen(document)).toBe(true);
  // Only one who is found missing by the next count has gone.
  siblings!.present = present;
  for (const member of group.members) if (member !== siblings) member.leave();
  await first.prune();
  expect(gone).toEqual([agentOf("b")]);
});
