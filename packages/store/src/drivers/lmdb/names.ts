// The files of a store's folder.

/** The rows. */
export const dataFileName = "store.mdb";
/** Being made; renamed to {@link dataFileName} once it is whole. */
export const newFileName = "new.mdb";
/** Being filled by a restore; renamed to {@link dataFileName} once it is whole. */
export const restoreFileName = "restored.mdb";
/** What LMDB adds to a file's name for the table of its readers. */
export const readersSuffix = "-lock";
/** The file by which a process claims the folder. */
export const lockFileName = "lock";
