// The server's log: a JSON object on each line of standard error, for machines; on
// a terminal, a line that a person reads.

import { type Logger, pino } from "pino";
import type { ServerEvent } from "../serve.ts";

export type { Logger } from "pino";

/** How much is logged. */
export type LogLevel = "debug" | "info" | "warn" | "error" | "silent";

/** Writes to standard error. */
export function openLog(level: LogLevel): Logger {
  const options = { level, base: null };
  const { stderr } = process;
  if (!stderr.isTTY) return pino(options, pino.destination({ fd: 2, sync: true }));
  return pino(options, { write: (line: string) => void stderr.write(readable(line)) });
}

/** Logs what a server does: what is wrong as such, sessions at `info`, the rest at `debug`. */
export function logEvent(log: Logger, event: ServerEvent): void {
  switch (event.type) {
    case "connected":
      log.debug({ session: event.session, remote: event.remote }, "connected");
      break;
    case "disconnected":
      log.info({ session: event.session, remote: event.remote, ...event.end }, "session ended");
      break;
    case "crowded":
      log.warn({ remote: event.remote }, "turned away: too many connections");
      break;
    case "session":
      logSession(log, event);
      break;
    case "session_failed":
      log.error({ session: event.session, err: event.error }, "session failed");
      break;
    case "compaction_failed":
      log.error({ document: event.document, err: event.error }, "compaction failed");
      break;
  }
}

function logSession(log: Logger, { session, event }: ServerEvent & { type: "session" }): void {
  if (event.type === "refused") {
    const { document, refusal } = event;
    log.warn({ session, document, ...refusal }, "refused");
  } else if (event.type === "access_failed") {
    log.error({ session, err: event.error }, "an access hook failed");
  } else if (event.type === "welcomed") {
    log.info({ session, software: event.software }, "session began");
  } else if (event.type === "document_opened" || event.type === "document_closed") {
    log.debug({ session, document: event.document }, event.type.replace("_", " "));
  }
}

const levelNames: Readonly<Record<number, string>> = {
  20: "debug",
  30: "info",
  40: "warn",
  50: "error",
};

function readable(line: string): string {
  const { time, level, msg, err, ...rest } = JSON.parse(line) as Record<string, unknown>;
  const at = new Date(Number(time)).toTimeString().slice(0, 8);
  const fields = Object.entries(rest).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  const stack = (err as { stack?: string } | undefined)?.stack;
  const parts = [at, levelNames[Number(level)] ?? "", String(msg), ...fields];
  return `${parts.join(" ")}\n${stack === undefined ? "" : `${stack}\n`}`;
}
