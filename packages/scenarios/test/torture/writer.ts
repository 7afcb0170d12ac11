// A client process for the torture test: writes marked edits into a few documents, some
// fifty each second, and says what it holds, what it shows, and when each was acknowledged.
//
// usage: writer.ts URL FOLDER NAME SEED DOCUMENTS
// stdout, a line each:  ready           all documents are open
//                       shown           after `show` on stdin
//                       settled         after `stop` on stdin: it writes no more, and all is saved
//                       TIME WORD DOCUMENT JSON, a word of event_log.ts
// On `hold` on stdin it says what it holds of each document, on `show` what it shows.
//
// A mark goes into the text as "[name.number]" between other marks, or into the
// map as a key. Every fourth text edit also deletes a mark that is not its own
// kind of evidence: a "~" that some writer typed before it.

import { createInterface } from "node:readline";
import type { DocumentHandle } from "@holdfast/client";
import { open } from "@holdfast/client/node";
import { type Doc, parseDocumentId } from "@holdfast/doc";
import { randomBelow, SeededRandom } from "@holdfast/std";
import { eventLine, type LogWord } from "./event_log.ts";
import { bodyName, keysName, marksOf } from "./marks.ts";

const [url, folder, name, seed, documents] = process.argv.slice(2) as [
  string,
  string,
  string,
  string,
  string,
];
/** It says what it shows once for so many edits. */
const editsUntilShown = 10;
/** Between two edits: so that what is acknowledged waits for the server, not for processors. */
const restMsMax = 40;
const random = new SeededRandom(Number(seed));
const say = (line: string): boolean => process.stdout.write(`${line}\n`);
const log = (document: number, word: LogWord): boolean => say(eventLine(document, word));

const database = await open({ url, name: "torture", folder });
const handles: DocumentHandle[] = [];
for (let index = 0; index < Number(documents); index += 1) {
  const handle = await database.doc(parseDocumentId(`torture-${index}`));
  log(index, { type: "opened", vector: handle.doc.vector().entries() });
  show(index, handle.doc);
  handles.push(handle);
}
say("ready");

let stopping = false;
createInterface({ input: process.stdin }).on("line", (line) => {
  if (line === "stop") stopping = true;
  for (const [index, { doc }] of handles.entries()) {
    if (line === "hold") log(index, { type: "holds", vector: doc.vector().entries() });
    if (line === "show") show(index, doc);
  }
  if (line === "show") say("shown");
});

for (let number = 0; !stopping; number += 1) {
  const document = randomBelow(random, handles.length);
  write(document, `${name}.${number}`);
  if (number % editsUntilShown === 0) show(document, handles[document]!.doc);
  await new Promise((resolve) => setTimeout(resolve, randomBelow(random, restMsMax)));
}
for (const handle of handles) await handle.whenSaved();
say("settled");

function write(document: number, token: string): void {
  const handle = handles[document]!;
  const { doc } = handle;
  const isInMap = random.next() < 0.3;
  const edit = (): void => mark(doc, token, isInMap);
  const { local, saved } = handle.change(edit);
  const vector = doc.vector();
  const { agent } = doc;
  const to = vector.next(agent);
  log(document, { type: "wrote", agent, vector: vector.entries(), token: isInMap ? null : token });
  local.then(() => log(document, { type: "local", agent, to }), complain);
  saved.then(() => log(document, { type: "saved", agent, to }), complain);
}

function mark(doc: Doc, token: string, isInMap: boolean): void {
  if (isInMap) {
    doc.map(keysName).set(token, true);
    return;
  }
  const text = doc.text(bodyName);
  const tilde = text.toString().indexOf("~");
  if (tilde >= 0 && random.next() < 0.25) text.delete(tilde, 1);
  const gaps = [0, ...[...text.toString().matchAll(/[\]~]/g)].map((match) => match.index + 1)];
  text.insert(gaps[randomBelow(random, gaps.length)]!, `~[${token}]`);
}

function show(document: number, doc: Doc): void {
  log(document, { type: "shows", vector: doc.vector().entries(), shown: marksOf(doc) });
}

function complain(error: unknown): void {
  process.stderr.write(`${name}: ${String(error)}\n`);
}
