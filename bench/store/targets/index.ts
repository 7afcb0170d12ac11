// Everything that can be measured.

import type { Target } from "../target.ts";
import { etcd1, etcd3 } from "./etcd.ts";
import { lmdbHttp, lmdbRemote, raft3, raft3Http } from "./holdfast.ts";
import { lmdb } from "./lmdb.ts";
import { redis } from "./redis.ts";

export const targets: readonly Target[] = [
  raft3,
  etcd3,
  etcd1,
  lmdb,
  redis,
  raft3Http,
  lmdbRemote,
  lmdbHttp,
];
