// Reads what strace wrote: which calls returned before which began.

/** A system call, by the lines at which it began and ended. */
export interface SystemCall {
  readonly name: string;
  /** What stands in the parentheses, as far as it is known when the call begins. */
  readonly args: string;
  readonly result: number;
  readonly begin: number;
  readonly end: number;
}

const whole = /^(\d+) +(\w+)\((.*)\) += (-?\d+)/;
const begun = /^(\d+) +(\w+)\((.*)<unfinished \.\.\.>/;
const resumed = /^(\d+) +<\.\.\. (\w+) resumed>.*\) += (-?\d+)/;

/** The calls of a trace (`strace -f -o`), in the order in which they began. */
export function parseTrace(text: string): SystemCall[] {
  const calls: SystemCall[] = [];
  const open = new Map<string, { name: string; args: string; begin: number }>();
  text.split("\n").forEach((line, index) => {
    const one = whole.exec(line);
    const first = begun.exec(line);
    const second = resumed.exec(line);
    if (one !== null) {
      const [, , name, args, result] = one;
      calls.push({ name: name!, args: args!, result: Number(result), begin: index, end: index });
    } else if (first !== null) {
      open.set(first[1]!, { name: first[2]!, args: first[3]!, begin: index });
    } else if (second !== null) {
      const call = open.get(second[1]!);
      open.delete(second[1]!);
      if (call !== undefined) calls.push({ ...call, result: Number(second[3]), end: index });
    }
  });
  return calls.sort((one, other) => one.begin - other.begin);
}

/** The descriptor that a call is about. */
export function descriptorOf(call: SystemCall): number {
  return Number.parseInt(call.args, 10);
}

/**
 * What stands in the way of each acknowledgement's being honest: it needs, since
 * the one before it, data that was written, then a sync of that file that began
 * after the writes had returned, then the meta page through a descriptor opened
 * with O_DSYNC, and all of that must have returned before it began.
 */
export function dishonestAcks(calls: readonly SystemCall[], file: string): string[] {
  const opened = calls.filter((call) => call.name === "openat" && call.args.includes(`/${file}"`));
  const syncing = new Set<number>();
  const plain = new Set<number>();
  for (const call of opened) (call.args.includes("O_DSYNC") ? syncing : plain).add(call.result);
  const writes = ["pwrite64", "pwritev", "writev"];
  const acks = calls.filter((call) => call.name === "write" && call.args.includes('"ACK '));
  const problems: string[] = [];
  let since = calls.find((call) => call.args.includes('"READY'))?.end ?? 0;
  for (const ack of acks) {
    const within = calls.filter((call) => call.begin > since && call.end < ack.begin);
    const data = within.filter(
      (call) => writes.includes(call.name) && plain.has(descriptorOf(call)),
    );
    const written = Math.max(...data.map((call) => call.end));
    const sync = within.find(
      (call) => call.name === "fdatasync" && plain.has(descriptorOf(call)) && call.begin > written,
    );
    const meta = within.find(
      (call) =>
        writes.includes(call.name) &&
        syncing.has(descriptorOf(call)) &&
        sync !== undefined &&
        call.begin > sync.end,
    );
    if (data.length === 0) problems.push(`${ack.args}: nothing was written`);
    else if (sync === undefined) problems.push(`${ack.args}: no sync returned before it`);
    else if (meta === undefined) problems.push(`${ack.args}: no meta page before it`);
    since = ack.end;
  }
  return problems;
}
