// packages/std/src/assert.ts
var InvariantError = class extends Error {
  constructor(rule) {
    super(`invariant broken: ${rule}`);
    this.name = "InvariantError";
  }
};
function assert(condition, rule) {
  if (!condition) throw new InvariantError(rule);
}
function unreachable(value) {
  throw new InvariantError(`unreachable: ${JSON.stringify(value)}`);
}

// packages/std/src/error.ts
var errorActions = {
  /** An argument is outside of its documented range. */
  invalid_argument: "fix the call",
  /** Bytes do not decode, or a checksum or a hash does not match. */
  corrupt: "discard the bytes; fetch them again or restore a backup",
  /** Bytes end before their content does. */
  truncated: "discard the bytes; fetch them again",
  /** A length, depth or count is over its limit. */
  too_large: "send less at once",
  /** The format or protocol version is not one this release reads. */
  unsupported_version: "upgrade the older side",
  /** A bundle belongs to another document. */
  wrong_document: "apply it to the document that it names",
  /** Events refer to events that are not here. */
  missing_dependency: "send the missing events first",
  /** One event id stands for two different contents. */
  equivocation: "stop: this writer's identity was used twice; start a new agent",
  /** An event can't have happened on the version that it names. */
  invalid_operation: "discard the bundle",
  /** A peer broke the sync protocol. */
  protocol: "close the connection; report the peer",
  /** The thing named does not exist. */
  not_found: "check the name",
  /** Other transactions kept winning until the deadline or the retry limit. */
  conflict: "run the transaction again later",
  /** A transaction is older than the snapshots that are kept. */
  too_old: "start a new transaction",
  /** The thing was closed. */
  closed: "open it again",
  /** The caller, or the scope around it, cancelled the work. */
  cancelled: "nothing; this was asked for",
  /** A deadline passed. */
  timeout: "try again with a back-off; the outcome may be unknown",
  /** Whether a commit took effect is not known, and nobody is left who could tell. */
  unknown_outcome: "look whether it took effect before doing it again",
  /** The other side can't be reached, or can't serve now. */
  unavailable: "try again with a back-off",
  /** The credential is missing or not valid. */
  unauthenticated: "send a valid credential",
  /** The principal may not do this. */
  forbidden: "ask whoever owns the document",
  /** A peer reads more slowly than it is written to. */
  too_slow: "reconnect; what was missed is sent again",
  /** A limit on rate or number is reached. */
  overloaded: "try again with a back-off",
  /** No room is left on the disk, or the file reached its size limit. */
  disk_full: "free room; nothing of this write was kept",
  /** The operating system reported a failure of a file or a device. */
  io: "look at the disk; what was acknowledged before is kept",
  /** The folder is in use by another process. */
  locked: "stop the other process, or choose another folder",
  /** The address is in use by another process. */
  address_in_use: "choose another port, or stop the other process",
  /** The operating system refuses access. */
  permission_denied: "grant access, or choose another place"
};
function isErrorCode(value) {
  return Object.hasOwn(errorActions, value);
}
var HoldfastError = class extends Error {
  /** What sort of failure this is. */
  code;
  /**
   * @param code - One of the closed list.
   * @param sentence - What was wrong, with the number or name that was wrong. No full stop.
   */
  constructor(code, sentence, options) {
    super(sentence, options);
    this.name = "HoldfastError";
    this.code = code;
  }
  /** What the one who meets this failure must do. */
  get action() {
    return errorActions[this.code];
  }
};
function isHoldfastError(error, ...codes) {
  if (!(error instanceof Error) || error.name !== "HoldfastError") return false;
  const code = error.code;
  if (typeof code !== "string" || !isErrorCode(code)) return false;
  return codes.length === 0 || codes.includes(code);
}

// packages/std/src/bytes.ts
var encoder = new TextEncoder();
var decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
function compareBytes(a, b) {
  const shared = Math.min(a.length, b.length);
  for (let index = 0; index < shared; index += 1) {
    const difference = a[index] - b[index];
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
function equalBytes(a, b) {
  return a.length === b.length && compareBytes(a, b) === 0;
}
function concatBytes(parts) {
  let sizeBytes = 0;
  for (const part of parts) sizeBytes += part.length;
  const joined2 = new Uint8Array(sizeBytes);
  let at = 0;
  for (const part of parts) {
    joined2.set(part, at);
    at += part.length;
  }
  return joined2;
}
var hexDigits = "0123456789abcdef";
var digitCodes = Array.from(hexDigits, (digit) => digit.charCodeAt(0));
var groupSizeBytes = 16;
var groupCodes = new Array(groupSizeBytes * 2).fill(0);
function toHex(bytes) {
  let text = "";
  let at = 0;
  for (; at + groupSizeBytes <= bytes.length; at += groupSizeBytes) text += groupHex(bytes, at);
  for (; at < bytes.length; at += 1) {
    const byte = bytes[at];
    text += hexDigits[byte >> 4] + hexDigits[byte & 15];
  }
  return text;
}
function groupHex(bytes, from) {
  for (let index = 0; index < groupSizeBytes; index += 1) {
    const byte = bytes[from + index];
    groupCodes[index * 2] = digitCodes[byte >> 4];
    groupCodes[index * 2 + 1] = digitCodes[byte & 15];
  }
  return String.fromCharCode.apply(null, groupCodes);
}
function fromHex(text) {
  const bytes = new Uint8Array(text.length >> 1);
  let bad = 0;
  for (let index = 0; index < bytes.length; index += 1) {
    const high = hexDigit(text.charCodeAt(index * 2));
    const low = hexDigit(text.charCodeAt(index * 2 + 1));
    bad |= high | low;
    bytes[index] = high << 4 | low;
  }
  if (bad < 0 || (text.length & 1) === 1) {
    throw new HoldfastError("invalid_argument", "not lower-case hexadecimal");
  }
  return bytes;
}
function hexDigit(unit) {
  if (unit >= 48 && unit <= 57) return unit - 48;
  return unit >= 97 && unit <= 102 ? unit - 87 : -1;
}
var shortTextMax = 24;
function decodeAscii(bytes) {
  let text = "";
  for (const byte of bytes) {
    if (byte >= 128) return null;
    text += String.fromCharCode(byte);
  }
  return text;
}
function encodeUtf8(text) {
  return encoder.encode(text);
}
function utf8SizeBytes(text) {
  let sizeBytes = text.length;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit >= 128) sizeBytes += unit < 2048 || isPairUnit(text, index) ? 1 : 2;
  }
  return sizeBytes;
}
function isPairUnit(text, index) {
  const unit = text.charCodeAt(index);
  if (unit < 55296 || unit > 57343) return false;
  if (unit < 56320) return (text.charCodeAt(index + 1) & 64512) === 56320;
  return (text.charCodeAt(index - 1) & 64512) === 55296;
}
function decodeUtf8(bytes) {
  if (bytes.length <= shortTextMax) {
    const text = decodeAscii(bytes);
    if (text !== null) return text;
  }
  try {
    return decoder.decode(bytes);
  } catch {
    throw new HoldfastError("corrupt", "text is not valid UTF-8");
  }
}
function isWellFormed(text) {
  let at = text.length <= shortTextMax ? 0 : text.length;
  while (at < text.length && (text.charCodeAt(at) & 63488) !== 55296) at += 1;
  if (at === text.length && at <= shortTextMax) return true;
  return !/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/.test(text);
}

// packages/std/src/crc32c.ts
var sliceBytes = 8;
var viewedMin = 256;
var tables = new Int32Array(256 * sliceBytes);
for (let index = 0; index < 256; index += 1) {
  let value = index;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? value >>> 1 ^ 2197175160 : value >>> 1;
  tables[index] = value;
}
for (let index = 256; index < tables.length; index += 1) {
  const before = tables[index - 256];
  tables[index] = before >>> 8 ^ tables[before & 255];
}
function crc32c(bytes, previous = 0, end = bytes.length) {
  let value = ~previous;
  let at = 0;
  if (end >= viewedMin) {
    at = end - end % sliceBytes;
    value = slices(new DataView(bytes.buffer, bytes.byteOffset, at), value);
  }
  for (; at < end; at += 1) value = value >>> 8 ^ tables[(value ^ bytes[at]) & 255];
  return ~value >>> 0;
}
function slices(view, start) {
  let value = start;
  for (let at = 0; at < view.byteLength; at += sliceBytes) {
    const low = value ^ view.getInt32(at, true);
    const high = view.getInt32(at + 4, true);
    value = tables[1792 | low & 255] ^ tables[1536 | low >>> 8 & 255] ^ tables[1280 | low >>> 16 & 255] ^ tables[1024 | low >>> 24] ^ tables[768 | high & 255] ^ tables[512 | high >>> 8 & 255] ^ tables[256 | high >>> 16 & 255] ^ tables[high >>> 24];
  }
  return value;
}

// packages/std/src/sha256.ts
var blockSizeBytes = 64;
var constants = new Int32Array([
  1116352408,
  1899447441,
  3049323471,
  3921009573,
  961987163,
  1508970993,
  2453635748,
  2870763221,
  3624381080,
  310598401,
  607225278,
  1426881987,
  1925078388,
  2162078206,
  2614888103,
  3248222580,
  3835390401,
  4022224774,
  264347078,
  604807628,
  770255983,
  1249150122,
  1555081692,
  1996064986,
  2554220882,
  2821834349,
  2952996808,
  3210313671,
  3336571891,
  3584528711,
  113926993,
  338241895,
  666307205,
  773529912,
  1294757372,
  1396182291,
  1695183700,
  1986661051,
  2177026350,
  2456956037,
  2730485921,
  2820302411,
  3259730800,
  3345764771,
  3516065817,
  3600352804,
  4094571909,
  275423344,
  430227734,
  506948616,
  659060556,
  883997877,
  958139571,
  1322822218,
  1537002063,
  1747873779,
  1955562222,
  2024104815,
  2227730452,
  2361852424,
  2428436474,
  2756734187,
  3204031479,
  3329325298
]);
var initial = [
  1779033703,
  3144134277,
  1013904242,
  2773480762,
  1359893119,
  2600822924,
  528734635,
  1541459225
];
var words = new Int32Array(64);
var state = new Int32Array(8);
var block = new Uint8Array(blockSizeBytes);
function sha256(bytes, sizeBytes = 32, end = bytes.length) {
  state.set(initial);
  let at = 0;
  for (; at + blockSizeBytes <= end; at += blockSizeBytes) compress(bytes, at);
  const held = end - at;
  for (let index = 0; index < held; index += 1) block[index] = bytes[at + index];
  block[held] = 128;
  block.fill(0, held + 1);
  if (held + 9 > blockSizeBytes) {
    compress(block, 0);
    block.fill(0);
  }
  const high = Math.floor(end / 2 ** 29);
  const low = end << 3;
  for (let index = 0; index < 4; index += 1) {
    block[56 + index] = high >>> 24 - 8 * index;
    block[60 + index] = low >>> 24 - 8 * index;
  }
  compress(block, 0);
  const hash = new Uint8Array(sizeBytes);
  for (let index = 0; index < sizeBytes; index += 1) {
    hash[index] = state[index >> 2] >>> 24 - 8 * (index & 3);
  }
  return hash;
}
function compress(bytes, start) {
  const w = words;
  for (let index = 0; index < 16; index += 1) {
    const at = start + 4 * index;
    w[index] = bytes[at] << 24 | bytes[at + 1] << 16 | bytes[at + 2] << 8 | bytes[at + 3];
  }
  for (let index = 16; index < 64; index += 1) {
    const x = w[index - 15];
    const y = w[index - 2];
    const s0 = (x >>> 7 | x << 25) ^ (x >>> 18 | x << 14) ^ x >>> 3;
    const s1 = (y >>> 17 | y << 15) ^ (y >>> 19 | y << 13) ^ y >>> 10;
    w[index] = w[index - 16] + s0 + w[index - 7] + s1 | 0;
  }
  let a = state[0];
  let b = state[1];
  let c = state[2];
  let d = state[3];
  let e = state[4];
  let f = state[5];
  let g = state[6];
  let h = state[7];
  for (let index = 0; index < 64; index += 1) {
    const s1 = (e >>> 6 | e << 26) ^ (e >>> 11 | e << 21) ^ (e >>> 25 | e << 7);
    const choice = e & f ^ ~e & g;
    const first = h + s1 + choice + constants[index] + w[index] | 0;
    const s0 = (a >>> 2 | a << 30) ^ (a >>> 13 | a << 19) ^ (a >>> 22 | a << 10);
    const majority = a & b ^ a & c ^ b & c;
    h = g;
    g = f;
    f = e;
    e = d + first | 0;
    d = c;
    c = b;
    b = a;
    a = first + s0 + majority | 0;
  }
  state[0] = state[0] + a | 0;
  state[1] = state[1] + b | 0;
  state[2] = state[2] + c | 0;
  state[3] = state[3] + d | 0;
  state[4] = state[4] + e | 0;
  state[5] = state[5] + f | 0;
  state[6] = state[6] + g | 0;
  state[7] = state[7] + h | 0;
}

// packages/std/src/codec.ts
var copiedByCall = 48;
var shortAsciiMax = 24;
var shortTextMax2 = 100;
var Writer = class {
  #bytes;
  #size = 0;
  /** @param capacityBytes - How many bytes to expect; only a hint. */
  constructor(capacityBytes = 64) {
    this.#bytes = new Uint8Array(capacityBytes);
  }
  /** Bytes written so far. */
  get sizeBytes() {
    return this.#size;
  }
  /** Forgets what was written, and keeps the room for it. */
  clear() {
    this.#size = 0;
    return this;
  }
  /** One byte, 0 to 255. */
  u8(value) {
    this.#reserve(1);
    this.#bytes[this.#size] = value;
    this.#size += 1;
    return this;
  }
  /** Four bytes, big-endian, 0 to 2^32 - 1. */
  u32(value) {
    this.#reserve(4);
    for (let shift = 24; shift >= 0; shift -= 8) {
      this.#bytes[this.#size] = value >>> shift;
      this.#size += 1;
    }
    return this;
  }
  /** A safe non-negative integer, one to eight bytes. */
  uint(value) {
    if (value >>> 0 === value && value < 128) return this.u8(value);
    if (!Number.isSafeInteger(value) || value < 0) {
      throw new HoldfastError("invalid_argument", `not an unsigned integer: ${value}`);
    }
    this.#reserve(8);
    let rest = value;
    while (rest >= 128) {
      this.#bytes[this.#size] = rest % 128 | 128;
      this.#size += 1;
      rest = Math.floor(rest / 128);
    }
    this.#bytes[this.#size] = rest;
    this.#size += 1;
    return this;
  }
  /** Bytes as they are; the reader must know how many. */
  raw(bytes) {
    const { length } = bytes;
    this.#reserve(length);
    if (length > copiedByCall) this.#bytes.set(bytes, this.#size);
    else {
      for (let index = 0; index < length; index += 1) {
        this.#bytes[this.#size + index] = bytes[index];
      }
    }
    this.#size += length;
    return this;
  }
  /** The bytes that lower-case hexadecimal digits, an even number of them, stand for. */
  hex(digits) {
    this.#reserve(digits.length >> 1);
    for (let index = 0; index < digits.length; index += 2) {
      const high = hexDigit(digits.charCodeAt(index));
      this.#bytes[this.#size] = high << 4 | hexDigit(digits.charCodeAt(index + 1));
      this.#size += 1;
    }
    return this;
  }
  /** Bytes with their length before them. */
  blob(bytes) {
    return this.uint(bytes.length).raw(bytes);
  }
  /** UTF-8 with its length before it. */
  text(text) {
    if (text.length > shortTextMax2) return this.blob(encodeUtf8(text));
    this.uint(text.length);
    const start = this.#size;
    this.#reserve(text.length);
    for (let index = 0; index < text.length; index += 1) {
      const unit = text.charCodeAt(index);
      if (unit >= 128) {
        this.#size = start - 1;
        return this.blob(encodeUtf8(text));
      }
      this.#bytes[this.#size] = unit;
      this.#size += 1;
    }
    return this;
  }
  /** The units of `text`, each 0 to 255, as a byte each; the reader must know how many. */
  units(text) {
    this.#reserve(text.length);
    const bytes = this.#bytes;
    const start = this.#size;
    for (let index = 0; index < text.length; index += 1)
      bytes[start + index] = text.charCodeAt(index);
    this.#size += text.length;
    return this;
  }
  /** A copy of what was written. */
  finish() {
    return this.#bytes.slice(0, this.#size);
  }
  /** A copy of what was written, and its CRC-32C in four more bytes. */
  finishWithChecksum() {
    return this.u32(crc32c(this.#bytes, 0, this.#size)).finish();
  }
  /** The first `sizeBytes` bytes of the SHA-256 of what was written. */
  sha256(sizeBytes) {
    return sha256(this.#bytes, sizeBytes, this.#size);
  }
  /** What was written, not copied: writing on may change it. */
  view() {
    return this.#bytes.subarray(0, this.#size);
  }
  #reserve(more) {
    const needed = this.#size + more;
    if (needed <= this.#bytes.length) return;
    const grown2 = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    grown2.set(this.#bytes.subarray(0, this.#size));
    this.#bytes = grown2;
  }
};
var Reader = class {
  #bytes;
  #end;
  #at = 0;
  /** @param end - Where to stop. */
  constructor(bytes, end = bytes.length) {
    this.#bytes = bytes;
    this.#end = end;
  }
  /** Index of the next byte. */
  get offset() {
    return this.#at;
  }
  /** Bytes not yet taken. */
  get remaining() {
    return this.#end - this.#at;
  }
  /** One byte. `field` names it in an error, here and below. */
  u8(field) {
    this.#need(1, field);
    const value = this.#bytes[this.#at];
    this.#at += 1;
    return value;
  }
  /** The next byte, which stays there; undefined at the end. */
  peek() {
    return this.#at < this.#end ? this.#bytes[this.#at] : void 0;
  }
  /** Four bytes, big-endian. */
  u32(field) {
    this.#need(4, field);
    let value = 0;
    for (let count = 0; count < 4; count += 1) {
      value = value * 256 + this.#bytes[this.#at];
      this.#at += 1;
    }
    return value;
  }
  /**
   * An unsigned integer of at most `max`.
   *
   * @throws {HoldfastError} `truncated`; `corrupt` where it is not the shortest
   *   form or over 2^53 - 1; `too_large` where it is over `max`.
   */
  uint(field, max = Number.MAX_SAFE_INTEGER) {
    if (this.#at < this.#end) {
      const first = this.#bytes[this.#at];
      if (first < 128 && first <= max) {
        this.#at += 1;
        return first;
      }
    }
    let value = 0;
    let scale = 1;
    for (let count = 0; count < 8; count += 1) {
      const byte = this.u8(field);
      value += (byte & 127) * scale;
      if (byte < 128) {
        if (byte === 0 && count > 0) throw corrupt(field, "is not in its shortest form");
        if (value > Number.MAX_SAFE_INTEGER) throw corrupt(field, "is over 2^53 - 1");
        if (value > max)
          throw new HoldfastError("too_large", `${field} is ${value}, at most ${max}`);
        return value;
      }
      scale *= 128;
    }
    throw corrupt(field, "is longer than 8 bytes");
  }
  /**
   * A count of things that take at least `sizeBytesMin` bytes each: never more
   * than could follow, so that a caller may allocate for it.
   */
  count(field, max, sizeBytesMin = 1) {
    const value = this.uint(field, max);
    if (value * sizeBytesMin > this.remaining) {
      throw new HoldfastError(
        "truncated",
        `${field} says ${value}, more than the bytes that follow`
      );
    }
    return value;
  }
  /** The next `sizeBytes` bytes, as a view. */
  raw(sizeBytes, field) {
    this.#need(sizeBytes, field);
    const view = this.#bytes.subarray(this.#at, this.#at + sizeBytes);
    this.#at += sizeBytes;
    return view;
  }
  /** Passes over the next `sizeBytes` bytes. */
  skip(sizeBytes, field) {
    this.#need(sizeBytes, field);
    this.#at += sizeBytes;
  }
  /** Bytes after their length, of at most `max`, as a view. */
  blob(field, max) {
    return this.raw(this.uint(field, max), field);
  }
  /** UTF-8 after its length, of at most `max` bytes. */
  text(field, max) {
    const sizeBytes = this.uint(field, max);
    this.#need(sizeBytes, field);
    if (sizeBytes <= shortAsciiMax) {
      let text = "";
      let at = this.#at;
      const end = at + sizeBytes;
      for (; at < end && this.#bytes[at] < 128; at += 1) {
        text += String.fromCharCode(this.#bytes[at]);
      }
      if (at === end) {
        this.#at = end;
        return text;
      }
    }
    return decodeUtf8(this.raw(sizeBytes, field));
  }
  /** @throws {HoldfastError} `corrupt` where bytes are left over. */
  end(what) {
    if (this.remaining > 0) throw corrupt(what, `has ${this.remaining} bytes after its end`);
  }
  #need(sizeBytes, field) {
    if (sizeBytes > this.remaining) {
      const lack = sizeBytes - this.remaining;
      throw new HoldfastError("truncated", `${field} lacks ${lack} bytes`);
    }
  }
};
function corrupt(field, problem) {
  return new HoldfastError("corrupt", `${field} ${problem}`);
}

// packages/std/src/int_rows.ts
function findRow(rows, columns4, count, key) {
  let low = 0;
  let high = count - 1;
  if (rows[high * columns4] <= key) return high;
  while (low < high) {
    const middle = low + high + 1 >> 1;
    if (rows[middle * columns4] <= key) low = middle;
    else high = middle - 1;
  }
  return low;
}
function withRoom(rows, used) {
  if (used < rows.length) return rows;
  const grown2 = new Int32Array(used * 2);
  grown2.set(rows);
  return grown2;
}

// packages/causality/src/event_id.ts
var agentSizeBytes = 16;
var eventsMax = 2 ** 31 - 1;
function parseAgentId(text) {
  if (!/^[0-9a-f]{32}$/.test(text)) {
    throw new HoldfastError("invalid_argument", `not an agent id: ${text.slice(0, 40)}`);
  }
  return text;
}
var recentAgents = 64;
var recentBytes = new Uint8Array(recentAgents * agentSizeBytes);
var recent = [];
function agentFromBytes(bytes) {
  if (bytes.length !== agentSizeBytes) {
    throw new HoldfastError("invalid_argument", `an agent id is 16 bytes, not ${bytes.length}`);
  }
  const slot = (bytes[0] ^ bytes[agentSizeBytes - 1]) & recentAgents - 1;
  const start = slot * agentSizeBytes;
  let index = 0;
  while (index < agentSizeBytes && recentBytes[start + index] === bytes[index]) index += 1;
  const known = recent[slot];
  if (index === agentSizeBytes && known !== void 0) return known;
  const agent = toHex(bytes);
  recentBytes.set(bytes, start);
  recent[slot] = agent;
  return agent;
}
function agentToBytes(agent) {
  return fromHex(agent);
}

// packages/causality/src/version_vector.ts
var vectorAgentsMax = 65536;
var VersionVector = class _VersionVector {
  #next = /* @__PURE__ */ new Map();
  /** @param entries - For each agent, how many of its events are known. */
  constructor(entries = []) {
    for (const [agent, next] of entries) this.advance(agent, next);
  }
  /** How many agents have events here. */
  get size() {
    return this.#next.size;
  }
  /** How many events of `agent` are known; also the sequence number of its next one. */
  next(agent) {
    return this.#next.get(agent) ?? 0;
  }
  /** Tells whether the event is known. */
  has(id) {
    return id.seq < this.next(id.agent);
  }
  /** Raises the count of `agent` to `next`; does nothing where it is that high already. */
  advance(agent, next) {
    if (next > this.next(agent)) this.#next.set(agent, next);
  }
  /** Raises each count to that of `other`. */
  merge(other) {
    for (const [agent, next] of other.#next) this.advance(agent, next);
  }
  /** Tells whether each event of `other` is known here. O(agents of other). */
  covers(other) {
    for (const [agent, next] of other.#next) if (this.next(agent) < next) return false;
    return true;
  }
  /** Tells whether both hold the same events. */
  equals(other) {
    return this.covers(other) && other.covers(this);
  }
  /** The events known here that `other` lacks, one run for each agent, in order of agents. */
  missingFrom(other) {
    const runs = [];
    for (const [agent, to] of this.entries()) {
      const from = other.next(agent);
      if (from < to) runs.push({ agent, from, to });
    }
    return runs;
  }
  /** What both know: of each agent the lower count. */
  meet(other) {
    const both = new _VersionVector();
    for (const [agent, next] of this.#next) both.advance(agent, Math.min(next, other.next(agent)));
    return both;
  }
  /** Agents and counts, in order of agents. */
  entries() {
    return [...this.#next].sort(([a], [b]) => a < b ? -1 : 1);
  }
  /** A copy that changes on its own. */
  clone() {
    const copy = new _VersionVector();
    for (const [agent, next] of this.#next) copy.#next.set(agent, next);
    return copy;
  }
  /** Writes: uint agents, then for each, in order, 16 bytes and uint count. */
  write(writer) {
    writer.uint(this.#next.size);
    for (const [agent, next] of this.entries()) writer.raw(agentToBytes(agent)).uint(next);
  }
  /**
   * Reads what {@link write} wrote.
   *
   * @throws {HoldfastError} `truncated`, `too_large`, or `corrupt` where agents
   *   are not in order, or a count is 0.
   */
  static read(reader) {
    const vector = new _VersionVector();
    const agents = reader.count("vector agents", vectorAgentsMax, agentSizeBytes + 1);
    let previous = "";
    for (let index = 0; index < agents; index += 1) {
      const agent = agentFromBytes(reader.raw(agentSizeBytes, "vector agent"));
      const next = reader.uint("vector count", eventsMax);
      if (agent <= previous) throw new HoldfastError("corrupt", "vector agents are not in order");
      if (next === 0) throw new HoldfastError("corrupt", "vector count is 0");
      vector.#next.set(agent, next);
      previous = agent;
    }
    return vector;
  }
};

// packages/causality/src/event_graph.ts
var startColumn = 0;
var agentColumn = 1;
var seqColumn = 2;
var lamportColumn = 3;
var parentColumn = 4;
var columns = 5;
var EventGraph = class {
  // The beginning, while it is sealed; then `rows` are those of the entries behind it.
  #sealed;
  #rows = new Int32Array(4 * columns);
  #entryCount = 0;
  #severalParents = [];
  #agents = [];
  #agentIndexes = /* @__PURE__ */ new Map();
  /** For each agent, its entries, in order; those of a sealed beginning are not among them. */
  #ownEntries = [];
  #frontier = [];
  #end = 0;
  /** @param sealed - What it begins with. */
  constructor(sealed = null) {
    this.#sealed = sealed;
    if (sealed === null) return;
    this.#end = sealed.size;
    this.#entryCount = sealed.entryCount;
    this.#frontier = sealed.heads.map(({ lv }) => lv);
    for (const { agent } of sealed.agents) this.#indexOf(agent);
  }
  /** How many events are held; also the next local number. */
  get size() {
    return this.#end;
  }
  /** How many entries they take. */
  get entryCount() {
    return this.#entryCount;
  }
  /** Tells whether it begins sealed, still: then what needs an entry may fail. */
  get isSealed() {
    return this.#sealed !== null;
  }
  /** Who has events here, in order of first use. */
  get agents() {
    return this.#agents;
  }
  /** The version that holds everything. */
  get frontier() {
    return this.#frontier;
  }
  /** How many events of `agent` are held. O(1). */
  next(agent) {
    const index = this.#agentIndexes.get(agent);
    return index === void 0 ? 0 : this.#nextOf(index);
  }
  /** The latest event of `agent`, or -1 where there is none. O(1). */
  lastOf(agent) {
    const index = this.#agentIndexes.get(agent);
    if (index === void 0) return -1;
    const last = this.#ownEntries[index].at(-1);
    if (last !== void 0) return this.entryEnd(last) - 1;
    const next = this.#nextOf(index);
    return next === 0 ? -1 : this.find({ agent, seq: next - 1 });
  }
  /** How many events of each agent are held; a copy. */
  vector() {
    const vector = new VersionVector();
    this.#agents.forEach((agent, index) => {
      vector.advance(agent, this.#nextOf(index));
    });
    return vector;
  }
  /**
   * Adds `length` events of `agent`, its next ones. The first has `parents`, each
   * other its predecessor. The caller has seen to G3 and G4. O(parents + heads).
   *
   * @returns The local number of the first.
   */
  add(agent, length, parents) {
    const start = this.#end;
    const end = start + length;
    assert(length > 0, "G2: an entry is empty");
    assert(
      parents.length === 0 || parents[parents.length - 1] < start,
      "G1: parent from the future"
    );
    const row = this.#rowOf(this.#entryCount - 1);
    const isNext = isSingle(parents, start - 1);
    if (isNext && row >= 0 && this.#agents[this.#rows[row + agentColumn]] === agent) {
      this.#end = end;
      if (this.#frontier.length === 1) this.#frontier = [end - 1];
      else this.#frontier = advanceFrontier(this.#frontier, parents, end - 1);
      return start;
    }
    this.#addEntry(agent, parents);
    this.#end = end;
    this.#frontier = advanceFrontier(this.#frontier, parents, end - 1);
    return start;
  }
  /**
   * Forgets the events from `end` on, none of which is of a sealed beginning. `frontier` is the
   * one that was there when `end` was the size.
   */
  truncate(end, frontier) {
    for (let row = this.#rowOf(this.#entryCount - 1); row >= 0 && this.#rows[row + startColumn] >= end; row -= columns) {
      this.#entryCount -= 1;
      this.#ownEntries[this.#rows[row + agentColumn]].pop();
      if (this.#rows[row + parentColumn] < -1) this.#severalParents.pop();
    }
    this.#end = Math.min(this.#end, end);
    this.#frontier = frontier;
  }
  /** The entry that holds `lv`. O(log entries). */
  entryAt(lv) {
    return this.entry(this.entryIndex(lv));
  }
  /** The entry at `index`, in order of local numbers. */
  entry(index) {
    const row = this.#openRow(index);
    return {
      start: this.entryStart(index),
      end: this.entryEnd(index),
      agent: this.#agents[this.#rows[row + agentColumn]],
      seq: this.#rows[row + seqColumn],
      parents: this.entryParents(index),
      lamport: this.#rows[row + lamportColumn]
    };
  }
  /** First event of the entry at `index`. */
  entryStart(index) {
    const row = this.#openRow(index);
    return this.#rows[row + startColumn];
  }
  /** The number after the last event of the entry at `index`. */
  entryEnd(index) {
    return index + 1 < this.#entryCount ? this.entryStart(index + 1) : this.#end;
  }
  /** Parents of the first event of the entry at `index`, sorted. */
  entryParents(index) {
    const row = this.#openRow(index);
    const parent = this.#rows[row + parentColumn];
    if (parent >= 0) return [parent];
    return parent === -1 ? [] : this.#severalParents[-2 - parent];
  }
  /** The only parent of the first event of the entry at `index`; -1 for none, less for several. */
  entryParent(index) {
    const row = this.#openRow(index);
    return this.#rows[row + parentColumn];
  }
  /** Index of the entry that holds `lv`. O(log entries), O(1) for the last. */
  entryIndex(lv) {
    assert(lv >= 0 && lv < this.#end, "G2: no such event");
    if (this.#sealed !== null && lv < this.#sealed.size) this.#open();
    const first = this.#sealed?.entryCount ?? 0;
    return first + findRow(this.#rows, columns, this.#entryCount - first, lv);
  }
  /** Parents of the event `lv`. */
  parents(lv) {
    const index = this.entryIndex(lv);
    return this.entryStart(index) === lv ? this.entryParents(index) : [lv - 1];
  }
  /** Tells whether the only parent of the event `lv` is the event before it, whoever made that. */
  isLinear(lv) {
    const row = this.#rowAt(lv);
    return this.#rows[row + startColumn] !== lv || this.#rows[row + parentColumn] === lv - 1;
  }
  /** Who made the event `lv`. */
  agentOf(lv) {
    const row = this.#rowAt(lv);
    return this.#agents[this.#rows[row + agentColumn]];
  }
  /** Lamport time of the event `lv`. */
  lamport(lv) {
    const head = this.#sealedHead(lv);
    if (head !== void 0) return head.lamport;
    const row = this.#rowAt(lv);
    return this.#rows[row + lamportColumn] + (lv - this.#rows[row + startColumn]);
  }
  /** Name of the event `lv`. */
  id(lv) {
    const head = this.#sealedHead(lv);
    if (head !== void 0) return { agent: head.agent, seq: head.seq };
    const row = this.#rowAt(lv);
    return {
      agent: this.#agents[this.#rows[row + agentColumn]],
      seq: this.#rows[row + seqColumn] + (lv - this.#rows[row + startColumn])
    };
  }
  /** Local number of the event, or null where it is not held. O(log entries of the agent). */
  find({ agent, seq }) {
    const index = this.#agentIndexes.get(agent);
    if (index === void 0 || seq < 0 || seq >= this.#nextOf(index)) return null;
    if (this.#sealed !== null && seq < this.#sealedNext(index)) {
      const head = this.#sealed.heads.find((other) => other.agent === agent && other.seq === seq);
      if (head !== void 0) return head.lv;
      this.#open();
    }
    const own = this.#ownEntries[index];
    let low = 0;
    let high = own.length - 1;
    while (low < high) {
      const middle = low + high + 1 >> 1;
      if (this.#rows[this.#rowOf(own[middle]) + seqColumn] <= seq) low = middle;
      else high = middle - 1;
    }
    const row = this.#rowOf(own[low]);
    return this.#rows[row + startColumn] + (seq - this.#rows[row + seqColumn]);
  }
  /** Where the events of `run`, all held, lie here, in order. */
  ranges(run) {
    const ranges = [];
    let seq = run.from;
    while (seq < run.to) {
      const start = this.find({ agent: run.agent, seq });
      assert(start !== null, "G2: run is not held");
      const end = Math.min(this.entryEnd(this.entryIndex(start)), start + (run.to - seq));
      ranges.push({ start, end });
      seq += end - start;
    }
    return ranges;
  }
  #addEntry(agent, parents) {
    const lamport = this.#lamportAfter(parents);
    const agentIndex = this.#indexOf(agent);
    const row = this.#rowOf(this.#entryCount);
    this.#rows = withRoom(this.#rows, row);
    const rows = this.#rows;
    rows[row + startColumn] = this.#end;
    rows[row + agentColumn] = agentIndex;
    rows[row + seqColumn] = this.#nextOf(agentIndex);
    rows[row + lamportColumn] = lamport;
    if (parents.length <= 1) rows[row + parentColumn] = parents[0] ?? -1;
    else rows[row + parentColumn] = -1 - this.#severalParents.push([...parents]);
    this.#ownEntries[agentIndex].push(this.#entryCount);
    this.#entryCount += 1;
  }
  #indexOf(agent) {
    const known = this.#agentIndexes.get(agent);
    if (known !== void 0) return known;
    const index = this.#agents.push(agent) - 1;
    this.#agentIndexes.set(agent, index);
    this.#ownEntries.push([]);
    return index;
  }
  #nextOf(agentIndex) {
    const last = this.#ownEntries[agentIndex].at(-1);
    if (last === void 0) return this.#sealed === null ? 0 : this.#sealedNext(agentIndex);
    const row = this.#rowOf(last);
    return this.#rows[row + seqColumn] + this.entryEnd(last) - this.#rows[row + startColumn];
  }
  // How many events of the agent the sealed beginning has. Its agents come first.
  #sealedNext(agentIndex) {
    return this.#sealed.agents[agentIndex]?.next ?? 0;
  }
  #sealedHead(lv) {
    if (this.#sealed === null || lv >= this.#sealed.size) return void 0;
    return this.#sealed.heads.find((head) => head.lv === lv);
  }
  // Where in `rows` the entry at `index` is; less than 0 where it is sealed.
  #rowOf(index) {
    return (index - (this.#sealed?.entryCount ?? 0)) * columns;
  }
  // As `rowOf`; opens what is sealed.
  #openRow(index) {
    const row = this.#rowOf(index);
    if (row >= 0) return row;
    this.#open();
    return index * columns;
  }
  // Where in `rows` the entry with the event `lv` is.
  #rowAt(lv) {
    const index = this.entryIndex(lv);
    return this.#rowOf(index);
  }
  // Puts the entries of the sealed beginning before those that are here.
  #open() {
    const sealed = this.#sealed;
    const beginning2 = sealed.open();
    const moved = sealed.entryCount * columns;
    const added = (this.#entryCount - sealed.entryCount) * columns;
    const rows = new Int32Array(moved + Math.max(added, columns) * 2);
    rows.set(beginning2.#rows.subarray(0, moved));
    rows.set(this.#rows.subarray(0, added), moved);
    const several = beginning2.#severalParents.length;
    for (let row = moved; row < moved + added; row += columns) {
      if (rows[row + parentColumn] < -1) rows[row + parentColumn] -= several;
    }
    beginning2.#ownEntries.forEach((entries, agent) => {
      this.#ownEntries[agent] = [...entries, ...this.#ownEntries[agent]];
    });
    this.#severalParents = [...beginning2.#severalParents, ...this.#severalParents];
    this.#rows = rows;
    this.#sealed = null;
  }
  #lamportAfter(parents) {
    let lamport = 0;
    for (const parent of parents) lamport = Math.max(lamport, this.lamport(parent) + 1);
    return lamport;
  }
};
function advanceFrontier(frontier, parents, lv) {
  if (equalFrontiers(frontier, parents)) return [lv];
  const rest = [];
  for (const head of frontier) if (!parents.includes(head)) rest.push(head);
  let at = rest.length;
  while (at > 0 && rest[at - 1] > lv) at -= 1;
  rest.splice(at, 0, lv);
  return rest;
}
function equalFrontiers(a, b) {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index += 1) if (a[index] !== b[index]) return false;
  return true;
}
function isSingle(version3, lv) {
  return version3.length === 1 && version3[0] === lv;
}

// packages/causality/src/sections.ts
function sections(graph, ranges, before, after) {
  const found = [];
  let section = [];
  let oldest = after[0] ?? -1;
  for (let index = ranges.length - 1; index >= 0; index -= 1) {
    const { start } = ranges[index];
    let { end } = ranges[index];
    for (let entry = graph.entryIndex(end - 1); ; entry -= 1) {
      const from = Math.max(start, graph.entryStart(entry));
      oldest = Math.min(oldest, oldestParent(graph, entry, from));
      if (oldest >= eventBefore(ranges, index, from, before)) {
        section.push({ start: from, end });
        found.push(section.reverse());
        section = [];
        end = from;
      }
      if (from === start) break;
    }
    if (end > start) section.push({ start, end });
  }
  found.push(section.reverse());
  return found.reverse();
}
function oldestParent(graph, entry, from) {
  if (graph.entryStart(entry) < from) return from - 1;
  const parent = graph.entryParent(entry);
  return parent < -1 ? graph.entryParents(entry)[0] : parent;
}
function eventBefore(ranges, index, from, before) {
  const newest = before.at(-1) ?? -1;
  if (from > ranges[index].start) return Math.max(newest, from - 1);
  if (index > 0) return Math.max(newest, ranges[index - 1].end - 1);
  return before.length > 1 ? Number.POSITIVE_INFINITY : newest;
}

// packages/causality/src/pieces.ts
var mergeDiscount = 0.998;
var Pieces = class {
  /** For each piece: where it begins and ends. */
  starts = new Int32Array(0);
  ends = new Int32Array(0);
  /**
   * Links from parents to children, ascending by child. Piece i is the child of links `firsts[i]`
   * up to, not including, `firsts[i + 1]`.
   */
  firsts = new Int32Array(0);
  sources = [];
  targets = [];
  /** For each link the next one with the same parent, and for each piece the first; or -1. */
  nexts = [];
  heads = new Int32Array(0);
  /** For each piece: how many parents it has among the pieces. */
  parentCounts = new Int32Array(0);
  /** For each piece: events on the longest way from it to an end, what comes after a merge being discounted. */
  weights = new Float64Array(0);
  /** For each piece: 1 where it has parents after `newestInside` that are in no piece. */
  outside = new Uint8Array(0);
  #count = 0;
  #graph;
  #newestInside;
  // The entry that each piece lies in, or -1 where the piece before it lies there, too, and touches it.
  #entries = new Int32Array(0);
  /** @param ranges - Ascending, not touching. O(pieces log pieces). */
  constructor(graph, ranges, newestInside) {
    this.#graph = graph;
    this.#newestInside = newestInside;
    this.#cut(ranges, this.#cuts(ranges));
    this.#link();
    this.#weigh();
  }
  get count() {
    return this.#count;
  }
  /** The first piece from `from` up to `to` that ends after `lv`; `to` where there is none before. */
  endingAfter(lv, from = 0, to = this.#count) {
    const ends = this.ends;
    let low = from;
    let high = to;
    while (low < high) {
      const middle = low + high >> 1;
      if (ends[middle] <= lv) low = middle + 1;
      else high = middle;
    }
    return low;
  }
  // Cuts entries where a range ends, and after each event that is a parent from
  // elsewhere, so that a branch is left exactly where another begins.
  #cut(ranges, cuts) {
    const graph = this.#graph;
    let room = cuts.length;
    for (const { start, end } of ranges) {
      room += graph.entryIndex(end - 1) - graph.entryIndex(start) + 1;
    }
    const starts = new Int32Array(room);
    const ends = new Int32Array(room);
    const entries = new Int32Array(room);
    let count = 0;
    let at = 0;
    for (const { start, end } of ranges) {
      let entry = graph.entryIndex(start);
      for (let from = start; from < end; entry += 1) {
        const to = Math.min(graph.entryEnd(entry), end);
        for (let first = entry; from < to; first = -1) {
          while (at < cuts.length && cuts[at] <= from) at += 1;
          const stop = at < cuts.length && cuts[at] < to ? cuts[at] : to;
          starts[count] = from;
          ends[count] = stop;
          entries[count] = first;
          count += 1;
          from = stop;
        }
      }
    }
    this.#count = count;
    this.starts = starts;
    this.ends = ends;
    this.#entries = entries;
  }
  // The numbers behind parents of entries' first events, ascending; some twice.
  #cuts(ranges) {
    const graph = this.#graph;
    const cuts = [];
    for (const { start, end } of ranges) {
      const last = graph.entryIndex(end - 1);
      for (let entry = graph.entryIndex(start); entry <= last; entry += 1) {
        const parent = graph.entryParent(entry);
        if (parent >= 0) cuts.push(parent + 1);
        else if (parent < -1) {
          const parents = graph.entryParents(entry);
          for (let index = 0; index < parents.length; index += 1) cuts.push(parents[index] + 1);
        }
      }
    }
    return new Int32Array(cuts).sort();
  }
  #link() {
    const graph = this.#graph;
    const count = this.#count;
    const entries = this.#entries;
    const starts = this.starts;
    const firsts = new Int32Array(count + 1);
    this.firsts = firsts;
    this.heads = new Int32Array(count).fill(-1);
    this.parentCounts = new Int32Array(count);
    this.outside = new Uint8Array(count);
    for (let piece = 0; piece < count; piece += 1) {
      firsts[piece] = this.sources.length;
      const entry = entries[piece];
      if (entry < 0) {
        this.#addLink(piece - 1, piece);
        continue;
      }
      const start = starts[piece];
      const parent = graph.entryStart(entry) === start ? graph.entryParent(entry) : start - 1;
      if (parent >= 0) this.#linkTo(parent, piece);
      else if (parent < -1) {
        const parents = graph.entryParents(entry);
        for (let index = 0; index < parents.length; index += 1)
          this.#linkTo(parents[index], piece);
      }
    }
    firsts[count] = this.sources.length;
  }
  #linkTo(parent, piece) {
    const ends = this.ends;
    const near = piece - 1;
    const source = near >= 0 && ends[near] === parent + 1 ? near : this.#endingBefore(near, parent);
    if (source < piece && ends[source] === parent + 1) this.#addLink(source, piece);
    else if (parent > this.#newestInside) this.outside[piece] = 1;
  }
  #addLink(source, target) {
    this.parentCounts[target] += 1;
    const sources = this.sources;
    this.nexts.push(this.heads[source]);
    this.heads[source] = sources.length;
    sources.push(source);
    this.targets.push(target);
  }
  // As `endingAfter`, for pieces up to `last`, near which it is looked for first.
  #endingBefore(last, lv) {
    const ends = this.ends;
    let low = last;
    let high = last;
    for (let step = 1; low >= 0 && ends[low] > lv; step *= 2) {
      high = low;
      low -= step;
    }
    return this.endingAfter(lv, Math.max(low, 0), Math.max(high, 0));
  }
  #weigh() {
    const weights = new Float64Array(this.#count);
    const { firsts, sources } = this;
    let link = sources.length - 1;
    for (let piece = this.#count - 1; piece >= 0; piece -= 1) {
      const weight = weights[piece] + this.ends[piece] - this.starts[piece];
      weights[piece] = weight;
      const first = firsts[piece];
      const way = link > first ? weight * mergeDiscount : weight;
      for (; link >= first; link -= 1) {
        const source = sources[link];
        if (weights[source] < way) weights[source] = way;
      }
    }
    this.weights = weights;
  }
};

// packages/causality/src/max_heap.ts
var MaxHeap = class {
  #items = [];
  get size() {
    return this.#items.length;
  }
  /** The greatest number; -Infinity where there is none. */
  get top() {
    return this.#items.length === 0 ? Number.NEGATIVE_INFINITY : this.#items[0];
  }
  /** O(log size). */
  push(item) {
    const items = this.#items;
    let index = items.length;
    items.push(item);
    while (index > 0) {
      const parent = index - 1 >> 1;
      if (items[parent] >= item) break;
      items[index] = items[parent];
      index = parent;
    }
    items[index] = item;
  }
  /** Takes out the greatest number, of which there is one. O(log size). */
  pop() {
    const items = this.#items;
    const top = items[0];
    const last = items.pop();
    const size = items.length;
    if (size === 0) return top;
    let index = 0;
    for (let child = 1; child < size; child = index * 2 + 1) {
      if (child + 1 < size && items[child + 1] > items[child]) child += 1;
      if (last >= items[child]) break;
      items[index] = items[child];
      index = child;
    }
    items[index] = last;
    return top;
  }
};

// packages/causality/src/version.ts
var inA = 1;
var inB = 2;
var inBoth = 3;
function versionContains(graph, version3, lv) {
  if (version3.includes(lv)) return true;
  const heap = new MaxHeap();
  for (const head of version3) if (head > lv) heap.push(head);
  let index = graph.entryCount - 1;
  while (heap.size > 0) {
    index = entryBefore(graph, heap.pop(), index);
    const start = graph.entryStart(index);
    if (start <= lv) return true;
    while (heap.top >= start) heap.pop();
    for (const parent of graph.entryParents(index)) {
      if (parent === lv) return true;
      if (parent > lv) heap.push(parent);
    }
  }
  return false;
}
function visitDifference(graph, a, b, visit) {
  const heap = new MaxHeap();
  for (const lv of a) heap.push(lv * 4 + inA);
  for (const lv of b) heap.push(lv * 4 + inB);
  let open = heap.size;
  let index = graph.entryCount - 1;
  while (open > 0) {
    const head = heap.pop();
    let flags = head % 4;
    let lv = (head - flags) / 4;
    if (flags !== inBoth) open -= 1;
    index = entryBefore(graph, lv, index);
    const start = graph.entryStart(index);
    while (heap.top >= start * 4) {
      const other = heap.pop();
      const otherFlags = other % 4;
      const otherLv = (other - otherFlags) / 4;
      if (otherFlags !== inBoth) open -= 1;
      if (flags !== inBoth && otherLv < lv) visit(otherLv + 1, lv + 1, flags === inA);
      flags |= otherFlags;
      lv = otherLv;
    }
    if (flags !== inBoth) visit(start, lv + 1, flags === inA);
    const parent = graph.entryParent(index);
    if (parent >= 0) {
      heap.push(parent * 4 + flags);
      if (flags !== inBoth) open += 1;
    } else if (parent < -1) {
      const parents = graph.entryParents(index);
      for (const lv2 of parents) heap.push(lv2 * 4 + flags);
      if (flags !== inBoth) open += parents.length;
    }
  }
}
function diffVersions(graph, a, b) {
  const onlyA = [];
  const onlyB = [];
  visitDifference(graph, a, b, (start, end, isOnlyInA) => {
    (isOnlyInA ? onlyA : onlyB).push({ start, end });
  });
  return { onlyA: ascending(onlyA), onlyB: ascending(onlyB) };
}
function dominators(graph, events) {
  if (events.length <= 1) return events;
  if (events.length === 2) return dominatorsOfTwo(graph, events[0], events[1]);
  const sorted = [...new Set(events)].sort((a, b) => a - b);
  const lowest = sorted[0];
  const wanted = new Set(sorted);
  const latest = [];
  const heap = new MaxHeap();
  for (const lv of sorted) heap.push(lv * 2);
  let index = graph.entryCount - 1;
  while (heap.size > 0) {
    const head = heap.pop();
    const isCovered = head % 2 === 1;
    const lv = (head - (isCovered ? 1 : 0)) / 2;
    if (!isCovered && wanted.has(lv)) latest.push(lv);
    index = entryBefore(graph, lv, index);
    const start = graph.entryStart(index);
    while (heap.top >= start * 2) heap.pop();
    for (const parent of graph.entryParents(index)) {
      if (parent >= lowest) heap.push(parent * 2 + 1);
    }
  }
  return latest.reverse();
}
function mergeBase(graph, versions) {
  const points = new Points();
  for (const version3 of versions) points.add(version3);
  const since = [];
  let index = graph.entryCount - 1;
  for (; ; ) {
    const point = points.take();
    if (points.isEmpty) return { base: point, since: ascending(since) };
    if (point.length > 1) {
      for (const lv2 of point) points.add([lv2]);
      continue;
    }
    const lv = point[0];
    index = entryBefore(graph, lv, index);
    const start = graph.entryStart(index);
    const next = points.newest;
    if (next >= start) {
      since.push({ start: next + 1, end: lv + 1 });
      points.add([next]);
    } else {
      since.push({ start, end: lv + 1 });
      points.add(graph.entryParents(index));
    }
  }
}
function versionEvents(graph, version3) {
  return diffVersions(graph, version3, []).onlyA;
}
var Points = class {
  #newest = new MaxHeap();
  // Of those that are more than one event, by the greatest of them.
  #several = /* @__PURE__ */ new Map();
  get isEmpty() {
    return this.#newest.size === 0;
  }
  /** The greatest event; -1 where only the beginning is left. */
  get newest() {
    return this.#newest.top;
  }
  add(version3) {
    const newest = version3.at(-1) ?? -1;
    this.#newest.push(newest);
    if (version3.length <= 1) return;
    const others = this.#several.get(newest);
    if (others === void 0) this.#several.set(newest, [version3]);
    else others.push(version3);
  }
  /** Takes out the first, and all that are equal to it. */
  take() {
    const newest = this.#newest.pop();
    const several = this.#several.get(newest);
    if (several !== void 0) {
      const first = several.pop();
      if (several.length === 0) this.#several.delete(newest);
      else if (several.every((other) => isSame(other, first))) {
        for (const _ of several) this.#newest.pop();
        this.#several.delete(newest);
      }
      return first;
    }
    while (this.#newest.top === newest) this.#newest.pop();
    return newest === -1 ? [] : [newest];
  }
};
function isSame(a, b) {
  return a.length === b.length && a.every((lv, index) => lv === b[index]);
}
function dominatorsOfTwo(graph, a, b) {
  const older = Math.min(a, b);
  const newer = Math.max(a, b);
  return versionContains(graph, [newer], older) ? [newer] : [older, newer];
}
function entryBefore(graph, lv, last) {
  let high = last;
  let step = 1;
  while (high > 0 && graph.entryStart(high) > lv) {
    high = last - step;
    step *= 2;
  }
  if (high < 0) high = 0;
  let low = high;
  let end = Math.min(last, high + (step >> 1));
  while (low < end) {
    const middle = low + end + 1 >> 1;
    if (graph.entryStart(middle) <= lv) low = middle;
    else end = middle - 1;
  }
  return low;
}
function ascending(found) {
  const ranges = [];
  for (let index = found.length - 1; index >= 0; index -= 1) {
    const { start, end } = found[index];
    const last = ranges.at(-1);
    if (last !== void 0 && last.end === start) last.end = end;
    else if (start < end) ranges.push({ start, end });
  }
  return ranges;
}

// packages/causality/src/topological_walk.ts
var beginning = { version: [], base: [] };
var seenFlag = 1;
var changedFlag = 2;
var listedFlag = 4;
var fewReady = 16;
var Walk = class {
  /** The piece at hand, which lies within one entry of the graph: `start` up to, not including, `end`. */
  start = 0;
  end = 0;
  /** How many steps needed nothing but the log, and how many a comparison of versions. */
  paths = { straight: 0, logged: 0, compared: 0 };
  #graph;
  // Where the walk began.
  #version;
  #pieces;
  // For each piece: parents' pieces that are yet to come.
  #waiting;
  #flags;
  // Pieces that came in sight, but for those from which the walk went back.
  #log = [];
  // Pieces that are ready, and where the log ended when they came to be so.
  #ready = [];
  #readyAt = [];
  // What came to be ready before here in the log has no place in it any more.
  #comparedAt = 0;
  // Pieces whose sight changed in this step.
  #changed = [];
  // The piece at hand, or -1.
  #last = -1;
  /**
   * @param ranges - Ascending, not touching. All of the ancestors of each are in sight, or in ranges before it.
   * @param origin - By default nothing is in sight.
   */
  constructor(graph, ranges, origin = beginning) {
    this.#graph = graph;
    this.#version = origin.version;
    this.#pieces = new Pieces(graph, ranges, origin.base.at(-1) ?? -1);
    this.#waiting = this.#pieces.parentCounts;
    this.#flags = new Uint8Array(this.#pieces.count);
    const at = equalFrontiers(origin.version, origin.base) ? 0 : -1;
    for (let piece = 0; piece < this.#pieces.count; piece += 1) {
      if (this.#waiting[piece] !== 0) continue;
      this.#ready.push(piece);
      this.#readyAt.push(at);
    }
    this.#sort(0);
  }
  /**
   * Goes to the next piece, and tells `sight` what has to come in sight, or go out of it, so that
   * its version is. It is then in sight itself. False where there is none.
   */
  next(sight) {
    const ready = this.#ready;
    const piece = ready.pop();
    if (piece === void 0) return false;
    const log = this.#log;
    if (this.#look(piece, this.#readyAt.pop())) {
      if (this.#changed.length === 0) this.paths.straight += 1;
      else {
        this.paths.logged += 1;
        this.#tell(sight);
      }
    } else this.#compare(piece, sight);
    this.#flags[piece] |= seenFlag;
    log.push(piece);
    this.start = this.#pieces.starts[piece];
    this.end = this.#pieces.ends[piece];
    this.#last = piece;
    const bottom = ready.length;
    const waiting = this.#waiting;
    for (let link = this.#pieces.heads[piece]; link >= 0; link = this.#pieces.nexts[link]) {
      const child = this.#pieces.targets[link];
      const count = waiting[child] - 1;
      waiting[child] = count;
      if (count > 0) continue;
      ready.push(child);
      this.#readyAt.push(log.length);
    }
    if (ready.length > bottom + 1) this.#sort(bottom);
    return true;
  }
  // Sorts what came to be ready in one step: the lightest, or the oldest, is next.
  #sort(bottom) {
    const ready = this.#ready;
    if (ready.length > bottom + fewReady) {
      const part = ready.splice(bottom).sort((a, b) => this.#isLater(a, b) ? -1 : 1);
      for (const piece of part) ready.push(piece);
      return;
    }
    for (let index = bottom + 1; index < ready.length; index += 1) {
      const piece = ready[index];
      let place = index;
      while (place > bottom && this.#isLater(piece, ready[place - 1])) {
        ready[place] = ready[place - 1];
        place -= 1;
      }
      ready[place] = piece;
    }
  }
  #isLater(piece, other) {
    const weight = this.#pieces.weights[piece];
    const otherWeight = this.#pieces.weights[other];
    return weight === otherWeight ? piece > other : weight > otherWeight;
  }
  // Goes back and ahead in the log, to the version of `piece`. False, with nothing changed, where
  // the log does not lead there.
  #look(piece, readyAt) {
    const flags = this.#flags;
    if (readyAt < this.#comparedAt || this.#pieces.outside[piece] === 1) return false;
    const log = this.#log;
    const changed = this.#changed;
    while (log.length > readyAt) {
      const back = log.pop();
      const flag = flags[back];
      if ((flag & listedFlag) === 0) changed.push(back);
      flags[back] = flag ^ (seenFlag | changedFlag) | listedFlag;
    }
    const { firsts, sources, outside: outside3 } = this.#pieces;
    let next = log.length;
    for (let look = piece; ; look = log[next], next += 1) {
      const end = firsts[look + 1];
      for (let link = firsts[look]; link < end; link += 1) {
        const ahead = sources[link];
        const flag = flags[ahead];
        if ((flag & seenFlag) !== 0) continue;
        if (outside3[ahead] === 1) {
          this.#restore();
          return false;
        }
        if ((flag & listedFlag) === 0) changed.push(ahead);
        flags[ahead] = flag ^ (seenFlag | changedFlag) | listedFlag;
        log.push(ahead);
      }
      if (next === log.length) return true;
    }
  }
  #tell(sight) {
    const changed = this.#changed;
    const flags = this.#flags;
    for (let index = 0; index < changed.length; index += 1) {
      const piece = changed[index];
      const flag = flags[piece];
      flags[piece] = flag & ~(changedFlag | listedFlag);
      if ((flag & changedFlag) === 0) continue;
      sight.toggle(
        this.#pieces.starts[piece],
        this.#pieces.ends[piece],
        (flag & seenFlag) === 0 ? -1 : 1
      );
    }
    changed.length = 0;
  }
  #restore() {
    for (const piece of this.#changed) {
      const flags = this.#flags[piece];
      const seen = (flags & changedFlag) === 0 ? 0 : seenFlag;
      this.#flags[piece] = (flags ^ seen) & ~(changedFlag | listedFlag);
    }
    this.#changed.length = 0;
  }
  // Goes to the version of `piece` from where the walk is, whatever that is.
  #compare(piece, sight) {
    this.paths.compared += 1;
    const graph = this.#graph;
    const from = this.#last < 0 ? this.#version : [this.#pieces.ends[this.#last] - 1];
    visitDifference(
      graph,
      from,
      graph.parents(this.#pieces.starts[piece]),
      (start, end, isOnlyInFrom) => {
        sight.toggle(start, end, isOnlyInFrom ? -1 : 1);
        for (let other = this.#pieces.endingAfter(start); other < this.#pieces.count; other += 1) {
          if (this.#pieces.starts[other] >= end) break;
          this.#flags[other] ^= seenFlag;
        }
      }
    );
    this.#comparedAt = this.#log.length + 1;
  }
};

// packages/doc/src/bundle.ts
var documentIdSizeBytesMax = 200;
var bundleSizeBytesMax = 65536;
var runHashSizeBytes = 16;
var magic = [72, 70, 66];
var version = 1;
var kinds = ["plain", "sealed"];
function parseDocumentId(text) {
  const sizeBytes = utf8SizeBytes(text);
  if (sizeBytes < 1 || sizeBytes > documentIdSizeBytesMax || !isWellFormed(text)) {
    throw new HoldfastError(
      "invalid_argument",
      `a document id is 1 to ${documentIdSizeBytesMax} bytes of UTF-8: ${text.slice(0, 40)}`
    );
  }
  return text;
}
function encodeBundle(bundle) {
  const indexes = /* @__PURE__ */ new Map();
  for (const { runs, dependencies } of bundle.sections) {
    for (const { agent } of runs) if (!indexes.has(agent)) indexes.set(agent, indexes.size);
    for (const { agent } of dependencies) if (!indexes.has(agent)) indexes.set(agent, indexes.size);
  }
  const writer = new Writer(64);
  for (const byte of magic) writer.u8(byte);
  writer.u8(version).text(bundle.document).uint(indexes.size);
  for (const agent of indexes.keys()) writer.raw(agentToBytes(agent));
  writer.uint(bundle.sections.length);
  for (const section of bundle.sections) {
    writer.u8(kinds.indexOf(section.kind)).uint(section.runs.length);
    for (const { agent, from, to, hash } of section.runs) {
      writer.uint(indexes.get(agent)).uint(from).uint(to - from).raw(hash);
    }
    writer.uint(section.dependencies.length);
    for (const { agent, seq } of section.dependencies) writer.uint(indexes.get(agent)).uint(seq);
    writer.blob(section.payload);
  }
  return writer.finishWithChecksum();
}
function decodeBundle(bytes, sizeBytesMax = bundleSizeBytesMax) {
  if (bytes.length > sizeBytesMax) {
    throw new HoldfastError(
      "too_large",
      `bundle of ${bytes.length} bytes, at most ${sizeBytesMax}`
    );
  }
  const end = Math.max(0, bytes.length - 4);
  const reader = new Reader(bytes, end);
  const [first, second, third] = magic;
  const name = "bundle magic";
  if (reader.u8(name) !== first || reader.u8(name) !== second || reader.u8(name) !== third) {
    throw corrupt2("bytes are not a bundle");
  }
  const found = reader.u8("bundle version");
  if (found !== version) {
    throw new HoldfastError(
      "unsupported_version",
      `bundle version ${found}, this reads ${version}`
    );
  }
  if (crc32c(bytes, 0, end) !== u32At(bytes, end)) {
    throw corrupt2("bundle checksum does not match");
  }
  const document = parseDocumentName(reader.text("bundle document", documentIdSizeBytesMax));
  const agents = readAgents(reader);
  const count = reader.count("bundle sections", bundleSizeBytesMax, 22);
  if (count === 0) throw corrupt2("bundle has no section");
  const sections2 = [];
  for (let index = 0; index < count; index += 1) sections2.push(readSection(reader, agents));
  reader.end("bundle");
  return { document, sections: sections2 };
}
function u32At(bytes, at) {
  return (bytes[at] << 24 | bytes[at + 1] << 16 | bytes[at + 2] << 8 | bytes[at + 3]) >>> 0;
}
function readAgents(reader) {
  const count = reader.count("bundle agents", vectorAgentsMax, agentSizeBytes);
  const agents = [];
  for (let index = 0; index < count; index += 1) {
    agents.push(agentFromBytes(reader.raw(agentSizeBytes, "bundle agent")));
  }
  if (count > 1 && new Set(agents).size !== count) throw corrupt2("bundle names an agent twice");
  return agents;
}
function readSection(reader, agents) {
  const kind = kinds[reader.u8("section kind")];
  if (kind === void 0) throw corrupt2("section kind is unknown");
  const runs = [];
  const seen = /* @__PURE__ */ new Set();
  const runCount = reader.count("section runs", vectorAgentsMax, 3 + runHashSizeBytes);
  if (runCount === 0) throw corrupt2("section has no run");
  for (let index = 0; index < runCount; index += 1) {
    const agent = readAgent(reader, agents);
    if (seen.has(agent)) throw corrupt2("section has two runs of one agent");
    seen.add(agent);
    const from = reader.uint("run start", eventsMax - 1);
    const length = reader.uint("run length", eventsMax - from);
    if (length === 0) throw corrupt2("run is empty");
    const hash = reader.raw(runHashSizeBytes, "run hash");
    runs.push({ agent, from, to: from + length, hash });
  }
  const dependencies = [];
  const dependencyCount = reader.count("section dependencies", bundleSizeBytesMax, 2);
  for (let index = 0; index < dependencyCount; index += 1) {
    const agent = readAgent(reader, agents);
    dependencies.push({ agent, seq: reader.uint("dependency", eventsMax - 1) });
  }
  return { kind, runs, dependencies, payload: reader.blob("section payload", reader.remaining) };
}
function readAgent(reader, agents) {
  const agent = agents[reader.uint("agent index")];
  if (agent === void 0) throw corrupt2("agent index is out of range");
  return agent;
}
function parseDocumentName(text) {
  if (text.length === 0) throw corrupt2("bundle names no document");
  return text;
}
function corrupt2(sentence) {
  return new HoldfastError("corrupt", sentence);
}

// packages/doc/src/value.ts
var valueSizeBytesMax = 32768;
var valueDepthMax = 32;
var tags = {
  null: 0,
  false: 1,
  true: 2,
  positive: 3,
  negative: 4,
  float: 5,
  text: 6,
  bytes: 7,
  array: 8,
  object: 9
};
var float = new DataView(new ArrayBuffer(8));
function encodeValue(value) {
  const writer = new Writer();
  writeValue(writer, value, 0);
  if (writer.sizeBytes > valueSizeBytesMax) throw oversized();
  return writer.finish();
}
function decodeValue(bytes) {
  if (bytes.length > valueSizeBytesMax) throw oversized();
  const reader = new Reader(bytes);
  const value = readValue(reader, 0, true);
  reader.end("value");
  return value;
}
function checkValue(reader) {
  const start = reader.offset;
  readValue(reader, 0, false);
  if (reader.offset - start > valueSizeBytesMax) throw oversized();
}
function writeValue(writer, value, depth) {
  if (depth > valueDepthMax) {
    throw new HoldfastError("too_large", `value nests deeper than ${valueDepthMax}`);
  }
  if (writer.sizeBytes > valueSizeBytesMax) throw oversized();
  if (value === null) writer.u8(tags.null);
  else if (typeof value === "boolean") writer.u8(value ? tags.true : tags.false);
  else if (typeof value === "number") writeNumber(writer, value);
  else if (typeof value === "string") {
    if (!isWellFormed(value)) throw invalid("text in a value holds half a surrogate pair");
    writer.u8(tags.text).text(value);
  } else if (value instanceof Uint8Array) writer.u8(tags.bytes).blob(value);
  else if (Array.isArray(value)) {
    writer.u8(tags.array).uint(value.length);
    for (const item of value) writeValue(writer, item, depth + 1);
  } else if (isPlainObject(value)) {
    const keys = Object.keys(value).sort(compareUnits);
    writer.u8(tags.object).uint(keys.length);
    for (const key of keys) {
      if (!isWellFormed(key)) throw invalid("key in a value holds half a surrogate pair");
      writer.text(key);
      writeValue(writer, value[key], depth + 1);
    }
  } else throw invalid(`a value can't hold ${describe(value)}`);
}
function writeNumber(writer, value) {
  if (!Number.isFinite(value)) throw invalid(`a value can't hold ${value}`);
  if (!isInteger(value)) {
    float.setFloat64(0, value);
    writer.u8(tags.float).u32(float.getUint32(0)).u32(float.getUint32(4));
  } else if (value >= 0) writer.u8(tags.positive).uint(value);
  else writer.u8(tags.negative).uint(-1 - value);
}
function readValue(reader, depth, isKept) {
  if (depth > valueDepthMax) {
    throw new HoldfastError("too_large", `value nests deeper than ${valueDepthMax}`);
  }
  const tag = reader.u8("value tag");
  switch (tag) {
    case tags.null:
      return null;
    case tags.false:
      return false;
    case tags.true:
      return true;
    case tags.positive:
      return reader.uint("value integer");
    case tags.negative:
      return -1 - reader.uint("value integer", Number.MAX_SAFE_INTEGER - 1);
    case tags.float:
      return readFloat(reader);
    case tags.text:
      return reader.text("value text", valueSizeBytesMax);
    case tags.bytes:
      if (isKept) return reader.blob("value bytes", valueSizeBytesMax).slice();
      reader.skip(reader.uint("value bytes", valueSizeBytesMax), "value bytes");
      return null;
    case tags.array: {
      const items = isKept ? [] : null;
      const count = reader.count("value items", valueSizeBytesMax);
      for (let index = 0; index < count; index += 1) {
        const item = readValue(reader, depth + 1, isKept);
        items?.push(item);
      }
      return items;
    }
    case tags.object:
      return readObject(reader, depth, isKept);
    default:
      throw new HoldfastError("corrupt", `value tag ${tag} is unknown`);
  }
}
function readFloat(reader) {
  for (let at = 0; at < 8; at += 1) float.setUint8(at, reader.u8("value number"));
  const value = float.getFloat64(0);
  if (!Number.isFinite(value) || isInteger(value)) {
    throw new HoldfastError("corrupt", "value number is not finite or not in its one form");
  }
  return value;
}
function readObject(reader, depth, isKept) {
  const members = isKept ? [] : null;
  const count = reader.count("value members", valueSizeBytesMax, 2);
  let previous = null;
  for (let index = 0; index < count; index += 1) {
    const key = reader.text("value key", valueSizeBytesMax);
    if (previous !== null && compareUnits(previous, key) >= 0) {
      throw new HoldfastError("corrupt", "value keys are not in order");
    }
    previous = key;
    const member = readValue(reader, depth + 1, isKept);
    members?.push([key, member]);
  }
  return members === null ? null : Object.fromEntries(members);
}
function isInteger(value) {
  return Number.isSafeInteger(value) && !Object.is(value, -0);
}
function isPlainObject(value) {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
function compareUnits(a, b) {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
function describe(value) {
  return typeof value === "object" ? "an object that is not plain" : typeof value;
}
function invalid(sentence) {
  return new HoldfastError("invalid_argument", sentence);
}
function oversized() {
  return new HoldfastError("too_large", `value over ${valueSizeBytesMax} bytes`);
}

// packages/doc/src/value_log.ts
var noBytes = new Uint8Array(0);
var noPlaces = new Uint32Array(1);
var ValueLog = class _ValueLog {
  /** How many values come before, which are not held. */
  start;
  #bytes = noBytes;
  // Where each value held begins, and where the last one ends, less `base`.
  #places = noPlaces;
  #base = 0;
  #length = 0;
  constructor(start = 0) {
    this.start = start;
  }
  /** These values. @throws {HoldfastError} As {@link encodeValue}. */
  static of(values) {
    const writer = new Writer();
    const places = new Uint32Array(values.length + 1);
    values.forEach((value, index) => {
      places[index + 1] = writer.raw(encodeValue(value)).sizeBytes;
    });
    return _ValueLog.#over(writer.finish(), places);
  }
  /**
   * The values that `bytes` are, which it keeps. O(bytes).
   *
   * @throws {HoldfastError} As {@link checkValue}.
   */
  static read(bytes) {
    let count = 0;
    const counter = new Reader(bytes);
    for (; counter.remaining > 0; count += 1) checkValue(counter);
    const places = new Uint32Array(count + 1);
    const reader = new Reader(bytes);
    for (let index = 1; index <= count; index += 1) {
      checkValue(reader);
      places[index] = reader.offset;
    }
    return _ValueLog.#over(bytes, places);
  }
  static #over(bytes, places, base = 0) {
    const log = new _ValueLog();
    log.#bytes = bytes;
    log.#places = places;
    log.#base = base;
    log.#length = places.length - 1;
    return log;
  }
  /** Values held. */
  get length() {
    return this.#length;
  }
  /** Values that there are; also the number of the next one. */
  get size() {
    return this.start + this.#length;
  }
  /** The value `at`, a copy. O(its bytes). */
  value(at) {
    return decodeValue(this.bytes(at, at + 1));
  }
  /** The values `from` up to, not including, `to`, encoded: a view. */
  bytes(from = this.start, to = this.size) {
    return this.#bytes.subarray(this.#placeOf(from), this.#placeOf(to));
  }
  /** The values `from` up to, not including, `to`, as a log of their own that shares what they are. O(1). */
  slice(from, to) {
    const places = this.#places.subarray(from - this.start, to - this.start + 1);
    return _ValueLog.#over(this.bytes(from, to), places, places[0]);
  }
  /** Adds the values `from` up to, not including, `to` of `source`. O(their bytes). */
  append(source, from = source.start, to = source.size) {
    const added = source.bytes(from, to);
    const length = this.#length + to - from;
    if (length >= this.#places.length) {
      const places = new Uint32Array(Math.max(length + 1, 2 * this.#places.length));
      for (let index = 0; index <= this.#length; index += 1) {
        places[index] = this.#places[index] - this.#base;
      }
      this.#places = places;
      this.#base = 0;
    }
    const end = this.#placeOf(this.size);
    if (end + added.length > this.#bytes.length) {
      const bytes = new Uint8Array(Math.max(end + added.length, 2 * this.#bytes.length));
      bytes.set(this.#bytes.subarray(0, end));
      this.#bytes = bytes;
    }
    this.#bytes.set(added, end);
    const shift = end + this.#base - source.#placeOf(from);
    for (let index = this.#length + 1; index <= length; index += 1) {
      this.#places[index] = source.#placeOf(from + index - this.#length) + shift;
    }
    this.#length = length;
  }
  /** Forgets the values from `size` on. */
  truncate(size) {
    this.#length = size - this.start;
  }
  /** This, behind `beginning`, which holds all that comes before. O(bytes). */
  behind(beginning2) {
    const whole = new _ValueLog(beginning2.start);
    whole.append(beginning2);
    whole.append(this);
    return whole;
  }
  #placeOf(at) {
    return this.#places[at - this.start] - this.#base;
  }
};

// packages/doc/src/operation.ts
var operationTags = {
  insert: 0,
  delete: 1,
  deleteBackward: 2,
  set: 3,
  unset: 4,
  merge: 5
};
var payloadFlags = { parents: 8, agent: 16, container: 32 };
function operationTag(operation) {
  switch (operation.type) {
    case "insert":
      return operationTags.insert;
    case "delete":
      return operation.backward ? operationTags.deleteBackward : operationTags.delete;
    case "set":
      return operation.value === null ? operationTags.unset : operationTags.set;
    case "merge":
      return operationTags.merge;
    default:
      return unreachable(operation);
  }
}
var noValues = new ValueLog();
function stretchRow(stretch) {
  const isImplied = stretch.parents.length === 0 || followsOwn(stretch);
  return operationRow(stretch.operation, isImplied ? null : stretch.parents);
}
function operationRow(operation, parents = null) {
  const isSequence = operation.type === "insert" || operation.type === "delete";
  const content = operation.type === "insert" ? operation.content : "";
  return {
    tag: operationTag(operation),
    length: operationLength(operation),
    parents,
    container: operation.type === "merge" ? "" : operation.container,
    at: isSequence ? operation.at : 0,
    text: typeof content === "string" ? content : "",
    textFrom: 0,
    values: typeof content === "string" ? noValues : content,
    key: operation.type === "set" ? operation.key : "",
    value: operation.type === "set" ? operation.value : null
  };
}
function operationLength(operation) {
  switch (operation.type) {
    case "insert":
      return operation.content.length;
    case "delete":
      return operation.length;
    case "set":
    case "merge":
      return 1;
    default:
      return unreachable(operation);
  }
}
function clipOperation(operation, from, to) {
  if (from === 0 && to === operationLength(operation)) return operation;
  switch (operation.type) {
    case "insert":
      return { ...operation, at: operation.at + from, content: operation.content.slice(from, to) };
    case "delete":
      return {
        ...operation,
        at: operation.backward ? operation.at - from : operation.at,
        length: to - from,
        backward: operation.backward && to - from > 1
      };
    case "set":
    case "merge":
      return operation;
    default:
      return unreachable(operation);
  }
}
function clipStretch(stretch, from, to) {
  const operation = clipOperation(stretch.operation, from, to);
  if (from === 0) return { ...stretch, operation };
  const seq = stretch.seq + from;
  return {
    agent: stretch.agent,
    seq,
    parents: [{ agent: stretch.agent, seq: seq - 1 }],
    operation
  };
}
function followsOwn(stretch) {
  const [parent] = stretch.parents;
  return stretch.parents.length === 1 && parent.agent === stretch.agent && parent.seq === stretch.seq - 1;
}
function joinedDelete(lastTag, lastLength, tag, length, back) {
  const { delete: forward, deleteBackward: backward } = operationTags;
  if (lastTag === forward && tag === forward && back === 0) return forward;
  const canGoBack = (lastTag === backward || lastTag === forward && lastLength === 1) && (tag === backward || length === 1);
  return canGoBack && back === lastLength ? backward : -1;
}
function continuesStretch(lastTag, lastAt, lastLength, tag, at) {
  if (tag === operationTags.insert) return lastTag === tag && at === lastAt + lastLength;
  if (tag > operationTags.deleteBackward) return false;
  return joinedDelete(lastTag, lastLength, operationTags.delete, 1, lastAt - at) >= 0;
}

// packages/doc/src/limits.ts
var containerNameSizeBytesMax = 200;
var keySizeBytesMax = 1e3;
var parentsMax = 500;
var documentSizeBytesMax = 256 * 1024 * 1024;
function checkContainerName(name) {
  const sizeBytes = utf8SizeBytes(name);
  if (sizeBytes < 1 || sizeBytes > containerNameSizeBytesMax || !isWellFormed(name)) {
    throw new HoldfastError(
      "invalid_argument",
      `a container's name is 1 to ${containerNameSizeBytesMax} bytes of UTF-8: ${name.slice(0, 40)}`
    );
  }
}
function checkKey(key) {
  if (utf8SizeBytes(key) > keySizeBytesMax || !isWellFormed(key)) {
    throw new HoldfastError(
      "invalid_argument",
      `a key is at most ${keySizeBytesMax} bytes of UTF-8: ${key.slice(0, 40)}`
    );
  }
}

// packages/doc/src/container.ts
var listMark = "\uDC00";
function listId(name) {
  return listMark + name;
}
function isListId(id) {
  return id.charCodeAt(0) === 56320;
}
function containerName(id) {
  return isListId(id) ? id.slice(1) : id;
}
function writeContainer(writer, id) {
  if (isListId(id)) writer.text("");
  writer.text(containerName(id));
}
function readContainer(reader) {
  const first = reader.text("container name", containerNameSizeBytesMax);
  if (first !== "") return first;
  const name = reader.text("list name", containerNameSizeBytesMax);
  if (name === "") throw new HoldfastError("corrupt", "container name is empty");
  return listId(name);
}

// packages/doc/src/content_log.ts
var unitsAtATime = 8192;
var ContentLog = class _ContentLog {
  /** Where what is held begins. */
  start;
  #units = new Uint16Array(64);
  // Units held.
  #size = 0;
  #hasSurrogates = false;
  /**
   * @param start - How many units come before, which are not held.
   * @param hasSurrogates - Whether there may be a surrogate among these.
   */
  constructor(start = 0, hasSurrogates = false) {
    this.start = start;
    this.#hasSurrogates = hasSurrogates;
  }
  /** Tells whether it ever held a surrogate: never false where it does. */
  get hasSurrogates() {
    return this.#hasSurrogates;
  }
  /** The units from {@link start} on, and room for more; to read, and until the next `append` only. */
  get units() {
    return this.#units;
  }
  /** Units that there are; also where the next one goes. */
  get size() {
    return this.start + this.#size;
  }
  /** Adds the units `from` up to, not including, `to` of `text` at the end. O(length). */
  append(text, from = 0, to = text.length) {
    const needed = this.#size + (to - from);
    if (needed > this.#units.length) {
      const grown2 = new Uint16Array(Math.max(needed, this.#units.length * 2));
      grown2.set(this.#units.subarray(0, this.#size));
      this.#units = grown2;
    }
    const units = this.#units;
    const shift = this.#size - from;
    for (let index = from; index < to; index += 1) {
      const unit = text.charCodeAt(index);
      units[shift + index] = unit;
      if ((unit & 63488) === 55296) this.#hasSurrogates = true;
    }
    this.#size = needed;
  }
  /** The unit at `at`. */
  unit(at) {
    return this.#units[at - this.start];
  }
  /** The units `from` up to, not including, `to`. O(length). */
  slice(from, to) {
    const first = from - this.start;
    const end = to - this.start;
    if (end - first <= unitsAtATime) return this.#piece(first, end);
    const pieces = [];
    for (let at = first; at < end; at += unitsAtATime) {
      pieces.push(this.#piece(at, Math.min(end, at + unitsAtATime)));
    }
    return pieces.join("");
  }
  /** Forgets what lies at `size` and after. */
  truncate(size) {
    this.#size = size - this.start;
  }
  /** This, behind `beginning`, which holds all that comes before. O(units). */
  behind(beginning2) {
    const whole = new _ContentLog(beginning2.start, this.#hasSurrogates);
    whole.#size = this.size - beginning2.start;
    whole.#units = new Uint16Array(whole.#size + this.#units.length - this.#size);
    whole.#units.set(beginning2.#units.subarray(0, beginning2.#size));
    whole.#units.set(this.#units.subarray(0, this.#size), beginning2.#size);
    return whole;
  }
  #piece(from, to) {
    if (to - from === 1) return String.fromCharCode(this.#units[from]);
    const units = this.#units.subarray(from, to);
    return String.fromCharCode.apply(null, units);
  }
};

// packages/doc/src/operation_log.ts
var startColumn2 = 0;
var tagColumn = 1;
var atColumn = 2;
var contentColumn = 3;
var columns2 = 4;
var OperationLog = class {
  // The beginning, while it is sealed; then `rows` are those behind it, and so is all else.
  #sealed;
  #rows = new Int32Array(16 * columns2);
  #rowCount = 0;
  #content;
  #values;
  #settings = [];
  #containers = [];
  #containerIndexes = /* @__PURE__ */ new Map();
  // The container that was asked for last: nearly always the next one too.
  #lastName = "";
  #lastIndex = -1;
  #end = 0;
  /** @param sealed - What it begins with. */
  constructor(sealed = null) {
    this.#sealed = sealed;
    this.#content = new ContentLog(sealed?.units, sealed?.hasSurrogates);
    this.#values = new ValueLog(sealed?.values);
    if (sealed === null) return;
    this.#end = sealed.size;
    this.#rowCount = sealed.rowCount;
    for (const name of sealed.containers) this.#indexOf(name);
  }
  /** How many events are held. */
  get size() {
    return this.#end;
  }
  /** How many rows it takes. */
  get rowCount() {
    return this.#rowCount;
  }
  /** Ids of containers, by index, in order of first use. */
  get containers() {
    return this.#containers;
  }
  /** The index of a container, which is given one where it has none. */
  containerIndex(name) {
    if (name === this.#lastName) return this.#lastIndex;
    const index = this.#indexOf(name);
    this.#lastName = name;
    this.#lastIndex = index;
    return index;
  }
  #indexOf(name) {
    const known = this.#containerIndexes.get(name);
    if (known !== void 0) return known;
    const index = this.#containers.push(name) - 1;
    this.#containerIndexes.set(name, index);
    return index;
  }
  /** Adds what the next events do: those of `row` but the first `skipped`. O(inserted text). */
  append(row, skipped = 0) {
    const { tag } = row;
    const length = row.length - skipped;
    switch (tag) {
      case operationTags.insert: {
        const from = row.textFrom + skipped;
        const container = this.containerIndex(row.container);
        if (isListId(row.container)) {
          this.appendValues(container, row.at + skipped, row.values, from, from + length);
        } else this.appendInsert(container, row.at + skipped, row.text, from, from + length);
        return;
      }
      case operationTags.delete:
        this.appendDelete(this.containerIndex(row.container), tag, row.at, length);
        return;
      case operationTags.deleteBackward: {
        const left = length === 1 ? operationTags.delete : tag;
        this.appendDelete(this.containerIndex(row.container), left, row.at - skipped, length);
        return;
      }
      case operationTags.merge:
        this.#addRow(tag, 0, 0);
        this.#end += 1;
        return;
      default: {
        const content = this.#settings.push({ key: row.key, value: row.value }) - 1;
        this.#addRow(tag + 8 * this.containerIndex(row.container), 0, content);
        this.#end += 1;
      }
    }
  }
  /** Adds events that insert the units `from` up to, not including, `to` of `text`, at least one, into a text by its index. */
  appendInsert(container, at, text, from = 0, to = text.length) {
    this.#openInsert(container, at, this.#content.size);
    this.#content.append(text, from, to);
    this.#end += to - from;
  }
  /** As {@link appendInsert}, for some of `values` and a list. */
  appendValues(container, at, values, from, to) {
    this.#openInsert(container, at, this.#values.size);
    this.#values.append(values, from, to);
    this.#end += to - from;
  }
  /** Adds plain stretches, of a container by its index; they insert units of `text` from `textFrom` on. O(stretches, units). */
  appendPlain(container, batch, text, textFrom) {
    const { columns: stretches, count } = batch;
    let content = this.#content.size;
    this.#content.append(text, textFrom, textFrom + batch.units);
    for (let index = 0; index < count; index += 1) {
      const tag = stretches[3 * index];
      const at = stretches[3 * index + 1];
      const length = stretches[3 * index + 2];
      if (tag !== operationTags.insert) {
        this.appendDelete(container, tag, at, length);
        continue;
      }
      this.#openInsert(container, at, content);
      content += length;
      this.#end += length;
    }
  }
  /** Adds events that delete `length` units, at least 1; `tag` says which way. */
  appendDelete(container, tag, at, length) {
    const joined2 = this.#joinedTag(container, tag, at, length);
    if (joined2 < 0) this.#addRow(tag + 8 * container, at, 0);
    else this.#rows[this.#rowOf(this.#rowCount - 1) + tagColumn] = joined2 + 8 * container;
    this.#end += length;
  }
  /** Index of the row that holds `lv`. O(log rows), O(1) for the last. */
  rowIndex(lv) {
    assert(lv >= 0 && lv < this.#end, "G2: no such operation");
    if (this.#sealed !== null && lv < this.#sealed.size) this.#open();
    const first = this.#sealed?.rowCount ?? 0;
    return first + findRow(this.#rows, columns2, this.#rowCount - first, lv);
  }
  /** First event of the row at `index`. */
  rowStart(index) {
    const row = this.#openRow(index);
    return this.#rows[row + startColumn2];
  }
  /** The number after the last event of the row at `index`. */
  rowEnd(index) {
    return index + 1 < this.#rowCount ? this.rowStart(index + 1) : this.#end;
  }
  /** What the row at `index` does: one of `operationTags`. */
  rowKind(index) {
    const row = this.#openRow(index);
    return this.#rows[row + tagColumn] & 7;
  }
  /** Index of the container of the row at `index`; of a merge, of no meaning. */
  rowContainer(index) {
    const row = this.#openRow(index);
    return this.#rows[row + tagColumn] >> 3;
  }
  /** Where the first event of the row at `index`, an insert or a delete, does it. */
  rowAt(index) {
    const row = this.#openRow(index);
    return this.#rows[row + atColumn];
  }
  /** Where in {@link content}, or {@link values}, what the row at `index`, an insert, inserts begins. */
  rowContent(index) {
    const row = this.#openRow(index);
    return this.#rows[row + contentColumn];
  }
  /** All text that was ever inserted, but for that of a sealed beginning. */
  get content() {
    return this.#content;
  }
  /** All values that were ever inserted into lists, but for those of a sealed beginning. */
  get values() {
    return this.#values;
  }
  /** The row at `index`. */
  row(index) {
    return this.#clipped(index, this.rowStart(index), this.rowEnd(index));
  }
  /** The rows of `range`, clipped to it, in order. O(log rows + rows found). */
  rows(range) {
    const found = [];
    if (range.start >= range.end) return found;
    for (let index = this.rowIndex(range.start); index < this.#rowCount; index += 1) {
      const start = this.rowStart(index);
      if (start >= range.end) break;
      const end = Math.min(this.rowEnd(index), range.end);
      found.push(this.#clipped(index, Math.max(start, range.start), end));
    }
    return found;
  }
  /** What `row` inserts. O(length) for text. */
  inserted({
    container,
    content,
    start,
    end
  }) {
    const source = isListId(container) ? this.#values : this.#content;
    return source.slice(content, content + (end - start));
  }
  /** The unit that the event `lv` inserts into a text; null where it does something else. */
  unit(lv) {
    const index = this.rowIndex(lv);
    if (this.rowKind(index) !== operationTags.insert || this.#isList(index)) return null;
    return this.#content.unit(this.rowContent(index) + (lv - this.rowStart(index)));
  }
  /** `row` as an operation of its own. */
  operation(row) {
    switch (row.type) {
      case "insert":
        return {
          type: "insert",
          container: row.container,
          at: row.at,
          content: this.inserted(row)
        };
      case "delete": {
        const { container, at, backward } = row;
        const length = row.end - row.start;
        return { type: "delete", container, at, length, backward: backward && length > 1 };
      }
      case "set":
        return { type: "set", container: row.container, key: row.key, value: row.value };
      case "merge":
        return { type: "merge" };
      default:
        return unreachable(row);
    }
  }
  /** Forgets the events from `end` on, none of which is of a sealed beginning. */
  truncate(end) {
    while (this.#end > end) {
      const last = this.#rowCount - 1;
      const start = this.rowStart(last);
      const kind = this.rowKind(last);
      if (kind === operationTags.insert) {
        const log = this.#isList(last) ? this.#values : this.#content;
        log.truncate(this.rowContent(last) + Math.max(0, end - start));
      }
      if (start < end) {
        if (kind === operationTags.deleteBackward && end - start === 1) {
          this.#rows[this.#rowOf(last) + tagColumn] += operationTags.delete - kind;
        }
        break;
      }
      if (kind === operationTags.set || kind === operationTags.unset) this.#settings.pop();
      this.#rowCount = last;
      this.#end = start;
    }
    this.#end = Math.min(this.#end, end);
  }
  #clipped(index, start, end) {
    const rowStart = this.rowStart(index);
    const skipped = start - rowStart;
    const kind = this.rowKind(index);
    if (kind === operationTags.merge) return { type: "merge", start, end };
    const container = this.#containers[this.rowContainer(index)];
    switch (kind) {
      case operationTags.insert: {
        const at = this.rowAt(index) + skipped;
        return {
          type: "insert",
          start,
          end,
          container,
          at,
          content: this.rowContent(index) + skipped
        };
      }
      case operationTags.delete:
        return { type: "delete", start, end, container, at: this.rowAt(index), backward: false };
      case operationTags.deleteBackward: {
        const at = this.rowAt(index) - skipped;
        return { type: "delete", start, end, container, at, backward: true };
      }
      default: {
        const { key, value } = this.#settings[this.rowContent(index)];
        return { type: "set", start, end, container, key, value };
      }
    }
  }
  // Tells whether the row at `index` edits a list.
  #isList(index) {
    return isListId(this.#containers[this.rowContainer(index)]);
  }
  // Sees to it that the last row is one that an insert at `at` continues, or a new one.
  #openInsert(container, at, content) {
    const tag = operationTags.insert + 8 * container;
    const row = this.#rowOf(this.#rowCount - 1);
    const rows = this.#rows;
    const continues = row >= 0 && rows[row + tagColumn] === tag && at - rows[row + atColumn] === this.#end - rows[row];
    if (!continues) this.#addRow(tag, at, content);
  }
  // Which way the last row goes if a delete continues it; -1 where it does not.
  #joinedTag(container, tag, at, length) {
    const last = this.#rowCount - 1;
    if (this.#rowOf(last) < 0 || this.rowContainer(last) !== container) return -1;
    const lastLength = this.#end - this.rowStart(last);
    return joinedDelete(this.rowKind(last), lastLength, tag, length, this.rowAt(last) - at);
  }
  // Where in `rows` the row at `index` is; less than 0 where it is sealed.
  #rowOf(index) {
    return (index - (this.#sealed?.rowCount ?? 0)) * columns2;
  }
  // As `rowOf`; opens what is sealed.
  #openRow(index) {
    const row = this.#rowOf(index);
    if (row >= 0) return row;
    this.#open();
    return index * columns2;
  }
  // Puts the rows of the sealed beginning before those that are here.
  #open() {
    const sealed = this.#sealed;
    const beginning2 = sealed.open();
    const moved = sealed.rowCount * columns2;
    const added = (this.#rowCount - sealed.rowCount) * columns2;
    const rows = new Int32Array(moved + Math.max(added, columns2) * 2);
    rows.set(beginning2.#rows.subarray(0, moved));
    rows.set(this.#rows.subarray(0, added), moved);
    for (let row = moved; row < moved + added; row += columns2) {
      const kind = rows[row + tagColumn] & 7;
      const isSetting = kind === operationTags.set || kind === operationTags.unset;
      if (isSetting) rows[row + contentColumn] += beginning2.#settings.length;
    }
    this.#settings = [...beginning2.#settings, ...this.#settings];
    this.#content = this.#content.behind(beginning2.#content);
    this.#values = this.#values.behind(beginning2.#values);
    this.#rows = rows;
    this.#sealed = null;
  }
  #addRow(tag, at, content) {
    const row = this.#rowOf(this.#rowCount);
    this.#rows = withRoom(this.#rows, row);
    const rows = this.#rows;
    rows[row + startColumn2] = this.#end;
    rows[row + tagColumn] = tag;
    rows[row + atColumn] = at;
    rows[row + contentColumn] = content;
    this.#rowCount += 1;
  }
};

// packages/doc/src/history.ts
var History = class _History {
  graph;
  operations;
  // How many events came sealed.
  #seam;
  #omitted = [];
  /** @param sealed - What it begins with: read when somebody asks for an event of it. */
  constructor(sealed = null) {
    this.#seam = sealed?.graph.size ?? 0;
    if (sealed === null) {
      this.graph = new EventGraph();
      this.operations = new OperationLog();
      return;
    }
    let opened = null;
    const open = () => {
      if (opened === null) {
        const history = new _History();
        this.#omitted = sealed.load(history);
        opened = history;
      }
      return opened;
    };
    this.graph = new EventGraph({ ...sealed.graph, open: () => open().graph });
    this.operations = new OperationLog({ ...sealed.operations, open: () => open().operations });
  }
  /** How many events are held; also the next local number. */
  get size() {
    return this.graph.size;
  }
  /**
   * Adds the next events of `agent`: those of `row` but the first `skipped`. Parents as in
   * {@link EventGraph.add}. Returns the first's number.
   */
  append(agent, parents, row, skipped = 0) {
    const start = this.graph.add(agent, row.length - skipped, parents);
    this.operations.append(row, skipped);
    return start;
  }
  /** Adds events that follow the last one of all: of its agent, each upon the one before, in one text. */
  appendPlain(container, batch, text, textFrom) {
    if (batch.count === 0) return;
    const { graph, operations } = this;
    const last = graph.size - 1;
    graph.add(graph.agentOf(last), batch.events, [last]);
    operations.appendPlain(operations.containerIndex(container), batch, text, textFrom);
  }
  /** Adds the next events of `agent`, upon all that is held, which do `edit` and nothing else. */
  appendSplice(agent, container, { at, deleted, inserted }) {
    const { graph, operations } = this;
    graph.add(agent, deleted + inserted.length, graph.frontier);
    const index = operations.containerIndex(container);
    if (deleted > 0) operations.appendDelete(index, operationTags.delete, at, deleted);
    if (inserted !== "") operations.appendInsert(index, at, inserted);
  }
  /** Reads all events of a file, into an empty history. */
  loadAll(file) {
    this.#omitted = file.load(this);
  }
  /** Inserts whose text was left out of the file, in order, apart; asking reads the file. */
  omitted() {
    if (this.#seam > 0) this.graph.entryIndex(0);
    return this.#omitted;
  }
  /** Tells whether the text of an event of `range` was left out of the file. O(log of those). */
  isOmitted({ start, end }) {
    const omitted = start < this.#seam ? this.omitted() : this.#omitted;
    let low = 0;
    let high = omitted.length;
    while (low < high) {
      const middle = low + high >> 1;
      if (omitted[middle].end <= start) low = middle + 1;
      else high = middle;
    }
    return low < omitted.length && omitted[low].start < end;
  }
  /**
   * Index of the graph's entry that continues the one before it, because a sealed beginning ended
   * there; the number of entries where there is none.
   */
  seamEntry() {
    const { graph } = this;
    if (this.#seam === 0 || this.#seam === this.size) return graph.entryCount;
    const index = graph.entryIndex(this.#seam);
    const continues = graph.entryStart(index) === this.#seam && graph.isLinear(this.#seam) && graph.agentOf(this.#seam) === graph.id(this.#seam - 1).agent;
    return continues ? index : graph.entryCount;
  }
  /**
   * The same with entries and rows as long as they can be: where a sealed beginning ended, they
   * were cut. Itself where there is no such seam. O(history) where there is.
   */
  joined() {
    if (this.#seam === 0 || this.#seam === this.size) return this;
    const whole = new _History();
    for (let index = 0; index < this.graph.entryCount; index += 1) {
      const { start, end, agent } = this.graph.entry(index);
      for (const row of this.operations.rows({ start, end })) {
        const operation = operationRow(this.operations.operation(row));
        whole.append(agent, this.graph.parents(row.start), operation);
      }
    }
    return whole;
  }
  /** Where to return to when what is appended from now on proves wrong. */
  mark() {
    return { size: this.graph.size, frontier: this.graph.frontier };
  }
  /** Forgets what was appended since `mark`. */
  truncate(mark2) {
    this.operations.truncate(mark2.size);
    this.graph.truncate(mark2.size, mark2.frontier);
  }
  /**
   * The events of `ranges` as stretches, in the order given. O(rows and entries found, inserted text).
   *
   * @throws {HoldfastError} `not_found` where text among them was left out of the file.
   */
  stretches(ranges) {
    const found = [];
    for (const range of ranges) {
      if (this.isOmitted(range)) {
        throw new HoldfastError(
          "not_found",
          "text that was deleted is not in this document's file"
        );
      }
      let { start } = range;
      while (start < range.end) {
        const entry = this.graph.entryAt(start);
        const end = Math.min(entry.end, range.end);
        for (const row of this.operations.rows({ start, end })) {
          found.push({
            agent: entry.agent,
            seq: entry.seq + (row.start - entry.start),
            parents: this.ids(this.graph.parents(row.start)),
            operation: this.operations.operation(row)
          });
        }
        start = end;
      }
    }
    return found;
  }
  /** Names of the events, in order of agents. */
  ids(version3) {
    if (version3.length === 1) return [this.graph.id(version3[0])];
    return version3.map((lv) => this.graph.id(lv)).sort(compareEventIds);
  }
};
function compareEventIds(a, b) {
  if (a.agent !== b.agent) return a.agent < b.agent ? -1 : 1;
  return a.seq - b.seq;
}

// packages/doc/src/plain_batch.ts
var plainStretchesMax = 1024;
var PlainBatch = class {
  /** Of each stretch its tag, insert or either delete; its place; its events. */
  columns = new Int32Array(3 * plainStretchesMax);
  /** How many stretches. */
  count = 0;
  /** How many events they are. */
  events = 0;
  /** Units that they insert. */
  units = 0;
};
function readPlain(bytes, start, batch) {
  const { columns: columns4 } = batch;
  const { text } = start;
  let { offset, tag: lastTag, at: lastAt, length: lastLength, textFrom } = start;
  let isJoinable = false;
  let count = 0;
  let events = 0;
  while (count < plainStretchesMax && offset < bytes.length) {
    const tag = bytes[offset];
    if (tag > operationTags.deleteBackward) break;
    let next = offset + 1;
    let at = 0;
    let length = 0;
    let isShort = true;
    for (let field = 0; field < 2; field += 1) {
      let value = 0;
      let shift = 0;
      let byte = 128;
      while (byte >= 128 && shift < 28 && next < bytes.length) {
        byte = bytes[next];
        next += 1;
        value |= (byte & 127) << shift;
        shift += 7;
      }
      if (byte >= 128 || byte === 0 && shift > 7) isShort = false;
      if (field === 0) at = value;
      else length = value;
    }
    if (!isShort || length === 0) break;
    if (tag === operationTags.insert) {
      const textEnd = textFrom + length;
      if (textEnd > text.length || (text.charCodeAt(textEnd) & 64512) === 56320) break;
      textFrom = textEnd;
    } else if (tag === operationTags.deleteBackward && (length < 2 || at < length - 1)) break;
    if (continuesStretch(lastTag, lastAt, lastLength, tag, at)) isJoinable = true;
    columns4[3 * count] = tag;
    columns4[3 * count + 1] = at;
    columns4[3 * count + 2] = length;
    lastTag = tag;
    lastAt = at;
    lastLength = length;
    events += length;
    count += 1;
    offset = next;
  }
  batch.count = count;
  batch.events = events;
  batch.units = textFrom - start.textFrom;
  return { offset, isJoinable };
}

// packages/doc/src/payload.ts
var containersMax = 65536;
function encodePayload(stretches, agents) {
  const containers = /* @__PURE__ */ new Map();
  let text = "";
  const values = new ValueLog();
  for (const { operation } of stretches) {
    if (operation.type === "insert") {
      if (typeof operation.content === "string") text += operation.content;
      else values.append(operation.content);
    }
    if (operation.type === "merge" || containers.has(operation.container)) continue;
    containers.set(operation.container, containers.size);
  }
  const writer = new Writer(64);
  writePayloadHead(writer, [...containers.keys()], text, values);
  let lastAgent = 0;
  let lastContainer = 0;
  for (const stretch of stretches) {
    const row = stretchRow(stretch);
    const agent = agents.get(stretch.agent);
    const container = row.tag === operationTags.merge ? lastContainer : containers.get(row.container);
    let flags = row.tag;
    if (row.parents !== null) flags |= payloadFlags.parents;
    if (agent !== lastAgent) flags |= payloadFlags.agent;
    if (container !== lastContainer) flags |= payloadFlags.container;
    writer.u8(flags);
    if (agent !== lastAgent) writer.uint(agent);
    if (container !== lastContainer) writer.uint(container);
    if (row.parents !== null) {
      writer.uint(row.parents.length);
      for (const parent of row.parents) writer.uint(agents.get(parent.agent)).uint(parent.seq);
    }
    if (row.tag <= operationTags.deleteBackward) writer.uint(row.at).uint(row.length);
    else if (row.tag !== operationTags.merge) writer.text(row.key);
    if (row.value !== null) writer.blob(row.value);
    lastAgent = agent;
    lastContainer = container;
  }
  return writer.finish();
}
function writePayloadHead(writer, containers, text, values) {
  writer.uint(containers.length);
  for (const id of containers) writeContainer(writer, id);
  writer.text(text);
  if (containers.some(isListId)) writer.blob(values.bytes());
}
var PayloadReader = class {
  tag = operationTags.merge;
  length = 0;
  parents = null;
  container = "";
  at = 0;
  textFrom = 0;
  key = "";
  value = null;
  /** Index of the stretch's agent in the list. */
  agent = 0;
  /** Sequence number of its first event. */
  seq = 0;
  /**
   * Whether all stretches so far are written as canonical.ts would write them for the hash, if
   * they are of one run, and the agents are in order.
   */
  isCanonical = true;
  text;
  values;
  #payload;
  #reader;
  #agents;
  #nexts;
  #containers;
  #containerIndex = 0;
  // How many containers were named so far, where they are named in order.
  #containersSeen = 0;
  #textEnd = 0;
  #valuesEnd = 0;
  /**
   * @param agents - As for writing, in order.
   * @param firsts - For the first so many agents, the sequence number of their first
   *   event here; the payload has events of these agents only.
   */
  constructor(payload, agents, firsts) {
    this.#payload = payload;
    const reader = new Reader(payload);
    this.#reader = reader;
    this.#agents = agents;
    this.#nexts = [...firsts];
    this.#containers = readContainers(reader);
    this.text = reader.text("inserted text", reader.remaining);
    this.values = this.#containers.some(isListId) ? ValueLog.read(reader.blob("inserted values", reader.remaining)) : noValues;
  }
  /** How many events of the agent at `index` were read, counted from its event 0. */
  nextOf(index) {
    return this.#nexts[index];
  }
  /** Goes on to the next stretch; false at the end. */
  next() {
    const reader = this.#reader;
    if (reader.remaining === 0) {
      if (this.#textEnd < this.text.length || this.#valuesEnd < this.values.length) {
        throw corrupt3("payload has text or values that nothing inserts");
      }
      if (this.#containersSeen < this.#containers.length) this.isCanonical = false;
      return false;
    }
    const lastTag = this.tag;
    const lastAt = this.at;
    const lastLength = this.length;
    const flags = reader.u8("stretch flags");
    if (flags >= 64) throw corrupt3("stretch flags are unknown");
    const nexts = this.#nexts;
    if (flags & payloadFlags.agent) this.agent = reader.uint("stretch agent", nexts.length - 1);
    if (flags & payloadFlags.container) this.#readContainer();
    const seq = nexts[this.agent];
    if (seq === void 0) throw corrupt3("stretch names no agent");
    this.seq = seq;
    this.parents = flags & payloadFlags.parents ? this.#readParents() : null;
    this.tag = flags & 7;
    this.value = null;
    this.length = 1;
    if (this.tag === operationTags.merge) {
      this.container = "";
      if (flags & payloadFlags.container) this.isCanonical = false;
    } else this.#readOperation();
    const next = seq + this.length;
    if (next > eventsMax) throw new HoldfastError("too_large", "agent has too many events");
    nexts[this.agent] = next;
    if (flags > 7) {
      if (flags & payloadFlags.agent) this.isCanonical = false;
      if (flags & payloadFlags.parents && this.parents === null) this.isCanonical = false;
    } else if (continuesStretch(lastTag, lastAt, lastLength, this.tag, this.at)) {
      this.isCanonical = false;
    }
    return true;
  }
  /**
   * Goes on over plain stretches, as many as there are and fit into `batch`; the fields then say
   * what the last of them is. For use after {@link next}. What is done to a list is never plain.
   */
  nextPlain(batch) {
    batch.count = 0;
    batch.events = 0;
    batch.units = 0;
    if (isListId(this.container)) return;
    const { tag, at, length, text } = this;
    const offset = this.#reader.offset;
    const start = { offset, tag, at, length, text, textFrom: this.#textEnd };
    const end = readPlain(this.#payload, start, batch);
    if (batch.count === 0) return;
    const next = this.#nexts[this.agent] + batch.events;
    if (next > eventsMax) throw new HoldfastError("too_large", "agent has too many events");
    this.#nexts[this.agent] = next;
    if (end.isJoinable) this.isCanonical = false;
    this.#reader.raw(end.offset - offset, "plain stretches");
    this.#textEnd += batch.units;
    const last = 3 * (batch.count - 1);
    this.tag = batch.columns[last];
    this.at = batch.columns[last + 1];
    this.length = batch.columns[last + 2];
    this.seq = next - this.length;
    this.textFrom = this.#textEnd - (this.tag === operationTags.insert ? this.length : 0);
    this.parents = null;
    this.value = null;
  }
  /** How much of the text is taken by stretches so far. */
  get textEnd() {
    return this.#textEnd;
  }
  /** The stretch as an object of its own. */
  stretch() {
    const agent = this.#agents[this.agent];
    const { seq } = this;
    const implied = seq === 0 ? [] : [{ agent, seq: seq - 1 }];
    return { agent, seq, parents: this.parents ?? implied, operation: this.#operation() };
  }
  #readContainer() {
    const index = this.#reader.uint("stretch container", this.#containers.length - 1);
    if (index === this.#containerIndex || index > this.#containersSeen) this.isCanonical = false;
    this.#containersSeen = Math.max(this.#containersSeen, index + 1);
    this.#containerIndex = index;
  }
  #operation() {
    const { tag, container, at, length, key, value, textFrom } = this;
    switch (tag) {
      case operationTags.insert: {
        const source = isListId(container) ? this.values : this.text;
        return {
          type: "insert",
          container,
          at,
          content: source.slice(textFrom, textFrom + length)
        };
      }
      case operationTags.delete:
      case operationTags.deleteBackward: {
        const backward = tag === operationTags.deleteBackward;
        return { type: "delete", container, at, length, backward };
      }
      case operationTags.merge:
        return { type: "merge" };
      default:
        return { type: "set", container, key, value };
    }
  }
  #readOperation() {
    const reader = this.#reader;
    const container = this.#containers[this.#containerIndex];
    if (container === void 0) throw corrupt3("payload names no container");
    this.container = container;
    if (this.#containersSeen === 0) this.#containersSeen = 1;
    switch (this.tag) {
      case operationTags.insert:
        this.at = reader.uint("insert position", eventsMax);
        if (isListId(container)) {
          this.length = reader.uint("inserted values", this.values.length - this.#valuesEnd);
          if (this.length === 0) throw corrupt3("no values are inserted");
          this.textFrom = this.#valuesEnd;
          this.#valuesEnd += this.length;
          return;
        }
        this.length = reader.uint("inserted units", this.text.length - this.#textEnd);
        if (this.length === 0) throw corrupt3("inserted text is empty");
        this.textFrom = this.#textEnd;
        this.#textEnd += this.length;
        if ((this.text.charCodeAt(this.#textEnd) & 64512) === 56320) {
          throw corrupt3("inserted text ends inside of a surrogate pair");
        }
        return;
      case operationTags.delete:
      case operationTags.deleteBackward: {
        const backward = this.tag === operationTags.deleteBackward;
        this.at = reader.uint("delete position", eventsMax);
        this.length = reader.uint("delete length", eventsMax);
        if (this.length < (backward ? 2 : 1)) throw corrupt3("delete is too short for its sort");
        if (backward && this.at < this.length - 1) {
          throw corrupt3("delete goes back over the beginning");
        }
        return;
      }
      case operationTags.set:
      case operationTags.unset:
        if (isListId(container)) throw corrupt3("key of a list is set");
        this.key = reader.text("key", keySizeBytesMax);
        if (this.tag === operationTags.unset) return;
        this.value = reader.blob("value", valueSizeBytesMax).slice();
        decodeValue(this.value);
        return;
      default:
        throw corrupt3(`operation ${this.tag} is unknown`);
    }
  }
  // Null where what is listed goes without saying.
  #readParents() {
    const reader = this.#reader;
    const agents = this.#agents;
    const count = reader.count("stretch parents", parentsMax, 2);
    const parents = [];
    for (let index = 0; index < count; index += 1) {
      const agent = agents[reader.uint("parent agent", agents.length - 1)];
      const parent = { agent, seq: reader.uint("parent sequence number", eventsMax - 1) };
      const previous = parents.at(-1);
      if (previous !== void 0 && compareEventIds(previous, parent) >= 0) {
        throw corrupt3("parents are not in order");
      }
      parents.push(parent);
    }
    if (count === 0 && this.seq > 0) throw corrupt3("stretch says that it has no parents");
    const [only] = parents;
    const isImplied = count === 0 || count === 1 && only.agent === agents[this.agent] && only.seq === this.seq - 1;
    return isImplied ? null : parents;
  }
};
function* decodePayload(payload, agents, firsts) {
  const reader = new PayloadReader(payload, agents, firsts);
  while (reader.next()) yield reader.stretch();
}
function readContainers(reader) {
  const containers = [];
  const count = reader.count("payload containers", containersMax, 2);
  for (let index = 0; index < count; index += 1) containers.push(readContainer(reader));
  if (count > 1 && new Set(containers).size < count)
    throw corrupt3("payload names a container twice");
  return containers;
}
function corrupt3(sentence) {
  return new HoldfastError("corrupt", sentence);
}

// packages/doc/src/canonical.ts
var scratch = new Writer(512);
var scratchPayloadMax = 256;
function hashPayload({ agent, from }, others, payload) {
  const isShort = payload.length <= scratchPayloadMax && others.length <= 8;
  const writer = isShort ? scratch.clear() : new Writer(payload.length + 64);
  writer.u8(72).u8(70).u8(82).u8(1).hex(agent).uint(from);
  writer.uint(others.length);
  for (const other of others) writer.hex(other);
  return writer.raw(payload).sha256(runHashSizeBytes);
}
var fields = 4;
var nothingOpen = operationTags.merge;
var RunHasher = class {
  #run;
  #stretches = [];
  /** For each stretch, the parents of its first event where they do not go without saying. */
  #parents = [];
  /** For each that sets a key, in order. */
  #settings = [];
  #containers = /* @__PURE__ */ new Map();
  #text = "";
  #values = new ValueLog();
  // The last stretch, where what comes next may still join it.
  #tag = nothingOpen;
  #at = 0;
  #length = 0;
  #container = "";
  constructor(agent, from) {
    this.#run = { agent, from };
  }
  /** Adds the run's next events. Their text and values are taken along, and nothing else of the row is kept. */
  push(row) {
    const { tag, at, length } = row;
    if (tag === operationTags.insert) {
      const end = row.textFrom + length;
      if (isListId(row.container)) this.#values.append(row.values, row.textFrom, end);
      else this.#text += row.text.slice(row.textFrom, end);
    }
    if (row.parents !== null || row.container !== this.#container) {
      this.#add(row, tag, at, length);
    } else if (tag === operationTags.insert) {
      if (this.#tag === tag && at === this.#at + this.#length) this.#lengthen(tag, length);
      else this.#add(row, tag, at, length);
    } else if (tag > operationTags.deleteBackward || !this.#joins(tag, at, length)) {
      const isPartly = tag <= operationTags.deleteBackward && length > 1 && this.#joins(operationTags.delete, at, 1);
      if (isPartly) {
        const rest = tag === operationTags.deleteBackward ? at - 1 : at;
        this.#add(row, length === 2 ? operationTags.delete : tag, rest, length - 1);
      } else this.#add(row, tag, at, length);
    }
  }
  /** The hash of all that was pushed. */
  finish() {
    const others = this.#others();
    const hash = hashPayload(this.#run, others, this.#payload(others));
    if (!isWellFormed(this.#text)) hash[0] ^= 255;
    return hash;
  }
  // Joins a delete to the last stretch, if that can be.
  #joins(tag, at, length) {
    const joined2 = joinedDelete(this.#tag, this.#length, tag, length, this.#at - at);
    if (joined2 >= 0) this.#lengthen(joined2, length);
    return joined2 >= 0;
  }
  #lengthen(tag, more) {
    this.#tag = tag;
    this.#length += more;
    this.#stretches[this.#stretches.length - fields] = tag;
    this.#stretches[this.#stretches.length - 2] = this.#length;
  }
  #add(row, tag, at, length) {
    const { container } = row;
    const isMerge = tag === operationTags.merge;
    const index = isMerge ? 0 : this.#containers.get(container) ?? this.#containers.size;
    if (!isMerge) this.#containers.set(container, index);
    this.#stretches.push(tag, at, length, index);
    this.#parents.push(length === row.length ? row.parents : null);
    if (tag > operationTags.deleteBackward && !isMerge) {
      this.#settings.push({ key: row.key, value: row.value });
    }
    this.#tag = tag > operationTags.deleteBackward ? nothingOpen : tag;
    this.#at = at;
    this.#length = length;
    this.#container = container;
  }
  #others() {
    const others = /* @__PURE__ */ new Set();
    for (const parents of this.#parents) {
      if (parents !== null) for (const { agent } of parents) others.add(agent);
    }
    others.delete(this.#run.agent);
    return [...others].sort();
  }
  // As `encodePayload`.
  #payload(others) {
    const agents = new Map([this.#run.agent, ...others].map((agent, index) => [agent, index]));
    const writer = new Writer(this.#text.length + 64);
    writePayloadHead(writer, [...this.#containers.keys()], this.#text, this.#values);
    let lastContainer = 0;
    let settings = 0;
    for (let index = 0; index < this.#parents.length; index += 1) {
      const [tag, at, length, named] = this.#stretches.slice(fields * index, fields * (index + 1));
      const container = tag === operationTags.merge ? lastContainer : named;
      const parents = this.#parents[index];
      let flags = tag;
      if (parents !== null) flags |= payloadFlags.parents;
      if (container !== lastContainer) flags |= payloadFlags.container;
      writer.u8(flags);
      if (container !== lastContainer) writer.uint(container);
      lastContainer = container;
      if (parents !== null) {
        writer.uint(parents.length);
        for (const { agent, seq } of parents) writer.uint(agents.get(agent)).uint(seq);
      }
      if (tag <= operationTags.deleteBackward) writer.uint(at).uint(length);
      else if (tag !== operationTags.merge) {
        const { key, value } = this.#settings[settings];
        settings += 1;
        writer.text(key);
        if (value !== null) writer.blob(value);
      }
    }
    return writer.view();
  }
};
var PartHasher = class {
  #run;
  #hasher;
  constructor(run) {
    this.#run = run;
    this.#hasher = new RunHasher(run.agent, run.from);
  }
  /** Adds those events of the agent's next stretch that are of the run. */
  push(stretch) {
    const { from, to } = this.#run;
    const start = Math.max(from, stretch.seq) - stretch.seq;
    const end = Math.min(to - stretch.seq, operationLength(stretch.operation));
    if (start < end) this.#hasher.push(stretchRow(clipStretch(stretch, start, end)));
  }
  /** The hash of all that was pushed. */
  finish() {
    return this.#hasher.finish();
  }
};

// packages/doc/src/section.ts
var Envelope = class {
  runs = /* @__PURE__ */ new Map();
  #parents = [];
  // The run of the last stretch: nearly always that of the next.
  #last = null;
  add(agent, seq, row) {
    const run = this.#last?.agent === agent ? this.#last : this.#runFor(agent, seq);
    this.#last = run;
    if (row.parents !== null) {
      for (const parent of row.parents) if (!this.#holds(parent)) this.#parents.push(parent);
    }
    run.next = seq + row.length;
  }
  /** Adds events that follow those of the last stretch. */
  goOn(events) {
    if (this.#last !== null) this.#last.next += events;
  }
  /** Parents outside, in order, each once, less those that go without saying. */
  dependencies() {
    if (this.#parents.length === 0) return this.#parents;
    const found = [];
    const outside3 = this.#parents.filter(
      ({ agent, seq }) => this.runs.get(agent)?.from !== seq + 1
    );
    for (const parent of outside3.sort(compareEventIds)) {
      const last = found.at(-1);
      if (last === void 0 || compareEventIds(last, parent) !== 0) found.push(parent);
    }
    return found;
  }
  #runFor(agent, seq) {
    let run = this.runs.get(agent);
    if (run === void 0) {
      run = { agent, from: seq, next: seq };
      this.runs.set(agent, run);
    }
    return run;
  }
  #holds({ agent, seq }) {
    const run = this.runs.get(agent);
    return run !== void 0 && seq >= run.from && seq < run.next;
  }
};
var RunHashers = class {
  #hashers = /* @__PURE__ */ new Map();
  push(agent, seq, row) {
    let hasher = this.#hashers.get(agent);
    if (hasher === void 0) {
      hasher = new RunHasher(agent, seq);
      this.#hashers.set(agent, hasher);
    }
    hasher.push(row);
  }
  /** The hash of an agent's run, which has events. */
  hashOf(agent) {
    return this.#hashers.get(agent).finish();
  }
};
function encodeSection(stretches) {
  const envelope = new Envelope();
  const hashers = new RunHashers();
  for (const stretch of stretches) {
    const row = stretchRow(stretch);
    envelope.add(stretch.agent, stretch.seq, row);
    hashers.push(stretch.agent, stretch.seq, row);
  }
  const dependencies = envelope.dependencies();
  const runs = [];
  for (const { agent, from, next } of envelope.runs.values()) {
    runs.push({ agent, from, to: next, hash: hashers.hashOf(agent) });
  }
  const agents = payloadAgents(runs, dependencies);
  const indexes = new Map(agents.map((agent, index) => [agent, index]));
  return { kind: "plain", runs, dependencies, payload: encodePayload(stretches, indexes) };
}
function sectionStretches(section) {
  const { runs, dependencies, payload } = section;
  return decodePayload(payload, payloadAgents(runs, dependencies), firstsOf(runs));
}
var SectionReader = class {
  /** The stretch that {@link next} went on to. */
  row;
  #section;
  #agents;
  #envelope = new Envelope();
  // Null for a single run, whose payload may be hashed as it lies: see canonical.ts.
  #hashers;
  /** @throws {HoldfastError} As {@link PayloadReader}. */
  constructor(section) {
    const { runs, dependencies, payload } = section;
    this.#section = section;
    this.#agents = payloadAgents(runs, dependencies);
    this.row = new PayloadReader(payload, this.#agents, firstsOf(runs));
    this.#hashers = runs.length === 1 ? null : new RunHashers();
  }
  /**
   * Goes on to the next stretch; false at the end, where envelope and payload say the same.
   *
   * @throws {HoldfastError} `corrupt` where they do not, and as {@link PayloadReader}.
   */
  next() {
    const { row } = this;
    if (!row.next()) {
      this.#finish();
      return false;
    }
    this.#envelope.add(this.agent, row.seq, row);
    this.#hashers?.push(this.agent, row.seq, row);
    return true;
  }
  /**
   * As {@link PayloadReader.nextPlain}, after {@link next}, for a section of one run. Whether all is
   * as it should be is known when `next` answers false.
   */
  nextPlain(batch) {
    this.row.nextPlain(batch);
    this.#envelope.goOn(batch.events);
  }
  /** The stretch's agent. */
  get agent() {
    return this.#agents[this.row.agent];
  }
  #finish() {
    const { runs, dependencies } = this.#section;
    for (let index = 0; index < runs.length; index += 1) {
      const { agent, from, to } = runs[index];
      if (this.row.nextOf(index) !== to) {
        throw corrupt4(`payload holds other events of ${agent} than ${from} to ${to}`);
      }
    }
    for (const { agent, seq } of dependencies) {
      if (seq >= (this.#envelope.runs.get(agent)?.from ?? Number.POSITIVE_INFINITY)) {
        throw corrupt4("dependency on an event of the section, or after it");
      }
    }
    if (!isSameSet(dependencies, this.#envelope.dependencies())) {
      throw corrupt4("dependencies are not those of the payload");
    }
    this.#checkHashes();
  }
  #checkHashes() {
    const { runs, payload } = this.#section;
    const others = this.#agents.slice(1);
    if (runs.length === 1 && this.row.isCanonical && isAscending(others)) {
      checkHash(runs[0], hashPayload(runs[0], others, payload));
      return;
    }
    const hashers = this.#hashers ?? this.#readAgain();
    for (const run of runs) checkHash(run, hashers.hashOf(run.agent));
  }
  #readAgain() {
    const { runs, payload } = this.#section;
    const hashers = new RunHashers();
    const row = new PayloadReader(payload, this.#agents, firstsOf(runs));
    while (row.next()) hashers.push(this.#agents[row.agent], row.seq, row);
    return hashers;
  }
};
function firstsOf(runs) {
  return runs.map((run) => run.from);
}
function isAscending(agents) {
  for (let index = 1; index < agents.length; index += 1) {
    if (agents[index - 1] >= agents[index]) return false;
  }
  return true;
}
function checkHash({ agent, from, to, hash }, found) {
  if (equalBytes(found, hash)) return;
  throw corrupt4(`hash of events ${from} to ${to} of ${agent} does not match`);
}
function corrupt4(sentence) {
  return new HoldfastError("corrupt", sentence);
}
function hashParts(section, runs) {
  const parts = new Map(runs.map((run) => [run.agent, new PartHasher(run)]));
  if (parts.size > 0) {
    for (const stretch of sectionStretches(section)) parts.get(stretch.agent)?.push(stretch);
  }
  return new Map([...parts].map(([agent, part]) => [agent, part.finish()]));
}
function isSameSet(listed, found) {
  if (listed.length !== found.length) return false;
  if (listed.length === 0) return true;
  const sorted = [...listed].sort(compareEventIds);
  return sorted.every((id, index) => compareEventIds(id, found[index]) === 0);
}
function payloadAgents(runs, dependencies) {
  const agents = runs.map(({ agent }) => agent);
  if (dependencies.length === 0) return agents;
  const known = new Set(agents);
  for (const { agent } of dependencies) known.add(agent);
  return [...known];
}

// packages/doc/src/bundle_cutter.ts
var headerSizeBytesMax = documentIdSizeBytesMax + 53;
var runSizeBytesMax = 16 + 15 + 16;
var parentSizeBytesMax = 16 + 10 + 10;
var stretchSizeBytesMax = 31;
var textRoomBytesMin = 1024;
function cutBundles(document, stretches) {
  return cutSections(stretches).map((section) => encodeBundle({ document, sections: [section] }));
}
function cutSections(stretches) {
  const sections2 = [];
  let open = new OpenSection();
  const close = () => {
    if (open.stretches.length > 0) sections2.push(encodeSection(open.stretches));
    open = new OpenSection();
  };
  for (const stretch of stretches) {
    let rest = stretch;
    while (rest !== null) {
      const taken = open.add(rest);
      if (taken === 0) {
        close();
        continue;
      }
      const { operation } = rest;
      const isCut = operation.type === "insert" && taken < operation.content.length;
      rest = isCut && operation.type === "insert" ? clipStretch(rest, taken, operation.content.length) : null;
      if (isCut) close();
    }
  }
  close();
  return sections2;
}
var OpenSection = class {
  stretches = [];
  #agents = /* @__PURE__ */ new Set();
  #containers = /* @__PURE__ */ new Set();
  #room = bundleSizeBytesMax - headerSizeBytesMax;
  /**
   * Takes in as much of `stretch` as fits.
   *
   * @returns How many of its events: all, or, where it inserts, the first of
   *   them; 0 where it needs a section of its own.
   */
  add(stretch) {
    const { agent, operation } = stretch;
    const overhead = this.#overhead(stretch);
    const room = this.#room - overhead;
    const isFirst = this.stretches.length === 0;
    let taken = stretch;
    let length = 1;
    if (operation.type === "insert") {
      const { content } = operation;
      length = typeof content === "string" ? unitsThatFit(content, room) : valuesThatFit(content, room);
      if (length < content.length) {
        if ((room < textRoomBytesMin || length === 0) && !isFirst) return 0;
        taken = clipStretch(stretch, 0, length);
      }
    } else if (room < 0 && !isFirst) return 0;
    this.#room = room - contentSizeBytes(taken);
    this.stretches.push(taken);
    this.#agents.add(agent);
    if (operation.type !== "merge") this.#containers.add(operation.container);
    return length;
  }
  #overhead({ agent, parents, operation }) {
    let size = stretchSizeBytesMax + parents.length * parentSizeBytesMax;
    if (!this.#agents.has(agent)) size += runSizeBytesMax;
    if (operation.type !== "merge" && !this.#containers.has(operation.container)) {
      size += utf8SizeBytes(operation.container) + 5;
    }
    if (operation.type === "set") {
      size += utf8SizeBytes(operation.key) + (operation.value?.length ?? 0) + 10;
    }
    return size;
  }
};
function contentSizeBytes({ operation }) {
  if (operation.type !== "insert") return 0;
  const { content } = operation;
  return typeof content === "string" ? utf8SizeBytes(content) : content.bytes().length;
}
function valuesThatFit(values, sizeBytes) {
  let count = 0;
  while (count < values.length && values.bytes(0, count + 1).length <= sizeBytes) count += 1;
  return count;
}
function unitsThatFit(text, sizeBytes) {
  if (text.length * 3 <= sizeBytes) return text.length;
  let room = sizeBytes;
  let at = 0;
  while (at < text.length) {
    const point = text.codePointAt(at);
    room -= point < 128 ? 1 : point < 2048 ? 2 : point < 65536 ? 3 : 4;
    if (room < 0) break;
    at += point < 65536 ? 1 : 2;
  }
  return at;
}

// packages/doc/src/patch.ts
var EditList = class {
  #edits = [];
  /** The edits so far; the list itself. */
  get edits() {
    return this.#edits;
  }
  /** Adds an edit by positions after those before it. */
  push(at, deleted, inserted) {
    const last = this.#edits.at(-1);
    const joined2 = last === void 0 ? null : join(last, at, deleted, inserted);
    if (joined2 === null) this.#edits.push({ at, deleted, inserted });
    else this.#edits[this.#edits.length - 1] = joined2;
  }
};
function join(last, at, deleted, inserted) {
  if (at === last.at + last.inserted.length) {
    return { at: last.at, deleted: last.deleted + deleted, inserted: last.inserted + inserted };
  }
  if (last.inserted === "" && inserted === "" && at + deleted === last.at) {
    return { at, deleted: last.deleted + deleted, inserted: "" };
  }
  return null;
}

// packages/doc/src/change_record.ts
var ChangeRecord = class {
  #done = [];
  /** For each map and key, its heads before. */
  #maps = /* @__PURE__ */ new Map();
  /** Notes an edit of a text. */
  text(container, at, deletedText, inserted) {
    this.#done.push({ container, at, deletedText, inserted });
  }
  /** Notes that a key of a map was set, and its heads before that. */
  map(container, key, headsBefore) {
    let keys = this.#maps.get(container);
    if (keys === void 0) {
      keys = /* @__PURE__ */ new Map();
      this.#maps.set(container, keys);
    }
    if (!keys.has(key)) keys.set(key, headsBefore);
  }
  /** For each map and key that was set, its heads before. */
  *mapsBefore() {
    for (const [container, keys] of this.#maps) {
      for (const [key, heads] of keys) yield { container, key, heads };
    }
  }
  /** Takes everything back, last first. */
  revert(target) {
    for (let index = this.#done.length - 1; index >= 0; index -= 1) {
      const { container, at, inserted, deletedText } = this.#done[index];
      target.replace(container, at, inserted.length, deletedText);
    }
    for (const { container, key, heads } of this.mapsBefore()) {
      target.restore(container, key, heads);
    }
  }
  /** The patch. */
  patch(source, visible) {
    const texts = /* @__PURE__ */ new Map();
    for (const { container, at, deletedText, inserted } of this.#done) {
      let edits = texts.get(container);
      if (edits === void 0) {
        edits = new EditList();
        texts.set(container, edits);
      }
      edits.push(at, deletedText.length, inserted);
    }
    const text = [];
    const list = [];
    for (const [container, { edits }] of texts) {
      if (!isListId(container)) text.push({ container, edits });
      else {
        const ofValues = ({ at, deleted, inserted }) => ({
          at: at / 2,
          deleted: deleted / 2,
          inserted: visible.sequences.valuesOf(inserted)
        });
        list.push({ container: containerName(container), edits: edits.map(ofValues) });
      }
    }
    const map = [];
    for (const [container, keys] of this.#maps) {
      const changes = [...keys.keys()].map((key) => ({
        key,
        value: visible.value(container, key)
      }));
      map.push({ container, changes });
    }
    return { ...source, text, list, map };
  }
};

// packages/doc/src/file/head.ts
var containersMax2 = 65536;
var leavesOut = 1;
var roles = { text: 1, map: 2, pairs: 4, list: 8 };
function writeHead(writer, head) {
  writer.u8(head.leavesOut ? leavesOut : 0).text(head.document).uint(head.size);
  writer.uint(head.agents.length);
  for (const { agent, next } of head.agents) writer.raw(agentToBytes(agent)).uint(next);
  writer.uint(head.frontier.length);
  const indexes = new Map(head.agents.map(({ agent }, index) => [agent, index]));
  for (const { lv, agent, lamport } of head.frontier) {
    writer.uint(lv).uint(indexes.get(agent)).uint(lamport);
  }
  writer.uint(head.entryCount).uint(head.rowCount).uint(head.units);
  writer.uint(head.containers.length);
  for (const { id, text, list, isMap } of head.containers) {
    const textRoles = text === null ? 0 : roles.text + (text.hasPairs ? roles.pairs : 0);
    writer.u8(isListId(id) ? roles.list : textRoles + (isMap ? roles.map : 0));
    writer.text(containerName(id));
    if (text !== null) writer.uint(text.length);
    if (list !== null) writer.uint(list.length).uint(list.inserted);
  }
}
function readHead(bytes) {
  const reader = new Reader(bytes);
  const flags = reader.u8("document flags");
  if (flags > leavesOut) throw corrupt5("has unknown flags");
  const document = parseDocumentId(reader.text("document name", documentIdSizeBytesMax));
  const size = reader.uint("document events", eventsMax);
  const agents = readAgents2(reader, size);
  const frontier = readFrontier(reader, size, agents);
  const entryCount = reader.uint("entries of the graph", size);
  const rowCount = reader.uint("rows of the operations", size);
  const units = reader.uint("inserted units", size);
  const containers = readContainers2(reader, size);
  reader.end("document head");
  return {
    document,
    size,
    leavesOut: flags === leavesOut,
    agents,
    frontier,
    entryCount,
    rowCount,
    units,
    containers
  };
}
function readAgents2(reader, size) {
  const count = reader.count("document agents", vectorAgentsMax, agentSizeBytes + 1);
  const agents = [];
  let total = 0;
  for (let index = 0; index < count; index += 1) {
    const agent = agentFromBytes(reader.raw(agentSizeBytes, "document agent"));
    const next = reader.uint("events of an agent", eventsMax);
    if (next === 0) throw corrupt5("names an agent without events");
    total += next;
    agents.push({ agent, next });
  }
  if (total !== size) throw corrupt5("counts its events in two ways");
  if (new Set(agents.map(({ agent }) => agent)).size < count) throw corrupt5("names an agent twice");
  return agents;
}
function readFrontier(reader, size, agents) {
  const count = reader.count("latest events", vectorAgentsMax, 3);
  const frontier = [];
  for (let index = 0; index < count; index += 1) {
    const lv = reader.uint("latest event", eventsMax);
    const writer = agents[reader.uint("agent of a latest event", eventsMax)];
    const lamport = reader.uint("Lamport time", eventsMax);
    if (lv >= size || lv <= (frontier.at(-1)?.lv ?? -1) || writer === void 0) {
      throw corrupt5("has a wrong latest event");
    }
    frontier.push({ lv, agent: writer.agent, seq: writer.next - 1, lamport });
  }
  if (frontier.length === 0 && size > 0) throw corrupt5("has no latest event");
  return frontier;
}
function readContainers2(reader, size) {
  const count = reader.count("containers", containersMax2, 3);
  const containers = [];
  for (let index = 0; index < count; index += 1) {
    const found = reader.u8("roles of a container");
    const isText = (found & roles.text) !== 0;
    const hasPairs = (found & roles.pairs) !== 0;
    const isList = found === roles.list;
    if (found === 0 || found > 7 && !isList || !isText && hasPairs) {
      throw corrupt5("has a container of unknown roles");
    }
    const name = reader.text("container name", containerNameSizeBytesMax);
    if (name === "") throw corrupt5("has a container without a name");
    const text = isText ? { length: reader.uint("units of a text", eventsMax), hasPairs } : null;
    const list = isList ? readList(reader, size) : null;
    const isMap = (found & roles.map) !== 0;
    containers.push({ id: isList ? listId(name) : name, text, list, isMap });
  }
  if (new Set(containers.map(({ id }) => id)).size < count) {
    throw corrupt5("names a container twice");
  }
  return containers;
}
function readList(reader, size) {
  const length = reader.uint("values of a list", size);
  return { length, inserted: reader.uint("values inserted into a list", size) };
}
function corrupt5(problem) {
  return new HoldfastError("corrupt", `document ${problem}`);
}

// packages/doc/src/file/bit_coder.ts
var seenMax = 30;
var stateStart = 32768 << 5;
var chanceMin = 1024;
var chanceMax = 65536 - chanceMin;
var rangeStart = 2 ** 31 - 1;
var rangeMin = 2 ** 23;
var placesAtFirst = 1024;
var rates = Int32Array.from({ length: seenMax + 1 }, (_, seen) => 8192 / (2 * seen + 3));
var shares = Int32Array.from({ length: 32 * 32 }, (_, both) => {
  const seenB = 4 * (both & 31);
  return 4096 * seenB / ((both >> 5) + 1 + seenB);
});
function clip(chance) {
  return Math.max(chanceMin, Math.min(chance, chanceMax));
}
function learned(state2, bit) {
  const seen = state2 & 31;
  const chance = state2 >> 5;
  const next = chance + (((bit === 1 ? 65535 : 0) - chance) * rates[seen] >> 12);
  return next << 5 | (seen < seenMax ? seen + 1 : seen);
}
var BitCoder = class {
  states = new Int32Array(placesAtFirst).fill(stateStart);
  #placeCount = 0;
  /** Makes so many places, and returns the first one's number. */
  places(count) {
    const first = this.#placeCount;
    this.#placeCount += count;
    const { length } = this.states;
    if (this.#placeCount > length) {
      const grown2 = new Int32Array(Math.max(this.#placeCount, length * 2));
      grown2.set(this.states);
      this.states = grown2.fill(stateStart, length);
    }
    return first;
  }
};
var BitEncoder = class extends BitCoder {
  #bytes = [];
  #low = 0;
  #range = rangeStart;
  // The last byte that was shifted out, which a carry may still change; -1 before the first.
  #held = -1;
  // How many bytes of 255 follow it.
  #full = 0;
  /** What was written. Nothing can be written after this. */
  finish() {
    for (let unit = 2 ** 32; unit >= 1; unit /= 256) {
      const rounded = Math.ceil(this.#low / unit) * unit;
      if (rounded >= this.#low + this.#range) continue;
      this.#low = rounded;
      break;
    }
    for (let count = 0; count < 5; count += 1) this.#shift();
    const bytes = this.#bytes;
    for (let count = 0; count < 4 && bytes.at(-1) === 0; count += 1) bytes.pop();
    return Uint8Array.from(bytes);
  }
  tree(a, b, height, value) {
    const { states } = this;
    let node = 1;
    for (let left = height - 1; left >= 0; left -= 1) {
      const stateA = states[a + node];
      const stateB = states[b + node];
      const chanceA = stateA >> 5;
      const share = shares[(stateA & 31) << 5 | stateB & 31];
      const bit = value >> left & 1;
      this.#code(clip(chanceA + (((stateB >> 5) - chanceA) * share >> 12)), bit);
      states[a + node] = learned(stateA, bit);
      states[b + node] = learned(stateB, bit);
      node = node * 2 + bit;
    }
    return value;
  }
  bit(place, bit) {
    const state2 = this.states[place];
    this.#code(clip(state2 >> 5), bit);
    this.states[place] = learned(state2, bit);
    return bit;
  }
  plain(height, value) {
    const unit = this.#range >>> height;
    this.#low += unit * value;
    this.#range = unit;
    this.#normalize();
    return value;
  }
  #code(chance, bit) {
    const bound = (this.#range >>> 16) * chance;
    if (bit === 1) this.#range = bound;
    else {
      this.#low += bound;
      this.#range -= bound;
    }
    this.#normalize();
  }
  #normalize() {
    while (this.#range < rangeMin) {
      this.#range *= 256;
      this.#shift();
    }
  }
  #shift() {
    const carry = this.#low >= 2 ** 32 ? 1 : 0;
    if (carry === 1 || this.#low < 4278190080) {
      if (this.#held >= 0) this.#bytes.push(this.#held + carry);
      for (; this.#full > 0; this.#full -= 1) this.#bytes.push(255 + carry & 255);
      this.#held = Math.floor(this.#low / 2 ** 24) & 255;
    } else this.#full += 1;
    this.#low = this.#low % 2 ** 24 * 256;
  }
};
var BitDecoder = class extends BitCoder {
  #bytes;
  #at = 0;
  #offset = 0;
  #range = rangeStart;
  /** @throws {HoldfastError} `corrupt`, as each read does, where no encoder wrote this. */
  constructor(bytes) {
    super();
    this.#bytes = bytes;
    for (let count = 0; count < 4; count += 1) this.#offset = this.#offset * 256 + this.#next();
    if (this.#offset >= rangeStart) throw corrupt6("coded bits begin outside of their range");
  }
  /** @throws {HoldfastError} `corrupt` where bytes are left over. */
  end() {
    if (this.#at < this.#bytes.length) throw corrupt6("coded bits end before their bytes do");
  }
  // All of it in one loop, and no number beyond 2^31: a process that has just started reads
  // its first document with code that is not compiled yet. And too long to be compiled anew
  // into each of its callers, which took longer than it saved.
  tree(a, b, height) {
    const { states } = this;
    const bytes = this.#bytes;
    let next = this.#at;
    let range = this.#range;
    let offset = this.#offset;
    let node = 1;
    for (let left = height; left > 0; left -= 1) {
      const stateA = states[a + node];
      const stateB = states[b + node];
      const seenA = stateA & 31;
      const seenB = stateB & 31;
      const chanceA = stateA >> 5;
      const chanceB = stateB >> 5;
      let chance = chanceA + ((chanceB - chanceA) * shares[seenA << 5 | seenB] >> 12);
      if (chance < chanceMin) chance = chanceMin;
      else if (chance > chanceMax) chance = chanceMax;
      const bound = (range >> 16) * chance;
      let target = 0;
      let bit = 0;
      if (offset < bound) {
        range = bound;
        target = 65535;
        bit = 1;
      } else {
        offset -= bound;
        range -= bound;
      }
      const nextA = chanceA + ((target - chanceA) * rates[seenA] >> 12);
      const nextB = chanceB + ((target - chanceB) * rates[seenB] >> 12);
      states[a + node] = nextA << 5 | (seenA < seenMax ? seenA + 1 : seenA);
      states[b + node] = nextB << 5 | (seenB < seenMax ? seenB + 1 : seenB);
      node = node * 2 + bit;
      while (range < rangeMin) {
        if (next >= bytes.length + 4) throw corrupt6("coded bits end too early");
        range <<= 8;
        offset = offset << 8 | (next < bytes.length ? bytes[next] : 0);
        next += 1;
      }
    }
    this.#at = next;
    this.#range = range;
    this.#offset = offset;
    return node - (1 << height);
  }
  bit(place) {
    const state2 = this.states[place];
    const bound = (this.#range >> 16) * clip(state2 >> 5);
    const bit = this.#offset < bound ? 1 : 0;
    this.#range = bit === 1 ? bound : this.#range - bound;
    if (bit === 0) this.#offset -= bound;
    this.#normalize();
    this.states[place] = learned(state2, bit);
    return bit;
  }
  plain(height) {
    const unit = this.#range >> height;
    const value = Math.floor(this.#offset / unit);
    if (value >= 1 << height) throw corrupt6("coded bits lie outside of their range");
    this.#offset -= value * unit;
    this.#range = unit;
    this.#normalize();
    return value;
  }
  #normalize() {
    while (this.#range < rangeMin) {
      this.#range <<= 8;
      this.#offset = this.#offset << 8 | this.#next();
    }
  }
  #next() {
    const at = this.#at;
    if (at >= this.#bytes.length + 4) throw corrupt6("coded bits end too early");
    this.#at = at + 1;
    return at < this.#bytes.length ? this.#bytes[at] : 0;
  }
};
function corrupt6(sentence) {
  return new HoldfastError("corrupt", sentence);
}

// packages/doc/src/file/copies.ts
var hashBits = 16;
var hashedBytes = 6;
var depthMax = 32;
var lengthEnough = 48;
function findCopies(bytes, search2) {
  const { start } = search2;
  const chains = new Chains(bytes, search2);
  for (let at2 = 0; at2 < start; at2 += 1) chains.add(at2);
  const copies = [];
  let expected = 0;
  let literals = 0;
  let at = start;
  while (at < bytes.length) {
    const best = chains.find(at, expected);
    chains.add(at);
    const waits = best.gain > 0 && best.gain < lengthEnough && chains.find(at + 1, expected).gain > best.gain + 1;
    if (best.gain === 0 || waits) {
      literals += 1;
      at += 1;
      continue;
    }
    copies.push({ literals, length: best.length, source: best.source });
    const end = at + best.length;
    for (at += 1; at < end; at += 1) chains.add(at);
    expected = best.source + best.length;
    literals = 0;
  }
  return copies;
}
var Chains = class {
  #bytes;
  #search;
  // Latest place of each hash, and of each place the one before it with the same; plus 1.
  #latest = new Uint32Array(2 ** hashBits);
  #previous;
  constructor(bytes, search2) {
    this.#bytes = bytes;
    this.#search = search2;
    this.#previous = new Uint32Array(bytes.length);
  }
  add(at) {
    if (at + hashedBytes > this.#bytes.length) return;
    const hash = this.#hash(at);
    this.#previous[at] = this.#latest[hash];
    this.#latest[hash] = at + 1;
  }
  /** The best copy at `at`, of no gain where there is none. From `expected`, where another is hardly longer. */
  find(at, expected) {
    const { lengthMin, onwardLengthMin, reachMax } = this.#search;
    let source = expected;
    let length = at - expected > reachMax ? 0 : this.#common(expected, at);
    let gain = length < onwardLengthMin ? 0 : length + lengthMin - onwardLengthMin;
    if (at + hashedBytes > this.#bytes.length) return { length, source, gain };
    const bytes = this.#bytes;
    let next = this.#latest[this.#hash(at)];
    for (let depth = 0; next > 0 && depth < depthMax && at - next < reachMax; depth += 1) {
      const place = next - 1;
      next = this.#previous[place];
      if (bytes[place + gain] !== bytes[at + gain]) continue;
      const found = this.#common(place, at);
      if (found < lengthMin || found <= gain) continue;
      gain = found;
      length = found;
      source = place;
    }
    return { length, source, gain };
  }
  #common(source, at) {
    const bytes = this.#bytes;
    if (source >= at) return 0;
    const max = bytes.length - at;
    let length = 0;
    while (length < max && bytes[source + length] === bytes[at + length]) length += 1;
    return length;
  }
  #hash(at) {
    const bytes = this.#bytes;
    const low = bytes[at] | bytes[at + 1] << 8 | bytes[at + 2] << 16 | bytes[at + 3] << 24;
    const high = bytes[at + 4] | bytes[at + 5] << 8;
    return Math.imul(low, 2654435761) + Math.imul(high, 2246822507) >>> 32 - hashBits;
  }
};

// packages/doc/src/file/number_model.ts
var symbolHeight = 6;
var byteHeight = 8;
var plainSymbols = 16;
var heightMax = 32;
var foreseenHeight = 3;
var plainHeightMax = 12;
function symbolOf(value) {
  if (value < plainSymbols) return value;
  return 12 + (value < 2 ** 31 ? 31 - Math.clz32(value) : value < 2 ** 32 ? 31 : 32);
}
function zigzag(value) {
  return value < 0 ? -2 * value - 1 : 2 * value;
}
function unzigzag(value) {
  return value % 2 === 1 ? -(value + 1) / 2 : value / 2;
}
var SymbolModel = class {
  #coder;
  #height;
  #all = 0;
  #byContext = [];
  constructor(coder, height) {
    this.#coder = coder;
    this.#height = height;
  }
  /** Codes `value`; for a reader it does not matter. Returns it. `context` is a small number. */
  code(context, value) {
    const own = this.#byContext[context] ?? this.#placesOf(context);
    return this.#coder.tree(this.#all, own, this.#height, value);
  }
  #placesOf(context) {
    const size = 2 ** this.#height;
    if (this.#byContext.length === 0) this.#all = this.#coder.places(size);
    const own = this.#coder.places(size);
    this.#byContext[context] = own;
    return own;
  }
};
var NumberModel = class {
  #coder;
  #symbol;
  #rests = [];
  constructor(coder) {
    this.#coder = coder;
    this.#symbol = new SymbolModel(coder, symbolHeight);
  }
  /** As {@link SymbolModel.code}. */
  code(context, value) {
    const symbol = this.#symbol.code(context, symbolOf(value));
    return symbol < plainSymbols ? symbol : this.#codeRest(symbol, value);
  }
  #codeRest(symbol, value) {
    const height = symbol - 12;
    if (height > heightMax) throw new HoldfastError("corrupt", "a coded number is too large");
    let rest = this.#rests[symbol];
    if (rest === void 0) {
      rest = this.#coder.places(2 ** foreseenHeight);
      this.#rests[symbol] = rest;
    }
    let coded = 1;
    let left = height;
    for (; coded < 2 ** foreseenHeight; left -= 1) {
      coded = coded * 2 + this.#coder.bit(rest + coded, Math.floor(value / 2 ** (left - 1)) % 2);
    }
    while (left > 0) {
      const count = Math.min(left, plainHeightMax);
      left -= count;
      const piece = Math.floor(value / 2 ** left) % 2 ** count;
      coded = coded * 2 ** count + this.#coder.plain(count, piece);
    }
    return coded;
  }
};
var ByteModel = class {
  #symbol;
  #previous = 0;
  constructor(coder) {
    this.#symbol = new SymbolModel(coder, byteHeight);
  }
  /** Codes a byte; for a reader `value` does not matter. Returns it. */
  code(value) {
    this.#previous = this.#symbol.code(this.#previous, value);
    return this.#previous;
  }
};
var BlobModel = class {
  #length;
  #byte;
  constructor(coder) {
    this.#length = new NumberModel(coder);
    this.#byte = new ByteModel(coder);
  }
  /** Writes a piece. */
  encode(bytes) {
    this.#length.code(0, bytes.length);
    for (const byte of bytes) this.#byte.code(byte);
  }
  /**
   * Reads a piece.
   *
   * @throws {HoldfastError} `corrupt`, also where it is longer than `max`.
   */
  decode(max) {
    const length = this.#length.code(0, 0);
    if (length > max) throw new HoldfastError("corrupt", `a coded piece has ${length} bytes`);
    const bytes = [];
    for (let count = 0; count < length; count += 1) bytes.push(this.#byte.code(0));
    return Uint8Array.from(bytes);
  }
};

// packages/doc/src/file/text_block.ts
var copyLengthMin = 6;
var expansionMax = 255;
var literalsMask = 15;
var lengthShift = 4;
var lengthMask = 7;
var isFar = 128;
var search = {
  start: 0,
  lengthMin: copyLengthMin,
  onwardLengthMin: copyLengthMin,
  reachMax: 2 ** 24 - 1
};
function encodeTextBlock(bytes) {
  const copies = new Writer(bytes.length >> 2);
  const literals = new Writer(bytes.length >> 2);
  let at = 0;
  for (const copy of findCopies(bytes, search)) {
    literals.raw(bytes.subarray(at, at + copy.literals));
    at += copy.literals;
    const back = at - copy.source;
    const length = copy.length - copyLengthMin;
    const flags = Math.min(length, lengthMask) << lengthShift;
    copies.u8(Math.min(copy.literals, literalsMask) | flags | (back < 65536 ? 0 : isFar));
    if (copy.literals >= literalsMask) writeSum(copies, copy.literals - literalsMask);
    if (length >= lengthMask) writeSum(copies, length - lengthMask);
    copies.u8(back & 255).u8(back >> 8 & 255);
    if (back >= 65536) copies.u8(back >> 16);
    at += copy.length;
  }
  literals.raw(bytes.subarray(at));
  const writer = new Writer(copies.sizeBytes + literals.sizeBytes + 8);
  return writer.uint(bytes.length).blob(copies.view()).raw(literals.view()).finish();
}
function decodeTextBlock(block2) {
  const reader = new Reader(block2);
  const sizeBytes = reader.uint("text size");
  if (sizeBytes > expansionMax * block2.length) throw corrupt7("is longer than its block can hold");
  const copies = reader.blob("text copies", block2.length);
  const literals = reader.raw(reader.remaining, "text literals");
  if (literals.length > sizeBytes) throw corrupt7("has more literals than bytes");
  const bytes = new Uint8Array(sizeBytes + literals.length);
  bytes.set(literals, sizeBytes);
  let waiting = sizeBytes;
  let at = 0;
  for (let next = 0; next < copies.length; ) {
    const flags = copies[next];
    next += 1;
    let count = flags & literalsMask;
    let length = (flags >> lengthShift & lengthMask) + copyLengthMin;
    if (count === literalsMask) {
      for (; copies[next] === 255; next += 1) count += 255;
      count += copies[next];
      next += 1;
    }
    if (length === lengthMask + copyLengthMin) {
      for (; copies[next] === 255; next += 1) length += 255;
      length += copies[next];
      next += 1;
    }
    let back = copies[next] | copies[next + 1] << 8;
    next += 2;
    if (flags >= isFar) {
      back |= copies[next] << 16;
      next += 1;
    }
    if (count > 0) {
      if (count > bytes.length - waiting) throw corrupt7("lacks literals");
      bytes.copyWithin(at, waiting, waiting + count);
      waiting += count;
      at += count;
    }
    if (next > copies.length || !(back > 0 && back <= at))
      throw corrupt7("copies what is not there");
    if (length <= back) bytes.copyWithin(at, at - back, at - back + length);
    else copyPiece(bytes, at - back, at, length);
    at += length;
  }
  if (bytes.length - waiting !== sizeBytes - at) throw corrupt7("is of another length");
  bytes.copyWithin(at, waiting);
  return bytes.subarray(0, sizeBytes);
}
function copyPiece(bytes, source, at, length) {
  if (source + length <= at) bytes.copyWithin(at, source, source + length);
  else for (let index = 0; index < length; index += 1) bytes[at + index] = bytes[source + index];
}
function writeSum(writer, value) {
  let left = value;
  for (; left >= 255; left -= 255) writer.u8(255);
  writer.u8(left);
}
function corrupt7(problem) {
  return new HoldfastError("corrupt", `cached text ${problem}`);
}

// packages/doc/src/file/content_columns.ts
var copyLengthMin2 = 4;
var usualLengthMin = 8;
var ContentModels = class {
  literals;
  length;
  source;
  byte;
  constructor(coder) {
    this.literals = new NumberModel(coder);
    this.length = new NumberModel(coder);
    this.source = new NumberModel(coder);
    this.byte = new ByteModel(coder);
  }
};
function encodeContent(coder, base, content, isPlain) {
  const models = new ContentModels(coder);
  const bytes = new Uint8Array(base.length + content.length);
  bytes.set(base);
  bytes.set(content, base.length);
  const search2 = {
    start: base.length,
    lengthMin: usualLengthMin,
    onwardLengthMin: copyLengthMin2,
    reachMax: bytes.length
  };
  const copies = isPlain ? [] : findCopies(bytes, search2);
  let at = base.length;
  let expected = 0;
  let before = 0;
  const literals = (count) => {
    models.literals.code(symbolOf(before), count);
    for (const end = at + count; at < end; at += 1) models.byte.code(bytes[at]);
  };
  for (const copy of copies) {
    literals(copy.literals);
    const length = copy.length - copyLengthMin2;
    models.length.code(symbolOf(copy.literals), length);
    models.source.code(symbolOf(length), zigzag(copy.source - expected));
    at += copy.length;
    expected = copy.source + copy.length;
    before = copy.length;
  }
  if (at < bytes.length) literals(bytes.length - at);
}
function decodeContent(coder, base, sizeBytes) {
  const models = new ContentModels(coder);
  const bytes = new Uint8Array(base.length + sizeBytes);
  bytes.set(base);
  let at = base.length;
  let expected = 0;
  let before = 0;
  while (at < bytes.length) {
    const count = models.literals.code(symbolOf(before), 0);
    if (count > bytes.length - at) throw corrupt8("has too many literals");
    for (const end = at + count; at < end; at += 1) bytes[at] = models.byte.code(0);
    if (at === bytes.length) break;
    const coded = models.length.code(symbolOf(count), 0);
    const length = coded + copyLengthMin2;
    const source = expected + unzigzag(models.source.code(symbolOf(coded), 0));
    if (source < 0 || source >= at) throw corrupt8("copies what is not there");
    if (length > bytes.length - at) throw corrupt8("has too long a copy");
    copyPiece(bytes, source, at, length);
    at += length;
    expected = source + length;
    before = length;
  }
  return bytes.subarray(base.length);
}
function corrupt8(problem) {
  return new HoldfastError("corrupt", `inserted text ${problem}`);
}

// packages/doc/src/file/graph_columns.ts
var GraphModels = class {
  agent;
  length;
  parents;
  entriesBack;
  eventsBack;
  constructor(coder) {
    this.agent = new NumberModel(coder);
    this.length = new NumberModel(coder);
    this.parents = new NumberModel(coder);
    this.entriesBack = new NumberModel(coder);
    this.eventsBack = new NumberModel(coder);
  }
};
function encodeGraph(coder, history, { start, end }, agents) {
  const { graph } = history;
  const seam = history.seamEntry();
  const place = (index) => index >= seam ? index - 1 : index;
  const models = new GraphModels(coder);
  const lasts = /* @__PURE__ */ new Map();
  let [agentBefore, lengthBefore, parentsBefore] = [0, 0, 0];
  for (let at = start; at < end; ) {
    const index = graph.entryIndex(at);
    const entry = graph.entry(index);
    const seq = entry.seq + (at - entry.start);
    const parents = entry.start === at ? entry.parents : [at - 1];
    const agent = agents.get(entry.agent);
    agentBefore = models.agent.code(symbolOf(agentBefore), agent);
    lengthBefore = models.length.code(symbolOf(lengthBefore), entry.end - at - 1);
    const own = lasts.get(entry.agent) ?? (seq === 0 ? null : graph.find({ agent: entry.agent, seq: seq - 1 }));
    const others = parents.filter((parent) => parent !== own);
    const mark2 = others.length * 2 + (others.length < parents.length ? 1 : 0);
    parentsBefore = models.parents.code(symbolOf(parentsBefore), mark2);
    const newest = at === entry.start ? index - 1 : index;
    for (const parent of others) {
      const found = graph.entryIndex(parent);
      models.entriesBack.code(symbolOf(others.length), place(newest) - place(found));
      const last = found + 1 === seam ? seam : found;
      models.eventsBack.code(0, graph.entryEnd(last) - 1 - parent);
    }
    lasts.set(entry.agent, entry.end - 1);
    at = entry.end;
  }
}
function decodeGraph(coder, { graph, agents, count, isWhole }) {
  const models = new GraphModels(coder);
  const end = graph.size + count;
  let [agentBefore, lengthBefore, parentsBefore] = [0, 0, 0];
  while (graph.size < end) {
    agentBefore = models.agent.code(symbolOf(agentBefore), 0);
    const agent = agents[agentBefore];
    if (agent === void 0) throw corrupt9("have no agent");
    lengthBefore = models.length.code(symbolOf(lengthBefore), 0);
    if (lengthBefore >= end - graph.size) throw corrupt9("are more than the log says");
    parentsBefore = models.parents.code(symbolOf(parentsBefore), 0);
    const last = graph.lastOf(agent);
    const own = last < 0 ? null : last;
    const parents = [];
    const others = Math.floor(parentsBefore / 2);
    if (others + parentsBefore % 2 > parentsMax) throw corrupt9("have too many parents");
    for (let done = 0; done < others; done += 1) {
      const index = graph.entryCount - 1 - models.entriesBack.code(symbolOf(others), 0);
      if (index < 0) throw corrupt9("have a parent that is not there");
      const parent = graph.entryEnd(index) - 1 - models.eventsBack.code(0, 0);
      if (parent < graph.entryStart(index)) throw corrupt9("have a parent in another entry");
      parents.push(parent);
    }
    if (parentsBefore % 2 === 1) {
      if (own === null) throw corrupt9("have a parent before the first event");
      parents.push(own);
      parents.sort((a, b) => a - b);
    }
    if (parents.length !== 1 || parents[0] !== own) {
      checkParents(graph, parents, own);
      if (!parents.every(isWhole)) throw corrupt9("were made inside of a surrogate pair");
    }
    graph.add(agent, lengthBefore + 1, parents);
    if (graph.lamport(graph.size - 1) > eventsMax) throw corrupt9("are too many");
  }
}
function checkParents(graph, parents, own) {
  if (parents.length > 1 && dominators(graph, parents).length !== parents.length) {
    throw corrupt9("have parents that follow one another");
  }
  if (own !== null && !parents.includes(own) && !versionContains(graph, parents, own)) {
    throw corrupt9("did not see their agent's previous event");
  }
}
function corrupt9(problem) {
  return new HoldfastError("corrupt", `events of the log ${problem}`);
}

// packages/doc/src/file/omitted_text.ts
var omittedUnitsMax = 16777216;
var unknownUnit = "\uFFFD";
function insertedContent(operations, range, omitted) {
  const values = new ValueLog();
  const known = [];
  const runs = [];
  let before = 0;
  let next = 0;
  let total = 0;
  for (const row of operations.rows(range)) {
    if (row.type !== "insert") continue;
    const text = operations.inserted(row);
    if (typeof text !== "string") {
      values.append(text);
      continue;
    }
    for (let at = row.start; at < row.end; ) {
      while (next < omitted.length && omitted[next].end <= at) next += 1;
      const gap = omitted[next];
      const isKnown = gap === void 0 || gap.start > at;
      const end = Math.min(row.end, (isKnown ? gap?.start : gap.end) ?? row.end);
      if (isKnown) {
        known.push(text.slice(at - row.start, end - row.start));
        before += end - at;
      } else {
        const last = runs.at(-1);
        if (before === 0 && last !== void 0) last.units += end - at;
        else runs.push({ before, units: end - at });
        before = 0;
        total += end - at;
      }
      at = end;
    }
  }
  if (total > omittedUnitsMax) {
    throw new HoldfastError("too_large", `text of ${total} units to leave out`);
  }
  return { known: known.join(""), omitted: runs, values };
}
function encodeOmitted(coder, runs) {
  const [count, before, units] = [
    new NumberModel(coder),
    new NumberModel(coder),
    new NumberModel(coder)
  ];
  count.code(0, runs.length);
  for (const run of runs) {
    before.code(0, run.before);
    units.code(0, run.units);
  }
}
function decodeOmitted(coder) {
  const [count, before, units] = [
    new NumberModel(coder),
    new NumberModel(coder),
    new NumberModel(coder)
  ];
  const runs = [];
  let total = 0;
  for (let left = count.code(0, 0); left > 0; left -= 1) {
    const run = { before: before.code(0, 0), units: units.code(0, 0) };
    if (run.units === 0 || run.before === 0 && runs.length > 0) throw corrupt10("has an empty run");
    total += run.units;
    if (total > omittedUnitsMax) throw corrupt10("has more units than may be");
    runs.push(run);
  }
  return runs;
}
function wholeText(known, omitted) {
  if (omitted.length === 0) return known;
  const pieces = [];
  let at = 0;
  for (const { before, units } of omitted) {
    if (before > known.length - at) throw corrupt10("lies behind the end");
    pieces.push(known.slice(at, at + before), unknownUnit.repeat(units));
    at += before;
    if ((known.charCodeAt(at) & 64512) === 56320)
      throw corrupt10("lies inside of a surrogate pair");
  }
  pieces.push(known.slice(at));
  return pieces.join("");
}
function omittedEvents(operations, start, runs) {
  if (runs.length === 0) return [];
  const ranges = [];
  let next = 0;
  let { before, units } = runs[0];
  for (const row of operations.rows({ start, end: operations.size })) {
    if (row.type !== "insert" || isListId(row.container)) continue;
    for (let at = row.start; at < row.end && next < runs.length; ) {
      if (before > 0) {
        const known = Math.min(before, row.end - at);
        before -= known;
        at += known;
        continue;
      }
      const end = Math.min(row.end, at + units);
      const last = ranges.at(-1);
      if (last !== void 0 && last.end === at) last.end = end;
      else ranges.push({ start: at, end });
      units -= end - at;
      at = end;
      if (units > 0) continue;
      next += 1;
      before = runs[next]?.before ?? 0;
      units = runs[next]?.units ?? 0;
    }
  }
  return ranges;
}
function corrupt10(problem) {
  return new HoldfastError("corrupt", `text that was left out ${problem}`);
}

// packages/doc/src/file/operation_columns.ts
var kindHeight = 3;
var kinds2 = 2 ** kindHeight;
var OperationModels = class {
  #containers;
  #kind;
  #container;
  #length;
  #at;
  key;
  keyText;
  value;
  #leftOff;
  #kindsBefore = 0;
  #kindNow = 0;
  #kindBefore = 0;
  #lengthBefore = 0;
  #containerBefore = 0;
  constructor(coder, containers) {
    this.#containers = containers;
    this.#kind = new SymbolModel(coder, kindHeight);
    this.#container = new NumberModel(coder);
    this.#length = new NumberModel(coder);
    this.#at = new NumberModel(coder);
    this.key = new NumberModel(coder);
    this.keyText = new BlobModel(coder);
    this.value = new BlobModel(coder);
    this.#leftOff = new Array(containers).fill(0);
  }
  kind(kind) {
    const coded = this.#kind.code(this.#kindsBefore, kind);
    this.#kindsBefore = (this.#kindsBefore * kinds2 + coded) % kinds2 ** 3;
    this.#kindBefore = this.#kindNow;
    this.#kindNow = coded;
    return coded;
  }
  container(container) {
    if (this.#containers === 1) return 0;
    const coded = this.#container.code(symbolOf(this.#containerBefore), container);
    this.#containerBefore = coded;
    return coded;
  }
  length(length) {
    const context = this.#kindNow * 64 + symbolOf(this.#lengthBefore);
    const coded = this.#length.code(context, length - 1);
    this.#lengthBefore = coded;
    return coded + 1;
  }
  at(container, at, length) {
    const from = this.#leftOff[container];
    const context = this.#kindNow * kinds2 + this.#kindBefore;
    const coded = from + unzigzag(this.#at.code(context, zigzag(at - from)));
    let leftOff = coded;
    if (this.#kindNow === operationTags.insert) leftOff += length;
    if (this.#kindNow === operationTags.deleteBackward) leftOff -= length - 1;
    this.#leftOff[container] = leftOff;
    return coded;
  }
};
function encodeOperations(coder, rows, containers) {
  const models = new OperationModels(coder, containers.size);
  const keys = /* @__PURE__ */ new Map();
  for (const row of rows) {
    const length = row.end - row.start;
    models.kind(rowKind(row));
    if (row.type === "merge") continue;
    const container = models.container(containers.get(row.container));
    if (row.type !== "set") {
      models.length(length);
      models.at(container, row.at, length);
      continue;
    }
    const key = keys.get(row.key) ?? keys.size;
    models.key.code(0, key);
    if (key === keys.size) {
      models.keyText.encode(encodeUtf8(row.key));
      keys.set(row.key, key);
    }
    if (row.value !== null) models.value.encode(row.value);
  }
}
function decodeOperations(coder, target) {
  const { operations, containers, content, values, count } = target;
  const models = new OperationModels(coder, containers.length);
  const keys = [];
  const indexes = containers.map((name) => operations.containerIndex(name));
  let taken = 0;
  let valuesTaken = 0;
  for (let done = 0; done < count; ) {
    const kind = models.kind(0);
    if (kind === operationTags.merge) {
      operations.append(operationRow({ type: "merge" }));
      done += 1;
      continue;
    }
    const container = models.container(0);
    const name = containers[container];
    if (name === void 0) throw corrupt11("name no container");
    if (kind > operationTags.merge) throw corrupt11("are of an unknown sort");
    if (kind === operationTags.set || kind === operationTags.unset) {
      if (isListId(name)) throw corrupt11("set a key of a list");
      const key = readKey(models, keys);
      const value = kind === operationTags.set ? models.value.decode(valueSizeBytesMax) : null;
      if (value !== null) decodeValue(value);
      operations.append(operationRow({ type: "set", container: name, key, value }));
      done += 1;
      continue;
    }
    const length = models.length(0);
    const at = models.at(container, 0, length);
    if (length > count - done) throw corrupt11("are more than the log says");
    if (at < 0 || at > eventsMax) throw corrupt11("are outside of any text");
    if (kind === operationTags.insert && isListId(name)) {
      if (length > values.length - valuesTaken) throw corrupt11("insert more values than there are");
      operations.appendValues(indexes[container], at, values, valuesTaken, valuesTaken + length);
      valuesTaken += length;
    } else if (kind === operationTags.insert) {
      if (length > content.length - taken) throw corrupt11("insert more text than there is");
      if (splitsPair(content, taken)) throw corrupt11("insert half of a surrogate pair");
      operations.appendInsert(indexes[container], at, content, taken, taken + length);
      taken += length;
    } else {
      const isBackward = kind === operationTags.deleteBackward;
      if (isBackward && (length === 1 || at < length - 1)) throw corrupt11("delete what can't be");
      operations.appendDelete(indexes[container], kind, at, length);
    }
    done += length;
  }
  if (taken < content.length) throw corrupt11("insert less text than there is");
  if (valuesTaken < values.length) throw corrupt11("insert fewer values than there are");
}
function readKey(models, keys) {
  const number = models.key.code(0, 0);
  if (number > keys.length) throw corrupt11("name no key");
  if (number === keys.length) keys.push(decodeUtf8(models.keyText.decode(keySizeBytesMax)));
  return keys[number];
}
function splitsPair(text, at) {
  return (text.charCodeAt(at) & 64512) === 56320;
}
function rowKind(row) {
  switch (row.type) {
    case "insert":
      return operationTags.insert;
    case "delete":
      return row.backward && row.end - row.start > 1 ? operationTags.deleteBackward : operationTags.delete;
    case "set":
      return row.value === null ? operationTags.unset : operationTags.set;
    case "merge":
      return operationTags.merge;
  }
}
function corrupt11(problem) {
  return new HoldfastError("corrupt", `operations of the log ${problem}`);
}

// packages/doc/src/file/log_block.ts
var expansionStart = 4096;
var expansionMax2 = 255;
function logNames({ graph, operations }, range) {
  const agents = /* @__PURE__ */ new Set();
  const containers = /* @__PURE__ */ new Set();
  for (let at = range.start; at < range.end; ) {
    const entry = graph.entryAt(at);
    agents.add(entry.agent);
    at = entry.end;
  }
  for (const row of operations.rows(range)) if (row.type !== "merge") containers.add(row.container);
  return { agents: [...agents], containers: [...containers] };
}
function encodeLog(history, part) {
  const inserted = insertedContent(history.operations, part.range, part.omitted);
  const text = encodeUtf8(inserted.known);
  const hasLists = part.names.containers.some(isListId);
  const content = hasLists ? concatBytes([text, inserted.values.bytes()]) : text;
  if (content.length > documentSizeBytesMax) {
    throw new HoldfastError("too_large", `inserted text over ${documentSizeBytesMax} bytes`);
  }
  const encode = (isPlain) => {
    const coder = new BitEncoder();
    encodeOmitted(coder, inserted.omitted);
    encodeContent(coder, part.base, content, isPlain);
    const rows = history.operations.rows(part.range);
    encodeOperations(coder, rows, numbered(part.names.containers));
    encodeGraph(coder, history, part.range, numbered(part.names.agents));
    return coder.finish();
  };
  const copied = encode(false);
  const coded = content.length > contentSizeBytesMax(copied) ? encode(true) : copied;
  const writer = new Writer(coded.length + 16).uint(text.length);
  if (hasLists) writer.uint(content.length - text.length);
  return writer.raw(coded).finish();
}
function decodeLog(bytes, target) {
  const { history, names, count, base } = target;
  const { operations, graph } = history;
  const start = graph.size;
  const reader = new Reader(bytes);
  const textSizeBytes = reader.uint("inserted text", documentSizeBytesMax);
  const hasLists = names.containers.some(isListId);
  const sizeBytes = textSizeBytes + (hasLists ? reader.uint("inserted values", documentSizeBytesMax) : 0);
  const coded = reader.raw(reader.remaining, "coded bits");
  if (sizeBytes > contentSizeBytesMax(coded)) {
    throw new HoldfastError("corrupt", "inserted text is longer than its log can hold");
  }
  const coder = new BitDecoder(coded);
  const omitted = decodeOmitted(coder);
  const inserted = decodeContent(coder, base, sizeBytes);
  const known = decodeUtf8(inserted.subarray(0, textSizeBytes));
  const content = wholeText(known, omitted);
  const values = hasLists ? ValueLog.read(inserted.subarray(textSizeBytes)) : noValues;
  decodeOperations(coder, { operations, containers: names.containers, content, values, count });
  const isWhole = (lv) => !isHighSurrogate(operations.unit(lv) ?? 0);
  decodeGraph(coder, { graph, agents: names.agents, count, isWhole });
  coder.end();
  return omittedEvents(operations, start, omitted);
}
function contentSizeBytesMax(coded) {
  return expansionStart + expansionMax2 * coded.length;
}
function isHighSurrogate(unit) {
  return unit >= 55296 && unit <= 56319;
}
function numbered(names) {
  return new Map(names.map((name, index) => [name, index]));
}

// packages/doc/src/file/append_block.ts
var mark = 65;
var beginningSizeBytes = 9;
var checksumSizeBytes = 4;
var nothing = new Uint8Array(0);
function encodeAppendBlock(history, since) {
  const range = { start: since, end: history.size };
  const names = logNames(history, range);
  const content = new Writer().uint(since).uint(range.end - since).uint(names.agents.length);
  for (const agent of names.agents) content.raw(agentToBytes(agent));
  content.uint(names.containers.length);
  for (const id of names.containers) writeContainer(content, id);
  content.raw(encodeLog(history, { range, names, base: nothing, omitted: [] }));
  if (content.sizeBytes > documentSizeBytesMax) {
    throw new HoldfastError("too_large", `block over ${documentSizeBytesMax} bytes`);
  }
  const writer = new Writer(content.sizeBytes + beginningSizeBytes + checksumSizeBytes);
  writer.u8(mark).u32(content.sizeBytes);
  writer.u32(crc32c(writer.view()));
  return writer.raw(content.view()).u32(crc32c(content.view())).finish();
}
function findBlocks(bytes, start, size) {
  const blocks = [];
  let at = start;
  let next = size;
  while (at < bytes.length) {
    const content = contentAt(bytes, at);
    if (content === null) {
      if (hasBeginning(bytes, at + 1)) throw corrupt12("is damaged before its end");
      return { blocks, end: at };
    }
    const reader = new Reader(content);
    const since = reader.uint("events before a block", eventsMax);
    const events = reader.uint("events of a block", eventsMax - next);
    if (since !== next || events === 0) throw corrupt12("has a block that does not follow");
    blocks.push({ events, rest: content.subarray(reader.offset) });
    next += events;
    at += beginningSizeBytes + content.length + checksumSizeBytes;
  }
  return { blocks, end: at };
}
function decodeAppendBlock(history, block2) {
  const reader = new Reader(block2.rest);
  const agents = [];
  const agentCount = reader.count("agents of a block", vectorAgentsMax, agentSizeBytes);
  for (let index = 0; index < agentCount; index += 1) {
    agents.push(agentFromBytes(reader.raw(agentSizeBytes, "agent of a block")));
  }
  const containers = [];
  const containerCount = reader.count("containers of a block", containersMax2, 2);
  for (let index = 0; index < containerCount; index += 1) containers.push(readContainer(reader));
  const log = reader.raw(reader.remaining, "log of a block");
  const names = { agents, containers };
  return decodeLog(log, { history, names, count: block2.events, base: nothing });
}
function contentAt(bytes, at) {
  if (!isBeginning(bytes, at)) return null;
  const length = new Reader(bytes.subarray(at + 1)).u32("length of a block");
  const start = at + beginningSizeBytes;
  if (length + checksumSizeBytes > bytes.length - start) return null;
  const content = bytes.subarray(start, start + length);
  const checksum = new Reader(bytes.subarray(start + length)).u32("checksum of a block");
  return crc32c(content) === checksum ? content : null;
}
function isBeginning(bytes, at) {
  if (bytes[at] !== mark || bytes.length - at < beginningSizeBytes) return false;
  const checksum = new Reader(bytes.subarray(at + 5)).u32("checksum of a beginning");
  return crc32c(bytes.subarray(at, at + 5)) === checksum;
}
function hasBeginning(bytes, from) {
  for (let at = from; at < bytes.length; at += 1) if (isBeginning(bytes, at)) return true;
  return false;
}
function corrupt12(problem) {
  return new HoldfastError("corrupt", `document file ${problem}`);
}

// packages/doc/src/file/part.ts
function writePart(writer, bytes) {
  writer.blob(bytes).u32(crc32c(bytes));
}
var Part = class {
  #name;
  #bytes;
  #checksum;
  /** Takes a part off a reader. @throws {HoldfastError} `truncated`, `corrupt`. */
  constructor(reader, name) {
    this.#name = name;
    this.#bytes = reader.blob(name, Number.MAX_SAFE_INTEGER);
    this.#checksum = reader.u32(name);
  }
  /** The bytes, checked. O(n). @throws {HoldfastError} `corrupt`. */
  bytes() {
    if (crc32c(this.#bytes) !== this.#checksum) {
      throw new HoldfastError("corrupt", `checksum of the ${this.#name} does not match`);
    }
    return this.#bytes;
  }
};

// packages/doc/src/document_file.ts
var magic2 = [72, 70, 68];
var version2 = 1;
function encodeDocument(snapshot) {
  const { document, finals, omitted } = snapshot;
  const history = snapshot.history.joined();
  const range = { start: 0, end: history.size };
  const names = logNames(history, range);
  const containers = describeContainers(history, finals, names.containers);
  const { graph, operations } = history;
  const head = {
    document,
    size: history.size,
    leavesOut: omitted.length > 0,
    agents: names.agents.map((agent) => ({ agent, next: graph.next(agent) })),
    frontier: graph.frontier.map((lv) => ({ ...graph.id(lv), lv, lamport: graph.lamport(lv) })),
    entryCount: graph.entryCount,
    rowCount: operations.rowCount,
    units: operations.content.size,
    containers
  };
  const headWriter = new Writer();
  writeHead(headWriter, head);
  const writer = new Writer(1024);
  for (const byte of magic2) writer.u8(byte);
  writer.u8(version2).blob(headWriter.view());
  writer.u32(crc32c(writer.view()));
  const bases = [];
  for (const { id, text, list } of containers) {
    if (((text ?? list)?.length ?? 0) === 0) continue;
    const { bytes } = finals.get(id);
    writePart(writer, encodeTextBlock(bytes));
    bases.push(bytes);
  }
  writePart(writer, encodeLog(history, { range, names, base: concatBytes(bases), omitted }));
  if (writer.sizeBytes > documentSizeBytesMax) {
    throw new HoldfastError("too_large", `document over ${documentSizeBytesMax} bytes`);
  }
  return writer.finish();
}
function encodeDocumentAppend(history, since) {
  assert(since >= 0 && since < history.size, "F3: nothing to append");
  return encodeAppendBlock(history, since);
}
function openDocument(bytes) {
  if (bytes.length > documentSizeBytesMax) {
    throw new HoldfastError("too_large", `document of ${bytes.length} bytes`);
  }
  const reader = new Reader(bytes);
  const head = openHead(bytes, reader);
  const texts = [];
  for (const { id, text, list } of head.containers) {
    const length = (text ?? list)?.length;
    if (length === void 0) continue;
    texts.push(new CachedText(id, length, length > 0 ? new Part(reader, "text") : null));
  }
  const log = new Part(reader, "log");
  const { blocks, end } = findBlocks(bytes, reader.offset, head.size);
  const { document, size, leavesOut: leavesOut2 } = head;
  const loadFrom = (history) => asCorrupt(() => loadSnapshot(history, head, { log, texts }));
  return {
    document,
    size,
    sealed: sealedHistory(head, loadFrom),
    texts,
    maps: head.containers.filter(({ isMap }) => isMap).map(({ id }) => id),
    leavesOut: leavesOut2,
    appendedSize: blocks.reduce((sum, { events }) => sum + events, 0),
    wholeSizeBytes: end,
    load: (history) => {
      const omitted = loadFrom(history);
      const later = asCorrupt(() => blocks.flatMap((block2) => decodeAppendBlock(history, block2)));
      return [...omitted, ...later];
    }
  };
}
function sealedHistory(head, load) {
  const { size, agents, frontier, containers, entryCount, rowCount, units } = head;
  return {
    graph: { size, entryCount, agents, heads: frontier },
    operations: {
      size,
      rowCount,
      units,
      hasSurrogates: containers.some(({ text }) => text?.hasPairs === true),
      values: valuesInserted(head),
      containers: containers.map(({ id }) => id)
    },
    load
  };
}
var CachedText = class {
  id;
  length;
  #part;
  constructor(id, length, part) {
    this.id = id;
    this.length = length;
    this.#part = part;
  }
  text() {
    return this.#checked(decodeUtf8);
  }
  values() {
    return this.#checked(ValueLog.read);
  }
  #checked(read) {
    const content = asCorrupt(() => read(this.bytes()));
    if (content.length !== this.length) throw corrupt13("has a text of another length than it says");
    return content;
  }
  /** The text as UTF-8, or the values as they are encoded. */
  bytes() {
    return this.#part === null ? new Uint8Array(0) : decodeTextBlock(this.#part.bytes());
  }
};
function openHead(bytes, reader) {
  for (const byte of magic2) {
    if (reader.u8("document magic") !== byte) throw corrupt13("is none");
  }
  const found = reader.u8("document version");
  if (found !== version2) {
    const sentence = `document version ${found}, this reads ${version2}`;
    throw new HoldfastError("unsupported_version", sentence);
  }
  const head = reader.blob("document head", documentSizeBytesMax);
  const covered = bytes.subarray(0, reader.offset);
  if (crc32c(covered) !== reader.u32("checksum of the head")) {
    throw corrupt13("has a head whose checksum does not match");
  }
  return asCorrupt(() => readHead(head));
}
function loadSnapshot(history, head, { log, texts }) {
  assert(history.size === 0, "F4: a file is loaded into a history that holds something");
  const names = {
    agents: head.agents.map(({ agent }) => agent),
    containers: head.containers.map(({ id }) => id)
  };
  const base = concatBytes(texts.map((text) => text.bytes()));
  const omitted = decodeLog(log.bytes(), { history, names, count: head.size, base });
  const { graph, operations } = history;
  const frontier = head.frontier.map(({ lv }) => lv);
  const isAsSaid = head.agents.every(({ agent, next }) => graph.next(agent) === next) && equalFrontiers(graph.frontier, frontier) && head.frontier.every(
    ({ lv, agent, lamport }) => graph.lastOf(agent) === lv && graph.lamport(lv) === lamport
  ) && graph.agents.every((agent, index) => names.agents[index] === agent) && graph.entryCount === head.entryCount && operations.rowCount === head.rowCount && operations.content.size === head.units && operations.values.size === valuesInserted(head) && operations.containers.length === names.containers.length && head.leavesOut === omitted.length > 0;
  if (!isAsSaid) throw corrupt13("has a head that tells of another log");
  return omitted;
}
function valuesInserted({ containers }) {
  return containers.reduce((sum, { list }) => sum + (list?.inserted ?? 0), 0);
}
function describeContainers({ operations, size }, finals, ids) {
  const edited = new Map(
    ids.map((id) => [id, { isText: false, hasPairs: false, isMap: false, inserted: 0 }])
  );
  for (const row of operations.rows({ start: 0, end: size })) {
    if (row.type === "merge") continue;
    const container = edited.get(row.container);
    if (row.type === "set") container.isMap = true;
    else container.isText = true;
    if (row.type !== "insert" || container.hasPairs) continue;
    const inserted = operations.inserted(row);
    if (typeof inserted === "string") container.hasPairs = /[\uD800-\uDFFF]/.test(inserted);
    else container.inserted += inserted.length;
  }
  return ids.map((id) => {
    const { isText, hasPairs, isMap, inserted } = edited.get(id);
    const length = finals.get(id)?.length ?? 0;
    const isList = isListId(id);
    return {
      id,
      text: isText && !isList ? { length, hasPairs } : null,
      list: isList ? { length, inserted } : null,
      isMap
    };
  });
}
function asCorrupt(read) {
  try {
    return read();
  } catch (error) {
    if (!isHoldfastError(error) || error.code === "corrupt") throw error;
    throw new HoldfastError("corrupt", error.message, { cause: error });
  }
}
function corrupt13(problem) {
  return new HoldfastError("corrupt", `document file ${problem}`);
}

// packages/doc/src/span_nodes.ts
var spanId = 0;
var spanLength = 1;
var spanLeft = 2;
var spanRight = 3;
var spanState = 4;
var spanDeleted = 5;
var spanSkip = 6;
var spanJump = 7;
var spanLeaf = 8;
var spanColumns = 9;
var noUnit = -1;
var parentColumn2 = 0;
var countColumn = 1;
var seenColumn = 2;
var preparedColumn = 3;
var visibleColumn = 4;
var heightColumn = 5;
var nextColumn = 6;
var slotsColumn = 7;
var fanOut = 16;
var nodeColumns = slotsColumn + fanOut;
var SpanNodes = class {
  /**
   * The rows of all spans: to read, and to write in the columns left, right, skip and jump.
   * Another array whenever a span was added.
   */
  spans = new Int32Array(32 * spanColumns);
  nodes = new Int32Array(4 * nodeColumns);
  // The leaf that was found last, or 0; and where in it, or anywhere, the span that was found last is named.
  leaf = 0;
  slot = 0;
  #spansEnd = spanColumns;
  #nodesEnd = nodeColumns;
  /** A new, empty sequence: its root. */
  plant() {
    return this.#newNode(0);
  }
  firstLeaf(root) {
    let node = root;
    while (this.nodes[node + heightColumn] > 0) node = this.nodes[node + slotsColumn];
    return node;
  }
  // Where in `node` the row of `child` is named.
  slotOf(node, child) {
    const nodes = this.nodes;
    let slot = this.slot;
    const isHere = slot > node && slot < node + slotsColumn + nodes[node + countColumn];
    if (isHere && nodes[slot] === child) return slot;
    slot = node + slotsColumn;
    while (nodes[slot] !== child) slot += 1;
    return slot;
  }
  count(leaf, seen, prepared, visible) {
    if (leaf !== this.leaf) this.leaf = 0;
    const nodes = this.nodes;
    for (let node = leaf; node !== 0; node = nodes[node + parentColumn2]) {
      nodes[node + seenColumn] += seen;
      nodes[node + preparedColumn] += prepared;
      nodes[node + visibleColumn] += visible;
    }
  }
  makeRoom(node) {
    if (this.nodes[node + countColumn] === fanOut) this.#halve(node);
  }
  putAfter(previous, span) {
    const leaf = this.spans[previous + spanLeaf];
    this.put(leaf, this.slotOf(leaf, previous) + 1, span);
    this.spans[span + spanLeaf] = leaf;
  }
  // Puts a child, which is counted by others, into a node that has room.
  put(node, slot, child) {
    const nodes = this.nodes;
    const end = node + slotsColumn + nodes[node + countColumn];
    for (let index = end; index > slot; index -= 1) nodes[index] = nodes[index - 1];
    nodes[slot] = child;
    nodes[node + countColumn] += 1;
  }
  // Moves half of a full node into a new one behind it.
  #halve(node) {
    const left = this.nodes[node + parentColumn2] === 0 ? this.#deepen(node) : node;
    this.makeRoom(this.nodes[left + parentColumn2]);
    const right = this.#newNode(this.nodes[left + heightColumn]);
    const nodes = this.nodes;
    const kept = fanOut >> 1;
    const from = left + slotsColumn + kept;
    nodes.copyWithin(right + slotsColumn, from, left + slotsColumn + fanOut);
    nodes[left + countColumn] = kept;
    nodes[right + countColumn] = fanOut - kept;
    nodes[right + nextColumn] = nodes[left + nextColumn];
    nodes[left + nextColumn] = right;
    this.#adopt(right);
    nodes[left + seenColumn] -= nodes[right + seenColumn];
    nodes[left + preparedColumn] -= nodes[right + preparedColumn];
    nodes[left + visibleColumn] -= nodes[right + visibleColumn];
    const parent = nodes[left + parentColumn2];
    nodes[right + parentColumn2] = parent;
    this.put(parent, this.slotOf(parent, left) + 1, right);
  }
  // Puts a node between a root and what it holds.
  #deepen(root) {
    const node = this.#newNode(this.nodes[root + heightColumn]);
    const nodes = this.nodes;
    nodes.copyWithin(node, root, root + nodeColumns);
    nodes[node + parentColumn2] = root;
    nodes[root + heightColumn] += 1;
    nodes[root + countColumn] = 1;
    nodes[root + slotsColumn] = node;
    this.#adopt(node);
    this.leaf = 0;
    return node;
  }
  // Makes `node` known to what it holds, and counts that.
  #adopt(node) {
    const nodes = this.nodes;
    const { spans } = this;
    const isLeaf = nodes[node + heightColumn] === 0;
    let seen = 0;
    let prepared = 0;
    let visible = 0;
    const end = node + slotsColumn + nodes[node + countColumn];
    for (let slot = node + slotsColumn; slot < end; slot += 1) {
      const child = nodes[slot];
      if (isLeaf) {
        spans[child + spanLeaf] = node;
        const length = spans[child + spanLength];
        const state2 = spans[child + spanState];
        if (state2 > 0) seen += length;
        if (state2 === 1) prepared += length;
        if (spans[child + spanDeleted] === 0) visible += length;
      } else {
        nodes[child + parentColumn2] = node;
        seen += nodes[child + seenColumn];
        prepared += nodes[child + preparedColumn];
        visible += nodes[child + visibleColumn];
      }
    }
    nodes[node + seenColumn] = seen;
    nodes[node + preparedColumn] = prepared;
    nodes[node + visibleColumn] = visible;
  }
  newSpan() {
    const span = this.#spansEnd;
    this.#spansEnd += spanColumns;
    if (this.#spansEnd > this.spans.length) this.spans = grown(this.spans);
    return span;
  }
  #newNode(height) {
    const node = this.#nodesEnd;
    this.#nodesEnd += nodeColumns;
    if (this.#nodesEnd > this.nodes.length) this.nodes = grown(this.nodes);
    this.nodes[node + heightColumn] = height;
    return node;
  }
};
function grown(array) {
  const larger = new Int32Array(array.length * 2);
  larger.set(array);
  return larger;
}

// packages/doc/src/range_index.ts
var chunkRows = 256;
var firstRows = 16;
var RangeIndex = class {
  #chunks = [newChunk(firstRows)];
  // Where each chunk but the first begins.
  #borders = [];
  // Where the last look-up ended.
  #chunk = 0;
  #row = -1;
  /** Adds the range that begins at `start`, where none does. O(chunk). */
  add(start, value) {
    const last = this.#chunks[this.#chunks.length - 1];
    const lastCount = last.count;
    if (lastCount > 0 && lastCount < last.starts.length && start > last.starts[lastCount - 1]) {
      last.starts[lastCount] = start;
      last.values[lastCount] = value;
      last.count = lastCount + 1;
      return;
    }
    let chunk = this.#seek(start);
    let row = this.#row + 1;
    if (chunk.count === chunk.starts.length) {
      if (chunk.count < chunkRows) grow(chunk);
      else {
        this.#cut(start, row === chunk.count ? row : chunkRows / 2);
        chunk = this.#seek(start);
        row = this.#row + 1;
      }
    }
    const { starts, values, count } = chunk;
    if (row < count) {
      starts.copyWithin(row + 1, row, count);
      values.copyWithin(row + 1, row, count);
    }
    starts[row] = start;
    values[row] = value;
    chunk.count = count + 1;
    this.#row = row;
  }
  /** What was added for the last range that begins at or before `id`; 0 where there is none. O(log ranges). */
  find(id) {
    const { values } = this.#seek(id);
    return this.#row < 0 ? 0 : values[this.#row];
  }
  /** Where the first range after `id` begins, or undefined. O(log ranges). */
  startAfter(id) {
    const { starts, count } = this.#seek(id);
    return this.#row + 1 < count ? starts[this.#row + 1] : this.#borders[this.#chunk];
  }
  // The chunk, and the last row in it, that begin at or before `id`; row -1 for none.
  #seek(id) {
    const borders = this.#borders;
    let index = this.#chunk;
    if (index > 0 && id < borders[index - 1] || index < borders.length && id >= borders[index]) {
      index = 0;
      for (let high2 = borders.length; index < high2; ) {
        const middle = index + high2 >> 1;
        if (borders[middle] <= id) index = middle + 1;
        else high2 = middle;
      }
      this.#chunk = index;
      this.#row = -1;
    }
    const chunk = this.#chunks[index];
    const { starts, count } = chunk;
    let low = 0;
    let high = count;
    const row = this.#row;
    if (row >= 0 && starts[row] <= id) {
      if (row + 1 === count || id < starts[row + 1]) return chunk;
      low = row + 2;
      if (low >= count || id < starts[low]) {
        this.#row = row + 1;
        return chunk;
      }
    } else if (row >= 0) high = row;
    while (low < high) {
      const middle = low + high >> 1;
      if (starts[middle] <= id) low = middle + 1;
      else high = middle;
    }
    this.#row = low - 1;
    return chunk;
  }
  // Moves the rows of the chunk at hand from `row` on into a new one, which begins with them or
  // else with `start`.
  #cut(start, row) {
    const left = this.#chunks[this.#chunk];
    const right = newChunk(chunkRows);
    right.starts.set(left.starts.subarray(row, left.count));
    right.values.set(left.values.subarray(row, left.count));
    right.count = left.count - row;
    left.count = row;
    this.#borders.splice(this.#chunk, 0, right.count > 0 ? right.starts[0] : start);
    this.#chunks.splice(this.#chunk + 1, 0, right);
    this.#row = -1;
  }
};
function newChunk(rows) {
  return { starts: new Int32Array(rows), values: new Int32Array(rows), count: 0 };
}
function grow(chunk) {
  const { starts, values } = newChunk(chunk.count * 4);
  starts.set(chunk.starts);
  values.set(chunk.values);
  chunk.starts = starts;
  chunk.values = values;
}

// packages/doc/src/span_tree.ts
var SpanTree = class extends SpanNodes {
  /** Of the unit that was found last: how many units of its span are before it. */
  offset = 0;
  /** Of the unit that was found last: how many visible units are before its span. */
  visibleBefore = 0;
  /** The span after the one of the unit that was found last, or 0. */
  following = 0;
  /** How often the leaf that was kept was the right one. */
  leafHits = 0;
  // Of the leaf that was found last: its tree, and the counts before it.
  #leafRoot = 0;
  #leafPrepared = 0;
  #leafVisible = 0;
  // What waits to be counted, and for which leaf.
  #waiting = 0;
  #waitingSeen = 0;
  #waitingPrepared = 0;
  /** Units of the prepared version. */
  prepared(root) {
    return this.nodes[root + preparedColumn];
  }
  /** Units with everything applied. */
  visible(root) {
    return this.nodes[root + visibleColumn];
  }
  /**
   * The span of the prepared unit at `at`, from 0 on; see {@link offset}, {@link visibleBefore} and
   * {@link following}. 0 where the prepared version has no such unit.
   */
  findPrepared(root, at) {
    const nodes = this.nodes;
    let leaf = this.leaf;
    let rest = at - this.#leafPrepared;
    if (leaf !== 0 && root === this.#leafRoot && rest >= 0 && rest < nodes[leaf + preparedColumn]) {
      this.leafHits += 1;
    } else {
      if (at >= nodes[root + preparedColumn]) return 0;
      rest = at;
      leaf = root;
      let visible2 = 0;
      while (nodes[leaf + heightColumn] > 0) {
        let slot = leaf + slotsColumn;
        let child = nodes[slot];
        for (let count = nodes[child + preparedColumn]; rest >= count; ) {
          rest -= count;
          visible2 += nodes[child + visibleColumn];
          slot += 1;
          child = nodes[slot];
          count = nodes[child + preparedColumn];
        }
        leaf = child;
      }
      this.leaf = leaf;
      this.#leafRoot = root;
      this.#leafPrepared = at - rest;
      this.#leafVisible = visible2;
    }
    const { spans } = this;
    let visible = this.#leafVisible;
    const end = leaf + slotsColumn + nodes[leaf + countColumn];
    for (let slot = leaf + slotsColumn; slot < end; slot += 1) {
      const span = nodes[slot];
      const length = spans[span + spanLength];
      if (spans[span + spanState] === 1) {
        if (rest < length) {
          this.offset = rest;
          this.visibleBefore = visible;
          this.slot = slot;
          slot += 1;
          this.following = slot < end ? nodes[slot] : this.#firstOf(nodes[leaf + nextColumn]);
          return span;
        }
        rest -= length;
      }
      if (spans[span + spanDeleted] === 0) visible += length;
    }
    return 0;
  }
  /** The span of the visible unit at `at`, 0 to visible - 1; see {@link offset}. */
  findVisible(root, at) {
    const nodes = this.nodes;
    let rest = at;
    let node = root;
    while (nodes[node + heightColumn] > 0) {
      let slot = node + slotsColumn;
      while (rest >= nodes[nodes[slot] + visibleColumn]) {
        rest -= nodes[nodes[slot] + visibleColumn];
        slot += 1;
      }
      node = nodes[slot];
    }
    let span = nodes[node + slotsColumn];
    for (let slot = node + slotsColumn; ; span = nodes[slot]) {
      const length = this.spans[span + spanDeleted] === 0 ? this.spans[span + spanLength] : 0;
      if (rest < length) break;
      rest -= length;
      slot += 1;
    }
    this.offset = rest;
    return span;
  }
  /** The first span, or 0 where there is none. */
  first(root) {
    const leaf = this.firstLeaf(root);
    return this.nodes[leaf + countColumn] === 0 ? 0 : this.nodes[leaf + slotsColumn];
  }
  /** The span after `span`, or 0 at the end. */
  next(span) {
    const nodes = this.nodes;
    const leaf = this.spans[span + spanLeaf];
    const slot = this.slotOf(leaf, span) + 1;
    if (slot < leaf + slotsColumn + nodes[leaf + countColumn]) return nodes[slot];
    return this.#firstOf(nodes[leaf + nextColumn]);
  }
  /** The first span from `span` on that holds a seen unit, or 0. */
  nextSeen(span) {
    const nodes = this.nodes;
    let node = this.spans[span + spanLeaf];
    const found = this.#seenFrom(node, this.slotOf(node, span));
    if (found !== 0) return found;
    let behind = nodes[node + nextColumn];
    while (behind !== 0 && nodes[behind + seenColumn] === 0) {
      const parent = nodes[node + parentColumn2];
      const isLast = nodes[behind + parentColumn2] !== parent;
      node = isLast ? parent : behind;
      behind = nodes[node + nextColumn];
    }
    if (behind === 0) return 0;
    while (nodes[behind + heightColumn] > 0) {
      let slot = behind + slotsColumn;
      while (nodes[nodes[slot] + seenColumn] === 0) slot += 1;
      behind = nodes[slot];
    }
    return this.#seenFrom(behind, behind + slotsColumn);
  }
  /** Tells whether `a` stands before `b`, of the same text; not where they are the same. */
  isBefore(a, b) {
    const nodes = this.nodes;
    let left = this.spans[a + spanLeaf];
    let right = this.spans[b + spanLeaf];
    if (left === right) return this.slotOf(left, a) < this.slotOf(left, b);
    while (nodes[left + parentColumn2] !== nodes[right + parentColumn2]) {
      left = nodes[left + parentColumn2];
      right = nodes[right + parentColumn2];
    }
    const parent = nodes[left + parentColumn2];
    return this.slotOf(parent, left) < this.slotOf(parent, right);
  }
  /** How many visible units lie before `span`. */
  countVisibleBefore(span) {
    const nodes = this.nodes;
    const { spans } = this;
    const leaf = spans[span + spanLeaf];
    let count = 0;
    for (let slot = leaf + slotsColumn; nodes[slot] !== span; slot += 1) {
      const other = nodes[slot];
      if (spans[other + spanDeleted] === 0) count += spans[other + spanLength];
    }
    let node = leaf;
    for (let parent = nodes[node + parentColumn2]; parent !== 0; ) {
      for (let slot = parent + slotsColumn; nodes[slot] !== node; slot += 1) {
        count += nodes[nodes[slot] + visibleColumn];
      }
      node = parent;
      parent = nodes[node + parentColumn2];
    }
    return count;
  }
  /** Puts a span of seen, visible units after `previous`, or first where that is 0. Returns it. */
  insert(root, previous, id, length) {
    const span = this.newSpan();
    const { spans } = this;
    spans[span + spanId] = id;
    spans[span + spanLength] = length;
    spans[span + spanState] = 1;
    spans[span + spanDeleted] = 0;
    spans[span + spanSkip] = noUnit;
    spans[span + spanJump] = noUnit;
    if (previous === 0) {
      this.makeRoom(this.firstLeaf(root));
      const leaf = this.firstLeaf(root);
      this.put(leaf, leaf + slotsColumn, span);
      spans[span + spanLeaf] = leaf;
    } else {
      this.makeRoom(spans[previous + spanLeaf]);
      this.putAfter(previous, span);
    }
    this.count(spans[span + spanLeaf], length, length, length);
    return span;
  }
  /** Cuts `span` so that it ends after `offset` units, 1 to length - 1. Returns the rest. */
  split(span, offset) {
    const rest = this.newSpan();
    const { spans } = this;
    this.makeRoom(spans[span + spanLeaf]);
    spans.copyWithin(rest, span, span + spanColumns);
    const id = spans[span + spanId] + offset;
    spans[rest + spanId] = id;
    spans[rest + spanLength] = spans[span + spanLength] - offset;
    spans[rest + spanLeft] = id - 1;
    spans[rest + spanJump] = noUnit;
    spans[span + spanLength] = offset;
    this.putAfter(span, rest);
    return rest;
  }
  /** Makes `span` longer, or shorter where `more` is negative. */
  resize(span, more) {
    const { spans } = this;
    spans[span + spanLength] += more;
    const state2 = spans[span + spanState];
    this.count(
      spans[span + spanLeaf],
      state2 > 0 ? more : 0,
      state2 === 1 ? more : 0,
      spans[span + spanDeleted] === 0 ? more : 0
    );
  }
  /** Deletes a prepared span. */
  delete(span) {
    const { spans } = this;
    const length = spans[span + spanLength];
    const visible = spans[span + spanDeleted] === 0 ? length : 0;
    spans[span + spanState] = 2;
    spans[span + spanDeleted] = 1;
    this.count(spans[span + spanLeaf], 0, -length, -visible);
  }
  /**
   * Adds 1 or -1 to a span's state. To be followed by {@link flush} before anything is
   * counted or found again.
   */
  shift(span, by) {
    const { spans } = this;
    const leaf = spans[span + spanLeaf];
    const state2 = spans[span + spanState];
    const length = spans[span + spanLength];
    if (leaf !== this.#waiting) {
      this.flush();
      this.#waiting = leaf;
    }
    const shifted = state2 + by;
    spans[span + spanState] = shifted;
    if (state2 === 0) this.#waitingSeen += length;
    else if (state2 === 1) this.#waitingPrepared -= length;
    if (shifted === 0) this.#waitingSeen -= length;
    else if (shifted === 1) this.#waitingPrepared += length;
    if (shifted < 0) assert(false, "T3: seen out of order");
  }
  /** Counts what {@link shift} changed. */
  flush() {
    const leaf = this.#waiting;
    if (leaf === 0) return;
    this.count(leaf, this.#waitingSeen, this.#waitingPrepared, 0);
    this.#waiting = 0;
    this.#waitingSeen = 0;
    this.#waitingPrepared = 0;
  }
  #firstOf(leaf) {
    return leaf === 0 ? 0 : this.nodes[leaf + slotsColumn];
  }
  #seenFrom(leaf, from) {
    const nodes = this.nodes;
    const { spans } = this;
    const end = leaf + slotsColumn + nodes[leaf + countColumn];
    for (let slot = from; slot < end; slot += 1) {
      const span = nodes[slot];
      if (spans[span + spanState] > 0 && spans[span + spanLength] > 0) return span;
    }
    return 0;
  }
};

// packages/doc/src/units.ts
var baseId = -(2 ** 31);
var startColumn3 = 0;
var lengthColumn = 1;
var targetColumn = 2;
var backwardColumn = 3;
var textColumn = 4;
var columns3 = 5;
var recentMax = 1024;
var Units = class {
  tree = new SpanTree();
  // Of an event that inserts, its span; of one that deletes, minus the row of its deletion.
  #events = new RangeIndex();
  // For each text.
  #baseSpans = [];
  #deletions = new Int32Array(16 * columns3);
  #deletionsEnd = columns3;
  // What begins at the events that were looked up lately, by their lowest bits. Whatever begins
  // at an event does so for good.
  #recentEvents = new Int32Array(recentMax);
  #recentFound = new Int32Array(recentMax);
  /** Adds a text; returns its number, from 0 on. */
  addText() {
    return this.#baseSpans.push(new RangeIndex()) - 1;
  }
  /** Notes a span that was put into the tree. */
  add(text, span) {
    const id = this.tree.spans[span + spanId];
    (id < 0 ? this.#baseSpans[text] : this.#events).add(id, span);
  }
  /** Cuts a span so that it ends after `offset` units, 1 to length - 1. Returns the rest. */
  split(text, span, offset) {
    const rest = this.tree.split(span, offset);
    this.add(text, rest);
    return rest;
  }
  /** The span that holds the unit `id`. O(log spans). */
  spanOf(text, id) {
    const span = id < 0 ? this.#baseSpans[text].find(id) : this.#find(id);
    if (span <= 0) assert(false, "T1: unit without a place");
    return span;
  }
  /**
   * Notes that events `start` to `start + length - 1` deleted as many units of a text, of which
   * `target` is the one with the lowest id; in descending order of ids if `backward`.
   */
  addDeletion(text, start, length, target, backward) {
    const row = this.#deletionsEnd;
    this.#deletionsEnd += columns3;
    if (this.#deletionsEnd > this.#deletions.length) {
      const larger = new Int32Array(this.#deletions.length * 2);
      larger.set(this.#deletions);
      this.#deletions = larger;
    }
    const deletions = this.#deletions;
    deletions[row + startColumn3] = start;
    deletions[row + lengthColumn] = length;
    deletions[row + targetColumn] = target;
    deletions[row + backwardColumn] = backward ? 1 : 0;
    deletions[row + textColumn] = text;
    this.#events.add(start, -row);
  }
  /**
   * Makes the prepared version see events `start` to `end - 1`, for 1, or no longer see
   * them, for -1; the tree is then to be flushed. Those that edit no text are passed over.
   */
  toggle(start, end, by) {
    const { tree } = this;
    for (let at = start; at < end; ) {
      const recent2 = at & recentMax - 1;
      const found = this.#recentEvents[recent2] === at && this.#recentFound[recent2] !== 0 ? this.#recentFound[recent2] : this.#find(at);
      let stop = 0;
      if (found > 0) {
        const { spans } = tree;
        stop = at + spans[found + spanLength];
        if (spans[found + spanId] === at && stop <= end) tree.shift(found, by);
        else stop = this.#shift(0, found, at, end, by);
      } else if (found < 0) stop = this.#toggleDeletion(-found, at, end, by);
      at = stop > at ? stop : this.#events.startAfter(at) ?? end;
    }
  }
  #find(event) {
    const index = event & recentMax - 1;
    const recent2 = this.#recentFound[index];
    if (recent2 !== 0 && this.#recentEvents[index] === event) return recent2;
    const found = this.#events.find(event);
    const begins = found > 0 ? this.tree.spans[found + spanId] === event : found < 0 && this.#deletions[startColumn3 - found] === event;
    if (begins) {
      this.#recentEvents[index] = event;
      this.#recentFound[index] = found;
    }
    return found;
  }
  // Returns the number behind the deletion.
  #toggleDeletion(row, from, to, by) {
    const deletions = this.#deletions;
    const start = deletions[row + startColumn3];
    const length = deletions[row + lengthColumn];
    const text = deletions[row + textColumn];
    if (from >= start + length) return start + length;
    const first = from - start;
    const last = Math.min(to - start, length);
    const isBackward = deletions[row + backwardColumn] === 1;
    let at = deletions[row + targetColumn] + (isBackward ? length - last : first);
    const end = at + (last - first);
    while (at < end) at = this.#shift(text, this.spanOf(text, at), at, end, by);
    return start + length;
  }
  // Shifts the units of a span from `from` on, up to `to` at most. Returns the number behind the
  // span or behind the last of them; `from` or less where the span ends before it.
  #shift(text, found, from, to, by) {
    const { tree } = this;
    let span = found;
    const id = tree.spans[span + spanId];
    const end = id + tree.spans[span + spanLength];
    if (end <= from) return end;
    if (from > id) span = this.split(text, span, from - id);
    if (to < end) this.split(text, span, to - from);
    tree.shift(span, by);
    return Math.min(end, to);
  }
};

// packages/doc/src/concurrent_inserts.ts
var ConcurrentInserts = class {
  /** Units of the text on the base version. */
  baseLength = 0;
  #units;
  #text;
  #agentOf;
  constructor(units, text, agentOf) {
    this.#units = units;
    this.#text = text;
    this.#agentOf = agentOf;
  }
  /**
   * The span to go behind, among those between the origins that the author did not see; 0 for none.
   * O(log spans) for each that did not descend from another of them.
   */
  place(agent, { left, right, previous, following }) {
    const { tree } = this.#units;
    const { spans } = tree;
    let place = previous;
    let sibling = 0;
    let link = 0;
    let other = following;
    while (other !== 0 && spans[other + spanState] === 0) {
      if (spans[other + spanLeft] === left) {
        const otherRight = this.rightOf(other);
        if (otherRight === right && agent < this.#agentOf(spans[other + spanId])) break;
        sibling = other;
        if (otherRight !== right && this.#isBefore(otherRight, right)) {
          const end = this.#endOfChain(other, otherRight, right);
          if (link !== 0) spans[link + spanJump] = spans[end + spanId];
          link = other;
          other = end;
          continue;
        }
        link = 0;
      } else if (sibling === 0 || !this.#isBehind(spans[other + spanLeft], previous)) break;
      const skip = spans[other + spanSkip];
      const last = skip === noUnit ? other : this.#spanOf(skip);
      if (last !== sibling) {
        spans[sibling + spanSkip] = spans[last + spanId] + spans[last + spanLength] - 1;
      }
      place = last;
      other = tree.next(last);
    }
    return place;
  }
  // Where right origins lead from `span`, as far as it is known, and not seen, and before `right`.
  #endOfChain(span, next, right) {
    const { tree } = this.#units;
    const jump = tree.spans[span + spanJump];
    if (jump !== noUnit) {
      const end = this.#spanOf(jump);
      if (tree.spans[end + spanState] === 0 && this.#isBefore(jump, right)) return end;
    }
    return this.#spanOf(next);
  }
  // Tells whether one right origin stands before another.
  #isBefore(id, other) {
    if (id === noUnit) return false;
    return other === noUnit || this.#units.tree.isBefore(this.#spanOf(id), this.#spanOf(other));
  }
  // Tells whether the unit `id` stands behind all units of `span`; 0 stands before the first.
  #isBehind(id, span) {
    if (id === noUnit) return false;
    return span === 0 || this.#units.tree.isBefore(span, this.#spanOf(id));
  }
  /**
   * The unit that a span was inserted before. The end of a base text of unknown length was a unit
   * that may have turned out not to be there.
   */
  rightOf(span) {
    const right = this.#units.tree.spans[span + spanRight];
    return right < 0 && right - baseId >= this.baseLength ? noUnit : right;
  }
  #spanOf(id) {
    return this.#units.spanOf(this.#text, id);
  }
};

// packages/doc/src/tracker.ts
var unknownLength = 2 ** 30;
var stepsMax = 32;
var Tracker = class {
  #units;
  #text;
  #root;
  #agentOf;
  #inserts;
  /**
   * @param units - Where those of other texts are, too.
   * @param baseLength - Units of the text on the base version, or {@link unknownLength}.
   * @param agentOf - Who made an event.
   */
  constructor(units, baseLength, agentOf) {
    this.#units = units;
    this.#text = units.addText();
    this.#root = units.tree.plant();
    this.#agentOf = agentOf;
    this.#inserts = new ConcurrentInserts(units, this.#text, agentOf);
    this.#inserts.baseLength = baseLength;
    if (baseLength > 0) this.#insert(0, baseId, baseLength, noUnit, noUnit);
  }
  /** Units in the prepared version. */
  get preparedLength() {
    return this.#units.tree.prepared(this.#root);
  }
  /** Tells whether the base text's length is not known yet. */
  get isUnsettled() {
    return this.#inserts.baseLength === unknownLength;
  }
  /** Makes the base text's length known: that which makes the visible text `visible` units long. */
  settle(visible) {
    const { tree } = this.#units;
    const excess = tree.visible(this.#root) - visible;
    const last = this.#spanOf(baseId + unknownLength - 1);
    assert(excess <= tree.spans[last + spanLength], "T1: base text is too long");
    tree.resize(last, -excess);
    this.#inserts.baseLength = unknownLength - excess;
  }
  /**
   * Inserts units `lv` to `lv + length - 1` before prepared unit `at`. O(log spans)
   * for each concurrent insert at the same place, whatever came to stand there with it.
   *
   * @returns Where in the visible text.
   * @throws {HoldfastError} `invalid_operation` where the prepared version is shorter than `at`.
   */
  insert(lv, at, length) {
    const { tree } = this.#units;
    let previous = 0;
    let following = 0;
    let left = noUnit;
    let visible = 0;
    if (at > 0) {
      previous = tree.findPrepared(this.#root, at - 1);
      if (previous === 0) throw outside(at, this.preparedLength);
      const { spans, offset } = tree;
      left = spans[previous + spanId] + offset;
      visible = tree.visibleBefore;
      if (spans[previous + spanDeleted] === 0) visible += offset + 1;
      following = tree.following;
      if (offset + 1 < spans[previous + spanLength]) {
        following = this.#units.split(this.#text, previous, offset + 1);
      }
    } else following = tree.first(this.#root);
    let place = previous;
    let right = noUnit;
    let isTypedOn = true;
    if (following !== 0) {
      const { spans } = tree;
      const isSeen = spans[following + spanState] > 0 && spans[following + spanLength] > 0;
      right = isSeen ? spans[following + spanId] : this.#firstSeen(following);
      if (spans[following + spanState] === 0) {
        place = this.#inserts.place(this.#agentOf(lv), { left, right, previous, following });
      }
      isTypedOn = place === previous && spans[following + spanLeft] !== left;
    }
    if (isTypedOn && previous !== 0 && this.#continues(previous, lv, right)) {
      tree.resize(previous, length);
    } else {
      if (place !== previous) visible = this.#visibleBehind(place);
      this.#insert(place, lv, length, left, right);
    }
    return visible;
  }
  /**
   * Deletes `length` prepared units: by the events from `lv` on, the first of
   * which deletes unit `at`, and the next the one that is then at the same place,
   * or before it where `backward`.
   *
   * @returns Changes to the visible text, to be made one after another.
   * @throws {HoldfastError} `invalid_operation` where there are no such units.
   */
  delete(lv, at, length, backward) {
    const units = this.#units;
    const { tree } = units;
    const start = backward ? at - length + 1 : at;
    if (start < 0 || start + length > tree.prepared(this.#root)) {
      throw outside(backward ? start : at + length, this.preparedLength);
    }
    const edits = [];
    let span = tree.findPrepared(this.#root, start);
    let visible = tree.visibleBefore;
    if (tree.offset > 0) {
      if (tree.spans[span + spanDeleted] === 0) visible += tree.offset;
      span = units.split(this.#text, span, tree.offset);
    }
    let target = tree.spans[span + spanId];
    let count = 0;
    let done = 0;
    for (; ; ) {
      const id = tree.spans[span + spanId];
      const size = Math.min(tree.spans[span + spanLength], length - done);
      if (size < tree.spans[span + spanLength]) units.split(this.#text, span, size);
      if (tree.spans[span + spanDeleted] === 0) {
        const last = edits.at(-1);
        if (last?.at === visible) last.deleted += size;
        else edits.push({ at: visible, deleted: size });
      }
      if (id !== target + count) {
        this.#noteDeleted(backward ? lv + length - done : lv + done, target, count, backward);
        target = id;
        count = 0;
      }
      tree.delete(span);
      count += size;
      done += size;
      if (done === length) break;
      span = tree.next(span);
      for (let steps = 1; tree.spans[span + spanState] !== 1; steps += 1) {
        if (steps === stepsMax) {
          span = tree.findPrepared(this.#root, start);
          visible = tree.visibleBefore;
          break;
        }
        if (tree.spans[span + spanDeleted] === 0) visible += tree.spans[span + spanLength];
        span = tree.next(span);
      }
    }
    this.#noteDeleted(backward ? lv : lv + length, target, count, backward);
    return edits;
  }
  /** The units `from` up to, not including, `to` of the prepared version, in order, as runs of ids. */
  preparedUnits(from, to) {
    const { tree } = this.#units;
    const found = [];
    for (let at = from; at < to; ) {
      const span = tree.findPrepared(this.#root, at);
      const length = Math.min(tree.spans[span + spanLength] - tree.offset, to - at);
      found.push({ id: tree.spans[span + spanId] + tree.offset, length });
      at += length;
    }
    return found;
  }
  /** The unit at `at` of the prepared version. */
  preparedUnit(at) {
    const { tree } = this.#units;
    const span = tree.findPrepared(this.#root, at);
    return { id: tree.spans[span + spanId] + tree.offset, offset: tree.offset };
  }
  /** The id of the unit at `at` of the visible text. */
  visibleUnit(at) {
    const { tree } = this.#units;
    return tree.spans[tree.findVisible(this.#root, at) + spanId] + tree.offset;
  }
  /** What became of the unit `id`, and how many after it share that. */
  unitRun(id) {
    const { spans } = this.#units.tree;
    const span = this.#spanOf(id);
    return {
      length: spans[span + spanLength] - (id - spans[span + spanId]),
      deletions: spans[span + spanState] - 1,
      isDeleted: spans[span + spanDeleted] === 1
    };
  }
  /** Where in the visible text the unit `id` is, or would be if it were not deleted. */
  visiblePosition(id) {
    const { tree } = this.#units;
    const span = this.#spanOf(id);
    const isDeleted = tree.spans[span + spanDeleted] === 1;
    return tree.countVisibleBefore(span) + (isDeleted ? 0 : id - tree.spans[span + spanId]);
  }
  // Tells whether units `lv` and on, inserted behind `span`, are more of it.
  #continues(span, lv, right) {
    const { spans } = this.#units.tree;
    return spans[span + spanId] + spans[span + spanLength] === lv && spans[span + spanState] === 1 && spans[span + spanDeleted] === 0 && this.#inserts.rightOf(span) === right;
  }
  #insert(previous, id, length, left, right) {
    const { tree } = this.#units;
    const span = tree.insert(this.#root, previous, id, length);
    tree.spans[span + spanLeft] = left;
    tree.spans[span + spanRight] = right;
    this.#units.add(this.#text, span);
  }
  // Units from `target` on were deleted by as many events: those before `end`, or, going
  // backward, where the leftmost units belong to the last events, from `end` on.
  #noteDeleted(end, target, count, backward) {
    const start = backward ? end : end - count;
    this.#units.addDeletion(this.#text, start, count, target, backward);
  }
  // The first unit of `span` and what follows that the prepared version has seen.
  #firstSeen(span) {
    const { tree } = this.#units;
    const seen = tree.nextSeen(span);
    return seen === 0 ? noUnit : tree.spans[seen + spanId];
  }
  // How many visible units there are up to the end of `span`.
  #visibleBehind(span) {
    const { tree } = this.#units;
    const isDeleted = tree.spans[span + spanDeleted] === 1;
    return tree.countVisibleBefore(span) + (isDeleted ? 0 : tree.spans[span + spanLength]);
  }
  #spanOf(id) {
    return this.#units.spanOf(this.#text, id);
  }
};
function outside(at, length) {
  return new HoldfastError("invalid_operation", `edit at ${at} of a text of ${length} units`);
}

// packages/doc/src/walker.ts
function isTextRow(row) {
  return row.type === "insert" || row.type === "delete";
}
var Walker = class {
  /** Events since this version have been fed. */
  base;
  /** How many pieces were fed upon what was prepared already, and how their versions were found. */
  paths = { straight: 0, logged: 0, compared: 0 };
  #history;
  #units = new Units();
  // By index of the container.
  #trackers = [];
  #prepared;
  #rowsFed = 0;
  // Where the last row that was fed lies.
  #row = 0;
  constructor(history, base) {
    this.#history = history;
    this.base = base;
    this.#prepared = base;
  }
  /** How many rows were fed, as a measure of what it would take to build this again. */
  get rowsFed() {
    return this.#rowsFed;
  }
  /** The tracker of a text, or null where nothing fed edits it. */
  tracker(container) {
    const index = this.#history.operations.containers.indexOf(container);
    return this.#trackers[index] ?? null;
  }
  /** Tells whether an event with these parents has the base among its ancestors. */
  covers(parents) {
    const newest = this.base.at(-1) ?? -1;
    return (parents.at(-1) ?? -1) > newest || equalFrontiers(parents, this.base);
  }
  /**
   * Feeds events whose edits the visible texts, as they are now, have in them already.
   *
   * @param ranges - Ascending, not touching, parents before children.
   */
  catchUp(ranges, texts) {
    if (ranges.length === 0) return;
    this.#feed(ranges, null, null);
    for (const [index, tracker] of this.#trackers.entries()) {
      if (tracker?.isUnsettled !== true) continue;
      tracker.settle(texts.length(this.#history.operations.containers[index]));
    }
  }
  /**
   * Feeds new events, and hands on what they do to the visible texts.
   *
   * @param ranges - As for {@link catchUp}.
   * @throws {HoldfastError} `invalid_operation` where an event can't have
   *   happened on its version. The walker is of no use after that.
   */
  feed(ranges, texts, edits) {
    this.#feed(ranges, texts, edits);
  }
  /** Prepares for `version`, which lies between the base and what was fed. O(rows that differ). */
  prepare(version3) {
    if (equalFrontiers(version3, this.#prepared)) {
      this.paths.straight += 1;
      return;
    }
    this.paths.compared += 1;
    visitDifference(this.#history.graph, this.#prepared, version3, (start, end, isOnlyPrepared) => {
      this.#units.toggle(start, end, isOnlyPrepared ? -1 : 1);
    });
    this.#units.tree.flush();
    this.#prepared = version3;
  }
  #feed(ranges, texts, edits) {
    const { graph } = this.#history;
    if (ranges.length === 0) return;
    const { start, end } = ranges[0];
    if (ranges.length === 1 && graph.entryEnd(graph.entryIndex(start)) >= end) {
      const parents = graph.parents(start);
      assert(this.covers(parents), "W1: event from before the base");
      this.prepare(parents);
      this.#feedPiece(start, end, texts, edits);
    } else {
      const walk = new Walk(graph, ranges, { version: this.#prepared, base: this.base });
      while (walk.next(this.#units)) {
        this.#units.tree.flush();
        this.#feedPiece(walk.start, walk.end, texts, edits);
      }
      for (const path of ["straight", "logged", "compared"]) {
        this.paths[path] += walk.paths[path];
      }
    }
  }
  // Feeds events, within one entry of the graph, on whose version the trackers are.
  #feedPiece(start, end, texts, edits) {
    const { operations } = this.#history;
    let row = this.#row;
    if (operations.rowEnd(row) <= start && row + 1 < operations.rowCount) row += 1;
    if (operations.rowStart(row) > start || operations.rowEnd(row) <= start) {
      row = operations.rowIndex(start);
    }
    for (let from = start; from < end; row += 1) {
      const to = Math.min(operations.rowEnd(row), end);
      this.#row = row;
      this.#rowsFed += 1;
      if (operations.rowKind(row) <= operationTags.deleteBackward) {
        this.#feedRow(row, from, to, texts, edits);
      }
      from = to;
    }
    this.#prepared = [end - 1];
  }
  // Feeds events of one row, which edits a text.
  #feedRow(row, start, end, texts, edits) {
    const { operations } = this.#history;
    const container = operations.rowContainer(row);
    const tracker = this.#trackers[container] ?? this.#newTracker(container, texts);
    if (edits !== null) edits.check(row, start, end, tracker);
    const kind = operations.rowKind(row);
    const at = operations.rowAt(row);
    const skipped = start - operations.rowStart(row);
    if (kind === operationTags.insert) {
      const place = tracker.insert(start, at + skipped, end - start);
      if (edits !== null) edits.insert(row, start, end, place);
    } else {
      const isBackward = kind === operationTags.deleteBackward;
      const first = isBackward ? at - skipped : at;
      const found = tracker.delete(start, first, end - start, isBackward);
      if (edits !== null) for (const edit of found) edits.delete(row, edit);
    }
  }
  // Where `texts` is null, the length of the base text is to be settled later.
  #newTracker(container, texts) {
    const { graph, operations } = this.#history;
    let baseLength = 0;
    if (this.base.length > 0) {
      baseLength = texts?.length(operations.containers[container]) ?? unknownLength;
    }
    const tracker = new Tracker(this.#units, baseLength, (lv) => graph.agentOf(lv));
    this.#trackers[container] = tracker;
    return tracker;
  }
};

// packages/doc/src/kept_walker.ts
var rowsBehindMin = 64;
var KeptWalker = class {
  #history;
  #texts;
  #walker = null;
  // Events in the state that the walker was not told of.
  #behind = [];
  #rowsBehind = 0;
  #isPinned = false;
  constructor(history, texts) {
    this.#history = history;
    this.#texts = texts;
  }
  /** Tells whether it is kept whatever that costs. */
  get isPinned() {
    return this.#isPinned;
  }
  /** A walker for an event with these parents, which are in the state, that is on `frontier`. */
  covering(parents, frontier) {
    return this.#walker?.covers(parents) ? this.#caughtUp(this.#walker) : this.#renew(frontier, parents);
  }
  /** As {@link covering}, for events that lead to the version `after`. */
  coveringAll(ranges, frontier, after) {
    const walker = this.#walker;
    if (walker !== null && this.#covers(walker, ranges)) return this.#caughtUp(walker);
    return this.#renew(frontier, after);
  }
  /** A walker for what stands upon `base`, which the state is on. */
  begin(base) {
    this.drop();
    this.#walker = new Walker(this.#history, base);
    return this.#walker;
  }
  /** A walker that knows all that `frontier`, which the state is on, holds. It is pinned. */
  pin(frontier) {
    if (this.#walker === null || this.#walker.base.length > 0) {
      this.begin([]).catchUp(versionEvents(this.#history.graph, frontier), this.#texts);
    }
    this.#isPinned = true;
    return this.#caughtUp(this.#walker);
  }
  /** Notes events of so many rows that the state got otherwise. */
  fallBehind(range, rowCount) {
    if (this.#walker === null) return;
    const last = this.#behind.at(-1);
    if (last !== void 0 && last.end === range.start) {
      this.#behind[this.#behind.length - 1] = { start: last.start, end: range.end };
    } else this.#behind.push(range);
    this.#rowsBehind += rowCount;
    if (this.#rowsBehind > rowsBehindMin + this.#walker.rowsFed && !this.#isPinned) this.drop();
  }
  /** Gives the walker up where it can't be told of an event with these parents. */
  dropUnlessCovering(parents) {
    if (this.#walker?.covers(parents) === false) this.drop();
  }
  /** Gives the walker up. */
  drop() {
    this.#walker = null;
    this.#isPinned = false;
    this.#behind = [];
    this.#rowsBehind = 0;
  }
  // A walker that knows what the state has beyond what it has in common with `version`.
  #renew(frontier, version3) {
    const { graph } = this.#history;
    const walker = this.begin(mergeBase(graph, [frontier, version3]).base);
    walker.catchUp(diffVersions(graph, frontier, walker.base).onlyA, this.#texts);
    return walker;
  }
  #covers(walker, ranges) {
    const { graph } = this.#history;
    for (const { start, end } of ranges) {
      const last = graph.entryIndex(end - 1);
      for (let entry = graph.entryIndex(start); entry <= last; entry += 1) {
        const first = Math.max(start, graph.entryStart(entry));
        if (!walker.covers(graph.parents(first))) return false;
      }
    }
    return true;
  }
  #caughtUp(walker) {
    if (this.#behind.length > 0) {
      this.#behind.sort((a, b) => a.start - b.start);
      walker.catchUp(this.#behind, this.#texts);
      this.#behind = [];
      this.#rowsBehind = 0;
    }
    return walker;
  }
};

// packages/doc/src/map_state.ts
var MapState = class {
  #heads = /* @__PURE__ */ new Map();
  /** Keys that were ever set, in order of first set here. */
  keys() {
    return this.#heads.keys();
  }
  /** The sets of `key` that no other follows; empty where it was never set. */
  heads(key) {
    return this.#heads.get(key) ?? [];
  }
  /** Takes in a set of `key` by the event `lv`. O(heads of the key, and what lies between). */
  set(graph, key, lv) {
    const parents = graph.parents(lv);
    const rest = this.heads(key).filter((head) => !versionContains(graph, parents, head));
    this.#heads.set(key, [...rest, lv]);
  }
  /** Puts back what {@link heads} gave before. */
  restore(key, heads) {
    if (heads.length === 0) this.#heads.delete(key);
    else this.#heads.set(key, heads);
  }
};
function winningHead(graph, heads) {
  let winner = heads[0];
  for (let index = 1; index < heads.length; index += 1) {
    const head = heads[index];
    const difference = graph.lamport(head) - graph.lamport(winner);
    if (difference > 0 || difference === 0 && graph.id(head).agent > graph.id(winner).agent) {
      winner = head;
    }
  }
  return winner;
}

// packages/doc/src/text_buffer.ts
var chunkUnitsMax = 4096;
var chunkUnitsMin = 32;
var groupChunks = 64;
var unitsAtATime2 = 8192;
var TextBuffer = class {
  // The whole text, where it is known as a string.
  #text;
  #length;
  #units = new Uint16Array(0);
  #stride = 0;
  // By place in the text: the chunk's slot.
  #order = new Int32Array(0);
  #chunkCount = 0;
  // By slot: units held, and how many of them stand before the gap.
  #lengths = new Int32Array(0);
  #gaps = new Int32Array(0);
  #slotCount = 0;
  #freeSlots = [];
  // Units of each `groupChunks` chunks.
  #groups = new Int32Array(0);
  // Where the last search ended: a place in `order`, and the position of its first unit.
  #place = 0;
  #start = 0;
  /** @param text - What it holds at first. */
  constructor(text = "") {
    this.#text = text;
    this.#length = text.length;
  }
  get length() {
    return this.#length;
  }
  /** Inserts `text` before unit `at`, 0 to length. O(length of text) and as the head says. */
  insert(at, text) {
    if (text.length === 0) return;
    const first = this.#openGap(at, text.length);
    if (first < 0) {
      this.#insertChunks(at - this.#start, text);
      return;
    }
    const units = this.#units;
    for (let index = 0; index < text.length; index += 1) {
      units[first + index] = text.charCodeAt(index);
    }
  }
  /** As {@link insert}, for the units `from` up to, not including, `to` of `source`. */
  insertUnits(at, source, from, to) {
    if (from === to) return;
    const first = this.#openGap(at, to - from);
    if (first < 0) {
      this.#insertChunks(at - this.#start, unitsToString(source, from, to));
      return;
    }
    const units = this.#units;
    for (let index = from; index < to; index += 1) units[first + index - from] = source[index];
  }
  /** Deletes `length` units from unit `at` on. O(chunks behind) where it deletes whole ones, and as the head says. */
  delete(at, length) {
    if (length === 0) return;
    this.#prepareToEdit();
    let rest = length;
    while (rest > 0) {
      this.#seekUnit(at);
      const slot = this.#order[this.#place];
      const held = this.#lengths[slot];
      const offset = at - this.#start;
      if (offset === 0 && rest >= held && this.#chunkCount > 1) {
        rest -= this.#removeChunks(rest);
        continue;
      }
      const taken = Math.min(rest, held - offset);
      if (offset + taken === this.#gaps[slot]) this.#gaps[slot] = offset;
      else this.#moveGap(slot, offset);
      this.#resize(slot, -taken);
      rest -= taken;
      if (held < this.#stride / 4) this.#join();
    }
  }
  /** The unit at `at`, 0 to length - 1. */
  unit(at) {
    if (this.#text !== null) return this.#text.charCodeAt(at);
    this.#seekUnit(at);
    const slot = this.#order[this.#place];
    const offset = at - this.#start;
    const gap = this.#gaps[slot];
    const skip = offset < gap ? 0 : this.#stride - this.#lengths[slot];
    return this.#units[slot * this.#stride + offset + skip];
  }
  /** How many code points begin before unit `at`. O(at). */
  codePointsBefore(at) {
    let count = 0;
    this.#eachCodePoint(at, () => {
      count += 1;
      return false;
    });
    return count;
  }
  /** Where the code point begins that `index` others stand before; the length where there is none. O(length). */
  codePointStart(index) {
    let seen = 0;
    return this.#eachCodePoint(this.#length, () => {
      seen += 1;
      return seen > index;
    });
  }
  /** The units `from` up to, not including, `to`. O(length of it). */
  slice(from, to) {
    if (this.#text !== null) return this.#text.slice(from, to);
    if (from >= to) return "";
    const pieces = [];
    let at = from;
    while (at < to) {
      this.#seekUnit(at);
      const slot = this.#order[this.#place];
      const offset = at - this.#start;
      const gap = this.#gaps[slot];
      const end = Math.min(this.#lengths[slot], offset + (to - at));
      const stop = offset < gap ? Math.min(gap, end) : end;
      const skip = offset < gap ? 0 : this.#stride - this.#lengths[slot];
      const first = slot * this.#stride + skip;
      pieces.push(unitsToString(this.#units, first + offset, first + stop));
      at += stop - offset;
    }
    return pieces.length === 1 ? pieces[0] : pieces.join("");
  }
  /** The whole text. O(length) after an edit, else O(1). */
  toString() {
    if (this.#text !== null) return this.#text;
    return this.slice(0, this.#length);
  }
  // Calls `visit` for each code point that begins before `end`, until it says true. Returns where that
  // one begins, or else `end`.
  #eachCodePoint(end, visit) {
    for (let start = 0; start < end; start += unitsAtATime2) {
      const piece = this.slice(start, Math.min(end, start + unitsAtATime2));
      for (let index = 0; index < piece.length; index += 1) {
        const isSecondHalf = (piece.charCodeAt(index) & 64512) === 56320;
        if (!isSecondHalf && visit()) return start + index;
      }
    }
    return end;
  }
  // Puts the text into chunks, if it is none yet.
  #prepareToEdit() {
    const text = this.#text;
    if (text === null) return;
    this.#text = null;
    this.#length = 0;
    const wanted = Math.max(chunkUnitsMin, text.length + 16);
    this.#stride = Math.min(chunkUnitsMax, 2 ** Math.ceil(Math.log2(wanted)));
    const chunks = Math.ceil(text.length / (chunkUnitsMax / 2)) + 1;
    this.#reserveSlots(text.length < this.#stride ? 1 : chunks);
    this.#placeChunk(0);
    if (text.length > 0) this.insert(0, text);
  }
  // Makes room for `length` units before unit `at`, and counts them in. Returns where in `units`
  // they go, or -1 where they do not fit into the chunk, which is then at `place`.
  #openGap(at, length) {
    this.#prepareToEdit();
    this.#seek(at);
    const slot = this.#order[this.#place];
    const needed = this.#lengths[slot] + length;
    if (needed > this.#stride && !this.#growOnly(needed)) return -1;
    const gap = at - this.#start;
    this.#moveGap(slot, gap);
    this.#gaps[slot] = gap + length;
    this.#resize(slot, length);
    return slot * this.#stride + gap;
  }
  // Sets `place` and `start` to a chunk that `at` lies in or at the end of.
  #seek(at) {
    const within = at - this.#start;
    if (within >= 0 && within <= this.#lengths[this.#order[this.#place]]) return;
    this.#find(at, 0);
  }
  // As `seek`, to the chunk that holds the unit `at`.
  #seekUnit(at) {
    const within = at - this.#start;
    if (within >= 0 && within < this.#lengths[this.#order[this.#place]]) return;
    this.#find(at, 1);
  }
  // Finds the first chunk that ends at or behind `at` + `beyond`.
  #find(at, beyond) {
    const wanted = at + beyond;
    let start = 0;
    let group = 0;
    while (start + this.#groups[group] < wanted) {
      start += this.#groups[group];
      group += 1;
    }
    let place = group * groupChunks;
    let length = this.#lengths[this.#order[place]];
    while (start + length < wanted) {
      start += length;
      place += 1;
      length = this.#lengths[this.#order[place]];
    }
    this.#place = place;
    this.#start = start;
  }
  #moveGap(slot, to) {
    const from = this.#gaps[slot];
    if (from === to) return;
    const first = slot * this.#stride;
    const gapLength = this.#stride - this.#lengths[slot];
    const units = this.#units;
    const distance = to - from;
    if (distance > 32) {
      units.copyWithin(first + from, first + from + gapLength, first + to + gapLength);
    } else if (distance < -32) {
      units.copyWithin(first + to + gapLength, first + to, first + from);
    } else if (distance > 0) {
      for (let at = first + from; at < first + to; at += 1) units[at] = units[at + gapLength];
    } else {
      for (let at = first + from - 1; at >= first + to; at -= 1) units[at + gapLength] = units[at];
    }
    this.#gaps[slot] = to;
  }
  #resize(slot, more) {
    this.#lengths[slot] += more;
    this.#length += more;
    this.#groups[this.#place / groupChunks | 0] += more;
  }
  // Makes the only chunk of a short text larger; tells whether `needed` units fit now.
  #growOnly(needed) {
    if (this.#stride === chunkUnitsMax) return false;
    const length = this.#lengths[0];
    this.#moveGap(0, length);
    this.#stride = Math.min(chunkUnitsMax, 2 ** Math.ceil(Math.log2(needed)));
    const grown2 = new Uint16Array(this.#stride);
    grown2.set(this.#units.subarray(0, length));
    this.#units = grown2;
    return needed <= this.#stride;
  }
  // Inserts text that does not fit into the chunk that was found, `offset` units into it. At the
  // end of the whole text a chunk stays full. Elsewhere half of it stays, and the rest goes to new
  // chunks about half full: so it takes thousands of keystrokes, wherever, until the next time.
  #insertChunks(offset, text) {
    const half = this.#stride / 2;
    const slot = this.#order[this.#place];
    const held = this.#lengths[slot];
    const isEnd = offset === held && this.#place === this.#chunkCount - 1;
    const kept = isEnd ? offset : Math.min(offset, half);
    const start = this.#start;
    const before = this.slice(start + kept, start + offset);
    const added = before + text + this.slice(start + offset, start + held);
    if (kept < held) {
      this.#moveGap(slot, kept);
      this.#resize(slot, kept - held);
    }
    let at = kept < half ? this.#fill(added, 0, half - kept) : 0;
    const first = this.#place + 1;
    const count = Math.max(1, Math.floor((added.length - at) / half));
    this.#makePlaces(first, count);
    for (let index = 0; index < count; index += 1) {
      this.#place = first + index;
      at += this.#fill(added, at, index === count - 1 ? added.length - at : half);
    }
    this.#countGroups(first - 1);
  }
  // Appends at most `count` units of `text` from `from` on to the chunk at `place`. Returns how many.
  #fill(text, from, count) {
    const slot = this.#order[this.#place];
    const length = this.#lengths[slot];
    const taken = Math.min(count, text.length - from);
    this.#moveGap(slot, length);
    const first = slot * this.#stride + length;
    for (let index = 0; index < taken; index += 1) {
      this.#units[first + index] = text.charCodeAt(from + index);
    }
    this.#lengths[slot] = length + taken;
    this.#gaps[slot] = length + taken;
    this.#length += taken;
    return taken;
  }
  // Takes away the chunks from `place` on that `length` units cover, but for one that is the
  // whole text. Returns how many units they had.
  #removeChunks(length) {
    const first = this.#place;
    let end = first;
    let taken = 0;
    for (; end < this.#chunkCount && end - first < this.#chunkCount - 1; end += 1) {
      const slot = this.#order[end];
      if (taken + this.#lengths[slot] > length) break;
      taken += this.#lengths[slot];
      this.#freeSlots.push(slot);
    }
    this.#order.copyWithin(first, end, this.#chunkCount);
    this.#chunkCount -= end - first;
    this.#length -= taken;
    this.#countGroups(Math.max(0, first - 1));
    return taken;
  }
  // Sees to X2 around the chunk at `place`, which has become small.
  #join() {
    if (this.#chunkCount === 1) return;
    const slot = this.#order[this.#place];
    const length = this.#lengths[slot];
    const hasPrevious = this.#place > 0;
    const other = this.#order[hasPrevious ? this.#place - 1 : 1];
    if (length + this.#lengths[other] > this.#stride / 2) return;
    const text = this.slice(this.#start, this.#start + length);
    const removed = this.#place;
    if (hasPrevious) {
      this.#place = removed - 1;
      this.#fill(text, 0, length);
      this.#place = removed;
    } else {
      this.#moveGap(other, 0);
      const first = (other + 1) * this.#stride - this.#lengths[other] - length;
      for (let index = 0; index < length; index += 1) {
        this.#units[first + index] = text.charCodeAt(index);
      }
      this.#lengths[other] += length;
      this.#length += length;
    }
    this.#removeChunks(length);
  }
  // Opens `count` places in the order from `place` on, each with an empty chunk.
  #makePlaces(place, count) {
    this.#reserveSlots(this.#slotCount + Math.max(0, count - this.#freeSlots.length));
    const needed = this.#chunkCount + count;
    if (needed > this.#order.length) {
      const grown2 = new Int32Array(Math.max(needed, this.#order.length * 2));
      grown2.set(this.#order.subarray(0, this.#chunkCount));
      this.#order = grown2;
    }
    this.#order.copyWithin(place + count, place, this.#chunkCount);
    this.#chunkCount += count;
    for (let index = place; index < place + count; index += 1) this.#placeChunk(index);
  }
  #placeChunk(place) {
    const slot = this.#freeSlots.pop() ?? this.#slotCount;
    if (slot === this.#slotCount) this.#slotCount += 1;
    this.#order[place] = slot;
    this.#lengths[slot] = 0;
    this.#gaps[slot] = 0;
  }
  #reserveSlots(count) {
    if (count * this.#stride > this.#units.length) {
      const slots = Math.max(count, Math.ceil(this.#units.length / this.#stride * 1.5));
      const units = new Uint16Array(slots * this.#stride);
      units.set(this.#units);
      this.#units = units;
      const lengths = new Int32Array(slots);
      lengths.set(this.#lengths);
      this.#lengths = lengths;
      const gaps = new Int32Array(slots);
      gaps.set(this.#gaps);
      this.#gaps = gaps;
    }
    if (this.#chunkCount > 0) return;
    this.#order = new Int32Array(Math.max(1, count));
    this.#groups = new Int32Array(1);
    this.#chunkCount = 1;
  }
  // Counts the groups anew from the chunk at `place` on, and begins to search at the first chunk.
  // O(chunks from there), each time that chunks come or go.
  #countGroups(place) {
    this.#place = 0;
    this.#start = 0;
    const count = Math.ceil(this.#chunkCount / groupChunks);
    if (count > this.#groups.length) {
      const grown2 = new Int32Array(count * 2);
      grown2.set(this.#groups);
      this.#groups = grown2;
    }
    const first = place / groupChunks | 0;
    this.#groups.fill(0, first);
    for (let at = first * groupChunks; at < this.#chunkCount; at += 1) {
      this.#groups[at / groupChunks | 0] += this.#lengths[this.#order[at]];
    }
  }
};
function unitsToString(units, from, to) {
  if (to - from === 1) return String.fromCharCode(units[from]);
  if (to - from <= unitsAtATime2) return decoded(units.subarray(from, to));
  const pieces = [];
  for (let at = from; at < to; at += unitsAtATime2) {
    pieces.push(decoded(units.subarray(at, Math.min(to, at + unitsAtATime2))));
  }
  return pieces.join("");
}
function decoded(units) {
  return String.fromCharCode.apply(null, units);
}

// packages/doc/src/sequences.ts
var fileValuesFrom = 2 ** 31;
function unitsEach(container) {
  return isListId(container) ? 2 : 1;
}
function unitsOfValues(from, to) {
  let units = "";
  for (let number = from; number < to; number += 1) {
    units += String.fromCharCode(number >>> 16, number & 65535);
  }
  return units;
}
var Sequences = class {
  #operations;
  #texts = /* @__PURE__ */ new Map();
  // Those of the file that nobody asked for yet; and values of those lists that somebody did.
  #fileTexts = /* @__PURE__ */ new Map();
  #fileValues = new ValueLog(fileValuesFrom);
  // The text that was asked for last: nearly always the next one too.
  #lastName = null;
  #lastText = null;
  #lastEach = 1;
  /**
   * @param operations - What edits them.
   * @param file - What they are at first.
   */
  constructor(operations, file = []) {
    this.#operations = operations;
    for (const text of file) this.#fileTexts.set(text.id, text);
  }
  /** Ids of those that were ever edited. */
  ids() {
    return [...this.#fileTexts.keys(), ...this.#texts.keys()];
  }
  /** Units of the text, or values of the list; 0 where it was never edited. */
  length(container) {
    if (container === this.#lastName) return this.#lastText.length / this.#lastEach;
    const text = this.#texts.get(container);
    if (text === void 0) return this.#fileTexts.get(container)?.length ?? 0;
    return text.length / unitsEach(container);
  }
  /** The values `from` up to, not including, `to` of a list. O(their bytes). */
  values(container, from, to) {
    return this.valuesOf(this.slice(container, 2 * from, 2 * to));
  }
  /** The values that units of a list stand for. */
  valuesOf(units) {
    return valuesOfUnits(units).map((number) => this.#valueLog(number).value(number));
  }
  /** A whole text as UTF-8, or the values of a list as they are encoded. O(length). */
  bytes(container) {
    const units = this.toString(container);
    if (!isListId(container)) return encodeUtf8(units);
    const writer = new Writer(2 * units.length);
    for (const number of valuesOfUnits(units)) {
      writer.raw(this.#valueLog(number).bytes(number, number + 1));
    }
    return writer.finish();
  }
  /** The whole text. O(length). */
  toString(container) {
    return this.#known(container)?.toString() ?? "";
  }
  /** The units `from` up to, not including, `to`. */
  slice(container, from, to) {
    return this.#known(container)?.slice(from, to) ?? "";
  }
  /** How many code points begin before unit `at`. O(at), O(1) where there never was a surrogate pair. */
  codePointsBefore(container, at) {
    if (!this.#operations.content.hasSurrogates) return at;
    return this.#known(container)?.codePointsBefore(at) ?? 0;
  }
  /** Where the code point begins that `index` others stand before; as {@link codePointsBefore}. */
  codePointStart(container, index) {
    if (!this.#operations.content.hasSurrogates) return index;
    return this.#known(container)?.codePointStart(index) ?? 0;
  }
  /** Tells whether unit `at` - 1 and unit `at` are one character. */
  splitsPair(container, at) {
    if (!this.#operations.content.hasSurrogates || at <= 0) return false;
    if (isListId(container)) return false;
    const text = this.#known(container);
    return text !== void 0 && at <= text.length && isHighSurrogate2(text.unit(at - 1));
  }
  /**
   * The units of a text or a list, to edit; read out of the file, where it lies there still.
   *
   * @throws {HoldfastError} `corrupt`.
   */
  open(container) {
    if (container === this.#lastName) return this.#lastText;
    let text = this.#known(container);
    if (text === void 0) {
      text = new TextBuffer();
      this.#texts.set(container, text);
    }
    this.#lastName = container;
    this.#lastText = text;
    this.#lastEach = unitsEach(container);
    return text;
  }
  /** Forgets all. */
  clear() {
    this.#texts.clear();
    this.#fileTexts.clear();
    this.#lastName = null;
  }
  // The text where it was ever edited, out of the file where it lies there still.
  #known(container) {
    const fileText = this.#fileTexts.get(container);
    if (fileText === void 0) return this.#texts.get(container);
    const text = new TextBuffer(isListId(container) ? this.#listOf(fileText) : fileText.text());
    this.#fileTexts.delete(container);
    this.#texts.set(container, text);
    return text;
  }
  #listOf(file) {
    const from = this.#fileValues.size;
    this.#fileValues.append(file.values());
    return unitsOfValues(from, this.#fileValues.size);
  }
  #valueLog(number) {
    return number < fileValuesFrom ? this.#operations.values : this.#fileValues;
  }
};
function isHighSurrogate2(unit) {
  return unit >= 55296 && unit <= 56319;
}
function valuesOfUnits(units) {
  const numbers = [];
  for (let at = 0; at < units.length; at += 2) {
    numbers.push(units.charCodeAt(at) * 65536 + units.charCodeAt(at + 1));
  }
  return numbers;
}

// packages/doc/src/document_state.ts
var DocumentState = class _DocumentState {
  #history;
  /** What is visible of its texts and lists. */
  sequences;
  #maps = /* @__PURE__ */ new Map();
  // Names of maps of the file, until somebody asks for one; and the events that set them.
  #fileMaps = [];
  #fileSize = 0;
  #frontier = [];
  #walker;
  // What there was on the base version of a walker, once it was needed.
  #base = null;
  /** @param file - What the history begins with: the state is on the version of its snapshot. */
  constructor(history, file = null) {
    this.#history = history;
    this.sequences = new Sequences(history.operations, file?.texts);
    this.#walker = new KeptWalker(history, this.sequences);
    if (file === null) return;
    this.#fileMaps = file.maps;
    this.#fileSize = file.size;
    this.#frontier = file.sealed.graph.heads.map(({ lv }) => lv);
  }
  /** The state on `version`. O(events that it holds). */
  static at(history, version3) {
    const state2 = new _DocumentState(history);
    state2.#replay(version3);
    return state2;
  }
  /** The version that the state is on. */
  get frontier() {
    return this.#frontier;
  }
  /** Names of maps that were ever set. */
  mapNames() {
    return [...this.#fileMaps, ...this.#maps.keys()];
  }
  /** The map, or null where nothing was ever set. */
  map(container) {
    this.#openMaps();
    return this.#maps.get(container) ?? null;
  }
  /** What `key` of a map is set to; undefined where it is not, or was deleted. */
  value(container, key) {
    const encoded = this.encodedValue(this.map(container)?.heads(key) ?? []);
    return encoded === null ? void 0 : decodeValue(encoded);
  }
  /** What the winner of `heads` set; null where there is none, or it deleted. */
  encodedValue(heads) {
    if (heads.length === 0) return null;
    return this.setBy(winningHead(this.#history.graph, heads));
  }
  /** What the event `lv`, a set, set; null where it deleted. */
  setBy(lv) {
    const { operations } = this.#history;
    const row = operations.row(operations.rowIndex(lv));
    return row.type === "set" ? row.value : null;
  }
  /**
   * Applies events, whose parents are all in the state.
   *
   * @param range - Within one entry of the graph.
   * @param record - Told of every visible edit.
   * @throws {HoldfastError} `invalid_operation` where an event can't have
   *   happened on its version. The state is then between versions: `record`
   *   can take it back, or {@link restart}.
   */
  apply(range, record) {
    const parents = this.#history.graph.parents(range.start);
    if (equalFrontiers(parents, this.#frontier)) {
      this.#applyDirectly(range, record);
      this.#frontier = [range.end - 1];
    } else this.#applyBy(range, parents, record);
  }
  /**
   * Applies events that lead to the version `after`. Throws as {@link apply}. What stands upon all
   * that came before it applies as it stands; what does not is merged section by section, and
   * nothing of a section has to be remembered for the next.
   *
   * @param ranges - All that `after` holds and the state does not; ascending, not touching.
   */
  applyAll(ranges, after, record) {
    const { graph } = this.#history;
    const parts = this.#walker.isPinned ? [ranges] : sections(graph, ranges, this.#frontier, after);
    parts.forEach((part, index) => {
      if (part.length === 0) return;
      const next = parts[index + 1];
      const end = next === void 0 ? after : [part.at(-1).end - 1];
      if (index > 0 && isWithinEntry(graph, part)) this.#applyDirectly(part[0], record);
      else {
        this.#setKeys(part, record);
        const walker = index > 0 ? this.#walker.begin(this.#frontier) : this.#walker.coveringAll(part, this.#frontier, end);
        walker.feed(part, this.sequences, this.#edits(walker, record));
      }
      this.#frontier = end;
    });
  }
  /**
   * Does `edit`, which is checked, and is all that the latest events, upon all the others, do. The
   * text is open.
   */
  applyOwn(container, edit) {
    const { graph } = this.#history;
    const text = this.sequences.open(container);
    text.delete(edit.at, edit.deleted);
    text.insert(edit.at, edit.inserted);
    const count = edit.deleted + edit.inserted.length;
    this.#walker.fallBehind({ start: graph.size - count, end: graph.size }, 2);
    this.#frontier = graph.frontier;
  }
  /** Takes back what `record` says, to the version `frontier`. */
  revert(record, frontier) {
    record.revert(this);
    this.#frontier = frontier;
    this.#walker.drop();
  }
  /** Goes to `version`, wherever it was. O(events that it holds). */
  restart(version3) {
    this.sequences.clear();
    this.#fileMaps = [];
    this.#maps.clear();
    this.#walker.drop();
    this.#replay(version3);
  }
  replace(container, at, length, text) {
    const buffer = this.sequences.open(container);
    buffer.delete(at, length);
    buffer.insert(at, text);
  }
  restore(container, key, heads) {
    this.#maps.get(container)?.restore(key, heads);
  }
  /**
   * A tracker that knows every unit that this text ever had, prepared for `version`,
   * which is by default the state's; null where it never had one. The first call replays the whole history; from then
   * on the state keeps it.
   */
  locate(container, version3 = this.#frontier) {
    const walker = this.#walker.pin(this.#frontier);
    walker.prepare(version3);
    return walker.tracker(container);
  }
  // As `apply`, by a walker.
  #applyBy(range, parents, record) {
    this.#setKeys([range], record);
    if (this.#editsText(range)) {
      const walker = this.#walker.covering(parents, this.#frontier);
      walker.feed([range], this.sequences, this.#edits(walker, record));
    } else {
      this.#walker.dropUnlessCovering(parents);
      this.#walker.fallBehind(range, 1);
    }
    this.#frontier = advanceFrontier(this.#frontier, parents, range.end - 1);
  }
  #editsText({ start, end }) {
    const { operations } = this.#history;
    for (let index = operations.rowIndex(start); index < operations.rowCount; index += 1) {
      if (operations.rowStart(index) >= end) return false;
      if (operations.rowKind(index) <= operationTags.deleteBackward) return true;
    }
    return false;
  }
  #replay(version3) {
    this.#frontier = [];
    this.applyAll(versionEvents(this.#history.graph, version3), version3, null);
  }
  /** Inserts into texts whose units are deleted now, in order, apart. Replays the history, as {@link locate} does. */
  deletedInserts() {
    const { operations } = this.#history;
    const found = [];
    for (const row of operations.rows({ start: 0, end: operations.size })) {
      if (row.type !== "insert" || isListId(row.container)) continue;
      const tracker = this.locate(row.container);
      for (let at = row.start; at < row.end; ) {
        const { length, isDeleted } = tracker.unitRun(at);
        const end = Math.min(row.end, at + length);
        const last = found.at(-1);
        if (isDeleted && last?.end === at) last.end = end;
        else if (isDeleted) found.push({ start: at, end });
        at = end;
      }
    }
    return found;
  }
  #applyDirectly(range, record) {
    const { operations } = this.#history;
    const first = operations.rowIndex(range.start);
    let index = first;
    for (; index < operations.rowCount; index += 1) {
      const rowStart = operations.rowStart(index);
      if (rowStart >= range.end) break;
      const start = Math.max(rowStart, range.start);
      const end = Math.min(operations.rowEnd(index), range.end);
      const kind = operations.rowKind(index);
      if (kind <= operationTags.deleteBackward) this.#applyText(index, start, end, record);
      else if (kind !== operationTags.merge) {
        const row = operations.row(index);
        if (row.type === "set") this.#set(row, record);
      }
    }
    this.#walker.fallBehind(range, index - first);
  }
  // The events `start` to `end` - 1, of the row at `index`, as they stand.
  #applyText(index, start, end, record) {
    const { operations } = this.#history;
    const { content } = operations;
    const container = operations.containers[operations.rowContainer(index)];
    const text = this.sequences.open(container);
    const kind = operations.rowKind(index);
    const skipped = start - operations.rowStart(index);
    const length = end - start;
    const rowAt = operations.rowAt(index);
    const whole = isListId(container) ? text.length / 2 : text.length;
    if (kind === operationTags.insert) {
      const at2 = rowAt + skipped;
      if (at2 > whole) throw outside2(at2, whole);
      if (content.hasSurrogates) this.#checkPairsAt(start, end, text);
      this.#insert(index, start, end, at2, record);
      return;
    }
    const isBackward = kind === operationTags.deleteBackward;
    const at = isBackward ? rowAt - skipped - length + 1 : rowAt;
    if (at < 0 || at + length > whole) throw outside2(at < 0 ? at : at + length, whole);
    if (content.hasSurrogates) this.#checkPairsAt(start, end, text);
    this.#delete(container, at, length, record);
  }
  // What the events `start` to `end` - 1, of the row at `index`, insert comes to stand at `at`.
  #insert(index, start, end, at, record) {
    const { operations } = this.#history;
    const { content } = operations;
    const container = operations.containers[operations.rowContainer(index)];
    const text = this.sequences.open(container);
    const from = operations.rowContent(index) + start - operations.rowStart(index);
    const to = from + end - start;
    if (isListId(container)) {
      const units = unitsOfValues(from, to);
      record?.text(container, 2 * at, "", units);
      text.insert(2 * at, units);
      return;
    }
    record?.text(container, at, "", content.slice(from, to));
    text.insertUnits(at, content.units, from - content.start, to - content.start);
  }
  // What stands from `at` on goes.
  #delete(container, at, length, record) {
    const each = unitsEach(container);
    const text = this.sequences.open(container);
    const start = at * each;
    const count = length * each;
    record?.text(container, start, text.slice(start, start + count), "");
    text.delete(start, count);
  }
  #checkPairsAt(start, end, text) {
    const row = this.#history.operations.rows({ start, end })[0];
    if (isTextRow(row) && !isListId(row.container)) this.#checkPairs(row, (at) => text.unit(at));
  }
  // Takes what a walker finds.
  #edits(walker, record) {
    const { operations } = this.#history;
    const { containers, content } = operations;
    return {
      check: (row, start, end, tracker) => {
        if (!content.hasSurrogates) return;
        const name = containers[operations.rowContainer(row)];
        if (isListId(name)) return;
        const [part] = operations.rows({ start, end }).filter(isTextRow);
        this.#checkPairs(part, (at) => this.#preparedUnit(name, { walker, tracker, at }));
      },
      insert: (row, start, end, at) => this.#insert(row, start, end, at, record),
      delete: (row, { at, deleted }) => this.#delete(containers[operations.rowContainer(row)], at, deleted, record)
    };
  }
  #setKeys(ranges, record) {
    const { operations } = this.#history;
    for (const { start, end } of ranges) {
      for (let index = operations.rowIndex(start); index < operations.rowCount; index += 1) {
        if (operations.rowStart(index) >= end) break;
        const kind = operations.rowKind(index);
        if (kind !== operationTags.set && kind !== operationTags.unset) continue;
        const row = operations.row(index);
        if (row.type === "set") this.#set(row, record);
      }
    }
  }
  #set(row, record) {
    const { graph } = this.#history;
    this.#openMaps();
    let map = this.#maps.get(row.container);
    if (map === void 0) {
      map = new MapState();
      this.#maps.set(row.container, map);
    }
    record?.map(row.container, row.key, map.heads(row.key));
    map.set(graph, row.key, row.start);
  }
  // Finds out what the maps of the file are. Numbers are in causal order.
  #openMaps() {
    if (this.#fileMaps.length === 0) return;
    const sets = this.#history.operations.rows({ start: 0, end: this.#fileSize });
    this.#fileMaps = [];
    for (const row of sets) if (row.type === "set") this.#set(row, null);
  }
  // Looks at the edges of an edit. A run may reach us in parts, so only where it
  // really begins and ends.
  #checkPairs(row, unitAt) {
    const { graph, operations } = this.#history;
    if (!operations.content.hasSurrogates) return;
    const entry = graph.entryAt(row.start);
    const whole = operations.row(operations.rowIndex(row.start));
    const begins = row.start === Math.max(whole.start, entry.start);
    const ends = row.end === Math.min(whole.end, entry.end);
    const length = row.end - row.start;
    const isBackward = row.type === "delete" && row.backward;
    const suspects = [];
    if (begins) suspects.push(isBackward ? row.at : row.at - 1);
    if (ends && row.type === "delete")
      suspects.push(isBackward ? row.at - length : row.at + length - 1);
    for (const at of suspects) {
      if (at >= 0 && isHighSurrogate2(unitAt(at))) {
        throw new HoldfastError("invalid_operation", `edit at ${row.at} splits a surrogate pair`);
      }
    }
  }
  #preparedUnit(container, { walker, tracker, at }) {
    if (at >= tracker.preparedLength) return 0;
    const { id } = tracker.preparedUnit(at);
    if (id >= 0) return this.#history.operations.unit(id) ?? 0;
    if (!tracker.unitRun(id).isDeleted) {
      return this.sequences.open(container).unit(tracker.visiblePosition(id));
    }
    if (this.#base?.walker !== walker) {
      this.#base = { walker, state: _DocumentState.at(this.#history, walker.base) };
    }
    return this.#base.state.sequences.slice(container, id - baseId, id - baseId + 1).charCodeAt(0);
  }
};
function isWithinEntry(graph, ranges) {
  const { start, end } = ranges[0];
  return ranges.length === 1 && graph.entryEnd(graph.entryIndex(start)) >= end;
}
function outside2(at, length) {
  return new HoldfastError("invalid_operation", `edit at ${at} of a text of ${length} units`);
}

// packages/doc/src/document_verify.ts
function verifyDocument(file) {
  const history = new History();
  file.load(history);
  try {
    DocumentState.at(history, history.graph.frontier);
  } catch (error) {
    if (!isHoldfastError(error)) throw error;
    throw new HoldfastError("corrupt", error.message, { cause: error });
  }
  const frontier = file.sealed.graph.heads.map(({ lv }) => lv);
  const state2 = DocumentState.at(history, frontier);
  const isAsSaid = state2.sequences.ids().length === file.texts.length && file.texts.every((text) => isWhatAddsUp(state2, text)) && state2.mapNames().length === file.maps.length && file.maps.every((name) => state2.map(name) !== null);
  if (!isAsSaid) {
    throw new HoldfastError("corrupt", "document file has texts that its log does not add up to");
  }
}
function isWhatAddsUp(state2, text) {
  return isListId(text.id) ? equalBytes(state2.sequences.bytes(text.id), text.values().bytes()) : state2.sequences.toString(text.id) === text.text();
}

// packages/doc/src/revivals.ts
var Revivals = class {
  #revivals = [];
  // Their numbers from 1 on.
  #byId = new RangeIndex();
  /** Notes that units came back. */
  add(revival) {
    this.#byId.add(revival.id, this.#revivals.push(revival));
  }
  /** The ids that stand for `range` now; those that never came back stand for themselves. */
  present(range) {
    const found = [];
    const open = [range];
    for (let next = open.pop(); next !== void 0; next = open.pop()) {
      const { id, length } = next;
      const revival = this.#at(id);
      const end = revival === void 0 ? this.#byId.startAfter(id) : revival.id + revival.length;
      const count = Math.min(length, (end ?? Number.POSITIVE_INFINITY) - id);
      if (count < length) open.push({ id: id + count, length: length - count });
      if (revival === void 0) found.push({ id, length: count });
      else open.push({ id: revival.target + (id - revival.id), length: count });
    }
    return found;
  }
  #at(id) {
    const revival = this.#revivals[this.#byId.find(id) - 1];
    return revival !== void 0 && id < revival.id + revival.length ? revival : void 0;
  }
};

// packages/doc/src/editor.ts
var Editor = class {
  agent;
  history;
  state;
  /** What undo brought back. */
  revivals = new Revivals();
  #open = null;
  /** @param file - What the document begins with. */
  constructor(agent, file = null) {
    this.agent = agent;
    const hasMore = file !== null && file.appendedSize > 0;
    this.history = new History(hasMore ? null : file?.sealed);
    this.state = new DocumentState(this.history, file);
    if (!hasMore) return;
    this.history.loadAll(file);
    const later = { start: file.size, end: this.history.size };
    this.state.applyAll([later], this.history.graph.frontier, null);
  }
  /** Tells whether a change is being made. */
  get isOpen() {
    return this.#open !== null;
  }
  /**
   * Runs `fn`, and makes one change of the edits in it.
   *
   * @returns Null where there were none.
   */
  change(fn) {
    const open = { mark: this.history.mark(), record: new ChangeRecord() };
    this.#open = open;
    try {
      fn();
    } catch (error) {
      this.state.revert(open.record, open.mark.frontier);
      this.history.truncate(open.mark);
      throw error;
    } finally {
      this.#open = null;
    }
    const start = open.mark.size;
    const end = this.history.size;
    if (start === end) return null;
    const { agent } = this;
    const to = this.history.graph.next(agent);
    return { run: { agent, from: to - (end - start), to }, start, end, record: open.record };
  }
  /**
   * Replaces `deleted` units of a text from `at` on by `inserted`, as one change of which
   * nobody wants a record. Needs that no change is open.
   *
   * @returns The number after that of its last event.
   */
  splice(container, edit) {
    const { at, deleted, inserted } = edit;
    this.#checkDelete(container, at, deleted);
    checkInserted(inserted);
    const { history, state: state2 } = this;
    const count = deleted + inserted.length;
    this.#checkRoom(count);
    if (count === 0) return history.size;
    state2.sequences.open(container);
    while (state2.frontier.length > parentsMax) this.#joinHeads();
    history.appendSplice(this.agent, container, edit);
    state2.applyOwn(container, edit);
    return history.size;
  }
  /** Inserts into a text or a list. Needs an open change, here and below. */
  insert(container, at, content) {
    this.#checkPosition(container, at);
    if (typeof content === "string") checkInserted(content);
    if (content.length > 0) this.#append({ type: "insert", container, at, content });
  }
  /** Deletes from a text or a list. */
  delete(container, at, length) {
    this.#checkDelete(container, at, length);
    if (length > 0) this.#append({ type: "delete", container, at, length, backward: false });
  }
  /** Sets a key of a map to an encoded value; null deletes it. */
  set(container, key, value) {
    checkKey(key);
    this.#append({ type: "set", container, key, value });
  }
  #append(operation) {
    const { record } = this.#open;
    this.#checkRoom(operationLength(operation));
    while (this.state.frontier.length > parentsMax) this.#joinHeads();
    const row = operationRow(operation);
    const start = this.history.append(this.agent, this.state.frontier, row);
    this.state.apply({ start, end: this.history.size }, record);
  }
  // More heads than an event may have as parents: the first so many become one.
  #joinHeads() {
    const { graph } = this.history;
    const next = graph.next(this.agent);
    const own = next === 0 ? null : graph.find({ agent: this.agent, seq: next - 1 });
    const heads = this.state.frontier;
    const ownHead = heads.find((head) => own !== null && versionContains(graph, [head], own));
    const others = heads.filter((head) => head !== ownHead);
    const joined2 = ownHead === void 0 ? others.slice(0, parentsMax) : [ownHead, ...others.slice(0, parentsMax - 1)];
    const start = this.history.append(
      this.agent,
      joined2.sort((a, b) => a - b),
      operationRow({ type: "merge" })
    );
    this.state.apply({ start, end: start + 1 }, this.#open?.record ?? null);
  }
  #checkRoom(events) {
    if (this.history.size + events > eventsMax) {
      throw new HoldfastError("too_large", `document of more than ${eventsMax} events`);
    }
  }
  #checkDelete(container, at, length) {
    if (!Number.isSafeInteger(length) || length < 0) throw invalid2(`can't delete ${length} units`);
    this.#checkPosition(container, at);
    if (length > 0) this.#checkPosition(container, at + length);
  }
  #checkPosition(container, at) {
    const length = this.state.sequences.length(container);
    if (!Number.isSafeInteger(at) || at < 0 || at > length) {
      const whole = isListId(container) ? `list of ${length} values` : `text of ${length} units`;
      throw invalid2(`position ${at} in a ${whole}`);
    }
    if (this.state.sequences.splitsPair(container, at)) {
      throw invalid2(`position ${at} is inside of a surrogate pair`);
    }
  }
};
function checkInserted(text) {
  if (!isWellFormed(text)) throw invalid2("inserted text holds half a surrogate pair");
}
function invalid2(sentence) {
  return new HoldfastError("invalid_argument", sentence);
}

// packages/doc/src/intake.ts
var batchedSizeBytesMin = 2048;
function missingEvents(history, bundle) {
  if (bundle.sections.length === 1 && holdsAll(history, bundle.sections[0])) return [];
  const nexts = /* @__PURE__ */ new Map();
  const missing = [];
  const need = (id) => {
    const next = nexts.get(id.agent) ?? history.graph.next(id.agent);
    if (id.seq >= next) missing.push(id);
  };
  for (const { runs, dependencies } of bundle.sections) {
    for (const { agent, from } of runs) if (from > 0) need({ agent, seq: from - 1 });
    for (const dependency of dependencies) need(dependency);
    for (const { agent, to } of runs) {
      nexts.set(agent, Math.max(to, nexts.get(agent) ?? history.graph.next(agent)));
    }
  }
  missing.sort(compareEventIds);
  return missing.filter(
    (id, index) => index === 0 || compareEventIds(id, missing[index - 1]) !== 0
  );
}
function holdsAll({ graph }, { runs, dependencies }) {
  for (const { agent, from } of runs) if (from > graph.next(agent)) return false;
  for (const { agent, seq } of dependencies) if (seq >= graph.next(agent)) return false;
  return true;
}
function takeIn(history, bundle) {
  const added = /* @__PURE__ */ new Map();
  for (const section of bundle.sections) {
    if (section.kind === "sealed") {
      throw new HoldfastError(
        "invalid_argument",
        "section is sealed; open it before it is applied"
      );
    }
    takeSection(history, section, added);
  }
  return [...added.values()];
}
function takeSection(history, section, added) {
  const { graph } = history;
  const { runs } = section;
  const firsts = [];
  for (const { agent } of runs) firsts.push(graph.next(agent));
  const reader = new SectionReader(section);
  const { row } = reader;
  const isBatched = runs.length === 1 && section.payload.length > batchedSizeBytesMin;
  const batch = isBatched ? new PlainBatch() : null;
  while (reader.next()) {
    const held = Math.max(0, firsts[row.agent] - row.seq);
    if (held >= row.length) continue;
    appendRow(history, reader.agent, row, held);
    if (batch !== null && row.tag <= operationTags.deleteBackward) {
      do {
        const textFrom = row.textEnd;
        reader.nextPlain(batch);
        if (history.size + batch.events > eventsMax) throw tooMany();
        history.appendPlain(row.container, batch, row.text, textFrom);
      } while (batch.count > 0);
    }
  }
  let hasHeld = false;
  for (let index = 0; index < runs.length; index += 1) {
    const { agent, from, to } = runs[index];
    const start = Math.max(from, firsts[index]);
    if (start > from) hasHeld = true;
    if (start < to) added.set(agent, { agent, from: added.get(agent)?.from ?? start, to });
  }
  if (hasHeld) checkHeld(history, section, firsts);
}
function hashRun(history, run) {
  const hasher = new RunHasher(run.agent, run.from);
  for (const stretch of history.stretches(history.graph.ranges(run))) {
    hasher.push(stretchRow(stretch));
  }
  return hasher.finish();
}
function checkHeld(history, section, firsts) {
  const held = [];
  section.runs.forEach(({ agent, from, to }, index) => {
    const common = { agent, from, to: Math.min(to, firsts[index]) };
    if (common.from < common.to) held.push(common);
  });
  const whole = new Map(section.runs.map(({ agent, to, hash }) => [agent, { to, hash }]));
  const isWhole = ({ agent, to }) => whole.get(agent).to === to;
  const cut = hashParts(
    section,
    held.filter((run) => !isWhole(run))
  );
  for (const run of held) {
    if (history.graph.ranges(run).some((range) => history.isOmitted(range))) continue;
    const theirs = cut.get(run.agent) ?? whole.get(run.agent).hash;
    if (equalBytes(theirs, hashRun(history, run))) continue;
    throw new HoldfastError(
      "equivocation",
      `events ${run.from} to ${run.to} of ${run.agent} are held with another content`
    );
  }
}
function appendRow(history, agent, row, skipped) {
  if (history.size + row.length - skipped > eventsMax) throw tooMany();
  const { graph } = history;
  let parents;
  if (row.parents !== null && skipped === 0) {
    parents = checkedParents(history, agent, row.parents);
  } else {
    const own = graph.lastOf(agent);
    parents = own < 0 ? [] : [own];
  }
  history.append(agent, parents, row, skipped);
}
function checkedParents(history, agent, ids) {
  const { graph, operations } = history;
  const parents = [];
  for (const id of ids) {
    const lv = graph.find(id);
    if (lv === null) throw new HoldfastError("corrupt", "section has events before their parents");
    parents.push(lv);
  }
  parents.sort((a, b) => a - b);
  if (equalFrontiers(parents, graph.frontier)) return parents;
  const own = graph.lastOf(agent);
  if (parents.length > 1 && dominators(graph, parents).length !== parents.length) {
    throw invalid3(history, agent, "has parents that follow one another");
  }
  if (own >= 0 && !parents.includes(own) && !versionContains(graph, parents, own)) {
    throw invalid3(history, agent, "did not see its agent's previous event");
  }
  for (const parent of parents) {
    const unit = operations.unit(parent);
    if (unit !== null && unit >= 55296 && unit <= 56319) {
      throw invalid3(history, agent, "was made inside of a surrogate pair");
    }
  }
  return parents;
}
function tooMany() {
  return new HoldfastError("too_large", `document of more than ${eventsMax} events`);
}
function invalid3({ graph }, agent, problem) {
  return new HoldfastError(
    "invalid_operation",
    `event ${graph.next(agent)} of ${agent} ${problem}`
  );
}

// packages/doc/src/cursor_place.ts
function cursorAt(editor, container, at, side) {
  const { history, state: state2 } = editor;
  const length = state2.sequences.length(container);
  if (!Number.isSafeInteger(at) || at < 0 || at > length) {
    throw new HoldfastError("invalid_argument", `position ${at}, of 0 to ${length}`);
  }
  const unit = side === "before" ? at - 1 : at;
  if (unit < 0 || unit >= length) return { side, unit: null };
  return { side, unit: history.graph.id(state2.locate(container).visibleUnit(unit)) };
}
function cursorPosition(editor, container, cursor) {
  const { history, state: state2, revivals } = editor;
  if (cursor.unit === null) return cursor.side === "before" ? 0 : state2.sequences.length(container);
  const lv = history.graph.find(cursor.unit);
  if (lv === null) return null;
  const row = history.operations.row(history.operations.rowIndex(lv));
  if (row.type !== "insert" || row.container !== container) return null;
  const tracker = state2.locate(container);
  const present = revivals.present({ id: lv, length: 1 })[0].id;
  const position = tracker.visiblePosition(present);
  const isHere = !tracker.unitRun(present).isDeleted;
  return cursor.side === "before" && isHere ? position + 1 : position;
}

// packages/doc/src/list.ts
var ListView = class {
  name;
  #id;
  #state;
  constructor(name, state2) {
    this.name = name;
    this.#id = listId(name);
    this.#state = state2;
  }
  /** How many values. */
  get length() {
    return this.#state.sequences.length(this.#id);
  }
  /** The value `at`; undefined where there is none. */
  get(at) {
    return this.slice(at, at + 1)[0];
  }
  /** The values `from` up to, not including, `to`; both are brought into range. */
  slice(from, to = this.length) {
    const start = Math.max(0, from);
    return this.#state.sequences.values(
      this.#id,
      start,
      Math.max(start, Math.min(to, this.length))
    );
  }
  /** All values. O(their bytes). */
  toArray() {
    return this.slice(0);
  }
  /** The values one after another, as they are when the first is asked for. */
  [Symbol.iterator]() {
    return this.toArray().values();
  }
};
var List = class extends ListView {
  #editor;
  #id;
  #change;
  constructor(name, editor, change) {
    super(name, editor.state);
    this.#editor = editor;
    this.#id = listId(name);
    this.#change = change;
  }
  /** Inserts `values` before the value `at`, 0 to length. */
  insert(at, ...values) {
    this.splice(at, 0, values);
  }
  /** Adds `values` at the end. */
  push(...values) {
    this.splice(this.length, 0, values);
  }
  /** Deletes `count` values from the value `at` on. */
  delete(at, count = 1) {
    this.splice(at, count, []);
  }
  /**
   * Puts `value` in the place of the value `at`: deletes that and inserts this, in one change. Of two
   * who do it to one value at once, both values stay, one behind the other.
   */
  set(at, value) {
    this.splice(at, 1, [value]);
  }
  /** Deletes `count` values from the value `at` on, and inserts `values` in their place. */
  splice(at, count, values) {
    const log = ValueLog.of(values);
    this.#change(() => {
      this.#editor.delete(this.#id, at, count);
      this.#editor.insert(this.#id, at, log);
    });
  }
  /** A place that stays where it is while the list changes. Costs as `Text.cursor`. */
  cursor(at, side) {
    return cursorAt(this.#editor, this.#id, at, side);
  }
  /** Where `cursor` is now, 0 to length; null as for `Text.position`. */
  position(cursor) {
    return cursorPosition(this.#editor, this.#id, cursor);
  }
};

// packages/doc/src/map_container.ts
var MapView = class {
  name;
  #history;
  #state;
  constructor(name, history, state2) {
    this.name = name;
    this.#history = history;
    this.#state = state2;
  }
  /** How many keys have a value. O(keys). */
  get size() {
    return this.keys().length;
  }
  /** The value of `key`, a copy; undefined where it has none. */
  get(key) {
    return this.#state.value(this.name, key);
  }
  /** Keys that have a value, in order of UTF-16 units. O(keys). */
  keys() {
    const map = this.#state.map(this.name);
    if (map === null) return [];
    const keys = [...map.keys()].filter((key) => this.#state.encodedValue(map.heads(key)) !== null);
    return keys.sort((a, b) => a < b ? -1 : 1);
  }
  /** Keys with their values, in order of keys. */
  entries() {
    return this.keys().map((key) => [key, this.get(key)]);
  }
  /** A plain object of keys and values. */
  toJSON() {
    return Object.fromEntries(this.entries());
  }
  /**
   * What was set to `key` by writers who did not know of one another: the value that
   * won first, then the others in order of agents. Empty where nobody set it; one
   * where nobody disagrees.
   */
  conflicts(key) {
    const heads = this.#state.map(this.name)?.heads(key) ?? [];
    if (heads.length === 0) return [];
    const { graph } = this.#history;
    const winner = winningHead(graph, heads);
    const conflicts = heads.map((lv) => {
      const encoded = this.#state.setBy(lv);
      const value = encoded === null ? void 0 : decodeValue(encoded);
      return { lv, id: graph.id(lv), value };
    });
    conflicts.sort((a, b) => {
      if (a.lv === winner || b.lv === winner) return a.lv === winner ? -1 : 1;
      return a.id.agent < b.id.agent ? -1 : 1;
    });
    return conflicts.map(({ id, value }) => ({ id, value }));
  }
};
var MapContainer = class extends MapView {
  #editor;
  #change;
  constructor(name, editor, change) {
    super(name, editor.history, editor.state);
    this.#editor = editor;
    this.#change = change;
  }
  /**
   * Sets `key` (at most 1,000 bytes), whatever it was.
   *
   * @throws {HoldfastError} `invalid_argument` or `too_large`, as {@link encodeValue}.
   */
  set(key, value) {
    const encoded = encodeValue(value);
    this.#change(() => this.#editor.set(this.name, key, encoded));
  }
  /** Takes the value of `key` away. Does nothing where it has none. */
  delete(key) {
    if (this.get(key) === void 0) return;
    this.#change(() => this.#editor.set(this.name, key, null));
  }
};

// packages/doc/src/text.ts
var TextView = class {
  name;
  #state;
  constructor(name, state2) {
    this.name = name;
    this.#state = state2;
  }
  /** UTF-16 units. */
  get length() {
    return this.#state.sequences.length(this.name);
  }
  /** The units `from` up to, not including, `to`; both are brought into range. */
  slice(from, to = this.length) {
    const start = Math.max(0, from);
    return this.#state.sequences.slice(
      this.name,
      start,
      Math.max(start, Math.min(to, this.length))
    );
  }
  /** The whole text. O(length). */
  toString() {
    return this.#state.sequences.toString(this.name);
  }
  /**
   * How many code points begin before unit `at`, which is brought into range. O(at) in a document
   * that ever held a surrogate pair, else O(1).
   */
  codePointIndex(at) {
    return this.#state.sequences.codePointsBefore(
      this.name,
      Math.max(0, Math.min(at, this.length))
    );
  }
  /**
   * The unit at which the code point begins that `index` others stand before, which is brought into
   * range; the length behind the last one. As {@link codePointIndex}.
   */
  unitIndex(index) {
    return this.#state.sequences.codePointStart(
      this.name,
      Math.max(0, Math.min(index, this.length))
    );
  }
};
var Text = class extends TextView {
  #editor;
  #splice;
  constructor(name, editor, splice) {
    super(name, editor.state);
    this.#editor = editor;
    this.#splice = splice;
  }
  /** Inserts `text` before unit `at`, 0 to length. */
  insert(at, text) {
    this.#splice(this.name, { at, deleted: 0, inserted: text });
  }
  /** Deletes `length` units from unit `at` on. */
  delete(at, length) {
    this.#splice(this.name, { at, deleted: length, inserted: "" });
  }
  /** Deletes `length` units from unit `at` on, and inserts `text` in their place. */
  splice(at, length, text) {
    this.#splice(this.name, { at, deleted: length, inserted: text });
  }
  /**
   * A place that stays where it is while the text changes. The first call, here or
   * of {@link position}, replays the document's history once.
   */
  cursor(at, side) {
    return cursorAt(this.#editor, this.name, at, side);
  }
  /**
   * Where `cursor` is now, 0 to length; null where its unit is not known here, or is not
   * of this text. What this replica's undo brought back stands for what it had been.
   */
  position(cursor) {
    return cursorPosition(this.#editor, this.name, cursor);
  }
};

// packages/doc/src/undo.ts
var undoStepsMax = 1e3;
var UndoStack = class {
  #editor;
  #undo = [];
  // Steps after those of `undo` that a keystroke made each: its first event, and the one after
  // its last, in turn. Nearly all steps are such, and never undone: they are no objects until then.
  #recent = [];
  #redo = [];
  #steps = 0;
  constructor(editor) {
    this.#editor = editor;
  }
  get canUndo() {
    return this.#undo.length > 0 || this.#recent.length > 0;
  }
  get canRedo() {
    return this.#redo.length > 0;
  }
  /**
   * Notes a change that its author made, as a step of its own, or, for `join`, as part
   * of the latest one, where that was not undone. Returns the step's number.
   */
  push(change, join2) {
    this.#settle();
    const latest = this.#undo.at(-1);
    if (join2 && latest !== void 0 && this.#redo.length === 0) {
      this.#undo[this.#undo.length - 1] = joined(latest, this.#step(change, latest.number));
      return latest.number;
    }
    this.#redo = [];
    this.#steps += 1;
    this.#undo.push(this.#step(change, this.#steps));
    if (this.#undo.length > undoStepsMax) this.#undo.shift();
    return this.#steps;
  }
  /** Notes a change of a text, the events `start` to `end` - 1, that its author made, as a step of its own. */
  pushText(start, end) {
    if (this.#redo.length > 0) this.#redo = [];
    this.#steps += 1;
    this.#recent.push(start, end);
    if (this.#recent.length === 4 * undoStepsMax) {
      this.#recent = this.#recent.slice(2 * undoStepsMax);
    }
  }
  /** Undoes the latest change that there is something to undo of; null where there is none. */
  undo() {
    return this.#move(this.#undo, this.#redo);
  }
  /** Redoes the latest change that was undone; null where there is none. */
  redo() {
    return this.#move(this.#redo, this.#undo);
  }
  // Makes steps of what is recent.
  #settle() {
    const recent2 = this.#recent;
    if (recent2.length === 0) return;
    this.#recent = [];
    let number = this.#steps - recent2.length / 2;
    for (let at = 0; at < recent2.length; at += 2) {
      number += 1;
      const parts = [{ start: recent2[at], end: recent2[at + 1] }];
      this.#undo.push({ number, parts, keys: [] });
    }
    this.#undo.splice(0, Math.max(0, this.#undo.length - undoStepsMax));
  }
  #move(source, target) {
    this.#settle();
    for (let latest = source.at(-1); latest !== void 0; latest = source.at(-1)) {
      const step = latest;
      const { number } = step;
      const change = this.#editor.change(() => this.#invert(step));
      source.pop();
      if (change === null) continue;
      target.push(this.#step(change, number));
      return { change, step: number };
    }
    return null;
  }
  #step({ start, end, record }, number) {
    const { graph } = this.#editor.history;
    const keys = [...record.mapsBefore()].map(({ container, key, heads }) => {
      const before = heads.length === 0 ? null : winningHead(graph, heads);
      return { container, key, before };
    });
    return { number, parts: [{ start, end }], keys };
  }
  #invert(step) {
    const { operations } = this.#editor.history;
    const rows = step.parts.flatMap((part) => operations.rows(part));
    for (let index = rows.length - 1; index >= 0; index -= 1) {
      const row = rows[index];
      if (row.type === "insert") {
        this.#deleteUnits(row.container, { id: row.start, length: row.end - row.start });
      } else if (row.type === "delete") this.#reviveUnits(row, step);
    }
    for (const key of step.keys) this.#restoreKey(key, step);
  }
  // Deletes what is left of units that were inserted.
  #deleteUnits(container, inserted) {
    for (const { id, length } of this.#editor.revivals.present(inserted)) {
      let at = id;
      while (at < id + length) {
        const tracker = this.#tracker(container);
        const { length: size, isDeleted } = tracker.unitRun(at);
        const count = Math.min(size, id + length - at);
        if (!isDeleted) this.#editor.delete(container, tracker.visiblePosition(at), count);
        at += count;
      }
    }
  }
  // Inserts what deletes took away, but for what the step itself had inserted, and
  // what others deleted too.
  #reviveUnits(row, step) {
    const { state: state2, history } = this.#editor;
    const { container } = row;
    const length = row.end - row.start;
    const first = row.backward ? row.at - length + 1 : row.at;
    const before = state2.locate(container, history.graph.parents(row.start));
    const taken = before.preparedUnits(first, first + length);
    const left = unitBefore(first, step, before);
    const tracker = this.#tracker(container);
    let at = left === null ? 0 : this.#placeAfter(left, tracker);
    for (const { id, length: count } of lost(taken, step, tracker)) {
      this.#editor.insert(container, at, this.#content(container, { id, length: count }));
      this.#editor.revivals.add({ id, length: count, target: history.size - count });
      at += count;
    }
  }
  // Where the unit behind `id` belongs now.
  #placeAfter(id, tracker) {
    const [present] = this.#editor.revivals.present({ id, length: 1 });
    const { isDeleted } = tracker.unitRun(present.id);
    return tracker.visiblePosition(present.id) + (isDeleted ? 0 : 1);
  }
  #restoreKey({ container, key, before }, step) {
    const { state: state2, history } = this.#editor;
    const heads = state2.map(container)?.heads(key) ?? [];
    if (heads.length === 0) return;
    const winner = winningHead(history.graph, heads);
    if (!this.#standsFor(winner, step)) return;
    this.#editor.set(container, key, before === null ? null : state2.setBy(before));
    if (before !== null)
      this.#editor.revivals.add({ id: before, length: 1, target: history.size - 1 });
  }
  // Tells whether `event` is of the step, or restored what one of the step had set.
  #standsFor(event, step) {
    return step.parts.flatMap(
      ({ start, end }) => this.#editor.revivals.present({ id: start, length: end - start })
    ).some(({ id, length }) => event >= id && event < id + length);
  }
  #content(container, { id, length }) {
    const { operations } = this.#editor.history;
    const values = new ValueLog();
    let text = "";
    for (const row of operations.rows({ start: id, end: id + length })) {
      if (row.type !== "insert") continue;
      const inserted = operations.inserted(row);
      if (typeof inserted === "string") text += inserted;
      else values.append(inserted);
    }
    return isListId(container) ? values : text;
  }
  #tracker(container) {
    return this.#editor.state.locate(container);
  }
};
function lost(taken, step, tracker) {
  const found = [];
  for (const range of taken) {
    for (let at = range.id; at < range.id + range.length; ) {
      const { length: size, deletions } = tracker.unitRun(at);
      const own = step.parts.find(({ end }) => at < end);
      const isOwn = own !== void 0 && at >= own.start;
      const border = own === void 0 ? Number.POSITIVE_INFINITY : isOwn ? own.end : own.start;
      const length = Math.min(size, range.id + range.length - at, border - at);
      const last = found.at(-1);
      if (deletions === 1 && !isOwn) {
        if (last !== void 0 && last.id + last.length === at) {
          found[found.length - 1] = { id: last.id, length: last.length + length };
        } else found.push({ id: at, length });
      }
      at += length;
    }
  }
  return found;
}
function unitBefore(at, step, tracker) {
  for (let index = at - 1; index >= 0; ) {
    const { id, offset } = tracker.preparedUnit(index);
    const own = step.parts.find(({ start, end }) => id >= start && id < end);
    if (own === void 0) return id;
    index -= Math.min(offset, id - own.start) + 1;
  }
  return null;
}
function joined(step, next) {
  const parts = [...step.parts];
  const last = parts.at(-1);
  const [more] = next.parts;
  if (more.start === last.end) parts[parts.length - 1] = { start: last.start, end: more.end };
  else parts.push(more);
  const isNew = ({ container, key }) => !step.keys.some((known) => known.container === container && known.key === key);
  return { ...step, parts, keys: [...step.keys, ...next.keys.filter(isNew)] };
}

// packages/doc/src/version_list.ts
function listVersions(history, countMax) {
  const versions = [];
  const { graph, size } = history;
  let frontier = [];
  let done = 0;
  for (const eventCount of counts(history, Math.min(countMax, size))) {
    while (done < eventCount) {
      const end = Math.min(graph.entryAt(done).end, eventCount);
      frontier = advanceFrontier(frontier, graph.parents(done), end - 1);
      done = end;
    }
    versions.push({ version: history.ids(frontier), eventCount });
  }
  return versions;
}
function counts(history, count) {
  const { size } = history;
  const found = [];
  for (let index = 0; index < count; index += 1) {
    const even = count === 1 ? size : 1 + Math.round((size - 1) * index / (count - 1));
    const whole = wholeCount(history, even);
    if (whole > (found.at(-1) ?? 0)) found.push(whole);
  }
  return found;
}
function wholeCount({ operations }, count) {
  const last = operations.row(operations.rowIndex(count - 1));
  if (last.type === "delete") return last.end;
  const unit = operations.unit(count - 1) ?? 0;
  return unit >= 55296 && unit <= 56319 ? count + 1 : count;
}

// packages/doc/src/view.ts
var DocView = class {
  #history;
  #state;
  constructor(history, state2) {
    this.#history = history;
    this.#state = state2;
  }
  /** The version, in order of agents. */
  version() {
    return this.#history.ids(this.#state.frontier);
  }
  /** The text of this name; empty where it was never edited. */
  text(name) {
    return new TextView(name, this.#state);
  }
  /** The list of this name; empty where it was never edited. */
  list(name) {
    return new ListView(name, this.#state);
  }
  /** The map of this name; empty where nothing was ever set. */
  map(name) {
    return new MapView(name, this.#history, this.#state);
  }
};

// packages/doc/src/doc.ts
var recordedEventsMax = 1e3;
var Doc = class _Doc {
  document;
  agent;
  #editor;
  #undo;
  #subscribers = /* @__PURE__ */ new Set();
  #onSubscriberError;
  #texts = /* @__PURE__ */ new Map();
  #lists = /* @__PURE__ */ new Map();
  #maps = /* @__PURE__ */ new Map();
  #patches = [];
  #isEmitting = false;
  constructor(options) {
    this.document = options.document;
    this.agent = options.agent;
    this.#editor = new Editor(options.agent);
    this.#undo = new UndoStack(this.#editor);
    this.#onSubscriberError = options.onSubscriberError ?? (() => {
    });
  }
  /**
   * Reads a document file. Its texts are believed, and its history is read when something asks for
   * it: what is wrong there comes out as `corrupt` then, and changes nothing. The undo stack
   * begins empty. `bytes` is kept until then, and must not change. O(head of the file), and
   * O(history) where blocks were appended.
   *
   * @param options - `verify`: replay the history now, and see whether its texts are what it adds
   *   up to. For files that others had in hands.
   * @throws {HoldfastError} `truncated`, `corrupt`, `too_large`,
   *   `unsupported_version`, `invalid_operation`.
   */
  static decode(bytes, options) {
    const file = openDocument(bytes);
    if (options.verify === true) verifyDocument(file);
    const doc = new _Doc({ ...options, document: file.document });
    doc.#editor = new Editor(options.agent, file);
    doc.#undo = new UndoStack(doc.#editor);
    return doc;
  }
  /**
   * The text of this name; empty until somebody edits it. A list or a map of the same name is another thing.
   *
   * @throws {HoldfastError} `invalid_argument` where the name is not 1 to 200 bytes.
   */
  text(name) {
    let text = this.#texts.get(name);
    if (text === void 0) {
      checkContainerName(name);
      text = new Text(name, this.#editor, (container, edit) => this.#splice(container, edit));
      this.#texts.set(name, text);
    }
    return text;
  }
  /** The list of this name; as {@link text}. */
  list(name) {
    let list = this.#lists.get(name);
    if (list === void 0) {
      checkContainerName(name);
      list = new List(name, this.#editor, (fn) => this.change(fn));
      this.#lists.set(name, list);
    }
    return list;
  }
  /** The map of this name; as {@link text}. */
  map(name) {
    let map = this.#maps.get(name);
    if (map === void 0) {
      checkContainerName(name);
      map = new MapContainer(name, this.#editor, (fn) => this.change(fn));
      this.#maps.set(name, map);
    }
    return map;
  }
  /**
   * Makes one change of all edits in `fn`: one patch, one step of undo. A change
   * inside of a change is part of the outer one. Where `fn` throws, nothing of it
   * stays, and the error is thrown on.
   *
   * @returns Null where there were no edits, or inside of another change.
   */
  change(fn, options = {}) {
    if (this.#editor.isOpen) {
      fn();
      return null;
    }
    const change = this.#editor.change(fn);
    if (change === null) return null;
    const { origin = "local", undo = true } = options;
    const step = undo === false ? null : this.#undo.push(change, undo === "join");
    return this.#finish(change, { origin, isLocal: true, step });
  }
  /**
   * Merges a bundle, of at most {@link documentSizeBytesMax}. Events that are here
   * already are passed over.
   *
   * @throws {HoldfastError} `wrong_document`; `equivocation` where an id that is
   *   here has another content; `corrupt`, `truncated`, `too_large`,
   *   `unsupported_version` where the bytes are no bundle, or contradict themselves;
   *   `invalid_operation` where an event can't have happened on its version;
   *   `invalid_argument` inside of a change, and for a sealed section. The document
   *   is then as before.
   */
  apply(bundle, options = {}) {
    if (this.#editor.isOpen)
      throw new HoldfastError("invalid_argument", "apply inside of a change");
    const decoded2 = bundle instanceof Uint8Array ? decodeBundle(bundle, documentSizeBytesMax) : bundle;
    if (decoded2.document !== this.document) {
      throw new HoldfastError(
        "wrong_document",
        `bundle of ${decoded2.document}, not ${this.document}`
      );
    }
    const { history } = this.#editor;
    const missing = missingEvents(history, decoded2);
    if (missing.length > 0) return { applied: [], missing };
    const mark2 = history.mark();
    const applied = this.#takeIn(decoded2, mark2);
    const record = this.#applyOrForget(mark2);
    if (applied.length > 0 && record !== null && this.#subscribers.size > 0) {
      const { origin = "remote" } = options;
      this.#emit(this.#patch(record, { origin, isLocal: false, step: null }));
    }
    return { applied, missing };
  }
  /** All events that `since` lacks as one bundle of any size; null where there are none. */
  bundle(since) {
    const stretches = this.#editor.history.stretches(this.#rangesSince(since));
    if (stretches.length === 0) return null;
    return encodeBundle({ document: this.document, sections: [encodeSection(stretches)] });
  }
  /** All events that `since` lacks as bundles of at most `bundleSizeBytesMax`, in causal order. */
  bundles(since) {
    return cutBundles(this.document, this.#editor.history.stretches(this.#rangesSince(since)));
  }
  /** How many events are here. */
  get eventCount() {
    return this.#editor.history.size;
  }
  /**
   * The whole document as a file. O(history).
   *
   * @throws {HoldfastError} `too_large` over {@link documentSizeBytesMax}.
   */
  encode(options = {}) {
    const { history, state: state2 } = this.#editor;
    const { sequences } = state2;
    const finals = new Map(
      sequences.ids().map((id) => [id, { length: sequences.length(id), bytes: sequences.bytes(id) }])
    );
    const omitted = options.deletedText === false ? state2.deletedInserts() : history.omitted();
    return encodeDocument({ document: this.document, history, finals, omitted });
  }
  /**
   * What to append to a file of this document, as it was here when it had `eventCount` events, so
   * that it holds those since; null where there are none. O(events since).
   *
   * A file whose end a crash tore off is cut first, to `wholeSizeBytes` of it.
   *
   * @throws {HoldfastError} `invalid_argument` where there were never so many events here.
   */
  encodeAppend(eventCount) {
    const { history } = this.#editor;
    if (!Number.isSafeInteger(eventCount) || eventCount < 0 || eventCount > history.size) {
      throw new HoldfastError("invalid_argument", `no file of ${eventCount} events`);
    }
    return eventCount === history.size ? null : encodeDocumentAppend(history, eventCount);
  }
  /** The latest events, in order of agents. */
  version() {
    const { history } = this.#editor;
    return history.ids(history.graph.frontier);
  }
  /** How many events of each agent are here; a copy. */
  vector() {
    return this.#editor.history.graph.vector();
  }
  /**
   * The document on an older version. O(history).
   *
   * @param version - Events that are here; what they build on is implied. Nobody ever
   *   saw a version that ends inside of a surrogate pair; read here, it shows half.
   * @throws {HoldfastError} `not_found` where an event is not here.
   */
  checkout(version3) {
    const { history } = this.#editor;
    const lvs = version3.map((id) => {
      const lv = history.graph.find(id);
      if (lv === null) throw new HoldfastError("not_found", `no event ${id.seq} of ${id.agent}`);
      return lv;
    });
    return new DocView(history, DocumentState.at(history, dominators(history.graph, lvs)));
  }
  /**
   * At most `countMax` versions of the document, evenly spread by number of events over
   * its history, oldest first, the last of them the present one: each the first so many
   * events in the order in which they came to be here. None where nothing happened. Each
   * can be given to {@link checkout}; none lies between the halves of a surrogate pair.
   *
   * Cost: O(pieces of history), and no replay.
   *
   * @throws {HoldfastError} `invalid_argument` where `countMax` is not a whole number from 1 on.
   */
  versions(countMax) {
    if (!Number.isSafeInteger(countMax) || countMax < 1) {
      throw new HoldfastError("invalid_argument", `can't list ${countMax} versions`);
    }
    return listVersions(this.#editor.history, countMax);
  }
  /** A second replica, which writes as `agent`. O(history). */
  fork(agent) {
    return _Doc.decode(this.encode(), { agent });
  }
  /**
   * Calls `subscriber` after each change and each merge that brought something,
   * in order. It may make changes of its own; patches of these come after.
   *
   * @returns The way to stop.
   */
  subscribe(subscriber) {
    const own = (patch) => subscriber(patch);
    this.#subscribers.add(own);
    return () => {
      this.#subscribers.delete(own);
    };
  }
  /**
   * True while subscribers are being told of patches. The document may then show more
   * than any one of them has heard of.
   */
  get isTelling() {
    return this.#isEmitting;
  }
  /** Tells whether there is a change of one's own to undo. */
  get canUndo() {
    return this.#undo.canUndo;
  }
  /** Tells whether there is a change of one's own to redo. */
  get canRedo() {
    return this.#undo.canRedo;
  }
  /** Undoes the latest change made here, as a new change. Returns whether there was something to undo. */
  undo() {
    return this.#move("undo");
  }
  /** Redoes what was undone last, unless a change was made since. Returns whether there was something to redo. */
  redo() {
    return this.#move("redo");
  }
  // An edit of a text is a change of its own, outside of one. Where nobody watches, it needs
  // no patch, and nothing to take it back by: it is checked before anything happens.
  #splice(container, edit) {
    const editor = this.#editor;
    if (editor.isOpen || this.#subscribers.size > 0) {
      this.change(() => {
        editor.delete(container, edit.at, edit.deleted);
        editor.insert(container, edit.at, edit.inserted);
      });
      return;
    }
    const start = editor.history.size;
    const end = editor.splice(container, edit);
    if (end > start) this.#undo.pushText(start, end);
  }
  #move(direction) {
    if (this.#editor.isOpen)
      throw new HoldfastError("invalid_argument", `${direction} inside of a change`);
    const moved = this.#undo[direction]();
    if (moved === null) return false;
    this.#finish(moved.change, { origin: direction, isLocal: true, step: moved.step });
    return true;
  }
  #takeIn(bundle, mark2) {
    try {
      return takeIn(this.#editor.history, bundle);
    } catch (error) {
      this.#editor.history.truncate(mark2);
      throw error;
    }
  }
  // Applies what the history got since `mark`, or makes it forget that. Returns what was done,
  // where somebody may want to know.
  #applyOrForget(mark2) {
    const { history, state: state2 } = this.#editor;
    const { graph, size: end } = history;
    const start = mark2.size;
    const isRecorded = end - start <= recordedEventsMax || this.#subscribers.size > 0 || graph.isSealed;
    const record = isRecorded ? new ChangeRecord() : null;
    try {
      if (start === end) return record;
      if (graph.entryEnd(graph.entryIndex(start)) === end) state2.apply({ start, end }, record);
      else state2.applyAll([{ start, end }], graph.frontier, record);
      return record;
    } catch (error) {
      if (record !== null) state2.revert(record, mark2.frontier);
      history.truncate(mark2);
      if (record === null) state2.restart(mark2.frontier);
      throw error;
    }
  }
  #finish({ run, start, end, record }, source) {
    const { document } = this;
    const patch = this.#patch(record, source);
    this.#emit(patch);
    const stretches = () => this.#editor.history.stretches([{ start, end }]);
    return {
      run,
      patch,
      bundle: () => encodeBundle({ document, sections: [encodeSection(stretches())] }),
      bundles: () => cutBundles(document, stretches())
    };
  }
  #patch(record, source) {
    return record.patch(source, this.#editor.state);
  }
  // Patches reach every subscriber in the order in which they came about, also
  // where a subscriber makes changes.
  #emit(patch) {
    this.#patches.push(patch);
    if (this.#isEmitting) return;
    this.#isEmitting = true;
    try {
      for (let next = this.#patches.shift(); next !== void 0; next = this.#patches.shift()) {
        for (const subscriber of [...this.#subscribers]) this.#tell(subscriber, next);
      }
    } finally {
      this.#isEmitting = false;
    }
  }
  #tell(subscriber, patch) {
    try {
      subscriber(patch);
    } catch (error) {
      this.#onSubscriberError(error);
    }
  }
  // A vector that ends inside of a surrogate pair is none of ours; the pair stays whole.
  #rangesSince(since) {
    const { graph, operations } = this.#editor.history;
    const ranges = graph.vector().missingFrom(since).flatMap(({ agent, from, to }) => {
      const unit = operations.unit(graph.find({ agent, seq: from })) ?? 0;
      const isLow = unit >= 56320 && unit <= 57343;
      return graph.ranges({ agent, from: isLow ? from - 1 : from, to });
    });
    return ranges.sort((a, b) => a.start - b.start);
  }
};
export {
  Doc,
  VersionVector,
  parseAgentId,
  parseDocumentId
};
