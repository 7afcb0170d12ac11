// The icons: strokes on a grid of 20, in the colour of the text around them. They say
// nothing that a label beside them does not.

import type { ReactNode } from "react";

const shapes = {
  add: "M10 4.5v11M4.5 10h11",
  search: "M9 14.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11ZM13 13l3.5 3.5",
  more: "M5 10h.01M10 10h.01M15 10h.01",
  link: "M8.5 11.5a3 3 0 0 0 4.2 0l2.4-2.4a3 3 0 0 0-4.2-4.2l-.9.9M11.5 8.5a3 3 0 0 0-4.2 0l-2.4 2.4a3 3 0 0 0 4.2 4.2l.9-.9",
  history: "M4 10a6 6 0 1 0 1.8-4.3L4 7.5M4 4v3.5h3.5M10 7v3.2l2.2 1.3",
  menu: "M3.5 6h13M3.5 10h13M3.5 14h13",
  close: "M5.5 5.5l9 9M14.5 5.5l-9 9",
  light:
    "M10 13a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM10 3v1.5M10 15.5V17M3 10h1.5M15.5 10H17M5 5l1.1 1.1M13.9 13.9 15 15M5 15l1.1-1.1M13.9 6.1 15 5",
  dark: "M16 11.5A6.5 6.5 0 0 1 8.5 4a6.5 6.5 0 1 0 7.5 7.5Z",
  system: "M3.5 5h13v8.5h-13ZM7.5 16.5h5M10 13.5v3",
  keyboard: "M2.5 6h15v8.5h-15ZM5.5 9h.01M8.5 9h.01M11.5 9h.01M14.5 9h.01M7 11.8h6",
  check: "M4.5 10.5l3.5 3.5 7.5-8",
} as const;

/** What there is a picture of. */
export type IconName = keyof typeof shapes;

/** A picture, hidden from who listens instead of looking. */
export function Icon({ name }: { readonly name: IconName }): ReactNode {
  return (
    <svg
      className={`icon icon-${name}`}
      viewBox="0 0 20 20"
      width="20"
      height="20"
      aria-hidden="true"
    >
      <path d={shapes[name]} />
    </svg>
  );
}
