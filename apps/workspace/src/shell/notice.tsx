// A page that says something instead of showing a text: kind, short, and with a way on.

import type { ReactNode } from "react";
import { followLink } from "../data/route.ts";

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

/** The way on from a place where there is nothing. */
export function HomeLink(): ReactNode {
  return (
    <a href="/" onClick={followLink}>
      To the beginning
    </a>
  );
}
