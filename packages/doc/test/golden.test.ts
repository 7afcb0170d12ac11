// Transcripts that pin the byte formats: what was done, and the bytes that came of it.
// `--update` writes them anew. What lies in the files is also read back.

import { existsSync, readFileSync } from "node:fs";
import { parseAgentId, VersionVector } from "@holdfast/causality";
import {
  coalesceBundles,
  Doc,
  decodeBundle,
  encodeCursor,
  joinBundles,
  parseDocumentId,
  type Value,
} from "@holdfast/doc";
import { fromHex, toHex } from "@holdfast/std";
import { describe, expect, test } from "vitest";

const document = parseDocumentId("minutes");
const agents = {
  ann: parseAgentId("0a".repeat(16)),
  bob: parseAgentId("0b".repeat(16)),
  cat: parseAgentId("0c".repeat(16)),
} as const;
type Name = keyof typeof agents;

/** Documents of ann, bob and cat, and a transcript of what they do. */
class Script {
  readonly lines: string[] = [];
  readonly bundles: Uint8Array[] = [];
  readonly docs = new Map<Name, Doc>();

  constructor(title: string, ...names: readonly Name[]) {
    this.lines.push(`# ${title}`, `document ${document}`);
    for (const name of names) {
      this.lines.push(`agent ${name} ${agents[name]}`);
      this.docs.set(name, new Doc({ document, agent: agents[name] }));
    }
    this.lines.push("---");
  }

  doc(name: Name): Doc {
    return this.docs.get(name)!;
  }

  insert(name: Name, at: number, text: string): void {
    this.#make(name, `insert ${at} ${JSON.stringify(text)}`, (doc) =>
      doc.text("body").insert(at, text),
    );
  }

  delete(name: Name, at: number, length: number): void {
    this.#make(name, `delete ${at} ${length}`, (doc) => doc.text("body").delete(at, length));
  }

  splice(name: Name, at: number, count: number, ...values: readonly Value[]): void {
    const described = values.map((value) => ` ${describeValue(value)}`).join("");
    this.#make(name, `splice ${at} ${count}${described}`, (doc) =>
      doc.list("body").splice(at, count, values),
    );
  }

  set(name: Name, key: string, value: Value | undefined): void {
    this.#make(name, `set ${key} ${describeValue(value)}`, (doc) => {
      if (value === undefined) doc.map("meta").delete(key);
      else doc.map("meta").set(key, value);
    });
  }

  hear(name: Name, from: Name): void {
    this.lines.push(`${name} hears ${from}`);
    for (const bytes of this.doc(from).bundles(this.doc(name).vector()))
      this.doc(name).apply(bytes);
  }

  /** All hear all; then what they show, and the document's file. */
  end(): string {
    const names = [...this.docs.keys()];
    for (const name of names) for (const from of names) if (from !== name) this.hear(name, from);
    const doc = this.doc(names[0]!);
    this.lines.push(`text ${JSON.stringify(doc.text("body").toString())}`);
    if (doc.list("body").length > 0) this.lines.push(`list ${describeList(doc)}`);
    for (const key of doc.map("meta").keys()) {
      const values = doc
        .map("meta")
        .conflicts(key)
        .map(({ value }) => describeValue(value));
      this.lines.push(`value ${key} ${values.join(" | ")}`);
    }
    const joined = joinBundles(this.bundles.map((bytes) => decodeBundle(bytes)));
    for (const bytes of coalesceBundles([joined])) this.lines.push(`coalesced ${toHex(bytes)}`);
    for (const bytes of doc.bundles(new VersionVector())) this.lines.push(`bundle ${toHex(bytes)}`);
    this.lines.push(`file ${toHex(doc.encode())}`);
    return `${this.lines.join("\n")}\n`;
  }

  #make(name: Name, words: string, edit: (doc: Doc) => void): void {
    const doc = this.doc(name);
    const change = doc.change(() => edit(doc))!;
    this.lines.push(`${name} ${words}`);
    for (const bytes of change.bundles()) {
      this.bundles.push(bytes);
      const [section] = decodeBundle(bytes).sections;
      this.lines.push(`  hash ${toHex(section!.runs[0]!.hash)}`, `  bundle ${toHex(bytes)}`);
    }
  }
}

function describeList(doc: Doc): string {
  return doc.list("body").toArray().map(describeValue).join(" | ");
}

function describeValue(value: Value | undefined): string {
  if (value === undefined) return "nothing";
  if (value instanceof Uint8Array) return `bytes ${toHex(value)}`;
  return Object.is(value, -0) ? "-0" : JSON.stringify(value);
}

const scripts: { readonly [name: string]: () => Script } = {
  typing: () => {
    const script = new Script("One person types, backspaces and deletes.", "ann");
    script.insert("ann", 0, "h");
    script.insert("ann", 1, "e");
    script.insert("ann", 2, "llo wörld 😀");
    for (const at of [10, 9, 8]) script.delete("ann", at, 1);
    script.delete("ann", 0, 1);
    script.delete("ann", 0, 2);
    return script;
  },
  same_place: () => {
    const script = new Script("Three people write at one place.", "ann", "bob", "cat");
    script.insert("ann", 0, "()");
    script.hear("bob", "ann");
    script.hear("cat", "ann");
    script.insert("cat", 1, "cat");
    script.insert("bob", 1, "b");
    script.insert("bob", 1, "o");
    script.insert("ann", 1, "ann");
    script.hear("cat", "bob");
    script.delete("cat", 0, 3);
    return script;
  },
  list: () => {
    const script = new Script("A list, beside a text of its name.", "ann", "bob");
    script.splice("ann", 0, 0, "one", 2, { three: [null] });
    script.insert("ann", 0, "text");
    script.splice("ann", 3, 0, -4, new Uint8Array([5]), "one");
    script.hear("bob", "ann");
    script.splice("bob", 1, 2);
    script.splice("ann", 1, 1, "two");
    script.splice("bob", 3, 1);
    script.splice("bob", 2, 1);
    script.insert("bob", 4, "!");
    script.hear("ann", "bob");
    script.splice("ann", 0, 1, 0.5);
    return script;
  },
  map: () => {
    const script = new Script("Values of every sort, and two who disagree.", "ann", "bob");
    script.set("ann", "a", null);
    script.set("ann", "b", [true, false, 0, 300, -1, -0, 0.5, 2 ** 53, "wörd"]);
    script.set("ann", "c", { y: { z: [] }, x: "" });
    script.set("ann", "d", new Uint8Array([0, 255]));
    script.hear("bob", "ann");
    script.set("bob", "d", 1);
    script.set("ann", "d", undefined);
    script.set("ann", "a", "ann's");
    return script;
  },
};

describe("D13 golden", () => {
  for (const [name, play] of Object.entries(scripts)) {
    const path = new URL(`golden/${name}.txt`, import.meta.url).pathname;
    test(`${name} is written as ever`, async () => {
      await expect(play().end()).toMatchFileSnapshot(path);
    });

    test(`${name} is read as ever`, () => {
      if (!existsSync(path)) return;
      const lines = readFileSync(path, "utf8").split("\n");
      const hexOf = (word: string): Uint8Array[] =>
        lines
          .filter((line) => line.startsWith(word))
          .map((line) => fromHex(line.slice(word.length)));
      const wanted = JSON.parse(lines.find((line) => line.startsWith("text "))!.slice(5)) as string;
      const list = lines.find((line) => line.startsWith("list "))?.slice(5) ?? "";
      for (const word of ["  bundle ", "coalesced ", "bundle "]) {
        const doc = new Doc({ document, agent: agents.cat });
        for (const bytes of hexOf(word)) expect(doc.apply(bytes).missing).toEqual([]);
        expect(doc.text("body").toString()).toBe(wanted);
        expect(describeList(doc)).toBe(list);
      }
      const [file] = hexOf("file ");
      const doc = Doc.decode(file!, { agent: agents.cat });
      expect(doc.text("body").toString()).toBe(wanted);
      expect(describeList(doc)).toBe(list);
      expect(doc.encode()).toEqual(file);
    });
  }

  test("cursors", () => {
    const doc = new Doc({ document, agent: agents.ann });
    doc.text("body").insert(0, "x".repeat(300));
    const hex = (at: number, side: "before" | "after"): string =>
      toHex(encodeCursor(doc.text("body").cursor(at, side)));
    expect(hex(0, "before")).toBe("00");
    expect(hex(300, "after")).toBe("01");
    expect(hex(1, "before")).toBe(`02${"0a".repeat(16)}00`);
    expect(hex(200, "after")).toBe(`03${"0a".repeat(16)}c801`);
  });
});
