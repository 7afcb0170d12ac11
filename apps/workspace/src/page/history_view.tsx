// A page as it was: a slider over its versions, what is different now, and a way back.

import type { DocumentHandle } from "@holdfast/client";
import { useDocSelector } from "@holdfast/client/react";
import { type ReactNode, useDeferredValue, useEffect, useMemo, useRef, useState } from "react";
import { bodyText } from "../data/page_body.ts";
import { difference, replacements, type Stretch } from "../data/text_difference.ts";
import { useRoom } from "../shell/room.tsx";

const versionsMax = 200;

/** What a {@link HistoryView} takes. */
interface HistoryViewProps {
  readonly handle: DocumentHandle;
  readonly title: string;
  readonly onClose: () => void;
}

/** The history. */
export default function HistoryView({ handle, title, onClose }: HistoryViewProps): ReactNode {
  const { doc } = handle;
  // As of its opening: a slider whose steps move while one holds it is of no use.
  const versions = useMemo(() => doc.versions(versionsMax), [doc]);
  const last = versions.length - 1;
  const [at, setAt] = useState(last);
  const [isMarked, setMarked] = useState(true);
  const now = useDocSelector(handle, (current) => current.text(bodyText).toString());
  // Reading an old version replays the history: the slider does not wait for it.
  const shownAt = useDeferredValue(at);
  const then = useMemo(
    () =>
      doc
        .checkout(versions[shownAt]?.version ?? [])
        .text(bodyText)
        .toString(),
    [doc, versions, shownAt],
  );
  const stretches = useMemo(() => difference(then, now), [then, now]);
  const room = useRoom();
  const slider = useRef<HTMLInputElement>(null);
  useEffect(() => slider.current?.focus(), []);
  const restore = (): void => {
    restoreText(handle, then);
    onClose();
    // Undo takes back the last of one's changes, which is this one until there is another.
    let isLast = true;
    const stop = doc.subscribe(({ isLocal }) => {
      if (!isLocal) return;
      isLast = false;
      stop();
    });
    const run = (): void => {
      stop();
      if (isLast) doc.undo();
      else room.notify({ text: "You changed the page since; undo that there first." });
    };
    room.notify({ text: "Restored, as a new change.", action: { label: "Undo", run } });
  };
  const isNow = then === now;
  return (
    <section className="sheet past" aria-label="History">
      <div className="past-tools">
        <label className="past-slider">
          <span>{at === last ? "Now" : `Version ${at + 1} of ${versions.length}`}</span>
          <input
            ref={slider}
            type="range"
            min={0}
            max={Math.max(last, 0)}
            value={at}
            aria-label="Version"
            aria-valuetext={at === last ? "now" : `${at + 1} of ${versions.length}`}
            onChange={({ target }) => setAt(target.valueAsNumber)}
          />
        </label>
        <div className="past-acts">
          <label className="check">
            <input type="checkbox" checked={isMarked} onChange={() => setMarked(!isMarked)} />
            Mark changes
          </label>
          {isMarked && (
            <span className="past-legend">
              <ins>written since</ins> <del>gone since</del>
            </span>
          )}
          <span className="space" />
          <button type="button" onClick={onClose}>
            Back to now
          </button>
          <button type="button" className="primary" disabled={isNow} onClick={restore}>
            Restore this version
          </button>
        </div>
      </div>
      <h1 className="title">{title || "Untitled"}</h1>
      {isNow && at !== last && <p className="hint">The text was the same as it is now.</p>}
      {then === "" && <p className="hint">The page was empty.</p>}
      <div className="past-text">{isMarked ? stretches.map(marked) : then}</div>
    </section>
  );
}

// One change, which touches only what is different: cursors of others stay where they are.
function restoreText(handle: DocumentHandle, wanted: string): void {
  const text = handle.doc.text(bodyText);
  const edits = replacements(text.toString(), wanted);
  handle.change(() => {
    // From the end on, so that positions before an edit stay true.
    for (const { at, deleted, inserted } of [...edits].reverse())
      text.splice(at, deleted, inserted);
  });
}

function marked({ kind, text }: Stretch, index: number): ReactNode {
  const key = `${index} ${kind}`;
  if (kind === "old") {
    return (
      <del key={key} title="Gone since">
        {text}
      </del>
    );
  }
  if (kind === "new") {
    return (
      <ins key={key} title="Written since">
        {text}
      </ins>
    );
  }
  return <span key={key}>{text}</span>;
}
