// Assertions: what must hold whatever a caller, a peer or a disk does.

/** An invariant did not hold: a defect of Holdfast, never of its input. */
export class InvariantError extends Error {
  constructor(rule: string) {
    super(`invariant broken: ${rule}`);
    this.name = "InvariantError";
  }
}

/** Throws {@link InvariantError} unless `condition`. `rule` begins with the invariant's id. */
export function assert(condition: boolean, rule: string): asserts condition {
  if (!condition) throw new InvariantError(rule);
}

/** Marks code that the types rule out; a switch over a union ends with it. */
export function unreachable(value: never): never {
  throw new InvariantError(`unreachable: ${JSON.stringify(value)}`);
}
