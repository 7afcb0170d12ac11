// A page that says something instead of showing a text: kind, short, and with a way on.

import type { ReactNode } from "react";

/** What is said, in the middle of the page. */
export function Notice({
  title,
  children,
}: {
  readonly title: string;
  readonly children?: ReactNode;
}): ReactNode {
  return (
    <div className="notice">
      <h1>{title}</h1>
      {children}
    </div>
  );
}
