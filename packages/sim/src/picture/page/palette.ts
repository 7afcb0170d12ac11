// The colours of the canvas, which are those of the style sheet: light or dark.

const names = [
  ...(["paper", "ink", "soft", "line", "bar", "wire", "accent", "match", "violation"] as const),
  ...(["network", "process", "disk", "clock"] as const),
] as const;

/** A colour for each role. */
export type Palette = Readonly<Record<(typeof names)[number], string>>;

/** The colours as they are now. */
export function readPalette(): Palette {
  const style = getComputedStyle(document.documentElement);
  const pairs = names.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]);
  return Object.fromEntries(pairs) as Palette;
}

const families: readonly (readonly [RegExp, keyof Palette])[] = [
  [/^(partition|reset|half_open|packet_loss|duplication|reordering)$|_network$/, "network"],
  [/^(kill|power_loss|pause)$/, "process"],
  [/^clock_/, "clock"],
];

/** The colour of a sort of fault: those of network, process and clock have one each, all others that of disks. */
export function colorOf(kind: string, palette: Palette): string {
  const family = families.find(([pattern]) => pattern.test(kind));
  return palette[family === undefined ? "disk" : family[1]];
}

/** Letters on the canvas. */
export const letters = {
  small: '11px ui-sans-serif, system-ui, "Segoe UI", sans-serif',
  strong: '600 11px ui-sans-serif, system-ui, "Segoe UI", sans-serif',
  digits: "11px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace",
} as const;
