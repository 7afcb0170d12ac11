// Who sits here: a name and a colour that others see, drawn at first and kept by this browser.

import { useSyncExternalStore } from "react";

/** What others see of somebody. */
export interface Person {
  /** 1 to 40 UTF-16 units. */
  readonly name: string;
  /** One of {@link personColors}. */
  readonly color: string;
}

/** The longest name, in UTF-16 units. */
export const nameLengthMax = 40;

/** Colours for people. Each carries white letters with a contrast of 4.5 or more. */
export const personColors: readonly string[] = [
  "#b4235a",
  "#a63d1c",
  "#8a5a00",
  "#2b7040",
  "#0d6b74",
  "#2563c4",
  "#6741c9",
  "#94379e",
];

const key = "holdfast.person";
const manners = "Brave Bright Calm Clever Gentle Kind Lively Merry Patient Quiet Steady Swift";
const animals = "Badger Dolphin Falcon Finch Hare Heron Lynx Marten Otter Puffin Seal Wren";

let person: Person | null = null;
const listeners = new Set<() => void>();

/** The person here, kept up to date, also where another tab changes it. */
export function usePerson(): Person {
  return useSyncExternalStore(subscribe, currentPerson);
}

/** Takes another name or colour. A blank name is replaced by a new one. */
export function setPerson(next: Person): void {
  const name = next.name.trim().slice(0, nameLengthMax).toWellFormed();
  person = { ...next, name: name === "" ? drawName() : name };
  keep(person);
  for (const listener of listeners) listener();
}

/** Up to two letters that stand for a name. */
export function initialsOf(name: string): string {
  const words = name.trim().split(/\s+/);
  const letters = words.length > 1 ? [words[0], words.at(-1)] : [words[0]];
  return letters
    .map((word) => [...(word ?? "")][0] ?? "")
    .join("")
    .toUpperCase();
}

function currentPerson(): Person {
  if (person === null) {
    person = recall() ?? { name: drawName(), color: draw(personColors) };
    keep(person);
  }
  return person;
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  const onStorage = (event: StorageEvent): void => {
    if (event.key !== key) return;
    person = recall() ?? person;
    listener();
  };
  addEventListener("storage", onStorage);
  return () => {
    listeners.delete(listener);
    removeEventListener("storage", onStorage);
  };
}

function recall(): Person | null {
  try {
    const { name, color } = JSON.parse(localStorage.getItem(key) ?? "null") as Person;
    if (typeof name !== "string" || name === "" || !personColors.includes(color)) return null;
    return { name: name.slice(0, nameLengthMax), color };
  } catch {
    // Nothing is kept, or nothing that makes sense.
    return null;
  }
}

function keep(kept: Person): void {
  try {
    localStorage.setItem(key, JSON.stringify(kept));
  } catch {
    // No storage: the name lasts as long as the page.
  }
}

function drawName(): string {
  return `${draw(manners.split(" "))} ${draw(animals.split(" "))}`;
}

function draw(choices: readonly string[]): string {
  return choices[Math.floor(Math.random() * choices.length)]!;
}
