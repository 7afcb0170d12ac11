// Surrogates: the two UTF-16 units that some characters take, which nothing may part.

/** Tells whether a character begins with this unit and ends with the next. */
export function isHighSurrogate(unit: number): boolean {
  return (unit & 0xfc00) === 0xd800;
}

/** Tells whether a character ends with this unit, and began with the one before. */
export function isLowSurrogate(unit: number): boolean {
  return (unit & 0xfc00) === 0xdc00;
}
