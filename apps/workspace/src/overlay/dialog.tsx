// A dialog over the page: the browser's own, which keeps the focus and gives it back.

import { type ReactNode, useEffect, useRef } from "react";
import { Icon } from "../shell/icon.tsx";

/** What a {@link Dialog} takes. */
interface DialogProps {
  /** What it is called, for who can't see it. */
  readonly label: string;
  readonly className?: string;
  /** Called when it was left, by Escape, by its button or by a click beside it. */
  readonly onClose: () => void;
  readonly children: ReactNode;
}

/** Open for as long as it is mounted. */
export function Dialog({ label, className = "", onClose, children }: DialogProps): ReactNode {
  const element = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const dialog = element.current!;
    const before = document.activeElement;
    dialog.showModal();
    return () => {
      dialog.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={element}
      className={`dialog ${className}`}
      aria-label={label}
      closedby="any"
      onClose={onClose}
    >
      {children}
    </dialog>
  );
}

/** The head of a dialog: its name, and a way out. */
export function DialogHead({
  title,
  onClose,
}: {
  readonly title: string;
  readonly onClose: () => void;
}): ReactNode {
  return (
    <header className="dialog-head">
      <h2>{title}</h2>
      <button type="button" className="quiet square" aria-label="Close" onClick={onClose}>
        <Icon name="close" />
      </button>
    </header>
  );
}
