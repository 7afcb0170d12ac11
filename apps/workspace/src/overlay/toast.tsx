// A message at the foot of the page, which goes away by itself, but not from under a hand.

import { type ReactNode, useEffect, useRef, useState } from "react";
import { Icon } from "../shell/icon.tsx";
import type { Notice } from "../shell/room.tsx";

const shownMs = 10_000;

/** Shows `notice`. What can be done about it takes the focus: where it was may be gone. */
export function Toast({
  notice,
  onClose,
}: {
  readonly notice: Notice;
  readonly onClose: () => void;
}): ReactNode {
  const button = useRef<HTMLButtonElement>(null);
  const toast = useRef<HTMLDivElement>(null);
  const [isHeld, setHeld] = useState(false);
  useEffect(() => {
    if (notice.action !== undefined) button.current?.focus({ preventScroll: true });
  }, [notice]);
  useEffect(() => {
    const whole = toast.current!;
    return () => {
      // Whoever was in it would otherwise stand nowhere.
      if (whole.contains(document.activeElement)) document.getElementById("main")?.focus();
    };
  }, []);
  useEffect(() => {
    if (isHeld) return;
    const timer = setTimeout(onClose, shownMs);
    return () => clearTimeout(timer);
  }, [isHeld, onClose]);
  return (
    <div
      ref={toast}
      className="toast"
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
      onFocus={({ target }) => setHeld(target.matches(":focus-visible"))}
      onBlur={() => setHeld(false)}
    >
      <span role="status">{notice.text}</span>
      {notice.action !== undefined && (
        <button
          ref={button}
          type="button"
          onClick={() => {
            // Closed first: what is run may have something to say in its place.
            onClose();
            notice.action?.run();
          }}
        >
          {notice.action.label}
        </button>
      )}
      <button type="button" className="square" aria-label="Dismiss" onClick={onClose}>
        <Icon name="close" />
      </button>
    </div>
  );
}
