// Catches simulated code that reaches past its World for the real outside.
//
// A run is a function of its seed only as long as nothing in it asks the real
// clock, real chance or the real network. So while simulated code runs, each of
// the usual ways out throws, and is remembered with its stack, for a program that
// catches the error. What is outside of the run (a test framework's own timers)
// passes through.
//
// What it does not see: what a module took for itself when it was loaded
// (`const { now } = Date`), native addons, and the order in which the collector
// calls back. A run that is played twice and differs has such a way out.

import childProcess from "node:child_process";
import nodeCrypto from "node:crypto";
import dgram from "node:dgram";
import dns from "node:dns";
import fs from "node:fs";
import fsPromises from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import net from "node:net";
import timers from "node:timers";
import timersPromises from "node:timers/promises";
import workerThreads from "node:worker_threads";
import { HoldfastError } from "@holdfast/std";

/** A way out that was tried. */
export class EscapeError extends Error {
  /** What was called, as `Date.now`. */
  readonly what: string;

  constructor(what: string) {
    super(`${what} reaches past the World: a run with it is no function of its seed`);
    this.name = "EscapeError";
    this.what = what;
  }
}

type Table = Record<string | symbol, unknown>;

interface Patch {
  readonly table: Table;
  readonly key: string;
  readonly descriptor: PropertyDescriptor;
}

const mark = Symbol.for("holdfast.sim.escapes");
const realDate = Date;

/** Guards one run. One at a time in a process. */
export class Escapes {
  readonly #onEscape: (error: EscapeError) => void;
  readonly #patches: Patch[] = [];
  #inside = false;

  /** @param onEscape - Hears of each way out that was tried, before it throws. */
  constructor(onEscape: (error: EscapeError) => void) {
    this.#onEscape = onEscape;
  }

  /** Whether simulated code runs now; only then calls are caught. */
  set inside(inside: boolean) {
    this.#inside = inside;
  }

  /** Puts the guards up. @throws {HoldfastError} `locked` where another run has them up. */
  install(): void {
    const globals = globalThis as unknown as Table;
    if (globals[mark] === true) {
      throw new HoldfastError("locked", "another simulation runs in this process; await it first");
    }
    globals[mark] = true;
    this.#guardGlobals(globals);
    this.#guardModules();
    syncBuiltinESMExports();
  }

  /** Takes them down. Harmless twice. */
  uninstall(): void {
    const patches = this.#patches.splice(0);
    for (const { table, key, descriptor } of patches.reverse()) {
      Object.defineProperty(table, key, descriptor);
    }
    if (patches.length === 0) return;
    (globalThis as unknown as Table)[mark] = false;
    syncBuiltinESMExports();
  }

  #guardGlobals(globals: Table): void {
    const names = "setTimeout setInterval setImmediate fetch WebSocket EventSource MessageChannel";
    for (const name of `${names} BroadcastChannel`.split(" ")) this.#guard(globals, name, name);
    this.#guard(Math as unknown as Table, "random", "Math.random");
    this.#guard(AbortSignal as unknown as Table, "timeout", "AbortSignal.timeout");
    const measures = Object.getPrototypeOf(performance) as Table;
    this.#guard(measures, "now", "performance.now");
    this.#guard(process as unknown as Table, "hrtime", "process.hrtime");
    const subtle = Object.getPrototypeOf(globalThis.crypto.subtle) as Table;
    for (const name of Object.getOwnPropertyNames(subtle)) {
      this.#guard(subtle, name, `crypto.subtle.${name}`);
    }
    const web = Object.getPrototypeOf(globalThis.crypto) as Table;
    for (const name of ["getRandomValues", "randomUUID"]) this.#guard(web, name, `crypto.${name}`);
    const temporal = globals.Temporal as { readonly Now?: Table } | undefined;
    for (const name of Object.getOwnPropertyNames(temporal?.Now ?? {})) {
      this.#guard(temporal!.Now!, name, `Temporal.Now.${name}`);
    }
    this.#guardDate(globals);
  }

  #guardModules(): void {
    const modules: readonly (readonly [string, object, readonly string[]])[] = [
      ["timers", timers, ["setTimeout", "setInterval", "setImmediate"]],
      ["timers/promises", timersPromises, ["setTimeout", "setInterval", "setImmediate"]],
      [
        "crypto",
        nodeCrypto,
        ["randomBytes", "randomFill", "randomFillSync", "randomInt", "randomUUID"],
      ],
      ["fs", fs, asynchronous(fs)],
      ["fs/promises", fsPromises, Object.keys(fsPromises)],
      ["net", net, ["connect", "createConnection", "createServer"]],
      ["dgram", dgram, ["createSocket"]],
      ["dns", dns, ["lookup", "resolve"]],
      ["child_process", childProcess, ["spawn", "exec", "execFile", "fork"]],
      ["worker_threads", workerThreads, ["Worker"]],
    ];
    for (const [name, module, keys] of modules) {
      for (const key of keys) this.#guard(module as Table, key, `${name}.${key}`);
    }
    // What sockets of any module go through in the end, whoever imported it before.
    this.#guard(net.Socket.prototype as unknown as Table, "connect", "net.Socket.connect");
    this.#guard(net.Server.prototype as unknown as Table, "listen", "net.Server.listen");
  }

  #guardDate(globals: Table): void {
    const caught = (what: string): void => this.#caught(what);
    const guarded = new Proxy(realDate, {
      construct(target, parameters, newTarget) {
        if (parameters.length === 0) caught("new Date()");
        return Reflect.construct(target, parameters, newTarget) as Date;
      },
      apply() {
        caught("Date()");
        return realDate();
      },
      get(target, key, receiver) {
        if (key === "now") caught("Date.now");
        return Reflect.get(target, key, receiver) as unknown;
      },
    });
    this.#replace(globals, "Date", guarded);
  }

  #guard(table: Table, key: string, what: string): void {
    const original = table[key];
    if (typeof original !== "function") return;
    const caught = (): void => this.#caught(what);
    const guarded = new Proxy(original, {
      apply(target, self, parameters) {
        caught();
        return Reflect.apply(target as () => unknown, self, parameters);
      },
      construct(target, parameters, newTarget) {
        caught();
        return Reflect.construct(target as new () => object, parameters, newTarget);
      },
    });
    this.#replace(table, key, guarded);
  }

  #replace(table: Table, key: string, value: unknown): void {
    const descriptor = Object.getOwnPropertyDescriptor(table, key);
    if (descriptor === undefined || descriptor.configurable !== true) return;
    this.#patches.push({ table, key, descriptor });
    Object.defineProperty(table, key, {
      configurable: true,
      enumerable: descriptor.enumerable ?? false,
      writable: true,
      value,
    });
  }

  #caught(what: string): void {
    if (!this.#inside) return;
    const error = new EscapeError(what);
    this.#onEscape(error);
    throw error;
  }
}

/** Names of a module's functions that wait for the disk; those that don't are as quick as a computation. */
function asynchronous(module: object): readonly string[] {
  const isOther = (name: string): boolean => name.endsWith("Sync") || /^[A-Z_]/.test(name);
  return Object.keys(module).filter((name) => !isOther(name));
}
