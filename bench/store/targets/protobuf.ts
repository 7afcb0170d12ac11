// As much of the Protocol Buffers' encoding as etcd's messages need: varints and bytes.

type Field = readonly [number: number, value: Uint8Array | number];

function varintOf(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  bytes.push(rest);
  return bytes;
}

/** A message of `fields`. */
export function encodeMessage(...fields: readonly Field[]): Buffer {
  const parts: Uint8Array[] = [];
  for (const [number, value] of fields) {
    if (typeof value === "number") {
      parts.push(Uint8Array.from([number << 3, ...varintOf(value)]));
    } else {
      parts.push(Uint8Array.from([(number << 3) | 2, ...varintOf(value.length)]), value);
    }
  }
  return Buffer.concat(parts);
}

/** The first field `number` of a message that holds bytes; null where it has none. */
export function bytesOf(message: Buffer, number: number): Buffer | null {
  for (const [found, value] of fieldsOf(message)) {
    if (found === number && typeof value !== "bigint") return value;
  }
  return null;
}

/** The first field `number` of a message that holds a number; 0 where it has none. */
export function numberOf(message: Buffer, number: number): bigint {
  for (const [found, value] of fieldsOf(message)) {
    if (found === number && typeof value === "bigint") return value;
  }
  return 0n;
}

function* fieldsOf(message: Buffer): Generator<readonly [number, Buffer | bigint]> {
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = message[at]!;
      at += 1;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < message.length) {
    const tag = Number(varint());
    const value = varint();
    if ((tag & 7) === 0) {
      yield [tag >> 3, value];
    } else if ((tag & 7) === 2) {
      yield [tag >> 3, message.subarray(at, at + Number(value))];
      at += Number(value);
    } else {
      throw new Error(`a field of type ${tag & 7}`);
    }
  }
}
