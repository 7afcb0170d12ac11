// Telling a person why the command stopped.

import { type HoldfastError, isHoldfastError } from "@holdfast/std";
import { type ExitCode, exitCodes } from "./exit_code.ts";

/** A reason to stop, in words for the person at the keyboard. */
export class CommandFailure extends Error {
  readonly exitCode: ExitCode;

  /** @param sentence - What was wrong and what to do, whole sentences. */
  constructor(exitCode: ExitCode, sentence: string, options?: { readonly cause?: unknown }) {
    super(sentence, options);
    this.name = "CommandFailure";
    this.exitCode = exitCode;
  }
}

/** `error` as a {@link CommandFailure} where it is a foreseen one; else null: a defect. */
export function toFailure(error: unknown): CommandFailure | null {
  if (error instanceof CommandFailure) return error;
  if (!isHoldfastError(error)) return null;
  const exitCode = error.code === "invalid_argument" ? exitCodes.usage : exitCodes.environment;
  return new CommandFailure(exitCode, explain(error), { cause: error });
}

/** What was wrong, and what to do about it. */
export function explain(error: HoldfastError): string {
  return `${sentence(error.message)} What to do: ${error.action}.`;
}

/** `text` with a capital and a full stop. */
export function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

/** The operating system's name for what went wrong beneath `error`; empty where it had no part. */
export function systemCode({ cause }: Error): string {
  return (cause as NodeJS.ErrnoException | undefined)?.code ?? "";
}
