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

const writes = ["pwrite64", "pwritev", "writev"];

/** The descriptors that files whose path has `part` in it were opened under. */
function descriptorsOf(calls: readonly SystemCall[], part: string): SystemCall[] {
  return calls.filter((call) => call.name === "openat" && call.args.includes(part));
}

/**
 * What stands in the way of each acknowledgement's being honest: it needs, since the one
 * before it, data that was written to a log, then a sync of that file that began after the
 * writes had returned, and that must have returned before it began.
 */
export function dishonestAcks(calls: readonly SystemCall[], log: string): string[] {
  const logs = new Set(descriptorsOf(calls, log).map((call) => call.result));
  const acks = calls.filter((call) => call.name === "write" && call.args.includes('"ACK '));
  const problems: string[] = [];
  let since = calls.find((call) => call.args.includes('"READY'))?.end ?? 0;
  for (const ack of acks) {
    const within = calls.filter(
      (call) => call.begin > since && call.end < ack.begin && logs.has(descriptorOf(call)),
    );
    const data = within.filter((call) => writes.includes(call.name));
    const written = Math.max(...data.map((call) => call.end));
    const sync = within.find((call) => call.name === "fdatasync" && call.begin > written);
    if (data.length === 0) problems.push(`${ack.args}: nothing was written`);
    else if (sync === undefined) problems.push(`${ack.args}: no sync returned before it`);
    since = ack.end;
  }
  return problems;
}

/**
 * What stands in the way of each removal of a log: since the last write to it, LMDB must have
 * written pages, synced them, and then written its meta page through a descriptor opened with
 * O_DSYNC, and all of that must have returned.
 */
export function earlyDrops(calls: readonly SystemCall[], log: string, file: string): string[] {
  const opened = descriptorsOf(calls, `/${file}"`);
  const isOf = (call: SystemCall, isSyncing: boolean) =>
    opened.some(
      ({ args, result }) => result === descriptorOf(call) && args.includes("O_DSYNC") === isSyncing,
    );
  const problems: string[] = [];
  for (const drop of calls.filter(({ name }) => name.startsWith("unlink"))) {
    const name = /commits\.\d+/.exec(drop.args)?.[0];
    if (name === undefined || !drop.args.includes(log)) continue;
    const own = new Set(descriptorsOf(calls, `/${name}"`).map((call) => call.result));
    const before = calls.filter((call) => call.end < drop.begin);
    const toLog = before.filter(
      (call) => writes.includes(call.name) && own.has(descriptorOf(call)),
    );
    const since = Math.max(...toLog.map((call) => call.end));
    const later = before.filter((call) => call.begin > since);
    const pages = later.find((call) => writes.includes(call.name) && isOf(call, false));
    const sync = later.find(
      (call) => call.name === "fdatasync" && isOf(call, false) && call.begin > (pages?.end ?? 1e9),
    );
    const meta = later.find(
      (call) => writes.includes(call.name) && isOf(call, true) && call.begin > (sync?.end ?? 1e9),
    );
    if (pages === undefined) problems.push(`${name}: LMDB wrote nothing`);
    else if (sync === undefined) problems.push(`${name}: LMDB did not sync`);
    else if (meta === undefined) problems.push(`${name}: LMDB wrote no meta page`);
  }
  return problems;
}
