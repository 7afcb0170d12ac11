// Two-phase commit, after the specification in Gray & Lamport, "Consensus on
// transaction commit", 2006, section 3: messages are a set that only grows.

import type { Model } from "../src/explore/index.ts";

type Worker = "working" | "prepared" | "committed" | "aborted";

/** Workers by their index, what the manager decided and who told it that it is prepared, and the messages. */
export interface CommitState {
  readonly workers: readonly Worker[];
  readonly manager: "init" | "committed" | "aborted";
  readonly heard: readonly boolean[];
  /** Whether each worker said that it is prepared. */
  readonly said: readonly boolean[];
  /** What the manager told everybody. */
  readonly told: readonly ("commit" | "abort")[];
}

/** Who does what; `worker` is -1 for the manager. */
export type CommitAction = readonly [
  name: "commit" | "abort" | "hear" | "prepare" | "give_up" | "obey_commit" | "obey_abort",
  worker: number,
];

/** How the model is to be made. */
export interface CommitOptions {
  readonly workers: number;
  readonly symmetric: boolean;
  /** Whether the manager, wrongly, commits when it heard of all but one. */
  readonly hasty?: boolean;
}

/** A manager and its workers. */
export function twoPhaseCommit(options: CommitOptions): Model<CommitState, CommitAction> {
  const { workers, symmetric, hasty = false } = options;
  const all = <T>(value: T): readonly T[] => new Array<T>(workers).fill(value);
  const everybody = [...all(0).keys()];
  return {
    initial: [
      { workers: all("working"), manager: "init", heard: all(false), said: all(false), told: [] },
    ],
    actions: (state) => {
      const heard = state.heard.filter(Boolean).length;
      const actions: CommitAction[] = [];
      if (state.manager === "init" && heard >= workers - (hasty ? 1 : 0))
        actions.push(["commit", -1]);
      if (state.manager === "init") actions.push(["abort", -1]);
      for (const worker of everybody) {
        const working = state.workers[worker] === "working";
        const listening = working || state.workers[worker] === "prepared";
        const unheard = state.said[worker] && !state.heard[worker];
        if (state.manager === "init" && unheard) actions.push(["hear", worker]);
        if (working) actions.push(["prepare", worker], ["give_up", worker]);
        if (listening && state.told.includes("commit")) actions.push(["obey_commit", worker]);
        if (listening && state.told.includes("abort")) actions.push(["obey_abort", worker]);
      }
      return actions;
    },
    next: (state, [name, worker]) => {
      const become = (is: Worker) => ({ ...state, workers: put(state.workers, worker, is) });
      switch (name) {
        case "commit":
          return { ...state, manager: "committed", told: ["commit"] };
        case "abort":
          return { ...state, manager: "aborted", told: ["abort"] };
        case "hear":
          return { ...state, heard: put(state.heard, worker, true) };
        case "prepare":
          return { ...become("prepared"), said: put(state.said, worker, true) };
        case "give_up":
        case "obey_abort":
          return become("aborted");
        case "obey_commit":
          return become("committed");
      }
    },
    fingerprint: ({ workers, manager, heard, said, told }) => {
      const each = workers.map((is, worker) => `${is} ${heard[worker]} ${said[worker]}`);
      if (symmetric) each.sort();
      return `${each.join(",")};${manager};${told.join()}`;
    },
    invariants: {
      "TC1 nobody commits where another aborts": ({ workers }) =>
        !(workers.includes("committed") && workers.includes("aborted")),
    },
    endings: {
      "TC2 everybody decides": ({ workers }) =>
        workers.every((is) => is === "committed" || is === "aborted"),
    },
    goals: {
      "all commit": ({ workers }) => workers.every((is) => is === "committed"),
      "all abort": ({ workers }) => workers.every((is) => is === "aborted"),
    },
    describe: (_, [name, worker]) => `${worker < 0 ? "manager" : `worker ${worker}`} ${name}`,
  };
}

function put<T>(values: readonly T[], index: number, value: T): readonly T[] {
  return values.map((was, at) => (at === index ? value : was));
}
