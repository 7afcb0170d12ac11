// What may enter the text: a filter that corrects an edit before it happens.
//
// - Lines end with "\n". The Doc keeps every unit that it is given, other programs' "\r"
//   too, and CodeMirror would take "\r\n" and "\r" for line breaks of one unit: the two
//   would count differently. So the editor breaks lines at "\n" alone, and shows a "\r" that
//   is there as the character that it is; and what is typed or pasted here has each "\r\n"
//   and "\r" made "\n" before it enters.
// - No half of a surrogate pair. A Doc refuses text with one. A half that is typed or
//   pasted becomes U+FFFD; an edit that takes half of a pair takes all of it; an insert
//   between the halves goes behind the pair.
//
// A transaction that asks not to be filtered passes. TextBinding then makes the editor
// follow the Doc, which refuses or repairs what it says.

import {
  type ChangeSpec,
  EditorState,
  type Extension,
  Prec,
  type Transaction,
} from "@codemirror/state";
import { lineBreak, loneHalves, splitsPair } from "./text_changes.ts";

/** Has the editor count as the Doc does, and keeps out what the Doc would refuse. */
export function admission(): Extension {
  return [
    Prec.highest(EditorState.lineSeparator.of(lineBreak)),
    // Filters run from the lowest precedence up: this one sees what the others made of it.
    Prec.highest(EditorState.transactionFilter.of(admit)),
  ];
}

function admit(transaction: Transaction): readonly [Transaction, ...Correction[]] | Transaction {
  if (!transaction.docChanged) return transaction;
  const corrections: ChangeSpec[] = [];
  const before = transaction.startState.doc;
  const after = transaction.newDoc;
  transaction.changes.iterChanges((fromA, toA, fromB, toB) => {
    const first = splitsPair(before, fromA);
    if (first && fromA === toA) {
      const pair = before.sliceString(fromA - 1, fromA + 1);
      corrections.push({ from: fromB - 1, to: fromB, insert: pair }, { from: toB, to: toB + 1 });
    } else {
      // The halves that are left may make up another pair: so it is told by what was before.
      if (first) corrections.push({ from: fromB - 1, to: fromB });
      if (splitsPair(before, toA)) corrections.push({ from: toB, to: toB + 1 });
    }
    corrections.push(...withinInsert(after.sliceString(fromB, toB), fromB));
  });
  return corrections.length === 0 ? transaction : [transaction, correction(corrections)];
}

interface Correction {
  readonly changes: readonly ChangeSpec[];
  readonly sequential: true;
}

function correction(changes: readonly ChangeSpec[]): Correction {
  return { changes, sequential: true };
}

const notAdmitted = new RegExp(`\\r\\n?|${loneHalves.source}`, "g");

// What to correct in `inserted`, which stands at `at`.
function withinInsert(inserted: string, at: number): ChangeSpec[] {
  const found: ChangeSpec[] = [];
  if (!/[\r\ud800-\udfff]/.test(inserted)) return found;
  for (const { 0: text, index } of inserted.matchAll(notAdmitted)) {
    const insert = text.startsWith("\r") ? lineBreak : "\ufffd";
    found.push({ from: at + index, to: at + index + text.length, insert });
  }
  return found;
}
