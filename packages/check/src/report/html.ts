// Texts inside of HTML and SVG, and data inside of a script element.

/** `text` as the content of an element, or of an attribute in quotes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"'`\u2028\u2029]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

/** A value as JSON for a script element that is never run: nothing in it can end the element. */
export function scriptJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
