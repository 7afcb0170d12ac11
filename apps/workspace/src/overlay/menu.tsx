// A button that opens a menu: arrows move in it, Escape and Tab leave it.
//
// Source: WAI-ARIA Authoring Practices, "Menu Button".

import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState } from "react";

/** One line of a {@link Menu}. */
export interface MenuItem {
  readonly label: string;
  readonly run: () => void;
  readonly isDangerous?: boolean;
}

/** What a {@link Menu} takes. */
interface MenuProps {
  /** What the button is called. */
  readonly label: string;
  /** What the button shows. */
  readonly children: ReactNode;
  readonly items: readonly MenuItem[];
  readonly className?: string;
}

/** A menu behind a button. */
export function Menu({ label, children, items, className = "" }: MenuProps): ReactNode {
  const [isOpen, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const id = useId();
  useEffect(() => {
    if (!isOpen) return;
    list.current?.querySelector("button")?.focus();
    const onPress = (event: Event): void => {
      const target = event.target as Node;
      if (!list.current?.contains(target) && !button.current?.contains(target)) setOpen(false);
    };
    addEventListener("pointerdown", onPress);
    return () => removeEventListener("pointerdown", onPress);
  }, [isOpen]);
  const close = (): void => {
    setOpen(false);
    button.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const entries = [...(list.current?.querySelectorAll("button") ?? [])];
    const at = entries.indexOf(document.activeElement as HTMLButtonElement);
    const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
    if (next !== undefined) entries.at(next % entries.length)?.focus();
    else if (event.key === "Escape" || event.key === "Tab") close();
    else return;
    // Nothing around the menu is to hear of these.
    event.stopPropagation();
    if (event.key !== "Tab") event.preventDefault();
  };
  return (
    <div className={`menu ${className}`}>
      <button
        ref={button}
        type="button"
        className="quiet square"
        title={label}
        aria-label={label}
        aria-haspopup="menu"
        aria-expanded={isOpen}
        aria-controls={isOpen ? id : undefined}
        onClick={() => setOpen(!isOpen)}
      >
        {children}
      </button>
      {isOpen && (
        <div
          ref={list}
          id={id}
          role="menu"
          aria-label={label}
          className="panel"
          tabIndex={-1}
          onKeyDown={onKeyDown}
        >
          {items.map(({ label: text, run, isDangerous }) => (
            <button
              key={text}
              type="button"
              role="menuitem"
              tabIndex={-1}
              className={isDangerous ? "dangerous" : ""}
              onClick={() => {
                close();
                run();
              }}
            >
              {text}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}
