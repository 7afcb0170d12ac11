// What the operating system says of a file, in the words of Holdfast.

import { type ErrorCode, HoldfastError } from "@holdfast/std";

const codes: ReadonlyMap<string, ErrorCode> = new Map<string, ErrorCode>([
  ["ENOSPC", "disk_full"],
  ["EDQUOT", "disk_full"],
  ["EFBIG", "disk_full"],
  ["EACCES", "permission_denied"],
  ["EPERM", "permission_denied"],
  ["EROFS", "permission_denied"],
  ["ENOENT", "not_found"],
]);

/** `cause` as a HoldfastError whose sentence names the act, the path and the system's code. */
export function diskError(act: string, path: string, cause: unknown): HoldfastError {
  const system = systemCode(cause);
  const sentence = `${act} ${path}: ${system}`;
  return new HoldfastError(codes.get(system) ?? "io", sentence, { cause });
}

function systemCode(cause: unknown): string {
  const code = cause instanceof Error ? (cause as NodeJS.ErrnoException).code : undefined;
  return code ?? String(cause);
}
