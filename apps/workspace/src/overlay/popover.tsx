// A button that opens a small panel beside it, with whatever is in it.

import { type ReactNode, useEffect, useId, useRef, useState } from "react";

/** What a {@link Popover} takes. */
interface PopoverProps {
  /** What the panel is called. */
  readonly label: string;
  /** What the button shows; said by it too. */
  readonly button: ReactNode;
  readonly className?: string;
  /** Made when it opens. `close` gives the focus back to the button. */
  readonly children: (close: () => void) => ReactNode;
}

/** A panel behind a button. Escape, and a press beside it, close it. */
export function Popover({ label, button, className = "", children }: PopoverProps): ReactNode {
  const [isOpen, setOpen] = useState(false);
  const opener = useRef<HTMLButtonElement>(null);
  const whole = useRef<HTMLDivElement>(null);
  const id = useId();
  useEffect(() => {
    if (!isOpen) return;
    whole.current?.querySelector<HTMLElement>(".panel :is(input, button, a)")?.focus();
    const onPress = (event: Event): void => {
      if (!whole.current?.contains(event.target as Node)) setOpen(false);
    };
    addEventListener("pointerdown", onPress);
    return () => removeEventListener("pointerdown", onPress);
  }, [isOpen]);
  const close = (): void => {
    setOpen(false);
    opener.current?.focus();
  };
  return (
    <div
      ref={whole}
      className={`popover ${className}`}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || !isOpen) return;
        event.stopPropagation();
        close();
      }}
      onBlur={({ relatedTarget }) => {
        if (relatedTarget !== null && !whole.current?.contains(relatedTarget)) setOpen(false);
      }}
    >
      <button
        ref={opener}
        type="button"
        className="quiet opener"
        aria-expanded={isOpen}
        aria-controls={isOpen ? id : undefined}
        onClick={() => setOpen(!isOpen)}
      >
        {button}
      </button>
      {isOpen && (
        <div id={id} role="dialog" aria-label={label} className="panel">
          {children(close)}
        </div>
      )}
    </div>
  );
}
