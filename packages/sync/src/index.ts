// Who lacks what, and moving it. See README.md.

export type { AppendOutcome, Arrival, HeldBundle, Holdings } from "./holdings.ts";
