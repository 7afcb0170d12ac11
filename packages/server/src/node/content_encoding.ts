// Which compression a file goes out with.

/** Compressions of files, the smaller first: their names, and the ending of a file packed so. */
export const packings = [
  { encoding: "br", ending: ".br" },
  { encoding: "gzip", ending: ".gz" },
] as const;

/** Tells whether the header Accept-Encoding lets `encoding` be used. */
export function acceptsEncoding(header: string | undefined, encoding: string): boolean {
  for (const part of (header ?? "").split(",")) {
    const [name, ...parameters] = part.split(";").map((text) => text.trim().toLowerCase());
    if (name !== encoding) continue;
    return !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter));
  }
  return false;
}

/** Tells whether content of the type `type` gets smaller by it. */
export function isCompressible(type: string): boolean {
  return /^text\/|[/+](json|xml|javascript|wasm|manifest\+json)\b/.test(type);
}
