// States as they are compared: what is the same is the same text or the same rows, however
// it was written down.

import { excerpt } from "../history/lines.ts";
import { valueKey } from "../linearizability/value_key.ts";
import { idName, idNames } from "./names.ts";
import { type MergeId, type MergeIds, type MergeStateRecord, runOf } from "./record.ts";

/** Of which sort a state is; those of two sorts are never compared. */
export type StateKind = "list" | "tree" | "value" | "digest";

/** Of which sort a state is. */
export function kindOf(state: MergeStateRecord): StateKind {
  if (state.list !== undefined) return "list";
  if (state.tree !== undefined) return "tree";
  return state.value !== undefined ? "value" : "digest";
}

/** A state in the form in which equal ones are equal. */
export type StateForm = readonly (string | number)[];

/** The form of a state. Linear; for a tree, n log n. */
export function formOf(state: MergeStateRecord): StateForm {
  switch (kindOf(state)) {
    case "list":
      return joinedRuns(state.list!);
    case "tree":
      return sortedRows(state.tree!);
    case "value":
      return [valueKey(state.value) ?? ""];
    case "digest":
      return [state.digest!];
  }
}

/** Whether two forms are those of one state. */
export function isSameForm(left: StateForm, right: StateForm): boolean {
  return left.length === right.length && left.every((part, place) => part === right[place]);
}

/** What of two states is not the same, from both sides, and the ids that it is about. */
export interface StateDifference {
  readonly left: string;
  readonly right: string;
  readonly ids: readonly MergeId[];
}

/** The first difference of two states of one sort. */
export function differenceOf(left: MergeStateRecord, right: MergeStateRecord): StateDifference {
  switch (kindOf(left)) {
    case "list":
      return listDifference([...idsOf(left.list!)], [...idsOf(right.list!)]);
    case "tree":
      return treeDifference(left.tree!, right.tree!);
    case "value":
      return texts(JSON.stringify(left.value), JSON.stringify(right.value));
    case "digest":
      return texts(left.digest!, right.digest!);
  }
}

function joinedRuns(list: readonly MergeIds[]): (string | number)[] {
  const form: (string | number)[] = [];
  for (const each of list) {
    const { agent, from, to } = runOf(each);
    const end = form.length;
    if (end > 0 && form[end - 3] === agent && form[end - 1] === from) form[end - 1] = to;
    else form.push(agent, from, to);
  }
  return form;
}

// By parents; the nodes of one parent stay in their order.
function sortedRows(tree: NonNullable<MergeStateRecord["tree"]>): string[] {
  const rows = tree.map(([node, parent]) => ({ node: idText(node), parent: idText(parent) }));
  rows.sort((a, b) => (a.parent < b.parent ? -1 : a.parent > b.parent ? 1 : 0));
  return rows.flatMap(({ node, parent }) => [node, parent]);
}

function idText(id: MergeId | null): string {
  if (id === null) return "";
  const { agent, from } = runOf(id);
  return `${from} ${agent}`;
}

function* idsOf(list: readonly MergeIds[]): Generator<MergeId> {
  for (const each of list) {
    const { agent, from, to } = runOf(each);
    if (typeof each === "string") yield each;
    else for (let sequence = from; sequence < to; sequence += 1) yield [agent, sequence];
  }
}

// Elements shown around the place where two lists part.
const shownBefore = 2;
const shownAfter = 4;

function listDifference(left: readonly MergeId[], right: readonly MergeId[]): StateDifference {
  const place = left.findIndex(
    (id, index) => index >= right.length || idText(id) !== idText(right[index]!),
  );
  const parted = place === -1 ? left.length : place;
  const show = (list: readonly MergeId[]) => {
    const from = Math.max(0, parted - shownBefore);
    const shown = list.slice(from, parted + shownAfter);
    const more = (isMore: boolean) => (isMore ? ["..."] : []);
    const names = [...more(from > 0), ...shown, ...more(parted + shownAfter < list.length)];
    return idNames(names);
  };
  const ids = [left[parted], right[parted]].filter((id) => id !== undefined);
  return { left: show(left), right: show(right), ids };
}

function treeDifference(
  left: NonNullable<MergeStateRecord["tree"]>,
  right: NonNullable<MergeStateRecord["tree"]>,
): StateDifference {
  const parentsIn = (tree: typeof left) =>
    new Map(tree.map(([node, parent]) => [idText(node), { node, parent }]));
  const ours = parentsIn(left);
  const theirs = parentsIn(right);
  for (const [text, { node }] of [...ours, ...theirs]) {
    const here = ours.get(text);
    const there = theirs.get(text);
    if (here !== undefined && there !== undefined && idText(here.parent) === idText(there.parent)) {
      continue;
    }
    const say = (row: typeof here) =>
      row === undefined
        ? `no ${idName(node)}`
        : `${idName(node)} ${row.parent === null ? "at the top" : `below ${idName(row.parent)}`}`;
    return { left: say(here), right: say(there), ids: [node] };
  }
  const place = left.findIndex(
    ([node], index) => idText(node) !== idText(right[index]?.[0] ?? null),
  );
  const nodes = [left[place], right[place]].flatMap((row) => (row === undefined ? [] : [row[0]]));
  return { left: "its nodes in one order", right: "them in another", ids: nodes };
}

function texts(left: string, right: string): StateDifference {
  return { left: excerpt(left), right: excerpt(right), ids: [] };
}
