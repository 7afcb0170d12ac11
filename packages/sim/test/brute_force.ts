// Counts the states of a model in the plainest way: a list of texts of whole
// states, each compared with each. No hash, no fingerprint, no order.

import type { Model } from "../src/explore/index.ts";

/** What there is to count; `textOf` must differ for different states. */
export function bruteForce<State, Action>(
  model: Pick<Model<State, Action>, "initial" | "actions" | "next">,
  textOf: (state: State) => string = (state) => JSON.stringify(state),
): { readonly states: number; readonly transitions: number; readonly ends: number } {
  const seen: string[] = [];
  const waiting = [...model.initial];
  let transitions = 0;
  let ends = 0;
  for (let state = waiting.pop(); state !== undefined; state = waiting.pop()) {
    const text = textOf(state);
    if (seen.includes(text)) continue;
    seen.push(text);
    const actions = model.actions(state);
    if (actions.length === 0) ends += 1;
    for (const action of actions) {
      const next = model.next(state, action);
      if (next === null) continue;
      transitions += 1;
      waiting.push(next);
    }
  }
  return { states: seen.length, transitions, ends };
}
