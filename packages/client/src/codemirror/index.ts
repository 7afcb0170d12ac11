// CodeMirror 6 on a text of a document. See holdfast_text.ts.

export { type HoldfastTextOptions, holdfastText } from "./holdfast_text.ts";
export type { PresenceOptions } from "./peer_presence.ts";
export { fromDocument } from "./text_binding.ts";
export { redo, undo } from "./undo_commands.ts";
