// The title of a page, to be written over where it stands.

import type { DocumentHandle } from "@holdfast/client";
import { type KeyboardEvent, type ReactNode, useEffect, useRef } from "react";
import { type PageSummary, renamePage, titleLengthMax } from "../data/page_list.ts";
import { useRoom } from "../shell/room.tsx";

/** The title. Each letter is a change of its own: nothing waits for the field to be left. */
export function TitleField({
  list,
  page,
}: {
  readonly list: DocumentHandle;
  readonly page: PageSummary;
}): ReactNode {
  const field = useRef<HTMLTextAreaElement>(null);
  const { titleWanted, titleTaken } = useRoom();
  useEffect(() => {
    if (titleWanted !== page.id) return;
    field.current?.focus();
    field.current?.select();
    titleTaken();
  }, [titleWanted, titleTaken, page.id]);
  const onKeyDown = (event: KeyboardEvent): void => {
    const isDone = event.key === "Enter" && !event.nativeEvent.isComposing;
    if (!isDone && event.key !== "ArrowDown") return;
    event.preventDefault();
    document.querySelector<HTMLElement>(".cm-content")?.focus();
  };
  return (
    <h1 className="title" data-title={page.title}>
      <textarea
        ref={field}
        rows={1}
        aria-label="Title"
        placeholder="Untitled"
        maxLength={titleLengthMax}
        autoComplete="off"
        value={page.title}
        onChange={({ target }) => renamePage(list, page.id, target.value.replace(/\s*\n\s*/g, " "))}
        onKeyDown={onKeyDown}
      />
    </h1>
  );
}
