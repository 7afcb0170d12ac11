// What the drivers of both sides do alike: receive, hold back, tell the machine
// that time passed, read from the holdings, and carry out its outputs in order.

import type { VersionVector } from "@holdfast/causality";
import type { DocumentId } from "@holdfast/doc";
import { assert, isHoldfastError } from "@holdfast/std";
import type { Clock, Connection, Scope } from "@holdfast/world";
import { Budget } from "./budget.ts";
import type { ChannelId } from "./frame.ts";
import type { Arrival, HeldBundle, Holdings, Sender } from "./holdings.ts";
import { Pump } from "./pump.ts";
import type { AppendAnswer } from "./responder_io.ts";
import { inboundSizeBytesMax, type Refusal, type SessionEnd, tickIntervalMs } from "./session.ts";
import { Wire } from "./wire.ts";

/** What every session's machine can be told. */
export type LoopInput =
  | { readonly type: "frame"; readonly bytes: Uint8Array }
  | { readonly type: "held"; readonly channel: ChannelId; readonly piece: HeldBundle }
  | { readonly type: "read_ended"; readonly channel: ChannelId; readonly more: boolean }
  | { readonly type: "tick"; readonly heldBack: boolean }
  | { readonly type: "stalled" }
  | { readonly type: "disconnected"; readonly reason: string };

/** What every session's machine may ask, and the loop does by itself. */
export type LoopOutput =
  | { readonly type: "send"; readonly bytes: Uint8Array }
  | {
      readonly type: "read";
      readonly channel: ChannelId;
      readonly document: DocumentId;
      readonly since: VersionVector;
      readonly after: Arrival;
    }
  | { readonly type: "end"; readonly end: SessionEnd };

/** A session without I/O. */
export interface Machine<Input, Output> {
  readonly ended: boolean;
  wants(channel: ChannelId): boolean;
  step(input: Input, nowMs: number): readonly Output[];
}

/** Options for {@link SessionLoop}. */
export interface LoopOptions<Input, Output> {
  readonly clock: Clock;
  readonly connection: Connection;
  readonly holdings: Holdings;
  readonly machine: Machine<Input | LoopInput, Output | LoopOutput>;
  /** Does what the loop does not. */
  readonly carryOut: (output: Output) => void;
  /** What to tell the machine when reading for a channel failed. */
  readonly readFailed: (channel: ChannelId, refusal: Refusal) => Input;
  /** What to tell the machine before the reader waits, if anything. */
  readonly beforeWaiting: Input | null;
  /** Bytes waiting to be sent from which on the other side is not read from. */
  readonly holdBackSizeBytes: number;
  /** Hears the size of each frame. */
  readonly onFrame: (type: "received" | "sent", sizeBytes: number) => void;
}

/** Runs a machine on a connection. */
export class SessionLoop<
  Input extends { readonly type: string },
  Output extends { readonly type: string },
> {
  /** Whether too much waits to be sent. */
  readonly wire: Wire;
  readonly #options: LoopOptions<Input, Output>;
  readonly #pump: Pump;
  readonly #inbound = new Budget(inboundSizeBytesMax);
  readonly #inputs: (Input | LoopInput)[] = [];
  #stepping = false;
  #heldBack = false;
  #end: SessionEnd | null = null;
  #failure: { readonly error: unknown } | null = null;

  constructor(options: LoopOptions<Input, Output>) {
    const { clock, connection, holdings, machine, readFailed, beforeWaiting } = options;
    this.#options = options;
    this.wire = new Wire({ clock, connection, onStalled: () => this.feed({ type: "stalled" }) });
    this.#pump = new Pump(holdings, this.wire, {
      held: (channel, piece) => {
        this.feed({ type: "held", channel, piece });
        return machine.wants(channel);
      },
      readEnded: (channel, more) => this.feed({ type: "read_ended", channel, more }),
      readFailed: (channel, refusal) => this.feed(readFailed(channel, refusal)),
      flush: () => {
        if (beforeWaiting !== null) this.feed(beforeWaiting);
      },
    });
  }

  /** Runs until the machine has ended and nothing is under way. */
  async run(scope: Scope): Promise<SessionEnd> {
    // Whatever cancels the scope must not leave anybody waiting for the other side.
    const leave = (): void => this.#options.connection.close("the session was cancelled");
    scope.signal.addEventListener("abort", leave, { once: true });
    scope.spawn("pump", () => this.#pump.run());
    scope.daemon("tick", async (ending) => {
      for (;;) {
        await this.#options.clock.sleep(tickIntervalMs, ending);
        this.feed({ type: "tick", heldBack: this.#heldBack });
      }
    });
    await this.#receive();
    await this.#inbound.empty();
    if (this.#failure !== null) throw this.#failure.error;
    assert(this.#end !== null, "SY2: a session was left before it ended");
    return this.#end;
  }

  /** Tells the machine something. What comes while an output is carried out waits for its turn. */
  feed(input: Input | LoopInput): void {
    this.#inputs.push(input);
    if (this.#stepping) return;
    this.#stepping = true;
    try {
      for (let next = this.#inputs.shift(); next !== undefined; next = this.#inputs.shift()) {
        this.#step(next);
      }
    } catch (error) {
      if (isHoldfastError(error)) throw error;
      this.fail(error);
    } finally {
      this.#stepping = false;
    }
  }

  /** Carries out outputs that no input brought about. */
  carryOut(outputs: readonly (Output | LoopOutput)[]): void {
    for (const output of outputs) this.#carryOut(output);
  }

  /** Offers a bundle to the holdings. Until it is answered it counts as under way. */
  async append(document: DocumentId, bytes: Uint8Array, sender?: Sender): Promise<AppendAnswer> {
    try {
      return await this.underWay(bytes.length, () =>
        this.#options.holdings.append(document, bytes, sender),
      );
    } catch (error) {
      if (!isHoldfastError(error)) this.fail(error);
      const known = isHoldfastError(error);
      const sentence = known ? error.message : "a defect";
      return { type: "failed", code: known ? error.code : "unavailable", sentence };
    }
  }

  /** Does what the other side asked for. Where too much is under way, it is not read from. */
  async underWay<T>(sizeBytes: number, work: () => Promise<T>): Promise<T> {
    this.#inbound.take(sizeBytes);
    try {
      return await work();
    } finally {
      this.#inbound.give(sizeBytes);
    }
  }

  /** Ends the session for a defect, which {@link run} throws. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    this.#pump.stop();
    this.#options.connection.close("a defect");
  }

  async #receive(): Promise<void> {
    const { connection, machine, holdBackSizeBytes, onFrame } = this.#options;
    while (!machine.ended && this.#failure === null) {
      this.#heldBack = true;
      if (connection.bufferedBytes > holdBackSizeBytes) await this.wire.room();
      await this.#inbound.room();
      this.#heldBack = false;
      if (machine.ended) return;
      const bytes = await connection.receive();
      if (bytes === null) {
        const { reason } = await connection.closed;
        this.feed({ type: "disconnected", reason });
        continue;
      }
      onFrame("received", bytes.length);
      this.feed({ type: "frame", bytes });
    }
  }

  #step(input: Input | LoopInput): void {
    const { machine, clock } = this.#options;
    for (const output of machine.step(input, clock.now())) this.#carryOut(output);
  }

  #carryOut(output: Output | LoopOutput): void {
    if (!isLoopOutput(output)) {
      this.#options.carryOut(output);
      return;
    }
    switch (output.type) {
      case "send":
        this.wire.send(output.bytes);
        this.#options.onFrame("sent", output.bytes.length);
        break;
      case "read":
        this.#pump.read(output);
        break;
      case "end":
        this.#end = output.end;
        this.#pump.stop();
        this.#options.connection.close(`${output.end.code}: ${output.end.sentence}`);
        break;
    }
  }
}

function isLoopOutput(output: { readonly type: string }): output is LoopOutput {
  return output.type === "send" || output.type === "read" || output.type === "end";
}
