// Whether a value is a record of a merge log: what the reader asks of a stranger's lines,
// and the writer of its caller.

import {
  countOf,
  elementsInRecordMax,
  type MergeIds,
  type MergeRecord,
  nameCharactersMax,
  sequenceBound,
} from "./record.ts";

/** What is wrong with a value that is no record. */
export interface RecordFault {
  readonly code: "corrupt" | "too_large";
  /** To be said of a line: "names no replica". */
  readonly reason: string;
}

type Fields = Readonly<Record<string, unknown>>;

/** The fields of a record, besides `type`. */
const fieldsOf: Readonly<Record<MergeRecord["type"], readonly string[]>> = {
  event: [
    "replica",
    "id",
    "parents",
    "object",
    "insert",
    "after",
    "before",
    "parent",
    "move",
    "delete",
  ],
  version: ["replica", "events"],
  state: ["replica", "object", "list", "tree", "value", "digest"],
  durable: ["replica", "events"],
  restart: ["replica", "events"],
  settled: ["replicas"],
};

/** What is wrong with `value`, null where it is a record. Linear. */
export function faultOf(value: Fields): RecordFault | null {
  const fields = Object.hasOwn(fieldsOf, String(value.type))
    ? fieldsOf[value.type as MergeRecord["type"]]
    : undefined;
  if (fields === undefined) return corrupt("has no type that is known");
  if (value.type === "settled") return namesFault(value.replicas);
  if (typeof value.replica !== "string") return corrupt("names no replica");
  return (
    nameFault(value.replica, "replica") ??
    (value.object === undefined ? null : nameFault(value.object, "object")) ??
    contentFault(value)
  );
}

/** The fields of a record, without those that mean nothing. */
export function recordOf(value: Fields): MergeRecord {
  const names = ["type", ...fieldsOf[value.type as MergeRecord["type"]]];
  return Object.fromEntries(
    names.filter((name) => value[name] !== undefined).map((name) => [name, value[name]]),
  ) as unknown as MergeRecord;
}

function contentFault(value: Fields): RecordFault | null {
  switch (value.type as MergeRecord["type"]) {
    case "event":
      return eventFault(value);
    case "state":
      return stateFault(value);
    case "durable":
      return value.events === undefined ? null : listFault(value.events, "events");
    default:
      return listFault(value.events, "events");
  }
}

function eventFault(value: Fields): RecordFault | null {
  const fault = idsFault(value.id, "id");
  if (fault !== null) return fault;
  const events = countOf([value.id as MergeIds]);
  for (const name of ["insert", "move", "delete"]) {
    const elements = value[name];
    if (elements === undefined) continue;
    const wrong = listFault(elements, name) ?? sizeFault(elements as MergeIds[], name);
    if (wrong !== null) return wrong;
    const count = countOf(elements as MergeIds[]);
    if (events !== 1 && events !== count) {
      return corrupt(`has ${events} events that ${name} ${count} elements`);
    }
  }
  for (const name of ["after", "before", "parent"]) {
    const neighbour = value[name];
    if (neighbour === undefined || neighbour === null) continue;
    const wrong = singleFault(neighbour, name);
    if (wrong !== null) return wrong;
  }
  if (value.parents === undefined) return null;
  if (!Array.isArray(value.parents)) return corrupt("has parents that are no list");
  return firstFault(value.parents, (parent) => singleFault(parent, "parents"));
}

function stateFault(value: Fields): RecordFault | null {
  const kinds = ["list", "tree", "value", "digest"].filter((kind) => value[kind] !== undefined);
  if (kinds.length !== 1) return corrupt("shows not one of list, tree, value and digest");
  if (value.list !== undefined) {
    return listFault(value.list, "list") ?? sizeFault(value.list as MergeIds[], "list");
  }
  if (value.tree !== undefined) return treeFault(value.tree);
  if (value.value !== undefined) return null;
  return typeof value.digest === "string" ? null : corrupt("has a digest that is no text");
}

function treeFault(tree: unknown): RecordFault | null {
  if (!Array.isArray(tree)) return corrupt("has a tree that is no list");
  if (tree.length > elementsInRecordMax) {
    return { code: "too_large", reason: `has a tree of over ${elementsInRecordMax} nodes` };
  }
  return firstFault(tree, (pair) => {
    if (!Array.isArray(pair) || pair.length !== 2) {
      return corrupt("has a tree that is no list of nodes and parents");
    }
    const parent = pair[1] === null ? null : singleFault(pair[1], "tree");
    return singleFault(pair[0], "tree") ?? parent;
  });
}

function namesFault(names: unknown): RecordFault | null {
  if (names === undefined) return null;
  if (!Array.isArray(names)) return corrupt("has replicas that are no list");
  return firstFault(names, (name) => nameFault(name, "replicas"));
}

function listFault(list: unknown, name: string): RecordFault | null {
  if (!Array.isArray(list)) return corrupt(`has no list of ids as ${name}`);
  return firstFault(list, (ids) => idsFault(ids, name));
}

function sizeFault(list: readonly MergeIds[], name: string): RecordFault | null {
  if (countOf(list) <= elementsInRecordMax) return null;
  return { code: "too_large", reason: `has over ${elementsInRecordMax} elements in ${name}` };
}

function singleFault(id: unknown, name: string): RecordFault | null {
  if (Array.isArray(id) && id.length !== 2) return corrupt(`has no single id in ${name}`);
  return idsFault(id, name);
}

function idsFault(ids: unknown, name: string): RecordFault | null {
  if (typeof ids === "string") return nameFault(ids, name);
  if (!Array.isArray(ids) || ids.length < 2 || ids.length > 3) {
    return corrupt(`has something that is no id in ${name}`);
  }
  const [agent, from, to = from + 1] = ids;
  const isRun = Number.isInteger(from) && Number.isInteger(to) && from >= 0 && from < to;
  if (!isRun) return corrupt(`has something that is no run of ids in ${name}`);
  if (to > sequenceBound) {
    return { code: "too_large", reason: `has a sequence number over ${sequenceBound} in ${name}` };
  }
  return nameFault(agent, name);
}

function nameFault(name: unknown, field: string): RecordFault | null {
  if (typeof name !== "string") return corrupt(`has a name that is no text in ${field}`);
  if (name.length <= nameCharactersMax) return null;
  return { code: "too_large", reason: `has a name of over ${nameCharactersMax} characters` };
}

function firstFault<Item>(
  items: readonly Item[],
  faultOfItem: (item: Item) => RecordFault | null,
): RecordFault | null {
  for (const item of items) {
    const fault = faultOfItem(item);
    if (fault !== null) return fault;
  }
  return null;
}

function corrupt(reason: string): RecordFault {
  return { code: "corrupt", reason };
}
