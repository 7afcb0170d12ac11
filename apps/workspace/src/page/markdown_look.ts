// A little of what Markdown means, shown in the text as it is written: headings, quotes,
// lists, and words that are strong, stressed or code. Nothing is hidden or replaced.
//
// Only the lines on the screen are looked at, by one expression each, so that it costs the
// same in a page of a million characters. It is no parser: what spans lines is not seen.

import { RangeSetBuilder } from "@codemirror/state";
import {
  Decoration,
  type DecorationSet,
  type EditorView,
  ViewPlugin,
  type ViewUpdate,
} from "@codemirror/view";

// What is longer is hardly prose, and an expression should not have to try.
const lineLengthMax = 5_000;

const lineLooks: readonly {
  readonly shape: RegExp;
  readonly line: Decoration;
  readonly mark: Decoration | null;
}[] = [
  look(/^(#) /, "heading-1", "mark"),
  look(/^(##) /, "heading-2", "mark"),
  look(/^(#{3,6}) /, "heading-3", "mark"),
  look(/^(>+) ?/, "quote", "mark"),
  look(/^\s*([-*+]|\d{1,4}[.)]) /, "item", "bullet"),
  look(/^(?:\*{3,}|-{3,})$/, "rule", null),
];

const wordShape =
  /(`[^`]+`)|(\*\*[^\s*](?:[^*]*[^\s*])?\*\*)|(?<![\w*])(\*[^\s*](?:[^*]*[^\s*])?\*|_[^\s_](?:[^_]*[^\s_])?_)(?![\w*])/g;
const [code, strong, stressed, mark] = ["code", "strong", "stressed", "mark"].map((name) =>
  Decoration.mark({ class: `look-${name}` }),
) as [Decoration, Decoration, Decoration, Decoration];

/** The extension. */
export const markdownLook = ViewPlugin.fromClass(
  class {
    decorations: DecorationSet;

    constructor(view: EditorView) {
      this.decorations = decorate(view);
    }

    update(update: ViewUpdate): void {
      if (update.docChanged || update.viewportChanged) this.decorations = decorate(update.view);
    }
  },
  { decorations: ({ decorations }) => decorations },
);

function decorate({ state, visibleRanges }: EditorView): DecorationSet {
  const builder = new RangeSetBuilder<Decoration>();
  let next = 0;
  for (const { from, to } of visibleRanges) {
    for (let at = Math.max(from, next); at <= to; at = next) {
      const line = state.doc.lineAt(at);
      next = line.to + 1;
      if (line.length > lineLengthMax) continue;
      decorateLine(builder, line.from, line.text);
    }
  }
  return builder.finish();
}

function decorateLine(builder: RangeSetBuilder<Decoration>, start: number, text: string): void {
  const found = lineLooks.find(({ shape }) => shape.test(text));
  let markEnd = 0;
  if (found !== undefined) {
    builder.add(start, start, found.line);
    const [all, marked] = text.match(found.shape)!;
    if (found.mark !== null && marked !== undefined) {
      markEnd = all.length;
      const at = start + all.indexOf(marked);
      builder.add(at, at + marked.length, found.mark);
    }
  }
  for (const match of text.matchAll(wordShape)) {
    if (match.index < markEnd) continue;
    const [from, to] = [start + match.index, start + match.index + match[0].length];
    if (match[1] !== undefined) {
      builder.add(from, to, code);
      continue;
    }
    const width = match[2] === undefined ? 1 : 2;
    builder.add(from, from + width, mark);
    builder.add(from + width, to - width, match[2] === undefined ? stressed : strong);
    builder.add(to - width, to, mark);
  }
}

function look(shape: RegExp, line: string, mark: string | null) {
  return {
    shape,
    line: Decoration.line({ class: `look-${line}` }),
    mark: mark === null ? null : Decoration.mark({ class: `look-${mark}` }),
  };
}
