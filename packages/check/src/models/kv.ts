// A map from keys to texts, as Porcupine's model of it: keys are independent, and one
// that was never written reads as the empty text.

import type { SequentialModel } from "../linearizability/model.ts";

/** What a key-value store is asked for. `append` writes behind what is there. */
export type KvInput =
  | { readonly f: "get"; readonly key: string }
  | { readonly f: "put" | "append"; readonly key: string; readonly value: string };

/** What a key-value store answers: a get's text; nothing to others. */
export type KvOutput = string | undefined;

/** A state: the texts of the keys that have one. */
export type KvState = ReadonlyMap<string, string>;

/** A key-value store, each of whose keys is judged alone. */
export function kv(): SequentialModel<KvState, KvInput, KvOutput> {
  return { ...kvWhole(), partition: ({ key }) => key };
}

/** The same without parts: for comparison, since it is much slower to judge. */
export function kvWhole(): SequentialModel<KvState, KvInput, KvOutput> {
  return {
    name: "key-value store",
    init: () => new Map(),
    step: stepKv,
    key: keyOf,
    isRead: ({ f }) => f === "get",
    touches: ({ key }) => [key],
    overwrites: ({ f, key }) => (f === "put" ? key : null),
  };
}

function stepKv(state: KvState, input: KvInput, output: KvOutput): KvState[] {
  const text = state.get(input.key) ?? "";
  switch (input.f) {
    case "get":
      return output === undefined || output === text ? [state] : [];
    case "put":
      return [withText(state, input.key, input.value)];
    case "append":
      return [withText(state, input.key, text + input.value)];
  }
}

function withText(state: KvState, key: string, text: string): KvState {
  const next = new Map(state);
  if (text === "") next.delete(key);
  else next.set(key, text);
  return next;
}

// The order of a Map is that of first insertion, which two equal states need not share.
function keyOf(state: KvState): string {
  let text = "";
  for (const key of [...state.keys()].sort()) {
    const value = state.get(key)!;
    text += `${key.length}:${key}${value.length}:${value}`;
  }
  return text;
}
