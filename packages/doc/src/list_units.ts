// A list, as what is visible of it is kept: as a text.
//
// Each value is two UTF-16 units, the high and the low half of its number. So whatever keeps,
// edits, records and reverts visible text does it for lists; positions in it are twice as far.
// Numbers are those of a history's ValueLog; those from `fileValuesFrom` on are of values
// that came with a file, beside a history that nobody has read yet.

import { isListId } from "./container.ts";

/** Numbers of values of a file begin here; those of a history are less. */
export const fileValuesFrom = 2 ** 31;

/** Units for each thing that is inserted into a container. */
export function unitsEach(container: string): number {
  return isListId(container) ? 2 : 1;
}

/** The units of the values `from` up to, not including, `to`. */
export function unitsOfValues(from: number, to: number): string {
  let units = "";
  for (let number = from; number < to; number += 1) {
    units += String.fromCharCode(number >>> 16, number & 0xffff);
  }
  return units;
}

/** The numbers of the values that have these units. */
export function valuesOfUnits(units: string): number[] {
  const numbers: number[] = [];
  for (let at = 0; at < units.length; at += 2) {
    numbers.push(units.charCodeAt(at) * 0x10000 + units.charCodeAt(at + 1));
  }
  return numbers;
}
