// Run as a process of its own by memory.test.ts: how much memory frames, keys and
// vectors make their decoders take. What is measured, and how: tools/hostile/measure.ts.
//
// The dense inputs are true. With their last byte cut off, or another one, most of
// them are refused after all the work is done.

import { VersionVector } from "@holdfast/causality";
import { type KeyPart, keyPartsMax, packKey, Reader, unpackKey, Writer } from "@holdfast/std";
import { decodeFrame, frameTypes } from "@holdfast/sync";
import { measureDecoder } from "../../../tools/hostile/measure.ts";

// As many as measure.ts can count.
const inputSizeBytes = 60_000;
const identity = new Uint8Array(16).fill(7);
const most = 2 ** 53 - 1;

type Decode = (input: Uint8Array) => unknown;

function measureDense(name: string, input: Uint8Array, decode: Decode): void {
  decode(input);
  measureDecoder(name, "kept", input, () => decode);
  measureRefused(`${name}, cut off`, input.subarray(0, -1), decode);
  const spoilt = input.slice();
  spoilt[input.length - 1] = 0xff;
  measureRefused(`${name}, spoilt`, spoilt, decode);
}

function measureRefused(name: string, input: Uint8Array, decode: Decode): void {
  measureDecoder(name, "allocated", input, () => decode);
}

function frame(type: (typeof frameTypes)[number]): Writer {
  return new Writer(inputSizeBytes).u8(frameTypes.indexOf(type) + 1);
}

function padded(writer: Writer): Uint8Array {
  return writer.raw(new Uint8Array(inputSizeBytes - writer.sizeBytes)).finish();
}

// Entries of 17 bytes: the smallest there are.
function writeVector(writer: Writer): Writer {
  const agents = Math.floor((inputSizeBytes - writer.sizeBytes - 3) / 17);
  writer.uint(agents);
  for (let index = 0; index < agents; index += 1) {
    writer.u32(index).raw(identity.subarray(0, 12)).uint(127);
  }
  return writer;
}

function measureVectors(): void {
  const read: Decode = (bytes) => VersionVector.read(new Reader(bytes));
  measureDense("vector: dense", writeVector(new Writer(inputSizeBytes)).finish(), read);
  measureRefused("vector: claims 65,536 agents", padded(new Writer(70_000).uint(65_536)), read);
  measureRefused("vector: claims more than a vector has", padded(new Writer().uint(most)), read);
  measureRefused("vector: claims 3,000 agents", padded(new Writer().uint(3_000)), read);
}

function measureFrames(): void {
  const openVector = writeVector(frame("open").uint(1).text("d"));
  measureDense("frame: open", openVector.finish(), decodeFrame);
  measureDense("frame: saved", writeVector(frame("saved").uint(1).uint(1)).finish(), decodeFrame);
  const refused = frame("refused").uint(1).uint(1).text("corrupt").text("x".repeat(500)).u8(1);
  measureDense("frame: refused", writeVector(refused).finish(), decodeFrame);

  const bundle = new Uint8Array(48);
  const bundles = frame("bundles").uint(1).uint(1_200);
  for (let index = 0; index < 1_200; index += 1) bundles.blob(bundle);
  measureDense("frame: many bundles", bundles.finish(), decodeFrame);
  const tiny = frame("bundles").uint(1).uint(1_200);
  measureRefused("frame: many bundles of no bytes", padded(tiny), decodeFrame);
  for (const count of [60_000, 1_048_576, most]) {
    const liar = padded(frame("bundles").uint(1).uint(count));
    measureRefused(`frame: claims ${count} bundles`, liar, decodeFrame);
  }
  const long = padded(frame("bundles").uint(1).uint(1).uint(65_536));
  measureRefused("frame: a bundle longer than the frame", long, decodeFrame);

  const hello = () =>
    frame("hello")
      .raw(Uint8Array.of(0x48, 0x46, 0x53))
      .uint(0)
      .uint(0);
  const greeting = hello().blob(new Uint8Array(8_192)).text("x".repeat(200));
  measureDense("frame: hello", greeting.finish(), decodeFrame);
  measureRefused("frame: a credential too long", padded(hello().uint(50_000)), decodeFrame);
  const software = padded(hello().uint(0).uint(50_000));
  measureRefused("frame: a software name too long", software, decodeFrame);
  const presence = frame("presence").uint(1).uint(1).u8(1);
  measureDense("frame: presence", presence.blob(new Uint8Array(4_096)).finish(), decodeFrame);
  for (const type of frameTypes) {
    measureRefused(`frame: ${type}, then zeros`, padded(frame(type)), decodeFrame);
    const ones = frame(type).raw(new Uint8Array(inputSizeBytes).fill(0xff)).finish();
    measureRefused(`frame: ${type}, then 0xff`, ones, decodeFrame);
    measureRefused(`frame: ${type}, then nothing`, frame(type).finish(), decodeFrame);
  }
  measureRefused("frame: too long", new Uint8Array(1_048_577), decodeFrame);
}

function measureKeys(): void {
  const full = (part: KeyPart) => new Array<KeyPart>(keyPartsMax).fill(part);
  measureDense("key: many empty bytes", packKey(full(new Uint8Array(0))), unpackKey);
  measureDense("key: many texts", packKey(full("\u0100")), unpackKey);
  measureDense("key: many integers", packKey(full(Number.MAX_SAFE_INTEGER)), unpackKey);
  measureDense("key: a long text", packKey(["x".repeat(inputSizeBytes)]), unpackKey);
  measureDense("key: long bytes of zeros", packKey([new Uint8Array(inputSizeBytes)]), unpackKey);
  const beyond = new Uint8Array(inputSizeBytes);
  for (const code of [1, 2, 3, 0x18, 0x20]) {
    measureRefused(`key: parts without end, of type ${code}`, beyond.fill(code), unpackKey);
  }
  const empties = beyond.map((_, index) => (index % 2 === 0 ? 2 : 0));
  measureRefused("key: empty bytes without end", empties, unpackKey);
}

measureVectors();
measureFrames();
measureKeys();
