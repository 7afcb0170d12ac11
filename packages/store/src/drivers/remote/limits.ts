// What the two sides of a store on the wire agree on beforehand: versions and limits.

import { keySizeBytesMax } from "../../store.ts";

/** The one protocol that this release speaks. */
export const protocolVersion = 0;

/** Slots of a session: so many transactions of one client are under way at once. */
export const slotsMax = 256;
/** Watches of one connection. */
export const watchesPerConnectionMax = 1_000;
/** Bytes of what a client presents. */
export const credentialSizeBytesMax = 8_192;
/** Bytes of one part of a commit's request. */
export const partSizeBytesMax = 256 * 1_024;
/** Bytes of a commit's request, its parts together. */
export const requestSizeBytesMax = 32 * 1_048_576;
/** From so many bytes of keys and values on, a page of rows ends. */
export const pageSizeBytesMax = 256 * 1_024;
/** Bytes of a page of the feed, its parts together: a transaction may have written as much as one may. */
export const toldSizeBytesMax = 64 * 1_048_576;
/** Parts of it: all but the last are as large as one may be. */
export const toldPartsMax = toldSizeBytesMax / partSizeBytesMax + 1;
/** From so many bytes that the network has not taken on, nothing more is made for it. */
export const outboundSizeBytesMax = 1_048_576;
/** Bytes of a store's identity. */
export const identitySizeBytes = 16;

/** Longest key, and longest end of a range. */
export const endSizeBytesMax = keySizeBytesMax + 1;
/** Most rows of one page: each takes two bytes at least. */
export const pageRowsMax = 4_096;

/** How long a side may take to greet the other. */
export const greetingMsMax = 10_000;
/** How long a commit can be asked for again, by the server's clock; notes of it are kept for longer. */
export const settleMsMax = 12 * 3_600_000;
