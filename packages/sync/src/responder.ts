// The serving side of a session, as a machine with no I/O.
//
//   greeting --hello--> authenticating --authenticated--> open --stop--> stopping
//       \                    |                              |                |
//        \---- violation, refusal, silence, bye, stop ------+----------------+--> ended
//
// Each channel of an open session: open -> opening -> (opened | refused); close.
// Bundles that come in go to the holdings; what the holdings have and the peer
// lacks goes out. A slow peer costs no memory: its driver reads from the holdings
// only as fast as the peer takes.
//
// Invariants:
//   SY1  Nothing is acknowledged but what the holdings called stored or known.
//   SY2  Whatever a peer sends, the worst that happens is the end of its session.
//   SY3  A peer without the right to read a document hears nothing of it; one
//        without the right to write it changes nothing.
//   SY4  A piece goes out on a channel once, and not to where it came from.
//   SY5  Each bundle is answered: by `refused`, then or else by `saved` through it.
//
// `step` never throws on account of what a peer sent.

import type { VersionVector } from "@holdfast/causality";
import { type Bundle, type DocumentId, decodeBundle } from "@holdfast/doc";
import { assert, type ErrorCode, HoldfastError, isHoldfastError, unreachable } from "@holdfast/std";
import {
  type ChannelId,
  decodeFrame,
  encodeFrame,
  type Frame,
  protocolVersion,
  type SessionId,
  type StoreName,
} from "./frame.ts";
import type { HeldBundle } from "./holdings.ts";
import { Inflow } from "./inflow.ts";
import { KeepAlive } from "./keep_alive.ts";
import { Outflow } from "./outflow.ts";
import { protocolSkew } from "./protocol_skew.ts";
import type { AppendAnswer, ResponderInput, ResponderOutput } from "./responder_io.ts";
import {
  describeRun,
  documentsPerConnectionMax,
  greetingMsMax,
  type Refusal,
  type SessionEnd,
  vectorAgentsPerConnectionMax,
  violation,
} from "./session.ts";

/** Options for {@link Responder}. */
export interface ResponderMachineOptions {
  readonly store: StoreName;
  readonly session: SessionId;
  readonly nowMs: number;
}

const agentsSentence = `at most ${vectorAgentsPerConnectionMax} agents in what a connection holds`;

interface Channel {
  readonly id: ChannelId;
  readonly document: DocumentId;
  readonly inflow: Inflow;
  readonly outflow: Outflow;
  /** How many agents count against the connection's limit: of its vector, and of what the peer sent since. */
  agents: number;
  state: "opening" | "open";
  mayWrite: boolean;
  /** Whether the peer was told what is held, and nothing since that could have changed it for it. */
  toldVector: boolean;
}

/** Serves one peer. Feed every event to {@link Responder.step} and carry out what it returns. */
export class Responder {
  readonly #options: ResponderMachineOptions;
  readonly #channels = new Map<ChannelId, Channel>();
  readonly #documents = new Set<DocumentId>();
  // Those with something gathered that was not sent.
  readonly #unsent = new Set<Channel>();
  readonly #startedAtMs: number;
  readonly #keepAlive: KeepAlive;
  #phase: "greeting" | "authenticating" | "open" | "stopping" | "ended" = "greeting";
  #stopping: Refusal | null = null;
  #lastChannel = 0;
  #agents = 0;
  #output: ResponderOutput[] = [];

  constructor(options: ResponderMachineOptions) {
    this.#options = options;
    this.#startedAtMs = options.nowMs;
    this.#keepAlive = new KeepAlive(options.nowMs);
  }

  /** Whether the session is over: nothing further happens. */
  get ended(): boolean {
    return this.#phase === "ended";
  }

  /** Whether more should be read for the channel. */
  wants(channel: ChannelId): boolean {
    return this.#channels.get(channel)?.state === "open";
  }

  /** Whether bundles wait for their outcome. */
  get busy(): boolean {
    for (const { inflow } of this.#channels.values()) if (inflow.waiting > 0) return true;
    return false;
  }

  /** Takes one event, at `nowMs` of the driver's clock, and returns what to do about it. */
  step(input: ResponderInput, nowMs: number): readonly ResponderOutput[] {
    this.#output = [];
    if (this.#phase !== "ended") this.#take(input, nowMs);
    if (this.#phase === "stopping" && !this.busy) this.#leave(this.#stopping!);
    return this.#output;
  }

  #take(input: ResponderInput, nowMs: number): void {
    switch (input.type) {
      case "frame":
        this.#keepAlive.heard(nowMs);
        this.#receive(input.bytes);
        break;
      case "authenticated":
        this.#authenticated(input.refusal);
        break;
      case "granted":
        this.#granted(input.channel, input.vector, input.mayWrite);
        break;
      case "denied":
        this.#denied(input.channel, input.refusal);
        break;
      case "answered":
        this.#answered(input.channel, input.ordinal, input.answer);
        break;
      case "changed":
        this.#changed(input.channel);
        break;
      case "held":
        this.#held(input.channel, input.piece);
        break;
      case "read_ended":
        this.#readEnded(input.channel, input.more);
        break;
      case "presence":
        if (this.#channels.get(input.channel)?.state === "open") this.#send(input);
        break;
      case "flush":
        this.#flushAll();
        break;
      case "tick":
        this.#tick(nowMs, input.heldBack);
        break;
      case "stop":
        this.#stop(input.refusal);
        break;
      case "stalled":
        this.#leave({ code: "too_slow", sentence: "nothing of what was sent is being read" });
        break;
      case "disconnected":
        this.#end({ by: "transport", code: "unavailable", sentence: input.reason });
        break;
      default:
        unreachable(input);
    }
  }

  #receive(bytes: Uint8Array): void {
    if (this.#phase === "stopping") return;
    try {
      this.#frame(decodeFrame(bytes));
    } catch (error) {
      if (!isHoldfastError(error)) throw error;
      this.#leave({ code: error.code, sentence: error.message });
    }
  }

  #frame(frame: Frame): void {
    if (frame.type === "bye") {
      this.#end({ by: "there", code: frame.code, sentence: frame.sentence });
      return;
    }
    if (this.#phase === "greeting") {
      if (frame.type !== "hello") throw violation(`a ${frame.type} frame before hello`);
      this.#hello(frame.protocolMin, frame.protocolMax);
      this.#phase = "authenticating";
      const { credential, software } = frame;
      this.#output.push({ type: "authenticate", credential, software });
      return;
    }
    switch (frame.type) {
      case "open":
        this.#open(frame.channel, frame.document, frame.vector);
        break;
      case "close":
        this.#close(frame.channel);
        break;
      case "bundles":
        for (const bundle of frame.bundles) this.#bundle(frame.channel, bundle);
        // What was refused at once is answered at once.
        this.#flushAll();
        break;
      case "presence":
        if (frame.peer !== 0) throw violation("presence in the name of another peer");
        if (this.#channel(frame.channel)?.state === "open") {
          this.#output.push({ type: "present", channel: frame.channel, state: frame.state });
        }
        break;
      case "ping":
        this.#send({ type: "pong", nonce: frame.nonce });
        break;
      case "pong":
        break;
      case "hello":
      case "welcome":
      case "opened":
      case "saved":
      case "refused":
        throw violation(`a ${frame.type} frame from an initiator`);
      default:
        unreachable(frame);
    }
  }

  #hello(lowest: number, highest: number): void {
    const sentence = protocolSkew({ lowest, highest, spoken: protocolVersion });
    if (sentence !== null) throw new HoldfastError("unsupported_version", sentence);
  }

  #authenticated(refusal: Refusal | null): void {
    if (this.#phase !== "authenticating") return;
    if (refusal !== null) {
      this.#leave(refusal);
      return;
    }
    this.#phase = "open";
    const { store, session } = this.#options;
    this.#send({ type: "welcome", protocol: protocolVersion, store, session });
  }

  #open(id: ChannelId, document: DocumentId, vector: VersionVector): void {
    if (this.#phase !== "open") throw violation("an open frame before the welcome");
    if (id <= this.#lastChannel) throw violation(`channel ${id} after ${this.#lastChannel}`);
    // A peer would have a seat on each, and be heard that much more often by the others.
    if (this.#documents.has(document)) throw violation(`${document} on two channels at once`);
    this.#lastChannel = id;
    const crowded = this.#channels.size >= documentsPerConnectionMax;
    if (crowded || this.#agents + vector.size > vectorAgentsPerConnectionMax) {
      const sentence = crowded
        ? `at most ${documentsPerConnectionMax} documents for a connection`
        : agentsSentence;
      this.#refuse({ id, document }, { code: "overloaded", sentence });
      return;
    }
    this.#agents += vector.size;
    this.#documents.add(document);
    this.#channels.set(id, {
      id,
      document,
      inflow: new Inflow(),
      outflow: new Outflow(vector),
      agents: vector.size,
      state: "opening",
      mayWrite: false,
      toldVector: false,
    });
    this.#output.push({ type: "authorize", channel: id, document });
  }

  #granted(id: ChannelId, vector: VersionVector, mayWrite: boolean): void {
    const channel = this.#channels.get(id);
    if (channel === undefined) return;
    channel.state = "open";
    channel.mayWrite = mayWrite;
    this.#send({ type: "opened", channel: id, vector });
    this.#changed(id);
  }

  #denied(id: ChannelId, refusal: Refusal): void {
    const channel = this.#channels.get(id);
    if (channel === undefined) return;
    this.#refuse(channel, refusal);
    this.#drop(channel);
  }

  #close(id: ChannelId): void {
    const channel = this.#channel(id);
    if (channel !== undefined) this.#drop(channel);
  }

  #bundle(id: ChannelId, bytes: Uint8Array): void {
    const channel = this.#channel(id);
    if (channel === undefined) return;
    if (channel.state !== "open") throw violation(`a bundle on channel ${id} before it was opened`);
    const bundle: Bundle = decodeBundle(bytes);
    if (bundle.document !== channel.document) {
      throw new HoldfastError("wrong_document", `a bundle of ${bundle.document}`);
    }
    const { document, outflow, inflow } = channel;
    const ordinal = inflow.receive(bundle.sections);
    if (!channel.mayWrite) {
      const sentence = `no right to write ${document}`;
      this.#answered(id, ordinal, { type: "failed", code: "forbidden", sentence });
      return;
    }
    // Who sends an event holds it, whatever becomes of it here.
    const { size } = outflow.known;
    outflow.hold(bundle.sections);
    this.#countAgents(channel, outflow.known.size - size);
    this.#output.push({ type: "append", channel: id, ordinal, document, bytes });
  }

  // What was refused is noted too: so the notes must not grow without end.
  #countAgents(channel: Channel, added: number): void {
    channel.agents += added;
    this.#agents += added;
    if (this.#agents <= vectorAgentsPerConnectionMax) return;
    throw new HoldfastError("overloaded", agentsSentence);
  }

  #answered(id: ChannelId, ordinal: number, answer: AppendAnswer): void {
    const channel = this.#channels.get(id);
    if (channel === undefined) return;
    const kept = answer.type === "stored" || answer.type === "known";
    channel.inflow.answer(ordinal, kept);
    this.#unsent.add(channel);
    if (kept) {
      channel.toldVector = false;
      return;
    }
    const refusal = refusalOf(answer);
    if (isDamage(refusal.code)) {
      this.#leave(refusal);
      return;
    }
    const lacking = answer.type === "missing_dependency";
    // One lack makes all that follow it lack too; they need not each be told what is held.
    const vector = lacking && !channel.toldVector ? answer.vector : null;
    channel.toldVector = lacking;
    this.#refuse(channel, refusal, ordinal, vector);
  }

  #changed(id: ChannelId): void {
    const channel = this.#channels.get(id);
    if (channel?.state !== "open" || !channel.outflow.changed()) return;
    this.#read(channel);
  }

  #held(id: ChannelId, piece: HeldBundle): void {
    const channel = this.#channels.get(id);
    if (channel === undefined) return;
    this.#unsent.add(channel);
    const bytes = channel.outflow.take(piece);
    const bundles = bytes === null ? null : channel.outflow.gather(bytes);
    if (bundles !== null) this.#send({ type: "bundles", channel: id, bundles });
  }

  #readEnded(id: ChannelId, more: boolean): void {
    const channel = this.#channels.get(id);
    if (channel === undefined) return;
    this.#flush(channel);
    if (channel.outflow.readEnded(more)) this.#read(channel);
  }

  #read({ id, document, outflow }: Channel): void {
    const since = outflow.known.clone();
    this.#output.push({ type: "read", channel: id, document, since, after: outflow.after });
  }

  #flushAll(): void {
    for (const channel of [...this.#unsent]) this.#flush(channel);
  }

  #flush(channel: Channel): void {
    const { id, inflow, outflow } = channel;
    this.#unsent.delete(channel);
    const acknowledgement = inflow.acknowledge();
    if (acknowledgement !== null) this.#send({ type: "saved", channel: id, ...acknowledgement });
    const bundles = outflow.flush();
    if (bundles !== null) this.#send({ type: "bundles", channel: id, bundles });
  }

  #tick(nowMs: number, heldBack: boolean): void {
    if (heldBack) this.#keepAlive.heard(nowMs);
    const greeting = this.#phase === "greeting" || this.#phase === "authenticating";
    if (greeting && nowMs - this.#startedAtMs >= greetingMsMax) {
      this.#leave({ code: "timeout", sentence: `no welcome within ${greetingMsMax} ms` });
      return;
    }
    const duty = this.#keepAlive.tick(nowMs);
    if (duty === "leave") this.#leave({ code: "timeout", sentence: "the peer is silent" });
    else if (duty !== null && !greeting) this.#send(duty);
  }

  #stop(refusal: Refusal): void {
    if (this.#phase === "stopping") return;
    this.#phase = "stopping";
    this.#stopping = refusal;
  }

  // A frame on a channel that is no more may have crossed its refusal; one on a
  // channel that never was is a violation.
  #channel(id: ChannelId): Channel | undefined {
    const channel = this.#channels.get(id);
    if (channel === undefined && id > this.#lastChannel)
      throw violation(`channel ${id} is not open`);
    return channel;
  }

  #refuse(
    { id, document }: Pick<Channel, "id" | "document">,
    refusal: Refusal,
    ordinal = 0,
    vector: VersionVector | null = null,
  ): void {
    this.#send({ type: "refused", channel: id, ordinal, ...refusal, vector });
    this.#output.push({ type: "refused", document, refusal });
  }

  #drop(channel: Channel): void {
    this.#channels.delete(channel.id);
    this.#documents.delete(channel.document);
    this.#unsent.delete(channel);
    this.#agents -= channel.agents;
    const { id, document } = channel;
    this.#output.push({ type: "release", channel: id, document });
  }

  #send(frame: Frame): void {
    this.#output.push({ type: "send", bytes: encodeFrame(frame) });
  }

  #leave(refusal: Refusal): void {
    this.#flushAll();
    this.#send({ type: "bye", ...refusal });
    this.#end({ by: "here", ...refusal });
  }

  #end(end: SessionEnd): void {
    assert(this.#phase !== "ended", "SY2: a session ended twice");
    for (const channel of [...this.#channels.values()]) this.#drop(channel);
    this.#phase = "ended";
    this.#output.push({ type: "end", end });
  }
}

// What no peer sends by accident of timing: its bytes, or what it keeps, are damaged.
function isDamage(code: ErrorCode): boolean {
  switch (code) {
    case "corrupt":
    case "truncated":
    case "too_large":
    case "unsupported_version":
    case "wrong_document":
    case "invalid_argument":
      return true;
    default:
      return false;
  }
}

function refusalOf(answer: Exclude<AppendAnswer, { type: "stored" | "known" }>): Refusal {
  switch (answer.type) {
    case "missing_dependency":
      return { code: "missing_dependency", sentence: "it builds on events that are not held" };
    case "equivocation": {
      const sentence = `${describeRun(answer.run)}: held with another content`;
      return { code: "equivocation", sentence };
    }
    case "failed":
      return { code: answer.code, sentence: answer.sentence };
    default:
      return unreachable(answer);
  }
}
