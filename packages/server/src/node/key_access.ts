// The two simplest answers to who may do what: whoever has the key may do
// everything; and, on loopback, everybody may.

import { createHash, timingSafeEqual } from "node:crypto";
import { encodeUtf8, HoldfastError } from "@holdfast/std";
import type { Access } from "@holdfast/sync";

/** Fewest bytes of a key: 96 random bits in base64. */
export const keySizeBytesMin = 16;

/** Everybody may do everything. */
export const openAccess: Access<null> = {
  authenticate: async () => null,
  authorize: async () => true,
};

/**
 * Whoever presents `key`, as UTF-8, may do everything. How long the comparison
 * takes says nothing about the key.
 *
 * @throws {HoldfastError} `invalid_argument` where the key is shorter than {@link keySizeBytesMin}.
 */
export function keyAccess(key: string): Access<null> {
  const bytes = encodeUtf8(key);
  if (bytes.length < keySizeBytesMin) {
    throw new HoldfastError(
      "invalid_argument",
      `a key has at least ${keySizeBytesMin} bytes, this one ${bytes.length}`,
    );
  }
  // Hashes are of one length, whatever was presented.
  const expected = digest(bytes);
  return {
    authenticate: async (credential) => {
      if (timingSafeEqual(digest(credential), expected)) return null;
      throw new HoldfastError(
        "unauthenticated",
        credential.length === 0 ? "this server asks for a key" : "the key is not this server's",
      );
    },
    authorize: async () => true,
  };
}

function digest(bytes: Uint8Array): Buffer {
  return createHash("sha256").update(bytes).digest();
}
