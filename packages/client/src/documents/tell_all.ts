// Telling an application what happened.
//
// Its listeners run in the midst of a session and of writing to the disk. What one
// of them throws must end neither, and must not keep the others from hearing.

/** Calls each of `listeners` with `event`. What they throw is dropped, as by `Doc.subscribe`. */
export function tellAll<T>(listeners: Iterable<(event: T) => void>, event: T): void {
  for (const listener of [...listeners]) {
    try {
      listener(event);
    } catch {
      // A defect of the application, which has nobody to tell it to.
    }
  }
}
