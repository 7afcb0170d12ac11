// A lock that gives out fencing tokens, and a lease, which is a lock that can expire.
//
// Each grant has a greater token than all before it, so that whatever the lock protects
// can refuse a holder that lost it and does not know. A grant whose answer nobody saw
// took a token too; the least that it can have been is the next one.

import type { Operation } from "../history/operation.ts";
import { judgeLock, type LockAccess } from "../linearizability/lock_order.ts";
import type { SequentialModel } from "../linearizability/model.ts";

/** What a lock or a lease is asked for, by whom. */
export interface LockInput {
  readonly f: "acquire" | "release";
  readonly by: string;
}

/**
 * What a lock answers. To `acquire`: the token, an integer from 1, or null where it is held.
 * To `release`: whether the asker held it.
 */
export type LockOutput = number | boolean | null | undefined;

/** What a lease is asked for, by whom. */
export interface LeaseInput {
  readonly f: "acquire" | "renew" | "release";
  readonly by: string;
}

/** As a lock answers; to `renew`: whether the asker holds it, and so still does. */
export type LeaseOutput = LockOutput;

/** Who holds a lock, if anybody, and the greatest token that was given out. */
export interface LockState {
  readonly holder: string | null;
  readonly token: number;
}

/** A lock, free at first. It is not reentrant: who holds it is refused like others. */
export function lock(): SequentialModel<LockState, LockInput, LockOutput> {
  return {
    name: "lock",
    init: () => ({ holder: null, token: 0 }),
    step: stepLock,
    key: keyOf,
    isRead: ({ f }, output) => (f === "acquire" ? output === null : output === false),
    rules: (history) => judgeLock(history, accessOf),
  };
}

/**
 * A lease, free at first. It may expire at any moment, which nobody is told: time is not
 * part of the model. What it promises is that a holder whose lease was granted again
 * finds that out, and that tokens grow.
 */
export function lease(): SequentialModel<LockState, LeaseInput, LeaseOutput> {
  return {
    name: "lease",
    init: () => ({ holder: null, token: 0 }),
    step: stepLease,
    key: keyOf,
    isRead: ({ f }, output) =>
      (f === "acquire" && output === null) || (f === "renew" && output === true),
  };
}

function keyOf({ holder, token }: LockState): string {
  return holder === null ? `${token}` : `${token} ${holder}`;
}

function stepLock(state: LockState, { f, by }: LockInput, output: LockOutput): LockState[] {
  const { holder, token } = state;
  if (f === "acquire") return holder === null ? grant(state, by, output) : refuse(state, output);
  const isHolder = holder === by;
  if (output !== undefined && output !== isHolder) return [];
  return [isHolder ? { holder: null, token } : state];
}

function stepLease(state: LockState, { f, by }: LeaseInput, output: LeaseOutput): LockState[] {
  const { holder, token } = state;
  const expired = { holder: null, token };
  if (f === "acquire") {
    return [...grant(state, by, output), ...(holder === null ? [] : refuse(state, output))];
  }
  const next: LockState[] = [];
  if (holder === by && (output === true || output === undefined)) {
    next.push(f === "renew" ? state : expired);
  }
  if (output === false || output === undefined) next.push(holder === by ? expired : state);
  return next;
}

function grant({ token }: LockState, by: string, output: LockOutput): LockState[] {
  if (output === undefined) return [{ holder: by, token: token + 1 }];
  if (typeof output !== "number" || output <= token) return [];
  return [{ holder: by, token: output }];
}

function refuse(state: LockState, output: LockOutput): LockState[] {
  return output === undefined || output === null ? [state] : [];
}

function accessOf({
  input: { f, by },
  outcome,
  output,
}: Operation<LockInput, LockOutput>): LockAccess | null {
  if (f === "acquire") {
    if (outcome === "ok" && typeof output !== "number") return null;
    return { type: "acquires", by, token: typeof output === "number" ? output : undefined };
  }
  return outcome === "ok" && output !== true ? null : { type: "releases", by };
}
