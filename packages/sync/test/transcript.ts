// A session as a stranger can read it: one line for each frame, in the order of sending.

import type { VersionVector } from "@holdfast/causality";
import { decodeBundle } from "@holdfast/doc";
import type { Connection } from "@holdfast/world";
import { decodeFrame, type Frame } from "../src/index.ts";

/** The frame, less what a reader need not see: agents are shown by their first letter. */
export function describeFrame(frame: Frame): string {
  switch (frame.type) {
    case "hello":
      return `hello protocol=${frame.protocolMin}..${frame.protocolMax} credential=${frame.credential.length} bytes software="${frame.software}"`;
    case "welcome":
      return `welcome protocol=${frame.protocol} epoch=${frame.store.epoch} session=${frame.session}`;
    case "open":
      return `open #${frame.channel} ${frame.document} ${vectorText(frame.vector)}`;
    case "opened":
      return `opened #${frame.channel} ${vectorText(frame.vector)}`;
    case "close":
      return `close #${frame.channel}`;
    case "bundles":
      return `bundles #${frame.channel} ${frame.bundles.map(bundleText).join(" ")}`;
    case "saved":
      return `saved #${frame.channel} through=${frame.through} ${vectorText(frame.vector)}`;
    case "refused": {
      const vector = frame.vector === null ? "" : ` ${vectorText(frame.vector)}`;
      return `refused #${frame.channel} ordinal=${frame.ordinal} ${frame.code}: ${frame.sentence}${vector}`;
    }
    case "presence":
      return `presence #${frame.channel} peer=${frame.peer} ${frame.state === null ? "gone" : `${frame.state.length} bytes`}`;
    case "ping":
    case "pong":
      return `${frame.type} ${frame.nonce}`;
    case "bye":
      return `bye ${frame.code}: ${frame.sentence}`;
  }
}

/** A connection that notes what is sent on it. */
export function noted(connection: Connection, name: string, lines: string[]): Connection {
  return {
    remote: connection.remote,
    closed: connection.closed,
    get bufferedBytes() {
      return connection.bufferedBytes;
    },
    send: (message) => {
      lines.push(`${name} ${describeFrame(decodeFrame(message))}`);
      connection.send(message);
    },
    drained: (lowBytes) => connection.drained(lowBytes),
    receive: () => connection.receive(),
    close: (reason) => connection.close(reason),
  };
}

function vectorText(vector: VersionVector): string {
  return `{${vector
    .entries()
    .map(([agent, next]) => `${agent[0]}:${next}`)
    .join(" ")}}`;
}

function bundleText(bytes: Uint8Array): string {
  const runs = decodeBundle(bytes).sections.flatMap((section) => section.runs);
  return `[${runs.map(({ agent, from, to }) => `${agent[0]}:${from}..${to}`).join(" ")}]`;
}
