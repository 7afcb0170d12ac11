// Values that the models keep, and texts for them.

/** A value of a model. Two are the same as `===` and `Object.is` agree: NaN equals itself. */
export type Scalar = string | number | boolean | null;

/** A text that two values share only if they are the same. */
export function scalarKey(value: Scalar): string {
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}

/** Whether two values are the same. 0 and -0 are. */
export function isSame(a: Scalar | undefined, b: Scalar | undefined): boolean {
  return a === b || (Number.isNaN(a) && Number.isNaN(b));
}
