// A lease with fencing tokens, as machines: a server that lets one client at a
// time write, and clients that may be slow, so that two of them can take
// themselves for the holder. What keeps their writes apart is the token.
//
//   client: idle --acquire--> asking --granted--> holding --release, refused--> idle
//
// Invariants:
//   LT1  A token is granted to one client.
//   LT2  No write lands behind that of a later holder.
//   LT3  A lease ends by its expiry, by its holder's release, or by a crash.
//   LT4  A client never goes back to an older token.
//   LT5  In the end nobody waits for an answer.
//
// `bug` plants one.

import { assert } from "@holdfast/std";
import {
  type Cluster,
  type Machine,
  type MachineModel,
  type MachineModelOptions,
  type MachineOutput,
  machineModel,
} from "../src/explore/index.ts";

type Token = number;

type Message =
  | { readonly type: "acquire" }
  | { readonly type: "granted" | "release" | "write" | "refused"; readonly token: Token };

interface Server {
  readonly role: "server";
  readonly owner: string | null;
  readonly token: Token;
  /** The token of the last write. */
  readonly applied: Token;
}

interface Client {
  readonly role: "idle" | "asking" | "holding";
  /** The highest that it was granted. */
  readonly token: Token;
}

export type LeaseState = Server | Client;
type Saved = Pick<Server, "token" | "applied">;
type LeaseCluster = Cluster<LeaseState, Message, Saved, LeaseHistory>;
type Output = MachineOutput<LeaseState, Message, Saved>;

/** What can be planted. */
export type LeaseBug =
  | "token_not_persisted"
  | "granted_while_owned"
  | "write_not_fenced"
  | "release_of_any_token"
  | "older_token_taken"
  | "asks_for_ever";

/** What was ever granted and written. */
export interface LeaseHistory {
  readonly granted: Readonly<Record<Token, readonly string[]>>;
  readonly applied: Token;
  /** Whether the lease of the highest token ended in good order. */
  readonly ended: boolean;
}

function serverMachine(bug: LeaseBug | null): Machine<Server, Message, Saved> {
  const answer = (state: Server, was: Server, to: string, message: Message | null): Output => {
    const keeps = bug !== "token_not_persisted" && state.token !== was.token;
    const persist = keeps || state.applied !== was.applied;
    const { token, applied } = state;
    return {
      state,
      persist: persist ? { token, applied } : null,
      send: message === null ? [] : [{ to, message }],
    };
  };
  return {
    start: (_, saved) => {
      const state: Server = { role: "server", owner: null, token: 0, applied: 0, ...saved };
      return { state, persist: null, send: [] };
    },
    step: (_, state, input) => {
      if (input.type === "prompt")
        return { state: { ...state, owner: null }, persist: null, send: [] };
      assert(input.type === "message", "the lease knows no connections");
      const { from, message } = input;
      const result = (next: Server, reply: Message | null) =>
        answer(next, state, from, reply) as MachineOutput<Server, Message, Saved>;
      switch (message.type) {
        case "acquire": {
          const { owner } = state;
          if (owner !== null && owner !== from) {
            if (bug !== "granted_while_owned") return result(state, { type: "refused", token: 0 });
            return result({ ...state, owner: from }, { type: "granted", token: state.token });
          }
          const token = state.token + 1;
          return result({ ...state, owner: from, token }, { type: "granted", token });
        }
        case "release": {
          const ends = message.token === state.token || bug === "release_of_any_token";
          return result(ends && state.owner === from ? { ...state, owner: null } : state, null);
        }
        case "write":
          if (message.token !== state.token && bug !== "write_not_fenced") {
            return result(state, { type: "refused", token: message.token });
          }
          return result({ ...state, applied: message.token }, null);
        default:
          assert(false, `a server is sent no ${message.type}`);
      }
    },
    prompts: (_, state) => (state.owner === null ? [] : ["expire"]),
  };
}

function clientMachine(bug: LeaseBug | null): Machine<Client, Message, Saved> {
  const stay = (state: Client) => ({ state, persist: null, send: [] });
  const say = (state: Client, message: Message) => ({
    state,
    persist: null,
    send: [{ to: "server", message }],
  });
  return {
    start: () => stay({ role: "idle", token: 0 }),
    step: (_, state, input) => {
      const { token } = state;
      if (input.type === "prompt") {
        if (input.prompt === "acquire") return say({ role: "asking", token }, { type: "acquire" });
        if (input.prompt === "write") return say(state, { type: "write", token });
        if (input.prompt === "give_up") return stay({ role: "idle", token });
        return say({ role: "idle", token }, { type: "release", token });
      }
      assert(input.type === "message", "the lease knows no connections");
      const { message } = input;
      if (message.type === "granted") {
        if (state.role === "idle") return stay(state);
        if (message.token <= token && bug !== "older_token_taken") return stay(state);
        assert(message.token >= token, "LT4: back to an older token");
        return stay({ role: "holding", token: message.token });
      }
      assert(message.type === "refused", `a client is sent no ${message.type}`);
      const answered = message.token === 0 ? state.role === "asking" : message.token === token;
      return stay(answered ? { role: "idle", token } : state);
    },
    prompts: (_, { role }) => {
      if (role === "idle") return ["acquire"];
      if (role === "holding") return ["write", "release"];
      return bug === "asks_for_ever" ? [] : ["give_up"];
    },
  };
}

function serverOf(cluster: LeaseCluster): Server {
  return cluster.state("server") as Server;
}

/** Bounds, and how the model is made. */
export interface LeaseOptions {
  readonly clients: readonly string[];
  readonly symmetric: boolean;
  readonly bug: LeaseBug | null;
  readonly bounds?: Partial<
    Pick<
      MachineModelOptions<LeaseState, Message, Saved, LeaseHistory>,
      "network" | "crashesMax" | "promptsMax"
    >
  >;
}

/** A server and clients. */
export function lease(
  options: LeaseOptions,
): MachineModel<LeaseState, Message, Saved, LeaseHistory> {
  const { clients, symmetric, bug, bounds = {} } = options;
  const client = clientMachine(bug);
  return machineModel<LeaseState, Message, Saved, LeaseHistory>({
    nodes: {
      server: serverMachine(bug),
      ...Object.fromEntries(clients.map((name) => [name, client])),
    } as Record<string, Machine<LeaseState, Message, Saved>>,
    network: { kind: "messages", lossesMax: 1, duplicatesMax: 1, inFlightMax: 3 },
    crashesMax: 0,
    promptsMax: { acquire: 2, write: 1, release: 1, expire: 1 },
    ...bounds,
    symmetric: symmetric ? [clients] : [],
    witness: {
      start: { granted: {}, applied: 0, ended: true },
      see: (known, { name, input, output: { state, send } }) => {
        if (name !== "server" || state.role !== "server") return known;
        const granted: Record<Token, readonly string[]> = { ...known.granted };
        let { ended } = known;
        if (input.type === "prompt" || input.type === "start") ended = true;
        if (input.type === "message" && input.message.type === "release") {
          ended ||= input.message.token === state.token;
        }
        for (const { to, message } of send) {
          if (message.type !== "granted") continue;
          ended = false;
          granted[message.token] = [...new Set([...(granted[message.token] ?? []), to])];
        }
        return { granted, applied: Math.max(known.applied, state.applied), ended };
      },
    },
    invariants: {
      "LT1 a token is granted to one client": ({ witness }) =>
        Object.values(witness.granted).every((to) => to.length === 1),
      "LT2 no write lands behind that of a later holder": (cluster) =>
        serverOf(cluster).applied >= cluster.witness.applied,
      "LT3 a lease ends by expiry, release or crash": (cluster) =>
        cluster.witness.ended || serverOf(cluster).owner !== null,
    },
    endings: {
      "LT5 nobody waits for an answer": ({ states }) =>
        states.every(({ role }) => role !== "asking"),
    },
    goals: {
      "a write of the second holder landed": (cluster) => serverOf(cluster).applied === 2,
      "two clients take themselves for the holder": ({ states }) =>
        states.filter(({ role }) => role === "holding").length === 2,
    },
    show: {
      state: (state) =>
        state.role === "server"
          ? `@${state.token} owner=${state.owner ?? "nobody"} applied=${state.applied}`
          : `@${state.token} ${state.role}`,
      message: (message) =>
        message.type === "acquire" ? "acquire" : `${message.type} token=${message.token}`,
      saved: ({ token, applied }) => `token=${token} applied=${applied}`,
    },
  });
}
