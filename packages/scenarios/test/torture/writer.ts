// A client process for the torture test: writes marked edits into a few
// documents as fast as it may, and says of each when it was acknowledged.
//
// usage: writer.ts URL FOLDER NAME SEED DOCUMENTS
// stdout, a line each:  opened TOKEN...   the own marks found in the local copy at the start
//                       made TOKEN        about to be written
//                       local TOKEN       acknowledged as local
//                       saved TOKEN       acknowledged as saved
//                       settled           after `stop` on stdin: it writes no more, and all is saved
//                       digest DIGEST     after each `digest` on stdin: what it reads
//
// A mark goes into the text as "[name.number]" between other marks, or into the
// map as a key. Every fourth text edit also deletes a mark that is not its own
// kind of evidence: a "~" that some writer typed before it.

import { createInterface } from "node:readline";
import type { DocumentHandle } from "@holdfast/client";
import { open } from "@holdfast/client/node";
import { parseDocumentId } from "@holdfast/doc";
import { randomBelow, SeededRandom } from "@holdfast/std";
import { digest, marksOf } from "./marks.ts";

const [url, folder, name, seed, documents] = process.argv.slice(2) as [
  string,
  string,
  string,
  string,
  string,
];
const random = new SeededRandom(Number(seed));
const say = (line: string): boolean => process.stdout.write(`${line}\n`);

const database = await open({ url, name: "torture", folder });
const handles: DocumentHandle[] = [];
for (let index = 0; index < Number(documents); index += 1) {
  handles.push(await database.doc(parseDocumentId(`torture-${index}`)));
}
say(`opened ${handles.flatMap((handle) => marksOf(handle.doc)).join(" ")}`);

let stopping = false;
createInterface({ input: process.stdin }).on("line", (line) => {
  if (line === "stop") stopping = true;
  if (line === "digest") say(`digest ${digest(handles.map((handle) => handle.doc))}`);
});

for (let number = 0; !stopping; number += 1) {
  const token = `${name}.${number}`;
  const handle = handles[randomBelow(random, handles.length)]!;
  say(`made ${token}`);
  const write = handle.change(() => mark(handle, token));
  write.local.then(() => say(`local ${token}`), complain);
  write.saved.then(() => say(`saved ${token}`), complain);
  await new Promise((resolve) => setTimeout(resolve, randomBelow(random, 20)));
}
for (const handle of handles) await handle.whenSaved();
say("settled");

function mark(handle: DocumentHandle, token: string): void {
  const text = handle.doc.text("body");
  if (random.next() < 0.3) {
    handle.doc.map("marks").set(token, true);
    return;
  }
  const content = text.toString();
  const gaps = [0, ...[...content.matchAll(/[\]~]/g)].map((match) => match.index + 1)];
  text.insert(gaps[randomBelow(random, gaps.length)]!, `~[${token}]`);
  const tilde = text.toString().indexOf("~");
  if (random.next() < 0.25) text.delete(tilde, 1);
}

function complain(error: unknown): void {
  process.stderr.write(`${name}: ${String(error)}\n`);
}
