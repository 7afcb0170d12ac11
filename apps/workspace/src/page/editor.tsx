// The text of a page in CodeMirror: plain text that shows a little of what Markdown means.

import { standardKeymap } from "@codemirror/commands";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { EditorState } from "@codemirror/state";
import { drawSelection, EditorView, keymap, placeholder } from "@codemirror/view";
import type { DocumentHandle } from "@holdfast/client";
import { holdfastText } from "@holdfast/client/codemirror";
import { type ReactNode, useEffect, useRef } from "react";
import { bodyText } from "../data/page_body.ts";
import { usePerson } from "../data/person.ts";
import { markdownLook } from "./markdown_look.ts";

/** The editor, bound to the page for as long as it is mounted. */
export default function Editor({ handle }: { readonly handle: DocumentHandle }): ReactNode {
  const place = useRef<HTMLDivElement>(null);
  const { name, color } = usePerson();
  useEffect(() => {
    const view = new EditorView({
      parent: place.current!,
      state: EditorState.create({
        doc: handle.doc.text(bodyText).toString(),
        extensions: [
          holdfastText({
            handle,
            text: bodyText,
            presence: { name, color },
          }),
          keymap.of([...standardKeymap, ...searchKeymap]),
          EditorView.lineWrapping,
          EditorView.contentAttributes.of({
            "aria-label": "Text",
            spellcheck: "true",
            autocapitalize: "on",
          }),
          placeholder("Write something…"),
          drawSelection(),
          search({ top: true }),
          highlightSelectionMatches(),
          markdownLook,
        ],
      }),
    });
    return () => view.destroy();
  }, [handle, name, color]);
  return <div ref={place} className="editor" />;
}
