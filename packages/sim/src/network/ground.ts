// What every part of the simulated network stands on.

import type { Bites } from "../faults/bites.ts";
import type { Host, Nature } from "../run/host.ts";
import type { Happening, MessageNumber } from "../run/trace_record.ts";

/** The run around the network, and what its parts know in common. */
export interface Ground {
  readonly nature: Nature;
  readonly bites: Bites;
  readonly record: (happening: Happening) => void;
  /** The number of one more message. */
  nextMessage(): MessageNumber;
  /** Whether `machine` has no power: it answers nothing, not even with a reset. */
  isDark(machine: string): boolean;
}

/** One end of a connection, as what travels to it or from it sees it. */
export interface Endpoint {
  readonly host: Host;
  /** Whether this end's kernel still knows the connection. If not, it answers with resets. */
  readonly isKnown: boolean;
  /** The kernel gives the connection up; the process learns of it as soon as it runs. */
  breakOff(reason: string): void;
}
