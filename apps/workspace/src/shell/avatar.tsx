// People, as a round patch of their colour with their initials.

import type { DocumentHandle } from "@holdfast/client";
import { usePresence } from "@holdfast/client/react";
import type { Value } from "@holdfast/doc";
import type { ReactNode } from "react";
import { initialsOf, type Person, personColors } from "../data/person.ts";

const shownMax = 5;

/** One person. */
export function Avatar({ name, color }: Person): ReactNode {
  return (
    <span className="avatar" style={{ backgroundColor: color }} title={name} aria-hidden="true">
      {initialsOf(name)}
    </span>
  );
}

/** Everybody else who has the page open; several tabs of one person count once. */
export function People({
  handle,
  self,
}: {
  readonly handle: DocumentHandle;
  readonly self: Person;
}): ReactNode {
  const others = peopleOf(usePresence(handle), self);
  if (others.length === 0) return null;
  const names = others.map(({ name }) => name).join(", ");
  return (
    <div className="people" role="img" aria-label={`Also here: ${names}`}>
      {others.slice(0, shownMax).map((person) => (
        <Avatar key={`${person.name} ${person.color}`} {...person} />
      ))}
      {others.length > shownMax && <span className="avatar more">+{others.length - shownMax}</span>}
    </div>
  );
}

/** The people among what peers show. What others show is a stranger's: only what makes sense counts. */
export function peopleOf(peers: ReadonlyMap<string, Value>, self: Person): readonly Person[] {
  const found = new Map<string, Person>();
  for (const value of peers.values()) {
    const { name, color } = (value ?? {}) as { readonly name?: unknown; readonly color?: unknown };
    if (typeof name !== "string" || name.trim() === "") continue;
    const known = personColors.find((candidate) => candidate === color) ?? personColors[0]!;
    if (name === self.name && known === self.color) continue;
    found.set(`${name} ${known}`, { name: name.slice(0, 40), color: known });
  }
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}
