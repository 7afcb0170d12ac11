// The serving side as a machine for the explorer: a Responder for each client,
// their driver's work in steps of their own, and holdings that they share.

import { type Machine, type MachineOutput, Replayed } from "@holdfast/sim/explore";
import { assert } from "@holdfast/std";
import { decodeFrame, type SessionId } from "../src/index.ts";
import { Responder } from "../src/responder.ts";
import type { AppendAnswer, ResponderInput, ResponderOutput } from "../src/responder_io.ts";
import { type Bundles, pieceBehind, put, runTexts, vectorOf } from "./explored_bundles.ts";
import {
  diskFull,
  type ExploredSession,
  type Job,
  jobTypes,
  plain,
  revived,
  takeJob,
} from "./explored_machine.ts";
import { storeName } from "./peers.ts";

interface ServedSession extends ExploredSession<Responder, ResponderOutput> {
  /** Channels that hear of changes. */
  readonly listening: readonly number[];
  /** What became of each run on each channel first: it came from the client, or was read to be sent; then, that it was sent. */
  readonly fates: Readonly<Record<string, "came" | "taken" | "sent">>;
}

/** A server. */
export interface ExploredServer {
  readonly role: "server";
  readonly bundles: Bundles;
  /** Bundles of sessions that ended, which were offered to the holdings before. */
  readonly late: readonly Uint8Array[];
  readonly sessions: Readonly<Record<string, ServedSession>>;
}

type Output = MachineOutput<ExploredServer, Uint8Array, Bundles>;

const replay = {
  begin: () => new Responder({ store: storeName, session: 1 as SessionId, nowMs: 0 }),
  feed: (machine: Responder, input: unknown) => machine.step(revived(input) as ResponderInput, 0),
};

/** A server that holds `initial` to begin with. `fine`: what ends and what is stored is told in a step of its own. */
export function serverMachine(
  initial: Bundles,
  fine: boolean,
): Machine<ExploredServer, Uint8Array, Bundles> {
  return {
    start: (_, saved) => {
      const state = { role: "server", bundles: saved ?? initial, late: [], sessions: {} } as const;
      return { state, persist: null, send: [] };
    },
    step: (_, state, input) => {
      const step = new ServerStep(state, fine);
      if (input.type === "message") step.receive(input.from, input.message);
      else if (input.type === "prompt") step.prompt(input.prompt);
      else if (input.type === "connected") step.connect(input.peer);
      else step.feed(input.peer, { type: "disconnected", reason: "broken" });
      return step.output();
    },
    prompts: (_, { sessions, late }) => {
      const prompts = Object.entries(sessions).flatMap(([peer, { jobs }]) =>
        jobTypes(jobs).flatMap((type) =>
          type === "append" ? [`append ${peer}`, "append fails"] : [`${type} ${peer}`],
        ),
      );
      return late.length > 0 ? [...prompts, "late"] : prompts;
    },
  };
}

class ServerStep {
  readonly #send: { to: string; message: Uint8Array }[] = [];
  readonly #sessions: Map<string, ServedSession>;
  readonly #before: Bundles;
  readonly #fine: boolean;
  #bundles: Bundles;
  #late: readonly Uint8Array[];

  constructor({ bundles, late, sessions }: ExploredServer, fine: boolean) {
    this.#fine = fine;
    this.#sessions = new Map(Object.entries(sessions));
    this.#before = bundles;
    this.#bundles = bundles;
    this.#late = late;
  }

  output(): Output {
    const bundles = this.#bundles;
    const sessions = Object.fromEntries(this.#sessions);
    return {
      state: { role: "server", bundles, late: this.#late, sessions },
      persist: bundles === this.#before ? null : bundles,
      send: this.#send,
    };
  }

  connect(peer: string): void {
    assert(!this.#sessions.has(peer), "a client has two sessions");
    const machine = Replayed.begin(replay);
    this.#sessions.set(peer, { machine, jobs: [], listening: [], fates: {} });
  }

  receive(peer: string, bytes: Uint8Array): void {
    const frame = decodeFrame(bytes);
    if (frame.type === "bundles") this.#note(peer, frame.channel, frame.bundles, "came");
    this.feed(peer, { type: "frame", bytes });
  }

  prompt(prompt: string): void {
    if (prompt === "late") {
      const [first, ...rest] = this.#late;
      this.#late = rest;
      this.#store(first!);
      return;
    }
    if (prompt === "append fails") {
      const [peer] = [...this.#sessions].find(([, { jobs }]) => jobs.some(isAppend))!;
      const { channel, ordinal } = this.#take(peer, "append");
      this.#wait(peer, { type: "answer", channel, ordinal, vector: [], answer: plain(diskFull) });
      return;
    }
    const [type, peer] = prompt.split(" ") as [Job["type"], string];
    this.#work(type, peer);
  }

  feed(peer: string, input: ResponderInput): void {
    const session = this.#sessions.get(peer);
    if (session === undefined) return;
    const { machine, output } = session.machine.feed(plain(input));
    this.#sessions.set(peer, { ...session, machine });
    for (const each of output) this.#carryOut(peer, each);
  }

  #work(type: Job["type"], peer: string): void {
    switch (type) {
      case "authorize": {
        const { channel } = this.#take(peer, "authorize");
        const session = this.#sessions.get(peer)!;
        this.#sessions.set(peer, { ...session, listening: [...session.listening, channel] });
        const vector = vectorOf(...this.#bundles);
        this.feed(peer, { type: "granted", channel: channel as never, vector, mayWrite: true });
        break;
      }
      case "append": {
        const { channel, ordinal, bytes } = this.#take(peer, "append");
        const answer = plain(this.#store(bytes));
        this.#wait(peer, { type: "answer", channel, ordinal, vector: [], answer });
        if (!this.#fine) this.#work("answer", peer);
        break;
      }
      case "answer": {
        const { channel, ordinal, answer } = this.#take(peer, "answer");
        const told = revived(answer) as AppendAnswer;
        this.feed(peer, { type: "answered", channel: channel as never, ordinal, answer: told });
        const waits = this.#sessions.get(peer)?.jobs.some((job) => job.type === "flush");
        if (!waits) this.#wait(peer, { type: "flush" });
        break;
      }
      case "read":
        this.#read(peer);
        break;
      case "read_ended": {
        const { channel } = this.#take(peer, "read_ended");
        this.feed(peer, { type: "read_ended", channel: channel as never, more: false });
        break;
      }
      case "flush":
        this.#take(peer, "flush");
        this.feed(peer, { type: "flush" });
        break;
      default:
        assert(false, `a server knows no ${type}`);
    }
  }

  #store(bytes: Uint8Array): AppendAnswer {
    const { bundles, outcome } = put(this.#bundles, bytes);
    this.#bundles = bundles;
    assert(outcome.type !== "equivocation", "an honest client contradicts nobody");
    if (outcome.type !== "stored") return outcome;
    for (const [peer, { listening }] of [...this.#sessions]) {
      for (const channel of listening) {
        this.feed(peer, { type: "changed", channel: channel as never });
      }
    }
    return outcome;
  }

  #read(peer: string): void {
    const { channel, since, after } = this.#take(peer, "read");
    const piece = pieceBehind(this.#bundles, since, after);
    let wants = false;
    if (piece !== null) {
      this.#note(peer, channel, [piece.bytes], "taken");
      this.feed(peer, { type: "held", channel: channel as never, piece });
      wants =
        this.#sessions
          .get(peer)
          ?.machine.instance()
          .wants(channel as never) ?? false;
    }
    if (piece !== null && wants) {
      this.#wait(peer, { type: "read", channel, since, after: piece.arrival });
      return;
    }
    this.#wait(peer, { type: "read_ended", channel });
    if (!this.#fine) this.#work("read_ended", peer);
  }

  #carryOut(peer: string, output: ResponderOutput): void {
    switch (output.type) {
      case "send": {
        const frame = decodeFrame(output.bytes);
        if (frame.type === "bundles") this.#note(peer, frame.channel, frame.bundles, "sent");
        this.#send.push({ to: peer, message: output.bytes });
        break;
      }
      case "authenticate":
        this.feed(peer, { type: "authenticated", refusal: null });
        break;
      case "authorize":
        this.#wait(peer, { type: "authorize", channel: output.channel });
        break;
      case "append": {
        const { channel, ordinal, bytes } = output;
        this.#wait(peer, { type: "append", channel, ordinal, bytes });
        break;
      }
      case "read": {
        const { channel, since, after } = output;
        this.#wait(peer, { type: "read", channel, since: since.entries(), after });
        break;
      }
      case "release": {
        const session = this.#sessions.get(peer)!;
        const listening = session.listening.filter((channel) => channel !== output.channel);
        this.#sessions.set(peer, { ...session, listening });
        break;
      }
      case "end": {
        const { by, code, sentence } = output.end;
        assert(by === "transport", `SY2: a session of honest peers ended: ${code}, ${sentence}`);
        const offered = this.#sessions.get(peer)!.jobs.filter(isAppend);
        this.#late = [...this.#late, ...offered.map(({ bytes }) => bytes)];
        this.#sessions.delete(peer);
        break;
      }
      case "present":
      case "refused":
        break;
    }
  }

  // SY4: what the client sent before it was read here, or what was sent, is not sent.
  #note(peer: string, channel: number, bundles: Bundles, fate: "came" | "taken" | "sent"): void {
    const session = this.#sessions.get(peer);
    if (session === undefined) return;
    const fates = { ...session.fates };
    for (const run of bundles.flatMap(runTexts).map((text) => `#${channel} ${text}`)) {
      assert(fate !== "sent" || fates[run] === "taken", `SY4: ${run} is sent, which ${fates[run]}`);
      fates[run] = fate === "sent" ? fate : (fates[run] ?? fate);
    }
    this.#sessions.set(peer, { ...session, fates });
  }

  #wait(peer: string, job: Job): void {
    const session = this.#sessions.get(peer);
    if (session !== undefined) {
      this.#sessions.set(peer, { ...session, jobs: [...session.jobs, job] });
    }
  }

  #take<T extends Job["type"]>(peer: string, type: T): Extract<Job, { type: T }> {
    const session = this.#sessions.get(peer)!;
    const [job, jobs] = takeJob(session.jobs, type);
    this.#sessions.set(peer, { ...session, jobs });
    return job;
  }
}

function isAppend(job: Job): job is Extract<Job, { type: "append" }> {
  return job.type === "append";
}
