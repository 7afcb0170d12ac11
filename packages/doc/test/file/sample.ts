// A history with a bit of everything, and its file.

import { Script } from "../history.ts";
import { encode, historyOf } from "./script_history.ts";

// Typing and deleting, emoji, a second text, a map, and two who part and meet.
/** Who did what. */
export const script = new Script()
  .insert(0, 0, "It was a dark 😀 and stormy night; ")
  .delete(0, 9, 5)
  .see(1, 0)
  .insert(1, 9, "bright ")
  .insert(0, 9, "cold ")
  .do(1, { kind: "insert", container: "title", at: 0, text: "Night" })
  .do(0, { kind: "set", container: "meta", key: "k", value: ["v", 1] })
  .do(1, { kind: "set", container: "meta", key: "k", value: null })
  .see(0, 1)
  .do(0, { kind: "unset", container: "meta", key: "k" })
  .do(0, { kind: "delete", container: "title", at: 0, count: 5 })
  .insert(0, 0, "Once more: It was a dark and stormy night; ");
/** What all hold in the end; and how many events there were after each step. */
export const { history: sample, sizes } = historyOf(script.steps);
/** Its file. */
export const sampleFile = encode(sample);
