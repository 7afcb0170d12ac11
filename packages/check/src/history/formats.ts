// Which format a history is in, told by how it begins; and reading any of them.

import { readJepsenEdn, readJepsenJson } from "./jepsen.ts";
import { readHistory } from "./json_lines.ts";
import type { History } from "./operation.ts";
import { readPorcupineKv } from "./porcupine_kv.ts";
import { readPorcupineRegister } from "./porcupine_register.ts";
import type { Vocabulary } from "./vocabulary.ts";

type Reader = <Input, Output>(
  text: string,
  vocabulary: Vocabulary<Input, Output>,
) => History<Input, Output>;

// The first that fits. What fits none is read as our own, which says what it misses.
const formats: readonly (readonly [beginning: RegExp, reader: Reader])[] = [
  [/^\s*\{\s*"format"/, readHistory],
  [/^\s*(\[\s*)?\{\s*"/, readJepsenJson],
  [/^\s*INFO\s+jepsen\.util/, readPorcupineRegister],
  [/^\s*\{:process \d+, :type :\w+, :f :(get|put|append), :key "/, readPorcupineKv],
  [/^[\s,]*([[(]|\{[\s,]*:|;|#)/, readJepsenEdn],
];

/**
 * Reads a history in any format that this package knows. An empty text is an empty history.
 *
 * @throws {HoldfastError} `corrupt`, `truncated`, `unsupported_version` or `too_large`, with
 *   the line and the reason.
 */
export function readAnyHistory<Input, Output>(
  text: string,
  vocabulary: Vocabulary<Input, Output>,
): History<Input, Output> {
  if (/^\s*$/.test(text)) return [];
  const [, reader] = formats.find(([beginning]) => beginning.test(text)) ?? [null, readHistory];
  return reader(text, vocabulary);
}
