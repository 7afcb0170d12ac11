// Reads a backup as its bytes come, from a disk or over a wire, and takes nothing
// that is not as it should be.
//
// Invariants:
//   BR1  Each block that is given out has passed its checksum, and is of the sort that
//        stands there: one head, then rows whose keys ascend over all blocks, or commits
//        whose versions ascend between the head's `since` and its `version`.
//   BR2  Where `finish` returns, the counts and the hash of the end are those of what
//        was given out, and nothing came after it.
//   BR3  Whatever the bytes, only a HoldfastError is thrown, and no more is held than
//        one block and what came behind it in one piece.

import { assert, concatBytes, equalBytes, HoldfastError } from "@holdfast/std";
import { afterAllText, firstText, type KeyText, lastText } from "../key.ts";
import type { CommitVersion } from "../store.ts";
import type { WriteSet } from "../write_set.ts";
import {
  type BackupBlock,
  type BackupEnd,
  type BackupHead,
  blockHeadSizeBytes,
  decodeBlock,
  fileHead,
  newHash,
  payloadSizeBytes,
} from "./backup_format.ts";

/** See the head of this file. */
export class BackupReader {
  readonly #hash = newHash();
  #pieces: Uint8Array[] = [];
  #waitingBytes = 0;
  #hasFileHead = false;
  #head: BackupHead | null = null;
  #end: BackupEnd | null = null;
  #lastKey: KeyText = firstText;
  #lastVersion = 0 as CommitVersion;
  #count = 0;
  #contentBytes = 0;

  /** What the backup says of itself; null before that came. */
  get head(): BackupHead | null {
    return this.#head;
  }

  /**
   * Takes the next bytes in, which must not change afterwards; gives out the blocks that they complete.
   *
   * @throws {HoldfastError} `corrupt`, `truncated`, `too_large`, `unsupported_version`; no call after that.
   */
  push(bytes: Uint8Array): BackupBlock[] {
    this.#pieces.push(bytes);
    this.#waitingBytes += bytes.length;
    const blocks: BackupBlock[] = [];
    if (!this.#hasFileHead) {
      if (this.#waitingBytes < fileHead.length) return blocks;
      this.#takeFileHead();
    }
    while (this.#waitingBytes >= blockHeadSizeBytes) {
      const sizeBytes = blockHeadSizeBytes + payloadSizeBytes(this.#peek(blockHeadSizeBytes));
      if (this.#waitingBytes < sizeBytes) break;
      blocks.push(this.#block(this.#take(sizeBytes)));
    }
    return blocks;
  }

  /**
   * Says that there is no more.
   *
   * @throws {HoldfastError} `truncated` where something is missing.
   */
  finish(): { readonly head: BackupHead; readonly end: BackupEnd } {
    if (this.#head === null || this.#end === null || this.#waitingBytes > 0) {
      throw new HoldfastError("truncated", "the backup has no end");
    }
    return { head: this.#head, end: this.#end };
  }

  #takeFileHead(): void {
    const bytes = this.#take(fileHead.length);
    if (!equalBytes(bytes.subarray(0, 3), fileHead.subarray(0, 3))) {
      throw new HoldfastError("corrupt", "this is no backup");
    }
    if (bytes[3] !== fileHead[3]) {
      const sentence = `the backup has format ${bytes[3]}, this release reads ${fileHead[3]}`;
      throw new HoldfastError("unsupported_version", sentence);
    }
    this.#hash.update(bytes);
    this.#hasFileHead = true;
  }

  #block(bytes: Uint8Array): BackupBlock {
    if (this.#end !== null) throw new HoldfastError("corrupt", "the backup goes on after its end");
    const block = decodeBlock(bytes);
    if ((block.type === "head") !== (this.#head === null)) {
      throw new HoldfastError("corrupt", "the head of a backup is not where it should be");
    }
    switch (block.type) {
      case "head":
        this.#head = block.head;
        this.#lastVersion = block.head.since;
        break;
      case "rows":
        this.#require("rows");
        for (const { key, value } of block.rows) {
          if (key <= this.#lastKey) {
            throw new HoldfastError("corrupt", "the keys of a backup are out of order");
          }
          this.#lastKey = key;
          this.#count += 1;
          this.#contentBytes += key.length + value.length;
        }
        break;
      case "commit": {
        this.#require("commits");
        const { version, writes } = block.commit;
        if (version <= this.#lastVersion || version > this.#head!.version) {
          throw new HoldfastError("corrupt", `commit ${version} is not where it should be`);
        }
        requireCallers(writes);
        this.#lastVersion = version;
        this.#count += 1;
        this.#contentBytes += bytes.length - blockHeadSizeBytes;
        break;
      }
      case "end":
        this.#takeEnd(block.end);
        return block;
    }
    this.#hash.update(bytes);
    return block;
  }

  #require(contents: BackupHead["contents"]): void {
    if (this.#head!.contents === contents) return;
    throw new HoldfastError("corrupt", `the backup holds ${contents}, which its head denies`);
  }

  #takeEnd(end: BackupEnd): void {
    const isRight =
      end.count === this.#count &&
      end.contentBytes === this.#contentBytes &&
      equalBytes(end.hash, this.#hash.digest());
    if (!isRight) {
      throw new HoldfastError("corrupt", "the backup is not what its end says that it should be");
    }
    this.#end = end;
  }

  /** The next bytes, which stay there. */
  #peek(sizeBytes: number): Uint8Array {
    if (this.#pieces[0]!.length < sizeBytes) this.#pieces = [concatBytes(this.#pieces)];
    return this.#pieces[0]!.subarray(0, sizeBytes);
  }

  #take(sizeBytes: number): Uint8Array {
    assert(sizeBytes <= this.#waitingBytes, "BR3: no more is taken than came");
    const bytes = this.#peek(sizeBytes);
    this.#pieces[0] = this.#pieces[0]!.subarray(sizeBytes);
    if (this.#pieces[0].length === 0 && this.#pieces.length > 1) this.#pieces.shift();
    this.#waitingBytes -= sizeBytes;
    return bytes;
  }
}

/** @throws {HoldfastError} `corrupt` where `writes` reach into keys that no caller can write. */
function requireCallers({ points, cleared }: WriteSet): void {
  let isRight = !points.someIn(lastText, afterAllText);
  cleared.visit(({ end }) => {
    isRight &&= end <= lastText;
    return isRight;
  });
  if (!isRight) throw new HoldfastError("corrupt", "a commit writes keys that no caller can write");
}
