// Several operations at once: if all comparisons hold, these are done, else those; in the
// manner of etcd's Txn. The request and its answer are described in docs/http.md.
//
// All reads of a transaction, comparisons and `get`s, see what was there before it; so the
// order of its operations says nothing, and a key may be written only once.

import { decodeUtf8, equalBytes, HoldfastError, isHoldfastError } from "@holdfast/std";
import type { CommitVersion } from "@holdfast/store";
import type { Content, Held } from "../../kv/entry.ts";
import type { KeyTransaction, KeyValues } from "../../kv/key_values.ts";
import { bytesField, bytesOf, type Fields, fieldsOf, heldFields } from "./json_bytes.ts";

/** Largest request, in bytes. */
export const transactionBodySizeBytesMax = 1024 * 1024;
/** Most comparisons of a request, and most operations of each of its branches. */
export const transactionPartsMax = 128;

interface Comparison {
  readonly key: Uint8Array;
  holds(held: Held | null): boolean;
}

type Operation =
  | { readonly type: "get" | "delete"; readonly key: Uint8Array }
  | { readonly type: "put"; readonly key: Uint8Array; readonly content: Content };

/** What to do, and upon what. */
interface TransactionRequest {
  readonly compare: readonly Comparison[];
  readonly success: readonly Operation[];
  readonly failure: readonly Operation[];
}

/** What was done, as JSON. */
export interface TransactionAnswer {
  readonly succeeded: boolean;
  readonly version: CommitVersion;
  readonly results: readonly Record<string, unknown>[];
}

/**
 * Reads and runs a request.
 *
 * @throws {HoldfastError} `invalid_argument` where the body is no such request;
 *   `too_large`; whatever `Store.transact` throws.
 */
export async function runTransaction(kv: KeyValues, body: Uint8Array): Promise<TransactionAnswer> {
  const request = parseTransaction(body);
  const { value, version } = await kv.transact((tx) => run(tx, request));
  return { succeeded: value.succeeded, version, results: value.results };
}

/** @throws {HoldfastError} `invalid_argument`, `too_large`. */
function parseTransaction(body: Uint8Array): TransactionRequest {
  const fields = fieldsOf(parseJson(body), "the request", ["compare", "then", "else"]);
  return {
    compare: listOf(fields, "compare").map(comparisonOf),
    success: operationsOf(fields, "then"),
    failure: operationsOf(fields, "else"),
  };
}

async function run(tx: KeyTransaction, request: TransactionRequest) {
  let succeeded = true;
  for (const { key, holds } of request.compare) {
    if (holds(await tx.get(key))) continue;
    succeeded = false;
    break;
  }
  const operations = succeeded ? request.success : request.failure;
  const results: Record<string, unknown>[] = [];
  for (const operation of operations) {
    const { type, key } = operation;
    const held = type === "get" ? await tx.get(key) : null;
    const found = type === "get" ? { found: held !== null } : {};
    results.push({
      op: type,
      ...bytesField("key", key),
      ...found,
      ...(held === null ? {} : heldFields(held)),
    });
  }
  for (const operation of operations) {
    if (operation.type === "put") tx.set(operation.key, operation.content);
    else if (operation.type === "delete") tx.clear(operation.key);
  }
  return { succeeded, results };
}

function comparisonOf(value: unknown): Comparison {
  const names = ["key", "keyBase64", "version", "exists", "value", "valueBase64"];
  const fields = fieldsOf(value, "a comparison", names);
  const key = keyOf(fields, "a comparison");
  const wanted = bytesOf(fields, "value");
  const hasVersion = Object.hasOwn(fields, "version");
  const hasExists = Object.hasOwn(fields, "exists");
  if (Number(hasVersion) + Number(hasExists) + Number(wanted !== null) !== 1) {
    throw invalid("a comparison has one of version, exists and value");
  }
  const { version, exists } = fields;
  if (hasVersion) {
    if (version !== null && !(Number.isSafeInteger(version) && Number(version) >= 0)) {
      throw invalid("a version is a whole number, or null for a key that is not there");
    }
    return { key, holds: (held) => (held?.version ?? null) === version };
  }
  if (hasExists) {
    if (typeof exists !== "boolean") throw invalid("exists is true or false");
    return { key, holds: (held) => (held !== null) === exists };
  }
  return { key, holds: (held) => held !== null && equalBytes(held.value, wanted!) };
}

/** A branch. No key is written twice in it. */
function operationsOf(fields: Fields, name: string): Operation[] {
  const operations = listOf(fields, name).map(operationOf);
  const written = operations.filter(({ type }) => type !== "get");
  const names = new Set(written.map(({ key }) => Buffer.from(key).toString("latin1")));
  if (names.size < written.length) throw invalid(`${name} writes a key twice`);
  return operations;
}

function operationOf(value: unknown): Operation {
  const op = (value as Fields | null)?.op;
  if (op === "get" || op === "delete") {
    const fields = fieldsOf(value, `a ${op}`, ["op", "key", "keyBase64"]);
    return { type: op, key: keyOf(fields, `a ${op}`) };
  }
  if (op !== "put") throw invalid("an operation has op: get, put or delete");
  const names = ["op", "key", "keyBase64", "value", "valueBase64", "contentType"];
  const fields = fieldsOf(value, "a put", names);
  const bytes = bytesOf(fields, "value");
  if (bytes === null) throw invalid("a put has a value");
  const { contentType = "" } = fields;
  if (typeof contentType !== "string") throw invalid("contentType is text");
  return { type: "put", key: keyOf(fields, "a put"), content: { contentType, value: bytes } };
}

function keyOf(fields: Fields, what: string): Uint8Array {
  const key = bytesOf(fields, "key");
  if (key === null) throw invalid(`${what} has a key`);
  return key;
}

function listOf(fields: Fields, name: string): readonly unknown[] {
  if (!Object.hasOwn(fields, name)) return [];
  const list = fields[name];
  if (!Array.isArray(list)) throw invalid(`${name} is a list`);
  if (list.length <= transactionPartsMax) return list;
  const sizes = `${list.length} parts, at most ${transactionPartsMax}`;
  throw new HoldfastError("too_large", `${name} has ${sizes}`);
}

function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(decodeUtf8(body));
  } catch (cause) {
    if (!(cause instanceof SyntaxError) && !isHoldfastError(cause)) throw cause;
    throw new HoldfastError("invalid_argument", "the body is no JSON in UTF-8", { cause });
  }
}

function invalid(sentence: string): HoldfastError {
  return new HoldfastError("invalid_argument", sentence);
}
