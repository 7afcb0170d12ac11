// Why one transaction on lists is before another, in a sentence.

import type { EdgeType } from "../graph/dependency.ts";
import type { ListIntake } from "./list_intake.ts";
import { elementBefore, type ListOrder, unread } from "./list_order.ts";
import { externalRead, write } from "./step_table.ts";
import { operationName, quote, quoteList } from "./wording.ts";

/** The reason for an edge; null where there is none of this type. */
export function explainLists(
  intake: ListIntake,
  order: ListOrder,
  edge: { readonly from: number; readonly to: number; readonly type: EdgeType },
): string | null {
  const { from, to, type } = edge;
  if (type === "wr") return explainRead(intake, from, to);
  if (type === "ww") return explainOverwrite(intake, order, from, to);
  if (type === "rw") return explainMissed(intake, order, from, to);
  return null;
}

function explainRead(intake: ListIntake, from: number, to: number): string | null {
  for (const step of intake.stepsOf(to, externalRead)) {
    const last = intake.stepElement.at(step);
    if (intake.writerOf(last) !== from) continue;
    const key = quote(intake.keyName(intake.stepKey.at(step)));
    const list = quoteList(intake.listOf(step));
    const value = quote(intake.valueOf(last));
    return `${operationName(to)} read ${key} as ${list}, which ${operationName(from)} appended ${value} to`;
  }
  return null;
}

function explainOverwrite(intake: ListIntake, order: ListOrder, from: number, to: number) {
  for (const step of intake.stepsOf(to, write)) {
    const key = intake.stepKey.at(step);
    const element = intake.stepElement.at(step);
    const before = elementBefore(order, key, element);
    if (intake.writerOf(before) !== from) continue;
    const value = quote(intake.valueOf(element));
    const earlier = quote(intake.valueOf(before));
    const name = quote(intake.keyName(key));
    if (order.position[element] === unread) {
      return `${operationName(to)} appended ${value} to ${name}, which is in no list that was read, so comes behind ${earlier}, which ${operationName(from)} appended`;
    }
    return `${operationName(to)} appended ${value} to ${name} right behind ${earlier}, which ${operationName(from)} appended`;
  }
  return null;
}

function explainMissed(intake: ListIntake, order: ListOrder, from: number, to: number) {
  for (const read of intake.stepsOf(from, externalRead)) {
    const key = intake.stepKey.at(read);
    for (const step of intake.stepsOf(to, write)) {
      if (intake.stepKey.at(step) !== key) continue;
      const element = intake.stepElement.at(step);
      if (elementBefore(order, key, element) !== intake.stepElement.at(read)) continue;
      const name = quote(intake.keyName(key));
      const list = quoteList(intake.listOf(read));
      const value = quote(intake.valueOf(element));
      const how =
        order.position[element] === unread
          ? "appended, and no list that was read holds"
          : "appended next";
      return `${operationName(from)} read ${name} as ${list}, without ${value}, which ${operationName(to)} ${how}`;
    }
  }
  return null;
}
