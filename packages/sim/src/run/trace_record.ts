// What is written down of a run: one record for each thing that a person who reads
// the run would want to see. Processes are columns, messages arrows, faults bands.

/** Counts connections of a run, from 1. */
export type ConnectionNumber = number & { readonly __brand: "ConnectionNumber" };

/** Counts messages of a run, from 1. */
export type MessageNumber = number & { readonly __brand: "MessageNumber" };

/** What happened. Machines are named; times are true time, in milliseconds since the run began. */
export type Happening =
  /** A process began: the `life`-th on this machine. */
  | { readonly type: "start"; readonly machine: string; readonly life: number }
  /** A process ended. */
  | {
      readonly type: "end";
      readonly machine: string;
      readonly how: "returned" | "failed" | "killed" | "power lost";
      readonly text: string;
    }
  | { readonly type: "pause"; readonly machine: string }
  | { readonly type: "resume"; readonly machine: string }
  /** A connection stands. */
  | {
      readonly type: "connect";
      readonly connection: ConnectionNumber;
      readonly from: string;
      readonly to: string;
    }
  /** The end at `machine` learned that its connection is over. */
  | {
      readonly type: "close";
      readonly connection: ConnectionNumber;
      readonly machine: string;
      readonly kind: "normal" | "broken";
      readonly text: string;
    }
  /** A message was handed to the network. */
  | {
      readonly type: "send";
      readonly connection: ConnectionNumber;
      readonly message: MessageNumber;
      readonly from: string;
      readonly to: string;
      readonly bytes: Uint8Array;
    }
  /** It reached the inbox of the other end. */
  | {
      readonly type: "arrive";
      readonly connection: ConnectionNumber;
      readonly message: MessageNumber;
      readonly from: string;
      readonly to: string;
    }
  /** Something was asked of a disk, and this came of it. */
  | {
      readonly type: "disk";
      readonly machine: string;
      readonly operation: string;
      readonly path: string;
      readonly sizeBytes: number;
      readonly outcome: string;
    }
  /** A fault of the schedule began or ended; `fault` is its index there. */
  | {
      readonly type: "fault";
      readonly fault: number;
      readonly phase: "begin" | "end";
      readonly kind: string;
      readonly machines: readonly string[];
      readonly text: string;
    }
  /** A fault made a difference: a message was lost, a write failed. */
  | {
      readonly type: "bite";
      readonly kind: string;
      readonly machine: string;
      readonly text: string;
    }
  /** What the program under test, or the test, has to say. `machine` is empty for the test. */
  | { readonly type: "note"; readonly machine: string; readonly text: string }
  /** A promise was broken. */
  | { readonly type: "violation"; readonly text: string };

/** A happening and its time. */
export interface TraceRecord {
  readonly atMs: number;
  readonly happening: Happening;
}
