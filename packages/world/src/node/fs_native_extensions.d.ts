// The one function of fs-native-extensions that is used here; the package has no types.

declare module "fs-native-extensions" {
  /** Claims the file without waiting; false where another open file holds it. */
  export function tryLock(descriptor: number): boolean;
}
