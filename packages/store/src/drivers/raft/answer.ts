// What a leader answers to a commit that another node asks for.
//
//   u8 0, uint version   it took effect
//   u8 1                 a conflict
//   u8 2, text code, text sentence   it failed

import { HoldfastError, isErrorCode, Reader, Writer } from "@holdfast/std";
import type { CommitVersion } from "../../store.ts";
import type { Outcome } from "./desk.ts";

const codeSizeBytesMax = 64;
const sentenceSizeBytesMax = 4_096;
const sentenceUnitsMax = 1_000;

/** The bytes of what a commit came to. */
export function encodeOutcome(outcome: Outcome): Uint8Array {
  const writer = new Writer(10);
  return (outcome === "conflict" ? writer.u8(1) : writer.u8(0).uint(outcome)).finish();
}

/** The bytes of why a commit failed. */
export function encodeFailure({ code, message }: HoldfastError): Uint8Array {
  return new Writer().u8(2).text(code).text(message.slice(0, sentenceUnitsMax)).finish();
}

/** @throws {HoldfastError} What the leader said; `corrupt`, `truncated`, `too_large`. */
export function decodeAnswer(bytes: Uint8Array): Outcome {
  const reader = new Reader(bytes);
  const kind = reader.u8("kind of an answer");
  if (kind === 0) return reader.uint("version") as CommitVersion;
  if (kind === 1) return "conflict";
  if (kind !== 2) throw new HoldfastError("corrupt", `an answer of kind ${kind}`);
  const code = reader.text("code", codeSizeBytesMax);
  const sentence = reader.text("sentence", sentenceSizeBytesMax);
  throw new HoldfastError(isErrorCode(code) ? code : "unavailable", sentence);
}
