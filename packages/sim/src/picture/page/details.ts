// What is said of one record: in the panel at the side when it is picked, with the
// lines around it; beside the pointer when it is pointed at.

import type { DrawnRecord } from "../drawn_record.ts";
import { milliseconds, type Notation } from "../notation.ts";
import { element } from "./diagram.ts";
import type { Spots } from "./spots.ts";

const linesBefore = 3;
const linesAfter = 9;

/** The panel, and the slip beside the pointer. */
export class Details {
  readonly #records: readonly DrawnRecord[];
  readonly #notation: Notation;
  readonly #spots: Spots;
  readonly #onSeek: (record: number) => void;

  constructor(
    records: readonly DrawnRecord[],
    notation: Notation,
    spots: Spots,
    onSeek: (record: number) => void,
  ) {
    this.#records = records;
    this.#notation = notation;
    this.#spots = spots;
    this.#onSeek = onSeek;
  }

  /** Shows a record in the panel; -1 shows the legend. */
  show(record: number): void {
    element("record").hidden = record === -1;
    element("legend").hidden = record !== -1;
    if (record === -1) return;
    const { time, place, sentence } = this.#notation.wording(record);
    element("record-title").textContent =
      `Record ${count(record + 1)} of ${count(this.#records.length)}`;
    const facts: (readonly [string, string])[] = [
      ["When", `${time} s`],
      ["Where", place === "" ? "the test" : place],
      ...this.#factsOf(record, sentence),
    ];
    element("facts").replaceChildren(...facts.flatMap(([term, text]) => fact(term, text)));
    const partner = this.#spots.partnerOf(record);
    const other = element("other-end") as HTMLButtonElement;
    other.hidden = partner === -1;
    other.textContent = partner < record ? "Where it was sent" : "Where it arrives";
    other.onclick = () => this.#onSeek(partner);
    this.#showLines(record);
  }

  #factsOf(record: number, sentence: string): (readonly [string, string])[] {
    const { atMs, happening } = this.#records[record]!;
    if (happening.type !== "send" && happening.type !== "arrive") return [["What", sentence]];
    const partner = this.#spots.partnerOf(record);
    const sent = happening.type === "send" ? happening : this.#records[partner]?.happening;
    const facts: (readonly [string, string])[] = [
      ["Message", `${happening.message}, from ${happening.from} to ${happening.to}`],
      ["Connection", String(happening.connection)],
    ];
    if (sent?.type === "send") {
      facts.push(["Size", `${count(sent.sizeBytes)} bytes`]);
      if (sent.description !== "") facts.push(["Content", sent.description]);
    }
    const tookMs = partner === -1 ? 0 : Math.abs(this.#records[partner]!.atMs - atMs);
    if (partner !== -1) facts.push(["On its way", milliseconds(tookMs)]);
    else if (happening.type === "send") facts.push(["On its way", "never arrives"]);
    return facts;
  }

  #showLines(record: number): void {
    const from = Math.max(0, record - linesBefore);
    const to = Math.min(this.#records.length - 1, record + linesAfter);
    const items: HTMLElement[] = [];
    for (let index = from; index <= to; index += 1) {
      const { time, place, sentence } = this.#notation.wording(index);
      const item = document.createElement("li");
      const button = document.createElement("button");
      const parts = [time, place, sentence].map((text) => {
        const part = document.createElement("span");
        part.textContent = text;
        return part;
      });
      button.append(...parts);
      button.onclick = () => this.#onSeek(index);
      if (index === record) button.setAttribute("aria-current", "true");
      item.append(button);
      items.push(item);
    }
    element("lines").replaceChildren(...items);
  }

  /** Shows a record beside the pointer; -1 takes the slip away. */
  point(record: number, x: number, y: number): void {
    const slip = element("slip");
    slip.hidden = record === -1;
    if (record === -1) return;
    const { time, place, sentence } = this.#notation.wording(record);
    const [where, what] = [document.createElement("b"), document.createElement("span")];
    where.textContent = `${time}  ${place}`;
    what.textContent = sentence;
    slip.replaceChildren(where, what);
    const { offsetWidth, offsetHeight } = slip;
    const left = x + 16 + offsetWidth > innerWidth ? x - 16 - offsetWidth : x + 16;
    const top = Math.min(y + 14, innerHeight - offsetHeight - 8);
    slip.style.transform = `translate(${Math.max(4, left)}px, ${top}px)`;
  }
}

/** A number with its thousands set apart. */
export function count(value: number): string {
  return value.toLocaleString("en");
}

function fact(term: string, text: string): HTMLElement[] {
  const [name, value] = [document.createElement("dt"), document.createElement("dd")];
  name.textContent = term;
  value.textContent = text;
  return [name, value];
}
