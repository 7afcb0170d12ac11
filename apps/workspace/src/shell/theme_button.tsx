// A button that goes through the system's colours, light ones and dark ones.

import type { ReactNode } from "react";
import { switchTheme, useTheme } from "../data/theme.ts";
import { Icon } from "./icon.tsx";

const names = { system: "the system’s", light: "light", dark: "dark" } as const;

/** The button. */
export function ThemeButton(): ReactNode {
  const theme = useTheme();
  const label = `Colours: ${names[theme]}`;
  return (
    <button
      type="button"
      className="quiet square"
      aria-label={label}
      title={label}
      onClick={switchTheme}
    >
      <Icon name={theme} />
    </button>
  );
}
