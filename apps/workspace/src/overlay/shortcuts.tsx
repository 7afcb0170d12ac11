// All that the keyboard can do, in one list.

import type { ReactNode } from "react";
import { Dialog, DialogHead } from "./dialog.tsx";

const isApple = /Mac|iPhone|iPad/.test(navigator.platform);

/** The name of the key that Ctrl is elsewhere. */
export const modKey = isApple ? "⌘" : "Ctrl";
const altKey = isApple ? "⌥" : "Alt";

const sections: readonly {
  readonly title: string;
  readonly keys: readonly (readonly [string, string])[];
}[] = [
  {
    title: "Anywhere",
    keys: [
      [`${modKey} K`, "Go to a page, or do something"],
      [`${altKey} N`, "New page"],
      ["/", "Search titles"],
      ["?", "This list"],
    ],
  },
  {
    title: "In the list",
    keys: [
      ["↑ ↓", "Move"],
      ["Enter", "Open"],
      ["F2", "Rename"],
      ["Delete", "Delete; can be undone"],
    ],
  },
  {
    title: "On a page",
    keys: [
      ["Enter", "From the title to the text"],
      [`${modKey} Z`, "Undo what you wrote; others’ text stays"],
      [`${modKey} F`, "Find in the page"],
      [`${altKey} H`, "History"],
      [`${altKey} L`, "Copy the link"],
      ["Tab", "Leave the text"],
    ],
  },
];

/** The list, as a dialog. */
export function Shortcuts({ onClose }: { readonly onClose: () => void }): ReactNode {
  return (
    <Dialog label="Keyboard shortcuts" onClose={onClose}>
      <DialogHead title="Keyboard" onClose={onClose} />
      <div className="shortcuts">
        {sections.map(({ title, keys }) => (
          <section key={title}>
            <h3>{title}</h3>
            <dl>
              {keys.map(([combination, meaning]) => (
                <div key={combination}>
                  <dt>
                    {combination.split(" ").map((name) => (
                      <kbd key={name}>{name}</kbd>
                    ))}
                  </dt>
                  <dd>{meaning}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
