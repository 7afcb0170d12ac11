// Colours that strangers chose, made so that they can be read on any background.
//
// A colour's relative luminance (WCAG 2.2) is brought between two bounds, its hue kept:
// there it has a contrast of 4.5 and more against white, also as the ground of white
// text, and of 3 and more against the dark grounds of editors.

/** What stands for a colour that is none. */
export const plainColor = "#6f6f6f";

const luminanceMin = 0.14;
const luminanceMax = 0.18;

/** Tells whether a value is a colour as `#rrggbb`. */
export function isColor(value: unknown): value is string {
  return typeof value === "string" && /^#[0-9a-f]{6}$/i.test(value);
}

/** The nearest colour to `color`, as `#rrggbb`, that can be read on white and on dark. */
export function readableColor(color: string): string {
  const parts = [1, 3, 5].map((at) => linear(Number.parseInt(color.slice(at, at + 2), 16) / 255));
  const luminance = 0.2126 * parts[0]! + 0.7152 * parts[1]! + 0.0722 * parts[2]!;
  const mixed = parts.map((part) => {
    if (luminance > luminanceMax) return part * (luminanceMax / luminance);
    if (luminance >= luminanceMin) return part;
    return part + (1 - part) * ((luminanceMin - luminance) / (1 - luminance));
  });
  return `#${mixed.map((part) => hex(encoded(part))).join("")}`;
}

function linear(part: number): number {
  return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
}

function encoded(part: number): number {
  return part <= 0.0031308 ? part * 12.92 : 1.055 * part ** (1 / 2.4) - 0.055;
}

function hex(part: number): string {
  return Math.round(part * 255)
    .toString(16)
    .padStart(2, "0");
}
