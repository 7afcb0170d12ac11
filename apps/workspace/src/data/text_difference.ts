// What has to be changed in one text to make another of it.
//
// Problem: a restored version must not replace what is the same in both, or everybody's
// cursor would fall to the end of it, and the history would hold the whole text again.
// Method: what both begin and end with is set aside; the rest is cut into words, and the
// shortest list of words to take away and to put in is looked for. Where that takes more
// than `stepsMax` words, the rest is replaced as a whole.
//
// Source: Myers, "An O(ND) Difference Algorithm and Its Variations", 1986, section 2.

/** A stretch of both texts, or of one of them. */
export interface Stretch {
  /** `kept`: in both. `old`: in the first only. `new`: in the second only. */
  readonly kind: "kept" | "old" | "new";
  readonly text: string;
}

/** A replacement, by UTF-16 units of the text before any of them. */
export interface Replacement {
  readonly at: number;
  readonly deleted: number;
  readonly inserted: string;
}

// Memory and time grow with its square.
const stepsMax = 1_000;

/** The way from `before` to `after`, in order. Stretches of one kind are never neighbours. */
export function difference(before: string, after: string): readonly Stretch[] {
  const start = commonStart(before, after);
  const end = commonEnd(before.slice(start), after.slice(start));
  const middle = wordDifference(
    before.slice(start, before.length - end),
    after.slice(start, after.length - end),
  );
  return joined([
    { kind: "kept", text: before.slice(0, start) },
    ...middle,
    { kind: "kept", text: before.slice(before.length - end) },
  ]);
}

/** The same as replacements, in order of positions. */
export function replacements(before: string, after: string): readonly Replacement[] {
  const found: Replacement[] = [];
  let at = 0;
  let open = false;
  for (const { kind, text } of difference(before, after)) {
    if (kind === "kept") {
      at += text.length;
      open = false;
      continue;
    }
    if (!open) found.push({ at, deleted: 0, inserted: "" });
    open = true;
    const last = found[found.length - 1]!;
    found[found.length - 1] =
      kind === "old"
        ? { ...last, deleted: last.deleted + text.length }
        : { ...last, inserted: last.inserted + text };
    if (kind === "old") at += text.length;
  }
  return found;
}

function wordDifference(before: string, after: string): Stretch[] {
  const [a, b] = [words(before), words(after)];
  const steps = shortestEdit(a, b);
  if (steps !== null) return steps;
  return [
    { kind: "old", text: before },
    { kind: "new", text: after },
  ];
}

function words(text: string): readonly string[] {
  return text.match(/[\p{L}\p{N}_]+|\n|[^\S\n]+|[^\p{L}\p{N}_\s]/gsu) ?? [];
}

// `reached[k]` is how far into `a` one gets on diagonal k with so many steps.
function shortestEdit(a: readonly string[], b: readonly string[]): Stretch[] | null {
  const most = Math.min(a.length + b.length, stepsMax);
  const offset = most + 1;
  const reached = new Int32Array(2 * most + 3);
  const trace: Int32Array[] = [];
  for (let steps = 0; steps <= most; steps += 1) {
    trace.push(reached.slice(offset - steps - 1, offset + steps + 2));
    for (let k = -steps; k <= steps; k += 2) {
      const down =
        k === -steps || (k !== steps && reached[offset + k - 1]! < reached[offset + k + 1]!);
      let x = down ? reached[offset + k + 1]! : reached[offset + k - 1]! + 1;
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) x += 1;
      reached[offset + k] = x;
      if (x >= a.length && x - k >= b.length) return walkBack(a, b, trace);
    }
  }
  return null;
}

function walkBack(
  a: readonly string[],
  b: readonly string[],
  trace: readonly Int32Array[],
): Stretch[] {
  const back: Stretch[] = [];
  let [x, y] = [a.length, b.length];
  for (let steps = trace.length - 1; steps >= 0; steps -= 1) {
    const reached = trace[steps]!;
    const at = (k: number): number => reached[k + steps + 1]!;
    const k = x - y;
    const down = k === -steps || (k !== steps && at(k - 1) < at(k + 1));
    const previousX = steps === 0 ? 0 : down ? at(k + 1) : at(k - 1);
    const previousY = steps === 0 ? 0 : previousX - (down ? k + 1 : k - 1);
    while (x > previousX && y > previousY) {
      x -= 1;
      y -= 1;
      back.push({ kind: "kept", text: a[x]! });
    }
    if (steps === 0) break;
    if (down) back.push({ kind: "new", text: b[--y]! });
    else back.push({ kind: "old", text: a[--x]! });
  }
  return back.reverse();
}

function commonStart(a: string, b: string): number {
  const most = Math.min(a.length, b.length);
  let length = 0;
  while (length < most && a.charCodeAt(length) === b.charCodeAt(length)) length += 1;
  // Not between the two halves of a character.
  return length > 0 && isHighHalf(a.charCodeAt(length - 1)) ? length - 1 : length;
}

function commonEnd(a: string, b: string): number {
  const most = Math.min(a.length, b.length);
  let length = 0;
  while (
    length < most &&
    a.charCodeAt(a.length - 1 - length) === b.charCodeAt(b.length - 1 - length)
  ) {
    length += 1;
  }
  return length > 0 && isLowHalf(a.charCodeAt(a.length - length)) ? length - 1 : length;
}

function isHighHalf(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

function isLowHalf(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}

function joined(stretches: readonly Stretch[]): readonly Stretch[] {
  const result: Stretch[] = [];
  for (const stretch of stretches) {
    if (stretch.text === "") continue;
    const last = result.at(-1);
    if (last?.kind === stretch.kind) {
      result[result.length - 1] = { kind: last.kind, text: last.text + stretch.text };
    } else result.push(stretch);
  }
  return result;
}
