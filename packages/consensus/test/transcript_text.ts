// How transcripts write down what nodes say and do.

import type { Answer, Entry, Membership, Message, PersistRequest, Position } from "../src/index.ts";

/** `12@3`: index 12, of term 3. */
export function positionText({ index, term }: Position): string {
  return `${index}@${term}`;
}

/** An entry, with what it carries. */
export function entryText(entry: Entry): string {
  const { payload } = entry;
  switch (payload.type) {
    case "empty":
      return positionText(entry);
    case "command":
      return `${positionText(entry)} "${Buffer.from(payload.data).toString()}"`;
    case "membership":
      return `${positionText(entry)} ${membershipText(payload.membership)}`;
  }
}

/** `(a b)`, `(a b)<(a c) learners (d)`: the new voters first. */
export function membershipText(membership: Membership): string {
  const { voters, outgoing, learners, learnersNext, leavesItself } = membership;
  const list = (nodes: readonly string[]) => `(${nodes.join(" ")})`;
  let text = list(voters);
  if (outgoing.length > 0) text += `<${list(outgoing)}`;
  if (learners.length > 0) text += ` learners ${list(learners)}`;
  if (learnersNext.length > 0) text += ` learners next ${list(learnersNext)}`;
  if (outgoing.length > 0 && !leavesItself) text += " until told";
  return text;
}

/** A message: its kind, its term, and what it says. */
export function messageText(message: Message): string {
  return `${message.type} term=${message.term}${saying(message)}`;
}

function saying(message: Message): string {
  switch (message.type) {
    case "pre_vote_request":
      return ` last=${positionText(message.last)}`;
    case "vote_request":
      return ` last=${positionText(message.last)}${message.isTransfer ? " as told" : ""}`;
    case "pre_vote_reply":
    case "vote_reply":
      return message.granted ? " yes" : " no";
    case "append": {
      const entries = message.entries.map(entryText).join(", ");
      const { previous, committed } = message;
      return ` after=${positionText(previous)} committed=${committed} [${entries}]`;
    }
    case "append_reply":
      return ` match=${message.match}`;
    case "append_rejection":
      return ` at=${message.rejected} hint=${positionText(message.hint)}`;
    case "heartbeat":
      return ` committed=${message.committed} round=${message.round}`;
    case "heartbeat_reply":
      return ` round=${message.round}`;
    case "outdated":
    case "timeout_now":
      return "";
    case "install": {
      const { snapshot, offset, bytes, isLast } = message;
      const place = `${offset}+${bytes.length}${isLast ? " last" : ""}`;
      return ` ${snapshot.name} ${positionText(snapshot)} ${membershipText(snapshot.membership)} bytes ${place}`;
    }
    case "install_reply":
      return ` ${message.name} through ${message.offset}`;
    case "propose":
      return ` ${message.proposals.map(({ id, data }) => `#${id} "${Buffer.from(data).toString()}"`).join(", ")}`;
    case "proposed":
      return ` #${message.id} at ${positionText(message.position)}`;
    case "read_request":
      return ` #${message.id}`;
    case "read_reply":
      return ` #${message.id} from ${message.index}`;
    case "refused":
      return ` #${message.id} ${message.reason}`;
  }
}

/** What a request makes durable. */
export function persistText({
  hard,
  chunk,
  install,
  compact,
  healed,
  entries,
}: PersistRequest): string {
  const parts: string[] = [];
  if (hard !== null) parts.push(`term=${hard.term} vote=${hard.vote ?? "none"}`);
  if (chunk !== null) parts.push(`piece of ${chunk.snapshot.name} at ${chunk.offset}`);
  if (install !== null) parts.push(`install ${install.name} ${positionText(install)}`);
  if (compact !== null) {
    parts.push(`snapshot ${compact.snapshot.name}, dropped through ${compact.base.index}`);
  }
  if (healed) parts.push("healed");
  if (entries.length > 0) parts.push(`[${entries.map(entryText).join(", ")}]`);
  return parts.join(" ");
}

/** What became of a request. */
export function answerText(answer: Answer): string {
  switch (answer.type) {
    case "proposed":
      return `#${answer.id} stands at ${positionText(answer.position)}`;
    case "read":
      return `#${answer.id} may read, from ${answer.index} on`;
    case "refused":
      return `#${answer.id} refused: ${answer.reason}`;
  }
}
