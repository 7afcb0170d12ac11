// What an exploration found, as a stranger can read it: how much was looked at,
// and where something was violated, what happened until then, a line for each action.

import type { Exploration, Model } from "./model.ts";

/**
 * The exploration in words. The first line says how much was visited; then, where
 * something is violated, come the actions, numbered from 1, each as
 * {@link Model.describe} says it, and last, after `!`, what was violated. A goal
 * that was not met has a line of its own. Ends with a line break.
 */
export function explorationText<State, Action>(
  model: Model<State, Action>,
  exploration: Exploration<State, Action>,
): string {
  const { states, transitions, cut, depthMax, complete, violation, goals } = exploration;
  const size = `${states} states, ${transitions} transitions, ${depthMax} deep`;
  const beyond = cut === 0 ? "" : `, ${cut} transitions beyond the bounds`;
  const extent = complete
    ? "all of it"
    : violation === null
      ? "not all of it"
      : "until a violation";
  const lines = [`# ${size}${beyond}; ${extent}`];
  if (violation !== null) {
    const width = String(violation.path.length).length;
    for (const [index, { before, action, after }] of violation.path.entries()) {
      const [first, ...more] = model.describe(before, action, after).split("\n");
      lines.push(`${String(index + 1).padStart(width)}  ${first}`);
      for (const line of more) lines.push(`${" ".repeat(width)}  ${line}`);
    }
    lines.push(`${"!".padStart(width)}  ${violation.sentence}`);
  }
  for (const [id, depth] of goals) {
    if (depth === null && violation === null) lines.push(`!  no state met: ${id}`);
  }
  return `${lines.join("\n")}\n`;
}
