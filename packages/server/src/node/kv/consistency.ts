// How fresh a read over HTTP must be, and how fresh the answer is.
//
//   ?consistency=linearizable            as it is anyhow
//   ?consistency=session&at_least=N      at least as new as version N; N may be missing
//   ?consistency=bounded&stale_ms=N      all that was acknowledged N ms before is there
//
// The version of the store that an answer shows is the token of a session: whoever sends the
// highest that he was told of, by whichever server, sees his own writes and never goes back.

import { HoldfastError } from "@holdfast/std";
import type { CommitVersion, Consistency } from "@holdfast/store";
import type { Seen } from "../../kv/key_values.ts";
import type { HeaderList } from "./answer.ts";
import { type Parameters, textOf } from "./request_url.ts";

/** Names of the parameters that say it. */
export const consistencyNames: readonly string[] = ["consistency", "at_least", "stale_ms"];

/** What `parameters` ask for. @throws {HoldfastError} `invalid_argument`. */
export function consistencyOf(parameters: Parameters): Consistency {
  const word = textOf(parameters, "consistency") ?? "linearizable";
  const [atLeast, staleMs] = [wholeOf(parameters, "at_least"), wholeOf(parameters, "stale_ms")];
  const isMixed =
    (atLeast !== null && word !== "session") || (staleMs !== null && word !== "bounded");
  if (isMixed) throw invalid("at_least is of consistency=session, stale_ms of consistency=bounded");
  switch (word) {
    case "linearizable":
      return word;
    case "session":
      return { atLeast: (atLeast ?? 0) as CommitVersion };
    case "bounded":
      if (staleMs === null) throw invalid("consistency=bounded needs stale_ms, the bound");
      return { staleMsMax: staleMs };
    default:
      throw invalid("consistency is linearizable, session or bounded");
  }
}

/** Refuses it of what is told as it happens. @throws {HoldfastError} `invalid_argument`. */
export function requireLinearizable(consistency: Consistency): void {
  if (consistency === "linearizable") return;
  throw invalid("a watch tells what there is, and has no consistency to choose");
}

/** What an answer says of itself, where it may be older. */
export function freshnessHeaders({ version, staleMsMax }: Omit<Seen, "held">): HeaderList {
  const shown = ["Holdfast-Store-Version", String(version)];
  const isKnown = Number.isFinite(staleMsMax);
  return isKnown ? [...shown, "Holdfast-Stale-Ms", String(Math.ceil(staleMsMax))] : shown;
}

function wholeOf(parameters: Parameters, name: string): number | null {
  const text = textOf(parameters, name);
  if (text === null) return null;
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(value)) return value;
  throw invalid(`${name} is a whole number`);
}

function invalid(sentence: string): HoldfastError {
  return new HoldfastError("invalid_argument", sentence);
}
