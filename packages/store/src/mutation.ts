// Changes of a value that need not know it: they are done when the transaction commits, to
// whatever the value is then. So many transactions that add to one counter never conflict.
//
// Numbers are unsigned and little-endian, of any width: that of the operand. A value is cut
// or filled with zeros to that width first. The semantics are FoundationDB's (its developer
// guide, "Atomic operations"), so that data and habits carry over.

import { compareBytes, concatBytes, equalBytes } from "@holdfast/std";
import { type Mutation, valueSizeBytesMax } from "./store.ts";

/** What a value becomes; null is a missing one. O(operand), for bytes and `append_if_fits` O(value). */
export function applyMutation(
  value: Uint8Array | null,
  { type, operand }: Mutation,
): Uint8Array | null {
  switch (type) {
    case "add":
      return sum(value ?? new Uint8Array(0), operand);
    case "min":
    case "max": {
      if (value === null) return operand;
      const sized = sizedAs(value, operand.length);
      const isLess = compareNumbers(sized, operand) < 0;
      return isLess === (type === "min") ? sized : operand;
    }
    case "byte_min":
    case "byte_max":
      if (value === null) return operand;
      return compareBytes(value, operand) < 0 === (type === "byte_min") ? value : operand;
    case "and":
      return value === null ? operand : bitwise(value, operand, (a, b) => a & b);
    case "or":
      return bitwise(value ?? new Uint8Array(0), operand, (a, b) => a | b);
    case "xor":
      return bitwise(value ?? new Uint8Array(0), operand, (a, b) => a ^ b);
    case "append_if_fits": {
      if (value === null) return operand;
      return value.length + operand.length > valueSizeBytesMax
        ? value
        : concatBytes([value, operand]);
    }
    case "compare_and_clear":
      return value !== null && equalBytes(value, operand) ? null : value;
  }
}

/** What a value becomes by some changes in order. Appends that follow each other are one copy. */
export function applyMutations(
  value: Uint8Array | null,
  mutations: readonly Mutation[],
): Uint8Array | null {
  let result = value;
  let appended: Uint8Array[] = [];
  let sizeBytes = value?.length ?? 0;
  for (const mutation of mutations) {
    if (mutation.type === "append_if_fits" && result !== null) {
      if (sizeBytes + mutation.operand.length > valueSizeBytesMax) continue;
      appended.push(mutation.operand);
      sizeBytes += mutation.operand.length;
      continue;
    }
    if (appended.length > 0) result = concatBytes([result!, ...appended]);
    appended = [];
    result = applyMutation(result, mutation);
    sizeBytes = result?.length ?? 0;
  }
  return appended.length > 0 ? concatBytes([result!, ...appended]) : result;
}

function sum(value: Uint8Array, operand: Uint8Array): Uint8Array {
  const result = new Uint8Array(operand.length);
  let carry = 0;
  for (let index = 0; index < operand.length; index += 1) {
    const digits = (value[index] ?? 0) + operand[index]! + carry;
    result[index] = digits & 0xff;
    carry = digits >> 8;
  }
  return result;
}

function bitwise(
  value: Uint8Array,
  operand: Uint8Array,
  combine: (a: number, b: number) => number,
): Uint8Array {
  return operand.map((digit, index) => combine(value[index] ?? 0, digit));
}

function sizedAs(value: Uint8Array, sizeBytes: number): Uint8Array {
  const sized = new Uint8Array(sizeBytes);
  sized.set(value.subarray(0, sizeBytes));
  return sized;
}

// Of one width. The last byte counts most.
function compareNumbers(left: Uint8Array, right: Uint8Array): number {
  for (let index = left.length - 1; index >= 0; index -= 1) {
    const difference = left[index]! - right[index]!;
    if (difference !== 0) return difference;
  }
  return 0;
}
