// A text for a value, so that operations that ask for the same can be recognised.

/** Deepest nesting of a value that is compared by its content. */
const depthMax = 64;

/**
 * A text that two values share only if they are equal: of primitives, arrays, byte arrays,
 * and plain objects, whose undefined properties count as absent. Null where `value` holds
 * anything else, or nests more than 64 deep: such a value equals none.
 */
export function valueKey(value: unknown, depth = 0): string | null {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value);
    case "number":
    case "boolean":
    case "undefined":
      return Object.is(value, -0) ? "-0" : String(value);
    case "bigint":
      return `${value}n`;
    case "object":
      return value === null ? "null" : objectKey(value, depth);
    default:
      return null;
  }
}

function objectKey(value: object, depth: number): string | null {
  if (depth >= depthMax) return null;
  if (value instanceof Uint8Array) return `<${value.join()}>`;
  if (Array.isArray(value)) {
    const keys = value.map((item) => valueKey(item, depth + 1));
    return keys.includes(null) ? null : `[${keys.join()}]`;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return null;
  let text = "{";
  for (const name of Object.keys(value).sort()) {
    const field = (value as Record<string, unknown>)[name];
    if (field === undefined) continue;
    const key = valueKey(field, depth + 1);
    if (key === null) return null;
    text += `${JSON.stringify(name)}:${key},`;
  }
  return `${text}}`;
}
