// A store over the wire, and what a server needs to serve one. See ../../../README.md.

export {
  type AsOf,
  type ClientFrame,
  type CommitName,
  decodeClientFrame,
  encodeClientFrame,
  isAsOf,
} from "./client_frame.ts";
export { FrameBatch, frameOf, framesOf, messageOf } from "./frame_batch.ts";
export {
  greetingMsMax,
  identitySizeBytes,
  outboundSizeBytesMax,
  pageRowsMax,
  pageSizeBytesMax,
  partSizeBytesMax,
  protocolVersion,
  requestSizeBytesMax,
  settleMsMax,
  slotsMax,
  watchesPerConnectionMax,
} from "./limits.ts";
export type { RemoteWorld } from "./link.ts";
export { openRemoteStore, type RemoteStoreOptions } from "./remote_store.ts";
export { replayRequest, replayWrites, requestPriority } from "./replay_request.ts";
export {
  decodeServerFrame,
  encodeServerFrame,
  type ServerFrame,
  type Welcome,
  writeServerFrame,
} from "./server_frame.ts";
export { encodeChanges } from "./told_changes.ts";
