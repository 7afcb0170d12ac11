// What an explorer has to know of a system: its states, what can happen in each,
// and what must hold.
//
// States are values: `next` makes a new one and leaves the old one as it was.
// What is looked at is finite because the model bounds it (so many losses, so
// many crashes), or else because the explorer does.

/** Something that holds in a state, or doesn't. Must not change the state. */
export type Predicate<State> = (state: State) => boolean;

/** Predicates by their ids. An id is what a violation is named by, as `E3` or `E3 one leader in each term`. */
export type Predicates<State> = Readonly<Record<string, Predicate<State>>>;

/** A system of which every state can be visited. Its functions are pure: the same arguments give the same result. */
export interface Model<State, Action> {
  /** Where the system may begin. At least one. */
  readonly initial: readonly State[];
  /** All that can happen in `state`, always in the same order. */
  actions(state: State): readonly Action[];
  /**
   * What `state` becomes by `action`; null where that leads beyond the bounds of
   * what is looked at. Throws where an assertion of the system fails: that counts
   * as a violation.
   */
  next(state: State, action: Action): State | null;
  /**
   * A text that two states share only where it makes no difference which of them
   * is looked at: where they are equal, or alike under a symmetry that actions and
   * predicates respect too.
   */
  fingerprint(state: State): string;
  /** What must hold in each state. */
  readonly invariants: Predicates<State>;
  /** Whether `action` is something that goes wrong, and may as well never happen. No action is, where this is absent. */
  isFault?(action: Action): boolean;
  /** What must hold in each state in which nothing but faults can happen: what the system has to have come to by then. */
  readonly endings?: Predicates<State>;
  /** What must hold in some state, each: a system that does nothing breaks no invariant. */
  readonly goals?: Predicates<State>;
  /** A line for people, or several: `action`, and what it made of `before`. `after` is null where `next` threw. */
  describe(before: State, action: Action, after: State | null): string;
}

/** How far to go. */
export interface ExploreLimits {
  /** Most states to visit. Each costs 24 to 48 bytes, and while it waits for its turn, itself. At most {@link statesLimit}. */
  readonly statesMax: number;
  /** Most actions from an initial state. */
  readonly depthMax: number;
}

/** The highest `statesMax`. A table of so many takes 1.5 GB. */
export const statesLimit = 33_554_432;

/** A way into a state: each action with the state before it and the one it led to. */
export interface Step<State, Action> {
  readonly before: State;
  readonly action: Action;
  /** Null where the action threw. */
  readonly after: State | null;
}

/** A promise that was broken, and a way to it. */
export interface Violation<State, Action> {
  /** The id of the predicate that did not hold; null where an action threw. */
  readonly invariant: string | null;
  /** `invariant`: it must hold always; `ending`: at the end; `assertion`: the system threw. */
  readonly kind: "invariant" | "ending" | "assertion";
  /** What to say of it, in one line. */
  readonly sentence: string;
  /** What happened until then, from an initial state on. Empty where that one is to blame. */
  readonly path: readonly Step<State, Action>[];
}

/** What an exploration found. */
export interface Exploration<State, Action> {
  /** Different states, by their fingerprints, that were visited. */
  readonly states: number;
  /** Actions that were carried out, those that led to known states among them. */
  readonly transitions: number;
  /** Actions that led out of the model's bounds and were not followed. */
  readonly cut: number;
  /** States in which nothing but faults can happen. */
  readonly ends: number;
  /** The longest of the shortest ways to a state, in actions. */
  readonly depthMax: number;
  /** Whether all states within the model's bounds were visited. False also after a violation. */
  readonly complete: boolean;
  /** The first violation that was met; null where everything held. */
  readonly violation: Violation<State, Action> | null;
  /** For each goal, how many actions the nearest state is away in which it holds; null where none was met. */
  readonly goals: ReadonlyMap<string, number | null>;
  /** Whether all states were visited, nothing was broken, and each goal was met. */
  readonly passed: boolean;
}
