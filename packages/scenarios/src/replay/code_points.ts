// Positions in code points, as traces count them, and in UTF-16 units, as documents do.

/** Tells whether some character of `text` takes two UTF-16 units. */
export function hasSurrogates(text: string): boolean {
  return /[\uD800-\uDFFF]/.test(text);
}

/** How many UTF-16 units the `count` code points from `start` on take. O(count). */
export function codePointUnits(text: string, start: number, count: number): number {
  let at = start;
  for (let done = 0; done < count; done += 1) {
    at += text.codePointAt(at)! > 0xffff ? 2 : 1;
  }
  return at - start;
}
