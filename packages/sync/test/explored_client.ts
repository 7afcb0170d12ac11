// The asking side of a session as a machine for the explorer: an Initiator, its
// driver's work in steps of their own, and holdings.

import type { AgentId } from "@holdfast/causality";
import { VersionVector } from "@holdfast/causality";
import { type Machine, type MachineOutput, Replayed } from "@holdfast/sim/explore";
import { assert } from "@holdfast/std";
import { Initiator } from "../src/initiator.ts";
import type { InitiatorEvent, InitiatorInput, InitiatorOutput } from "../src/initiator_io.ts";
import {
  type Bundles,
  type Entries,
  pieceBehind,
  put,
  vectorOf,
  written,
} from "./explored_bundles.ts";
import {
  type ExploredSession,
  type Job,
  jobTypes,
  plain,
  revived,
  takeJob,
} from "./explored_machine.ts";
import { notes } from "./peers.ts";

/** What a crash leaves of a client. */
export interface ClientSaved {
  readonly bundles: Bundles;
  /** What the store acknowledged. */
  readonly acknowledged: Entries;
}

/** A client. */
export interface ExploredClient extends ClientSaved {
  readonly role: "client";
  readonly session: ExploredSession<Initiator, InitiatorOutput> | null;
}

type Output = MachineOutput<ExploredClient, Uint8Array, ClientSaved>;

const replay = {
  begin: () => {
    return new Initiator({ credential: new Uint8Array(0), software: "explored", nowMs: 0 });
  },
  feed: (machine: Initiator, input: unknown) => {
    const revivedInput = revived(input) as InitiatorInput | { readonly type: "start" };
    return revivedInput.type === "start" ? machine.start() : machine.step(revivedInput, 0);
  },
};

/** Who writes, and how much. */
export interface ClientWriter {
  readonly agent: AgentId;
  /** How many bundles it begins with. */
  readonly before: number;
  /** How many more it writes, at any time. */
  readonly writes: number;
}

/** A client that keeps one document in sync with `server`. */
export function clientMachine({
  agent,
  before,
  writes,
}: ClientWriter): Machine<ExploredClient, Uint8Array, ClientSaved> {
  let begun: Bundles = [];
  while (begun.length < before) begun = [...begun, written(begun, agent)];
  return {
    start: (_, saved) => {
      const { bundles, acknowledged } = saved ?? { bundles: begun, acknowledged: [] };
      const state = { role: "client", bundles, acknowledged, session: null } as const;
      return { state, persist: null, send: [] };
    },
    step: (_, state, input) => {
      const step = new ClientStep(state, agent);
      if (input.type === "message") step.feed({ type: "frame", bytes: input.message });
      else if (input.type === "prompt") step.prompt(input.prompt);
      else if (input.type === "connected") step.connect();
      else step.feed({ type: "disconnected", reason: "broken" });
      return step.output();
    },
    prompts: (_, { bundles, session }) => {
      const types = jobTypes(session?.jobs ?? []);
      return vectorOf(...bundles).next(agent) < before + writes ? ["write", ...types] : types;
    },
  };
}

class ClientStep {
  readonly #before: ExploredClient;
  readonly #agent: AgentId;
  readonly #send: Uint8Array[] = [];
  #bundles: Bundles;
  #acknowledged: VersionVector;
  #session: ExploredSession<Initiator, InitiatorOutput> | null;
  #closes = false;

  constructor(before: ExploredClient, agent: AgentId) {
    this.#before = before;
    this.#agent = agent;
    this.#bundles = before.bundles;
    this.#acknowledged = new VersionVector(before.acknowledged);
    this.#session = before.session;
  }

  output(): Output {
    const bundles = this.#bundles;
    const known = new VersionVector(this.#before.acknowledged).equals(this.#acknowledged);
    const acknowledged = known ? this.#before.acknowledged : this.#acknowledged.entries();
    const state = { role: "client", bundles, acknowledged, session: this.#session } as const;
    return {
      state,
      persist: known && bundles === this.#before.bundles ? null : { bundles, acknowledged },
      send: this.#send.map((message) => ({ to: "server", message })),
      close: this.#closes ? ["server"] : [],
    };
  }

  connect(): void {
    assert(this.#before.session === null, "a client connected that has a session");
    this.#session = { machine: Replayed.begin(replay), jobs: [] };
    this.feed({ type: "start" });
  }

  prompt(prompt: string): void {
    switch (prompt) {
      case "write":
        this.#bundles = [...this.#bundles, written(this.#bundles, this.#agent)];
        this.feed({ type: "changed", document: notes });
        break;
      case "open":
        this.#take("open");
        this.feed({
          type: "open",
          document: notes,
          vector: vectorOf(...this.#bundles),
          confirmed: this.#confirmed(),
        });
        break;
      case "append": {
        const { channel, bytes } = this.#take("append");
        const { bundles, outcome } = put(this.#bundles, bytes);
        this.#bundles = bundles;
        assert(outcome.type !== "equivocation", "an honest store contradicts nobody");
        assert(outcome.type !== "missing_dependency", "an honest store sends causes first");
        if (outcome.type === "stored") this.feed({ type: "changed", document: notes });
        const vector = vectorOf(bytes);
        // What the store sent itself, it holds; nobody tells that again.
        this.#acknowledged.merge(vector);
        this.feed({ type: "answered", channel: channel as never, vector, answer: outcome });
        break;
      }
      case "read":
        this.#read();
        break;
      case "pause":
        this.feed({ type: "paused", channel: this.#take("pause").channel as never });
        break;
      default:
        assert(false, `a client knows no ${prompt}`);
    }
  }

  feed(input: InitiatorInput | { readonly type: "start" }): void {
    if (this.#session === null) return;
    const { machine, output } = this.#session.machine.feed(plain(input));
    this.#session = { ...this.#session, machine };
    for (const each of output) this.#carryOut(each);
  }

  // As the pump does: piece after piece, while more is wanted.
  #read(): void {
    const { channel, since, after } = this.#take("read");
    const piece = pieceBehind(this.#bundles, since, after);
    let wants = false;
    if (piece !== null) {
      this.feed({ type: "held", channel: channel as never, piece });
      wants = this.#session?.machine.instance().wants(channel as never) ?? false;
    }
    if (piece !== null && wants) {
      this.#wait({ type: "read", channel, since, after: piece.arrival });
      return;
    }
    this.feed({ type: "read_ended", channel: channel as never, more: false });
  }

  #carryOut(output: InitiatorOutput): void {
    switch (output.type) {
      case "send":
        this.#send.push(output.bytes);
        break;
      case "tell":
        this.#hear(output.event);
        break;
      case "append":
        this.#wait({ type: "append", channel: output.channel, ordinal: 0, bytes: output.bytes });
        break;
      case "read": {
        const { channel, since, after } = output;
        this.#wait({ type: "read", channel, since: since.entries(), after });
        break;
      }
      case "pause":
        this.#wait({ type: "pause", channel: output.channel });
        break;
      case "reopen":
        this.#wait({ type: "open" });
        break;
      case "end": {
        const { by, code, sentence } = output.end;
        assert(by === "transport", `SY2: a session of honest peers ended: ${code}, ${sentence}`);
        this.#session = null;
        break;
      }
    }
  }

  #hear(event: InitiatorEvent): void {
    if (event.type === "welcomed") this.#wait({ type: "open" });
    if (event.type === "opened") this.#acknowledged = event.saved.clone();
    if (event.type === "saved") this.#acknowledged.merge(event.vector);
    if (event.type === "refused") {
      assert(event.effect === "retrying", `SY2: an honest peer was refused: ${event.effect}`);
    }
  }

  #confirmed(): VersionVector {
    const vector = vectorOf(...this.#bundles);
    return new VersionVector(
      vector.entries().map(([agent, next]) => {
        const known = agent === this.#agent ? this.#acknowledged.next(agent) : next;
        return [agent, Math.min(next, known)] as const;
      }),
    );
  }

  #wait(job: Job): void {
    if (this.#session !== null) {
      this.#session = { ...this.#session, jobs: [...this.#session.jobs, job] };
    }
  }

  #take<T extends Job["type"]>(type: T): Extract<Job, { type: T }> {
    const [job, jobs] = takeJob(this.#session!.jobs, type);
    this.#session = { ...this.#session!, jobs };
    return job;
  }
}
