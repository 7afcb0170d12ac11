// Where everything stands, in a sentence that a person can act on.

import type { ConnectionState, DocumentStatus } from "@holdfast/client";
import type { HoldfastError } from "@holdfast/std";

/** What is known of what was written. */
export interface Facts {
  /** Of the list, and of the open page where there is one. */
  readonly statuses: readonly DocumentStatus[];
  readonly connection: ConnectionState;
  /** What is wrong with this device's storage. */
  readonly storageProblem: HoldfastError | null;
  /** Whether this device says that it has a network at all. */
  readonly hasNetwork: boolean;
  /** By the clock of `connection.retryAtMs`. */
  readonly nowMs: number;
}

/** What to show of it. */
export interface Standing {
  /** `good`: saved. `busy`: on its way. `away`: kept here. `bad`: somebody has to do something. */
  readonly tone: "good" | "busy" | "away" | "bad";
  /** A word or two. */
  readonly short: string;
  /** All of it, without what changes by the second. */
  readonly sentence: string;
  /** When it is tried again; empty where it is not. */
  readonly retry: string;
  /** What would help: load the page anew, or try the server at once. */
  readonly remedy: "reload" | "reconnect" | null;
}

/** Says where everything stands. What is worst is said first. */
export function standingOf(facts: Facts): Standing {
  return badStanding(facts) ?? awayStanding(facts) ?? onlineStanding(facts);
}

function badStanding({ statuses, connection, storageProblem }: Facts): Standing | null {
  const problems = statuses.flatMap(({ problem }) => problem ?? []);
  const bad = (short: string, sentence: string, remedy: Standing["remedy"] = null): Standing => {
    return { tone: "bad", short, sentence, retry: "", remedy };
  };
  const all = storageProblem === null ? problems : [storageProblem, ...problems];
  if (all.some(({ code }) => code === "disk_full")) {
    return bad(
      "Not saved",
      "Not saved: this device’s storage is full. Free some room, or write less.",
    );
  }
  if (storageProblem !== null) {
    const told = sentenceOf(storageProblem);
    const isThere = connection.state === "online" && worstOf(statuses) === "saved";
    if (!isThere) return bad("Look here", `This device’s storage: ${told}`);
    // What the server has is safe, whatever this device does.
    const sentence = `Saved on the server. ${told}`;
    return { tone: "away", short: "Saved there", sentence, retry: "", remedy: null };
  }
  const disk = problems.find(({ code }) => code === "io");
  if (disk !== undefined) return bad("Not saved", "Not saved: this device’s storage fails.");
  const { state, reason } = connection;
  if (state === "refused" && reason?.code === "unsupported_version") {
    const sentence =
      "This page and the server are of different releases. Nothing is lost; reload to go on.";
    return bad("Old page", sentence, "reload");
  }
  if (state === "refused" && reason !== null) {
    return bad("Refused", `Kept on this device only. ${sentenceOf(reason)}`, "reconnect");
  }
  const refused = problems[0];
  if (refused !== undefined) {
    return bad("Refused", `Kept on this device only. The server said: ${sentenceOf(refused)}`);
  }
  return null;
}

function awayStanding({ statuses, connection, nowMs }: Facts): Standing | null {
  const { state, retryAtMs } = connection;
  if (state === "online") return null;
  const worst = worstOf(statuses);
  const where =
    worst === "pending"
      ? "Saving on this device"
      : worst === "saved"
        ? "Everything is saved; the server can’t be reached"
        : "Saved on this device; will be sent when the server is there";
  if (state === "connecting") {
    const sentence = worst === "saved" ? "Connecting to the server" : where;
    return { tone: "away", short: "Connecting", sentence, retry: "", remedy: null };
  }
  const seconds = retryAtMs === null ? null : Math.max(1, Math.ceil((retryAtMs - nowMs) / 1000));
  const retry = seconds === null ? "" : `retrying in ${seconds} s`;
  const short = worst === "pending" ? "Saving" : worst === "saved" ? "Offline" : "On this device";
  return { tone: "away", short, sentence: where, retry, remedy: "reconnect" };
}

function onlineStanding({ statuses, hasNetwork }: Facts): Standing {
  const worst = worstOf(statuses);
  if (worst === "saved") {
    return { tone: "good", short: "Saved", sentence: "Saved", retry: "", remedy: null };
  }
  if (worst !== "pending" && !hasNetwork) {
    // The connection is not known to be broken until nothing has come over it for a while.
    const sentence = "Saved on this device; will be sent when the network is back";
    return { tone: "away", short: "On this device", sentence, retry: "", remedy: null };
  }
  const sentence = worst === "pending" ? "Saving on this device" : "Saved on this device; sending";
  return { tone: "busy", short: "Saving", sentence, retry: "", remedy: null };
}

const order = ["pending", "local", "sent", "saved"] as const;

function worstOf(statuses: readonly DocumentStatus[]): DocumentStatus["state"] {
  return order.find((state) => statuses.some((status) => status.state === state)) ?? "saved";
}

function sentenceOf({ message }: HoldfastError): string {
  const begun = message.charAt(0).toUpperCase() + message.slice(1);
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}
