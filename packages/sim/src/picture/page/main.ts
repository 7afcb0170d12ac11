// The script of the page: reads the run that lies in it, and shows it.

import { Notation } from "../notation.ts";
import { type PageData, unpackRun } from "../page_data.ts";
import { Controls } from "./controls.ts";
import { count, Details } from "./details.ts";
import { Diagram, element } from "./diagram.ts";
import { readRun } from "./run.ts";
import { Search } from "./search.ts";

const records = unpackRun(JSON.parse(element("run").textContent!) as PageData);
const notation = new Notation(records);
const run = readRun(records);

const diagram: Diagram = new Diagram(records, notation, run, {
  onPick: (record) => {
    document.body.classList.toggle("reading", record !== -1);
    details.show(record);
  },
  onPoint: (record, x, y) => details.point(record, x, y),
  onPainted: ({ messages, faults, marks }) => {
    element("in-view").textContent =
      `In view: ${of(messages, "message")}, ${of(faults, "fault")}, ${of(marks, "mark")}`;
  },
});
const details = new Details(records, notation, diagram.spots, (record) =>
  diagram.pick(record, true),
);
new Controls(diagram, new Search(notation, records.length), run);
element("total").textContent =
  `${of(records.length, "record")}, ${of(run.machines.length, "machine")}`;
document.documentElement.classList.add("ready");

function of(number: number, noun: string): string {
  return `${count(number)} ${noun}${number === 1 ? "" : "s"}`;
}
