// Has the faults of a schedule happen, and takes them back.
//
// A fault holds for its span, or until `heal`, which begins the phase in which the
// product must make progress: machines are up, links whole, disks well.

import type { Machine } from "../run/machine.ts";
import type { Simulation } from "../run/simulation.ts";
import type { Fault } from "./fault.ts";

type Undo = () => void;

/** Plays one schedule on one simulation. */
export class FaultInjector {
  readonly #simulation: Simulation;
  readonly #faults: readonly Fault[];
  readonly #holding = new Map<number, Undo>();
  #isHealed = false;

  constructor(simulation: Simulation, faults: readonly Fault[]) {
    this.#simulation = simulation;
    this.#faults = faults;
  }

  /** Sets the faults to their times; those of a machine that is not there when its time comes do nothing. */
  start(): void {
    const { nowMs } = this.#simulation;
    this.#faults.forEach((fault, index) => {
      this.#simulation.after(fault.atMs - nowMs, () => this.#begin(fault, index));
    });
  }

  /** Ends all faults, starts what they had ended, and lets no other begin. Clocks that jumped stay where they are. */
  heal(): void {
    this.#isHealed = true;
    for (const index of [...this.#holding.keys()]) this.#end(index);
  }

  #begin(fault: Fault, index: number): void {
    if (this.#isHealed) return;
    const undo = this.#inflict(fault);
    if (undo === null) return;
    this.#record(index, "begin");
    this.#holding.set(index, undo);
    this.#simulation.after(fault.durationMs, () => this.#end(index));
  }

  #end(index: number): void {
    const undo = this.#holding.get(index);
    if (undo === undefined) return;
    this.#holding.delete(index);
    undo();
    if (this.#faults[index]!.durationMs > 0) this.#record(index, "end");
  }

  #record(index: number, phase: "begin" | "end"): void {
    const fault = this.#faults[index]!;
    const machines = machinesOf(fault);
    const text = describeFault(fault);
    const happening = {
      type: "fault",
      fault: index,
      phase,
      kind: fault.kind,
      machines,
      text,
    } as const;
    this.#simulation.trace.record(happening);
  }

  /** Has a fault begin; what ends it, or null where there is nothing that it could befall. */
  #inflict(fault: Fault): Undo | null {
    const { network } = this.#simulation;
    switch (fault.kind) {
      case "partition": {
        const undos = fault.cut.map(([from, to]) => network.cut(from, to));
        return () => {
          for (const undo of undos) undo();
        };
      }
      case "reset":
        return network.reset(...fault.between) > 0 ? nothing : null;
      case "half_open":
        return network.halfOpen(...fault.between) > 0 ? nothing : null;
      case "packet_loss":
        return network.disturb({ lossRate: fault.rate });
      case "duplication":
        return network.disturb({ duplicationRate: fault.rate });
      case "reordering":
        return network.disturb({ reorderingRate: fault.rate });
      case "slow_network":
        return network.disturb({ latencyFactor: fault.factor });
      case "narrow_network":
        return network.disturb({ bytesPerSecondMax: fault.bytesPerSecond });
      default: {
        const machine = this.#simulation.machines.find(({ name }) => name === fault.machine);
        return machine === undefined ? null : this.#inflictOn(machine, fault);
      }
    }
  }

  #inflictOn(machine: Machine, fault: Extract<Fault, { readonly machine: string }>): Undo | null {
    const { bites } = this.#simulation;
    switch (fault.kind) {
      case "kill":
        if (machine.state === "down") return null;
        machine.kill();
        bites.note("kill", machine.name, `down for ${fault.durationMs} ms`);
        return () => machine.start();
      case "power_loss":
        if (machine.state === "down") return null;
        machine.powerLoss(fault.unsynced);
        bites.note("power_loss", machine.name, `down for ${fault.durationMs} ms`);
        return () => machine.start();
      case "pause":
        if (machine.state !== "running") return null;
        machine.pause();
        return () => machine.resume();
      case "clock_jump":
        machine.clock.jump(fault.byMs, () =>
          bites.note("clock_jump", machine.name, `by ${fault.byMs} ms`),
        );
        return nothing;
      case "clock_drift": {
        const { rate } = machine.clock;
        machine.clock.drift(rate * fault.rate, () =>
          bites.note("clock_drift", machine.name, `at ${fault.rate}`),
        );
        return () => machine.clock.drift(machine.clock.rate / fault.rate, nothing);
      }
      case "read_error":
        return machine.disk.fail({ readErrorRate: fault.rate });
      case "write_error":
        return machine.disk.fail({ writeErrorRate: fault.rate });
      case "sync_error":
        return machine.disk.fail({ syncErrorRate: fault.rate });
      case "disk_full":
        return machine.disk.fill();
      case "slow_disk":
        return machine.disk.slow(fault.factor);
      case "lying_sync":
        return machine.disk.lie();
      case "misdirected_write":
        return machine.disk.misdirect(fault.rate);
      case "bit_rot":
        return machine.disk.rot() ? nothing : null;
    }
  }
}

/** The machines that a fault concerns; none for one of the whole network. */
export function machinesOf(fault: Fault): readonly string[] {
  if ("machine" in fault) return [fault.machine];
  if ("between" in fault) return fault.between;
  if (fault.kind === "partition") return [...new Set(fault.cut.flat())];
  return [];
}

/** A fault in words, without its time. */
export function describeFault(fault: Fault): string {
  const { kind, atMs, durationMs, ...rest } = fault;
  const words = Object.entries(rest).map(([key, value]) =>
    key === "cut" ? cutInWords(value as readonly (readonly [string, string])[]) : `${key} ${value}`,
  );
  return words.join(", ");
}

function cutInWords(cut: readonly (readonly [string, string])[]): string {
  const shown = cut.slice(0, 6).map(([from, to]) => `${from}>${to}`);
  const left = cut.length - shown.length;
  return `cut ${shown.join(" ")}${left > 0 ? ` and ${left} more` : ""}`;
}

function nothing(): void {}
