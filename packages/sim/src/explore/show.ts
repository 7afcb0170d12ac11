// An action of a model of machines, and what it led to, in the notation of our
// transcripts: `a@0 follower -> a@1 candidate    persist term=1 vote=a`, and what
// was sent as `a@1 -> b vote_request`.

import { unreachable } from "@holdfast/std";
import type { Cluster } from "./cluster.ts";
import type { Deed, MachineAction, Show } from "./machine_options.ts";
import type { Directory } from "./network.ts";

/** What to describe. */
export interface Described<State, Message, Saved, Known> {
  readonly action: MachineAction;
  readonly before: Cluster<State, Message, Saved, Known>;
  /** What the nodes did, in order. Empty where that is not known. */
  readonly deeds: readonly Deed<State, Message, Saved>[];
  readonly directory: Directory<Message>;
  readonly show: Show<State, Message, Saved>;
}

/** The action, with the first node's change behind a colon; then a line for each further change and each message sent. */
export function describeAction<State, Message, Saved, Known>(
  described: Described<State, Message, Saved, Known>,
): string {
  const lines: string[] = [];
  for (const deed of described.deeds) lines.push(...deedLines(described, deed));
  const [first, ...more] = lines;
  const head = headline(described);
  const line = first === undefined ? head : `${head}: ${first}`;
  return [line, ...more.map((text) => `    ${text}`)].join("\n");
}

function headline<State, Message, Saved, Known>({
  action,
  directory,
  before,
  show,
}: Described<State, Message, Saved, Known>): string {
  const { names } = directory;
  const arrow = (envelope: number): string => {
    const { from, to, message } = directory.envelopes.value(envelope);
    return `${from} -> ${to} ${show.message(message)}`;
  };
  const linkName = (link: number): string =>
    before.network
      .linkEnds(link)
      .map((node) => names[node])
      .join(" = ");
  switch (action.type) {
    case "deliver":
      return arrow(action.envelope);
    case "duplicate":
      return `${arrow(action.envelope)}, and once more to come`;
    case "lose":
      return `${arrow(action.envelope)} is lost`;
    case "connect":
      return `${linkName(action.link)} connect`;
    case "break":
      return `${linkName(action.link)} break`;
    case "notice":
      return `${names[before.network.linkEnds(action.link)[action.end]]} finds ${linkName(action.link)} ended`;
    case "prompt":
      return `${names[action.node]} ${action.prompt}`;
    case "crash":
      return `${names[action.node]} crashes`;
    default:
      return unreachable(action);
  }
}

function deedLines<State, Message, Saved, Known>(
  { before, show }: Described<State, Message, Saved, Known>,
  { name, output }: Deed<State, Message, Saved>,
): string[] {
  const was = `${name}${show.state(before.state(name))}`;
  const is = `${name}${show.state(output.state)}`;
  const saved = output.persist === null ? "" : `    persist ${show.saved(output.persist)}`;
  const change = `${was === is ? is : `${was} -> ${is}`}${saved}`;
  const [sender] = is.split(" ");
  const sent = output.send.map(({ to, message }) => `${sender} -> ${to} ${show.message(message)}`);
  const closed = (output.close ?? []).map((peer) => `${sender} closes its connection to ${peer}`);
  return [change, ...sent, ...closed];
}
