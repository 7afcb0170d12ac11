// Texts inside of HTML and SVG, and data inside of a script element.

import { plainText } from "../explain/describe.ts";

/**
 * `text` as the content of an element, or of an attribute in quotes; what is longer than
 * `lengthMax` UTF-16 units is cut.
 */
export function escapeHtml(text: string, lengthMax = 2_000): string {
  const short = text.length > lengthMax ? `${text.slice(0, lengthMax)}…` : text;
  return plainText(short).replace(/[&<>"'`]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

/** A value as JSON for a script element that is never run: nothing in it can end the element. */
export function scriptJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[<>&\u2028-\u202e\u2066-\u2069]/g,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
