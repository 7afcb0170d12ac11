// Frames of sync sessions in a few words, for pictures and transcripts.

import { decodeFrame, type Frame } from "@holdfast/sync";

/** Says what a frame is: `open #1 notes`. */
export function describeFrame(bytes: Uint8Array): string {
  const frame = decodeFrame(bytes);
  return "channel" in frame ? `${frame.type} #${frame.channel}${detailOf(frame)}` : frame.type;
}

function detailOf(frame: Frame): string {
  switch (frame.type) {
    case "open":
      return ` ${frame.document}`;
    case "bundles":
      return `, ${frame.bundles.length}`;
    case "saved":
      return ` up to ${frame.through}`;
    case "refused":
      return ` ${frame.ordinal}: ${frame.code}`;
    default:
      return "";
  }
}
