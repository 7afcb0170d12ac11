// Who lacks what, and moving it. See README.md.

export {
  bundlesSizeBytes,
  type ChannelId,
  credentialSizeBytesMax,
  decodeFrame,
  encodeFrame,
  type Frame,
  frameSizeBytesMax,
  frameTypes,
  presenceSizeBytesMax,
  protocolVersion,
  type SessionId,
  type StoreName,
  sentenceSizeBytesMax,
  softwareSizeBytesMax,
  storeIdentitySizeBytes,
} from "./frame.ts";
export type { AppendOutcome, Arrival, HeldBundle, Holdings, Sender } from "./holdings.ts";
export type { InitiatorEvent } from "./initiator_io.ts";
export {
  PresenceHub,
  type PresenceListener,
  type PresenceSeat,
  presenceIntervalMs,
  presenceLifeMs,
} from "./presence.ts";
export { type InitiatorOptions, InitiatorSession, type WriterHoldings } from "./run_initiator.ts";
export {
  type Access,
  type AccessAction,
  type ResponderEvent,
  type ResponderOptions,
  runResponder,
} from "./run_responder.ts";
export {
  documentsPerConnectionMax,
  doubtMsMax,
  greetingMsMax,
  inboundSizeBytesMax,
  outboundSizeBytesMax,
  pingIntervalMs,
  type Refusal,
  type SessionEnd,
  silenceMsMax,
  stallMsMax,
  vectorAgentsPerConnectionMax,
} from "./session.ts";
