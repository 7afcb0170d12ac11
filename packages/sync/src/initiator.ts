// The asking side of a session, as a machine with no I/O.
//
//   greeting --welcome--> open
//       \                  |
//        \-- violation, bye, silence, stop --> ended
//
// Each document of an open session: open -> opening -> opened -> close, or is
// refused, for good or for a while. What the responder lacks goes up (upload.ts);
// what it sends is offered to the holdings here. What can't be taken in because
// something before it is missing makes the document open anew, with what is held then.
//
// Invariants:
//   SY6   Only what the holdings give, which is durable here, is sent.
//   SY7   `saved` is told only of what a responder acknowledged, sent itself, or
//         holds by its word and, if written here, acknowledged before.
//   SY8   A document opens anew for a missing dependency only if it got further
//         since it last did so; else it closes. What builds on a bundle that was
//         passed over is passed over: nobody who sends nonsense closes a document.
//
// `step` never throws on account of what a peer sent.

import { VersionVector } from "@holdfast/causality";
import { type DocumentId, decodeBundle } from "@holdfast/doc";
import { assert, HoldfastError, isHoldfastError, unreachable } from "@holdfast/std";
import {
  type ChannelId,
  decodeFrame,
  encodeFrame,
  type Frame,
  protocolVersion,
  type SessionId,
} from "./frame.ts";
import type { InitiatorEvent, InitiatorInput, InitiatorOutput } from "./initiator_io.ts";
import { KeepAlive } from "./keep_alive.ts";
import { advance } from "./outflow.ts";
import { presenceLifeMs } from "./presence.ts";
import { mayPass, retryDelayMs, retryDelayMsMax } from "./retry.ts";
import {
  describeRun,
  documentsPerConnectionMax,
  greetingMsMax,
  type Refusal,
  type SessionEnd,
  violation,
} from "./session.ts";
import { Upload } from "./upload.ts";

/** Options for {@link Initiator}. */
export interface InitiatorMachineOptions {
  /** At most `credentialSizeBytesMax` bytes. */
  readonly credential: Uint8Array;
  /** What to call this program; at most `softwareSizeBytesMax` bytes. */
  readonly software: string;
  readonly nowMs: number;
}

// How often a presence that doesn't change is shown again.
const presenceRefreshMs = presenceLifeMs / 3;

interface Channel {
  readonly id: ChannelId;
  readonly document: DocumentId;
  readonly vector: VersionVector;
  readonly confirmed: VersionVector;
  /** Null until it was opened. */
  upload: Upload | null;
  /** Whether something that came was passed over; what builds on it is, too. */
  skipped: boolean;
}

interface Presence {
  readonly state: Uint8Array;
  shownAtMs: number;
}

/** Keeps documents in sync with one responder. Feed every event to {@link Initiator.step} and carry out what it returns. */
export class Initiator {
  readonly #options: InitiatorMachineOptions;
  readonly #startedAtMs: number;
  readonly #keepAlive: KeepAlive;
  readonly #channels = new Map<ChannelId, Channel>();
  readonly #documents = new Map<DocumentId, Channel>();
  readonly #presences = new Map<DocumentId, Presence>();
  // Documents that were opened anew and took nothing in since.
  readonly #stuck = new Set<DocumentId>();
  // How often in a row a document was refused for a reason that may pass.
  readonly #failures = new Map<DocumentId, number>();
  #phase: "greeting" | "open" | "ended" = "greeting";
  #lastChannel = 0;
  #output: InitiatorOutput[] = [];

  constructor(options: InitiatorMachineOptions) {
    this.#options = options;
    this.#startedAtMs = options.nowMs;
    this.#keepAlive = new KeepAlive(options.nowMs);
  }

  /** Whether the session is over: nothing further happens. */
  get ended(): boolean {
    return this.#phase === "ended";
  }

  /** Whether the channel's next piece would be taken. */
  wants(channel: ChannelId): boolean {
    return this.#channels.get(channel)?.upload?.wants ?? false;
  }

  /** The first thing to do. */
  start(): readonly InitiatorOutput[] {
    this.#output = [];
    const { credential, software } = this.#options;
    this.#send({
      type: "hello",
      protocolMin: protocolVersion,
      protocolMax: protocolVersion,
      credential,
      software,
    });
    return this.#output;
  }

  /** Takes one event, at `nowMs` of the driver's clock, and returns what to do about it. */
  step(input: InitiatorInput, nowMs: number): readonly InitiatorOutput[] {
    this.#output = [];
    if (this.#phase !== "ended") this.#take(input, nowMs);
    return this.#output;
  }

  #take(input: InitiatorInput, nowMs: number): void {
    switch (input.type) {
      case "frame":
        this.#keepAlive.heard(nowMs);
        this.#receive(input.bytes);
        break;
      case "open":
        this.#open(input);
        break;
      case "close":
        this.#presences.delete(input.document);
        this.#stuck.delete(input.document);
        this.#failures.delete(input.document);
        this.#close(input.document);
        break;
      case "changed": {
        const channel = this.#documents.get(input.document);
        channel?.upload?.changed();
        this.#proceed(channel);
        break;
      }
      case "held": {
        const channel = this.#channels.get(input.channel);
        this.#sendBundles(channel, channel?.upload?.take(input.piece) ?? null);
        break;
      }
      case "read_ended": {
        const channel = this.#channels.get(input.channel);
        this.#sendBundles(channel, channel?.upload?.flush() ?? null);
        channel?.upload?.readEnded(input.more);
        this.#proceed(channel);
        break;
      }
      case "read_failed":
        this.#readFailed(input.channel, input.refusal);
        break;
      case "paused": {
        const channel = this.#channels.get(input.channel);
        channel?.upload?.retry();
        this.#proceed(channel);
        break;
      }
      case "answered":
        this.#answered(input);
        break;
      case "present":
        this.#present(input.document, input.state, nowMs);
        break;
      case "doubt":
        if (this.#phase === "open") this.#send(this.#keepAlive.doubt(nowMs));
        break;
      case "tick":
        this.#tick(nowMs, input.heldBack);
        break;
      case "stop":
        this.#leave(input.refusal);
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
      if (frame.type !== "welcome") throw violation(`a ${frame.type} frame before welcome`);
      if (frame.protocol !== protocolVersion) {
        const sentence = `the server answers in protocol ${frame.protocol}, which this client did not ask for; it speaks ${protocolVersion}`;
        throw new HoldfastError("unsupported_version", sentence);
      }
      this.#phase = "open";
      this.#tell({ type: "welcomed", store: frame.store, session: frame.session });
      return;
    }
    switch (frame.type) {
      case "opened":
        this.#opened(frame.channel, frame.vector);
        break;
      case "bundles":
        for (const bundle of frame.bundles) this.#bundle(frame.channel, bundle);
        break;
      case "saved":
        this.#saved(frame.channel, frame.through, frame.vector);
        break;
      case "refused":
        this.#refused(frame);
        break;
      case "presence": {
        const { peer, state } = frame;
        const channel = this.#channel(frame.channel);
        if (channel !== undefined) {
          this.#tell({ type: "presence", document: channel.document, peer, state });
        }
        break;
      }
      case "ping":
        this.#send({ type: "pong", nonce: frame.nonce });
        break;
      case "pong":
        break;
      case "hello":
      case "welcome":
      case "open":
      case "close":
        throw violation(`a ${frame.type} frame from a responder`);
      default:
        unreachable(frame);
    }
  }

  #open({ document, vector, confirmed }: Extract<InitiatorInput, { type: "open" }>): void {
    assert(this.#phase === "open", "SY6: a document was opened before the welcome");
    if (this.#documents.has(document)) return;
    if (this.#documents.size >= documentsPerConnectionMax) {
      const sentence = `at most ${documentsPerConnectionMax} documents for a connection`;
      const refusal: Refusal = { code: "overloaded", sentence };
      this.#tell({ type: "refused", document, refusal, effect: "closed" });
      return;
    }
    this.#lastChannel += 1;
    const id = this.#lastChannel as ChannelId;
    const channel = { id, document, vector, confirmed, upload: null, skipped: false };
    this.#channels.set(id, channel);
    this.#documents.set(document, channel);
    this.#send({ type: "open", channel: id, document, vector: confirmed });
  }

  #opened(id: ChannelId, theirs: VersionVector): void {
    const channel = this.#channel(id);
    if (channel === undefined) return;
    if (channel.upload !== null) throw violation(`channel ${id} was opened twice`);
    const known = theirs.meet(channel.confirmed);
    channel.upload = new Upload(known, theirs.meet(channel.vector));
    this.#failures.delete(channel.document);
    this.#tell({ type: "opened", document: channel.document, saved: known.clone() });
    const presence = this.#presences.get(channel.document);
    if (presence !== undefined) this.#show(channel, presence.state);
    this.#proceed(channel);
  }

  #bundle(id: ChannelId, bytes: Uint8Array): void {
    const channel = this.#channel(id);
    if (channel === undefined) return;
    if (channel.upload === null) throw violation(`a bundle on channel ${id} before it was opened`);
    const bundle = decodeBundle(bytes);
    if (bundle.document !== channel.document) {
      throw new HoldfastError("wrong_document", `a bundle of ${bundle.document}`);
    }
    const vector = new VersionVector();
    for (const section of bundle.sections) advance(vector, section);
    this.#output.push({ type: "append", channel: id, document: channel.document, bytes, vector });
  }

  #saved(id: ChannelId, through: number, vector: VersionVector): void {
    const channel = this.#channel(id);
    if (channel === undefined) return;
    if (!channel.upload?.saved(through, vector)) throw violation(`saved through ${through}`);
    if (vector.size > 0) this.#tell({ type: "saved", document: channel.document, vector });
    this.#proceed(channel);
  }

  #refused(frame: Extract<Frame, { type: "refused" }>): void {
    const channel = this.#channel(frame.channel);
    if (channel === undefined) return;
    const { document } = channel;
    const refusal: Refusal = { code: frame.code, sentence: frame.sentence };
    if (frame.ordinal === 0) {
      this.#forget(channel);
      const passes = mayPass(frame.code);
      this.#tell({ type: "refused", document, refusal, effect: passes ? "retrying" : "closed" });
      if (passes) this.#openLater(document);
      return;
    }
    if (channel.upload === null) throw violation("a bundle was refused that was not sent");
    if (frame.code === "equivocation") {
      this.#closeFor(channel, refusal);
    } else if (mayPass(frame.code)) {
      channel.upload.refused(frame.vector);
      // A lack is filled at once by starting over; the application need not hear of it.
      const silent = frame.code === "missing_dependency";
      if (!silent) this.#tell({ type: "refused", document, refusal, effect: "retrying" });
      this.#proceed(channel);
    } else if (channel.upload.halt()) {
      this.#tell({ type: "refused", document, refusal, effect: "upload_ended" });
    }
  }

  #answered({ channel: id, vector, answer }: Extract<InitiatorInput, { type: "answered" }>): void {
    const channel = this.#channels.get(id);
    if (channel === undefined) return;
    const { document } = channel;
    switch (answer.type) {
      case "stored":
      case "known":
        // Only now: until it was compared with what is here, it may be a double's.
        channel.upload?.received(vector);
        this.#stuck.delete(document);
        this.#proceed(channel);
        break;
      case "missing_dependency":
        if (channel.skipped) {
          const sentence = "it builds on what was passed over";
          const refusal: Refusal = { code: "missing_dependency", sentence };
          this.#tell({ type: "refused", document, refusal, effect: "skipped" });
          break;
        }
        if (this.#stuck.has(document)) {
          const sentence = "what was received builds on events that were not";
          this.#closeFor(channel, { code: "missing_dependency", sentence });
          break;
        }
        this.#stuck.add(document);
        this.#close(document);
        this.#output.push({ type: "reopen", document, delayMs: 0 });
        break;
      case "equivocation": {
        const sentence = `${describeRun(answer.run)}: here with another content`;
        this.#closeFor(channel, { code: "equivocation", sentence });
        break;
      }
      case "failed": {
        const refusal: Refusal = { code: answer.code, sentence: answer.sentence };
        if (refusal.code === "equivocation") this.#closeFor(channel, refusal);
        else {
          channel.skipped = true;
          this.#tell({ type: "refused", document, refusal, effect: "skipped" });
        }
        break;
      }
      default:
        unreachable(answer);
    }
  }

  #readFailed(id: ChannelId, refusal: Refusal): void {
    const channel = this.#channels.get(id);
    if (channel?.upload?.halt()) {
      const { document } = channel;
      this.#tell({ type: "refused", document, refusal, effect: "upload_ended" });
    }
  }

  #present(document: DocumentId, state: Uint8Array | null, nowMs: number): void {
    if (state === null) this.#presences.delete(document);
    else this.#presences.set(document, { state, shownAtMs: nowMs });
    const channel = this.#documents.get(document);
    if (channel !== undefined && channel.upload !== null) this.#show(channel, state);
  }

  #show({ id }: Channel, state: Uint8Array | null): void {
    this.#send({ type: "presence", channel: id, peer: 0 as SessionId, state });
  }

  #tick(nowMs: number, heldBack: boolean): void {
    if (heldBack) this.#keepAlive.heard(nowMs);
    if (this.#phase === "greeting" && nowMs - this.#startedAtMs >= greetingMsMax) {
      this.#leave({ code: "timeout", sentence: `no welcome within ${greetingMsMax} ms` });
      return;
    }
    for (const [document, presence] of this.#presences) {
      const channel = this.#documents.get(document);
      if (channel === undefined || channel.upload === null) continue;
      if (nowMs - presence.shownAtMs < presenceRefreshMs) continue;
      presence.shownAtMs = nowMs;
      this.#show(channel, presence.state);
    }
    const duty = this.#keepAlive.tick(nowMs);
    if (duty === "leave") this.#leave({ code: "timeout", sentence: "the server is silent" });
    else if (duty !== null && this.#phase === "open") this.#send(duty);
  }

  #proceed(channel: Channel | undefined): void {
    const duty = channel?.upload?.next() ?? null;
    if (duty === null || channel?.upload == null) return;
    const { id, document, upload } = channel;
    if (duty.type === "pause") {
      this.#output.push({ type: "pause", channel: id, delayMs: duty.delayMs });
      return;
    }
    const { known, after } = upload.position;
    this.#output.push({ type: "read", channel: id, document, since: known.clone(), after });
  }

  #sendBundles(channel: Channel | undefined, bundles: readonly Uint8Array[] | null): void {
    if (channel?.upload == null || bundles === null) return;
    this.#send({ type: "bundles", channel: channel.id, bundles });
    const vector = channel.upload.position.known;
    this.#tell({ type: "sent", document: channel.document, vector });
  }

  #openLater(document: DocumentId): void {
    const failures = this.#failures.get(document) ?? 0;
    this.#failures.set(document, failures + 1);
    const delayMs = Math.min(retryDelayMsMax, retryDelayMs * 2 ** failures);
    this.#output.push({ type: "reopen", document, delayMs });
  }

  #close(document: DocumentId): void {
    const channel = this.#documents.get(document);
    if (channel === undefined) return;
    this.#forget(channel);
    this.#send({ type: "close", channel: channel.id });
  }

  #closeFor({ document }: Channel, refusal: Refusal): void {
    this.#close(document);
    this.#tell({ type: "refused", document, refusal, effect: "closed" });
  }

  #forget(channel: Channel): void {
    this.#channels.delete(channel.id);
    this.#documents.delete(channel.document);
  }

  // What comes on a channel that is closed may have crossed the closing.
  #channel(id: ChannelId): Channel | undefined {
    if (id > this.#lastChannel || id === 0) throw violation(`channel ${id} was never opened`);
    return this.#channels.get(id);
  }

  #tell(event: InitiatorEvent): void {
    this.#output.push({ type: "tell", event });
  }

  #send(frame: Frame): void {
    this.#output.push({ type: "send", bytes: encodeFrame(frame) });
  }

  #leave(refusal: Refusal): void {
    this.#send({ type: "bye", ...refusal });
    this.#end({ by: "here", ...refusal });
  }

  #end(end: SessionEnd): void {
    this.#phase = "ended";
    this.#channels.clear();
    this.#documents.clear();
    this.#output.push({ type: "end", end });
  }
}
