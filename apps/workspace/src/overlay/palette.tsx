// The command palette: type a few letters of a page or of something to do, and press Enter.
//
// Source: WAI-ARIA Authoring Practices, "Combobox With Listbox Popup".

import { type KeyboardEvent, type ReactNode, useEffect, useId, useState } from "react";
import { Icon, type IconName } from "../shell/icon.tsx";
import { Dialog } from "./dialog.tsx";

/** One thing to choose. */
export interface Command {
  readonly key: string;
  readonly label: string;
  /** What sort it is of, shown at its end. */
  readonly hint: string;
  readonly icon: IconName | null;
  readonly run: () => void;
}

const shownMax = 50;

/** Offers `commands`, in their order, by what is typed. */
export function Palette({
  commands,
  onClose,
}: {
  readonly commands: readonly Command[];
  readonly onClose: () => void;
}): ReactNode {
  const [query, setQuery] = useState("");
  const [at, setAt] = useState(0);
  const id = useId();
  const found = commands.filter(({ label }) => matches(label, query)).slice(0, shownMax);
  const chosen = found[Math.min(at, found.length - 1)];
  useEffect(() => {
    if (chosen !== undefined)
      document.getElementById(id + chosen.key)?.scrollIntoView({ block: "nearest" });
  }, [chosen, id]);
  const choose = (command: Command | undefined): void => {
    if (command === undefined) return;
    onClose();
    // After the dialog has given the focus back, so that the command may take it.
    setTimeout(command.run, 0);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined)
      setAt((Math.min(at, found.length - 1) + step + found.length) % found.length || 0);
    else if (event.key === "Enter" && !event.nativeEvent.isComposing) choose(chosen);
    else return;
    event.preventDefault();
  };
  return (
    <Dialog label="Go to a page, or do something" className="palette" onClose={onClose}>
      <div className="palette-field">
        <Icon name="search" />
        <input
          type="text"
          role="combobox"
          aria-label="Page or action"
          aria-expanded="true"
          aria-controls={id}
          aria-activedescendant={chosen === undefined ? undefined : id + chosen.key}
          aria-autocomplete="list"
          autoComplete="off"
          spellCheck={false}
          placeholder="Go to a page, or do something"
          value={query}
          onChange={({ target }) => {
            setQuery(target.value);
            setAt(0);
          }}
          onKeyDown={onKeyDown}
        />
      </div>
      <div id={id} role="listbox" aria-label="Found" className="palette-list">
        {found.map((command) => (
          <button
            type="button"
            tabIndex={-1}
            key={command.key}
            id={id + command.key}
            role="option"
            aria-selected={command === chosen}
            onClick={() => choose(command)}
            onPointerMove={() => setAt(found.indexOf(command))}
          >
            {command.icon === null ? <span className="icon" /> : <Icon name={command.icon} />}
            <span className="label">{command.label}</span>
            <span className="hint">{command.hint}</span>
          </button>
        ))}
      </div>
      {found.length === 0 && <p className="nothing">Nothing of that name.</p>}
    </Dialog>
  );
}

function matches(label: string, query: string): boolean {
  const lower = label.toLocaleLowerCase();
  return query
    .toLocaleLowerCase()
    .split(/\s+/)
    .every((word) => lower.includes(word));
}
