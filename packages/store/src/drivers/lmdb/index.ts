// The store on LMDB. See ../../../README.md.

export { lmdbKeySizeBytesMax } from "./lmdb_engine.ts";
export { type LmdbStoreOptions, lmdbRows, openLmdbStore } from "./lmdb_store.ts";
export { type RestoreLmdbOptions, restoreLmdb } from "./restore_lmdb.ts";
export { type VerifyLmdbOptions, verifyLmdb } from "./verify_lmdb.ts";
