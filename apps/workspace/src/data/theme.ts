// Light or dark: the system's choice, or this browser's own. public/theme.js applies it at load.

import { useSyncExternalStore } from "react";

/** `system` follows what the person set for all programs. */
export type Theme = "system" | "light" | "dark";

const key = "holdfast.theme";
const order: readonly Theme[] = ["system", "light", "dark"];
const listeners = new Set<() => void>();

/** The chosen theme, kept up to date. */
export function useTheme(): Theme {
  return useSyncExternalStore(subscribe, currentTheme);
}

/** Takes the next of system, light and dark. */
export function switchTheme(): void {
  setTheme(order[(order.indexOf(currentTheme()) + 1) % order.length]!);
}

/** Chooses a theme, and keeps it. */
export function setTheme(theme: Theme): void {
  const { dataset } = document.documentElement;
  if (theme === "system") delete dataset.theme;
  else dataset.theme = theme;
  try {
    localStorage.setItem(key, theme);
  } catch {
    // No storage: it lasts as long as the page.
  }
  for (const listener of listeners) listener();
}

function currentTheme(): Theme {
  const { theme } = document.documentElement.dataset;
  return theme === "light" || theme === "dark" ? theme : "system";
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}
