// A cluster that does what a script says, one command at a time, and writes down
// what each node did. Messages wait until they are delivered or dropped.

import {
  defaultLimits,
  type Entry,
  type Envelope,
  type Index,
  type Input,
  type Membership,
  type MembershipStep,
  membershipOf,
  type NodeId,
  type Output,
  type RequestId,
  type Saved,
  type Term,
} from "../src/index.ts";
import { type Archive, Replica } from "./replica.ts";
import {
  answerText,
  entryText,
  membershipText,
  messageText,
  persistText,
  positionText,
} from "./transcript_text.ts";

interface Flight extends Envelope {
  readonly from: NodeId;
}

const electionMs = 100;
const heartbeatMs = 20;
// Of each tick: so nobody campaigns before 150 ms of silence.
const jitterMs = 50;
const chunkBytes = 64;

/** The cluster of a transcript. */
export class ScriptedCluster {
  readonly #replicas = new Map<NodeId, Replica>();
  readonly #archive: Archive = new Map();
  readonly #down = new Set<NodeId>();
  readonly #clocks = new Map<NodeId, number>();
  #flights: Flight[] = [];
  #isDiskSlow = false;
  #requests = 0;
  #lines: string[] = [];

  /** Carries out a command; what happened, a line for each thing. */
  run(command: string): readonly string[] {
    this.#lines = [];
    const [verb, ...words] = command.split(" ");
    if (verb === "quietly") {
      this.run(words.join(" "));
      return [];
    }
    this.#do(verb!, words);
    return this.#lines;
  }

  readonly #verbs: Readonly<Record<string, (node: NodeId, rest: readonly string[]) => void>> = {
    campaign: (node) => this.#feed(node, { type: "campaign" }),
    tell: (node) => this.#feed(node, { type: "tell" }),
    forget: (node) => this.#feed(node, { type: "forget_leader" }),
    propose: (node, texts) => this.#propose(node, texts),
    read: (node) => this.#feed(node, { type: "read", id: this.#nextRequest() }),
    transfer: (node, [to]) =>
      this.#feed(node, { type: "transfer", id: this.#nextRequest(), to: to as NodeId }),
    change: (node, words) => this.#change(node, words),
    unreachable: (node, [peer]) => this.#feed(node, { type: "unreachable", peer: peer as NodeId }),
    compact: (node, [keep]) => {
      const replica = this.#replica(node);
      this.#feed(node, replica.compact(`${node}${replica.applied.length}`, Number(keep)));
    },
    persist: (node) => this.#persist(node),
    crash: (node) => {
      this.#down.add(node);
      this.#replica(node).restart({ isVolatile: true }, this.#now(node));
    },
    restart: (node) => {
      this.#down.delete(node);
      this.#feed(node, { type: "tick", jitterMs });
    },
    holds: (node, terms) => this.#hold(node, terms.map(Number)),
    damage: (node, [keep]) => this.#damage(node, Number(keep)),
    keeps: (node) => {
      const index = this.#replica(node).raft.unneeded(this.#now(node));
      this.#say(`${node} keeps what follows ${index}`);
    },
    log: (node) => this.#log(node),
  };

  #do(verb: string, words: readonly string[]): void {
    switch (verb) {
      case "cluster":
        this.#begin(words);
        break;
      case "wait":
        this.#wait(Number(words[0]), words.slice(1) as NodeId[]);
        break;
      case "stand":
        this.#stand(Number(words[0]), words.slice(1) as NodeId[]);
        break;
      case "deliver":
        this.#each(words, (flight) => this.#deliver(flight));
        break;
      case "drop":
        this.#each(words, (flight) => this.#say(`dropped ${flightText(flight)}`));
        break;
      case "settle":
        this.#settle(words as NodeId[]);
        break;
      case "status":
        this.#status(words as NodeId[]);
        break;
      default:
        if (this.#verbs[verb] === undefined) throw new Error(`no command ${verb}`);
        this.#verbs[verb](words[0] as NodeId, words.slice(1));
    }
  }

  #begin(words: readonly string[]): void {
    this.#replicas.clear();
    this.#flights = [];
    const settings = new Map(
      words.filter((word) => word.includes("=")).map((word) => word.split("=") as [string, string]),
    );
    const names = (text: string | undefined) => (text ?? "").split(",").filter(Boolean) as NodeId[];
    const voters = words.filter((word) => !word.includes("=")) as NodeId[];
    const learners = names(settings.get("learners"));
    const membership = membershipOf(voters, learners);
    const number = (name: string, otherwise: number) => Number(settings.get(name) ?? otherwise);
    this.#isDiskSlow = settings.get("disk") === "slow";
    const behind = names(settings.get("behind"));
    for (const id of [...voters, ...learners, ...names(settings.get("spare"))]) {
      const begun = number("from", 0);
      const index = behind.includes(id) ? begun - 5 : begun;
      this.#clocks.set(id, 0);
      const options = {
        id,
        electionMs,
        heartbeatMs,
        leaseMs: settings.has("lease") ? number("lease", 0) : null,
        tellsAtOnce: settings.get("commits") !== "told",
        limits: {
          ...defaultLimits,
          windowMessages: number("window", defaultLimits.windowMessages),
          appendBytesMax: number("append", defaultLimits.appendBytesMax),
          uncommittedBytesMax: number("uncommitted", defaultLimits.uncommittedBytesMax),
        },
      };
      const saved = this.#saved(membership, index);
      this.#replicas.set(id, new Replica(options, saved, this.#archive, 0));
    }
  }

  #saved(membership: Membership, from: number): Saved {
    const index = from as Index;
    const term = (from === 0 ? 0 : 1) as Term;
    const hard = { term, vote: null };
    const base = { index, term, membership };
    const name = `first${from}`;
    const applied = Array.from({ length: from }, (_, at) => `before ${at + 1}`);
    this.#archive.set(name, Buffer.from(JSON.stringify(applied)));
    const snapshot = from === 0 ? null : { ...base, name };
    return { hard, base, entries: [], snapshot, partial: null, unsure: null, applied: index };
  }

  // A log of entries of these terms, as somebody left it.
  #hold(node: NodeId, terms: readonly number[]): void {
    const { options, disk } = this.#replica(node);
    const entries = terms.map((term, before): Entry => {
      const data = Buffer.from(`x${before + 1}`);
      const index = (before + 1) as Index;
      return { index, term: term as Term, payload: { type: "command", data } };
    });
    const hard = { term: terms.at(-1) as Term, vote: null };
    const saved = { hard, base: disk.base, entries, snapshot: null, partial: null, unsure: null };
    const replica = new Replica(options, { ...saved, applied: 0 as Index }, this.#archive, 0);
    this.#replicas.set(node, replica);
  }

  // The disk lost all entries but the first ones, and what was in them.
  #damage(node: NodeId, keep: number): void {
    const replica = this.#replica(node);
    replica.disk.damage(keep);
    replica.restart({ isVolatile: false }, this.#now(node));
  }

  #propose(node: NodeId, texts: readonly string[]): void {
    const proposals = texts.map((text) => ({ id: this.#nextRequest(), data: Buffer.from(text) }));
    this.#feed(node, { type: "propose", proposals });
  }

  #change(node: NodeId, words: readonly string[]): void {
    const id = this.#nextRequest();
    if (words[0] === "leave") {
      this.#feed(node, { type: "change", id, change: { type: "leave" } });
      return;
    }
    const kinds = { "+": "add_voter", "~": "add_learner", "-": "remove" } as const;
    const steps = words.flatMap((word): MembershipStep[] => {
      const type = kinds[word[0] as keyof typeof kinds];
      return type === undefined ? [] : [{ type, node: word.slice(1) as NodeId }];
    });
    const passage = words.includes("paused")
      ? "paused"
      : words.includes("joint")
        ? "joint"
        : "short";
    this.#feed(node, { type: "change", id, change: { type: "steps", steps, passage } });
  }

  #wait(ms: number, nodes: readonly NodeId[]): void {
    const all = nodes.length > 0 ? nodes : [...this.#replicas.keys()];
    for (const node of all) this.#clocks.set(node, this.#now(node) + ms);
    for (const node of all) {
      if (!this.#down.has(node)) this.#feed(node, { type: "tick", jitterMs });
    }
  }

  // Time passes in which these nodes do nothing; then they go on.
  #stand(ms: number, nodes: readonly NodeId[]): void {
    for (const node of nodes) {
      this.#clocks.set(node, this.#now(node) + ms);
      this.#feed(node, { type: "stood_still", ms });
      this.#feed(node, { type: "tick", jitterMs });
    }
  }

  #feed(node: NodeId, input: Input): void {
    const replica = this.#replica(node);
    const before = this.#roleText(node);
    const output = replica.feed(input, this.#now(node));
    const after = this.#roleText(node);
    if (before !== after) this.#say(`${node}: ${before} -> ${after}`);
    this.#carryOut(node, output);
  }

  #carryOut(node: NodeId, { persist, send, restore, committed, answers, chunks }: Output): void {
    if (persist !== null) this.#say(`${node} persists #${persist.id} ${persistText(persist)}`);
    for (const envelope of send) {
      const flight = { from: node, ...envelope };
      this.#flights.push(flight);
      this.#say(flightText(flight));
    }
    if (restore !== null) {
      this.#say(`${node} restores ${restore.name} ${positionText(restore)}`);
      this.#feed(node, { type: "applied", index: restore.index });
    }
    for (const entry of committed) this.#say(`${node} applies ${entryText(entry)}`);
    for (const answer of answers) this.#say(`${node} answers ${answerText(answer)}`);
    for (const { to, snapshot, offset } of chunks) {
      const { name } = snapshot;
      const bytes = this.#archive.get(name)!.subarray(offset, offset + chunkBytes);
      const isLast = offset + bytes.length === this.#archive.get(name)!.length;
      this.#feed(node, { type: "chunk", to, name, offset, bytes, isLast });
    }
    if (committed.length > 0) this.#apply(node);
    if (!this.#isDiskSlow) this.#persist(node);
  }

  #persist(node: NodeId): void {
    const input = this.#replica(node).write();
    if (input === null) return;
    if (this.#isDiskSlow) this.#say(`${node} persisted #${(input as { id: number }).id}`);
    this.#feed(node, input);
    if (!this.#isDiskSlow) this.#persist(node);
  }

  #apply(node: NodeId): void {
    const replica = this.#replica(node);
    while (replica.toApply.length > 0) {
      const input = replica.apply()!;
      if (replica.toApply.length === 0) this.#feed(node, input);
    }
  }

  // Words choose flights: `a->b`, `->b`, `a->`, and a kind of message.
  #each(words: readonly string[], act: (flight: Flight) => void): void {
    const chosen = this.#flights.filter((flight) => {
      return words.length === 0 || words.some((word) => isChosen(flight, word));
    });
    this.#flights = this.#flights.filter((flight) => !chosen.includes(flight));
    for (const flight of chosen) act(flight);
  }

  #deliver({ from, to, message }: Flight): void {
    if (this.#down.has(to) || !this.#replicas.has(to)) return;
    this.#feed(to, { type: "message", from, message });
  }

  #settle(nodes: readonly NodeId[]): void {
    const all = nodes.length > 0 ? nodes : [...this.#replicas.keys()];
    for (let isMoving = true; isMoving; ) {
      isMoving = false;
      for (const node of all) {
        if (this.#replica(node).writes.length === 0) continue;
        this.#persist(node);
        isMoving = true;
      }
      const chosen = this.#flights.filter(({ to }) => all.includes(to));
      this.#flights = this.#flights.filter((flight) => !chosen.includes(flight));
      for (const flight of chosen) this.#deliver(flight);
      isMoving ||= chosen.length > 0;
    }
  }

  #status(nodes: readonly NodeId[]): void {
    for (const node of nodes.length > 0 ? nodes : this.#replicas.keys()) {
      const { last, committed, applied, membership, unsure, peers } =
        this.#replica(node).raft.status;
      const log = `last=${positionText(last)} committed=${committed} applied=${applied}`;
      const doubt = unsure === null ? "" : ` unsure through ${unsure}`;
      this.#say(`${node}: ${this.#roleText(node)} ${log} ${membershipText(membership)}${doubt}`);
      for (const { id, mode, match, next, inFlight } of peers) {
        const flights = inFlight === 0 ? "" : ` in flight ${inFlight}`;
        this.#say(`  ${id}: ${mode} match=${match} next=${next}${flights}`);
      }
    }
  }

  #log(node: NodeId): void {
    const { base, entries } = this.#replica(node).disk;
    this.#say(
      `${node}'s disk holds, after ${positionText(base)}: ${entries.map(entryText).join(", ")}`,
    );
  }

  #roleText(node: NodeId): string {
    const { role, hard, leader } = this.#replica(node).raft.status;
    const follows = role === "follower" ? ` of ${leader ?? "nobody"}` : "";
    return `${role}${follows} term=${hard.term}`;
  }

  #replica(node: NodeId): Replica {
    const replica = this.#replicas.get(node);
    if (replica === undefined) throw new Error(`no node ${node}`);
    return replica;
  }

  #now(node: NodeId): number {
    return this.#clocks.get(node)!;
  }

  #nextRequest(): RequestId {
    this.#requests += 1;
    return this.#requests as RequestId;
  }

  #say(line: string): void {
    this.#lines.push(line);
  }
}

function flightText({ from, to, message }: Flight): string {
  return `${from} -> ${to} ${messageText(message)}`;
}

function isChosen({ from, to, message }: Flight, word: string): boolean {
  const [link, kind] = word.split(":");
  if (kind !== undefined && kind !== message.type) return false;
  const [sender, receiver] = link!.split("->");
  return (sender === "" || sender === from) && (receiver === "" || receiver === to);
}
