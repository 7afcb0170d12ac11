// Everything that can be measured.

import type { Target } from "../target.ts";
import { etcd1, etcd3 } from "./etcd.ts";
import { lmdbHttp, raft3 } from "./holdfast.ts";
import { lmdb } from "./lmdb.ts";
import { redis } from "./redis.ts";

export const targets: readonly Target[] = [raft3, etcd3, etcd1, lmdb, lmdbHttp, redis];
