// What the writers of the torture test say of their documents, and the history that it
// makes of each document.
//
// Each line has the time of the one clock that all processes of a machine share, so that
// lines of several can be put in order.

import { type AgentId, VersionVector } from "@holdfast/causality";
import { DocumentHistory, type Shown } from "../../src/document_history.ts";
import { bodyName } from "./marks.ts";

type Entries = ReturnType<VersionVector["entries"]>;

/** What a writer says of a document. */
export type LogWord =
  | { readonly type: "opened" | "holds"; readonly vector: Entries }
  /** It made an edit as `agent`, which put `token` into the text, and holds `vector`. */
  | {
      readonly type: "wrote";
      readonly agent: AgentId;
      readonly vector: Entries;
      readonly token: string | null;
    }
  | { readonly type: "shows"; readonly vector: Entries; readonly shown: readonly Shown[] }
  /** The events of `agent` before `to` are acknowledged. */
  | { readonly type: "local" | "saved"; readonly agent: AgentId; readonly to: number };

/** A word, who said it, and of which document. */
export interface LogLine {
  readonly atNs: bigint;
  readonly replica: string;
  readonly document: number;
  readonly word: LogWord;
}

/** A line for a parent process. */
export function eventLine(document: number, word: LogWord): string {
  return `${process.hrtime.bigint()} ${document} ${JSON.stringify(word)}`;
}

/** What a process that was `replica` said of its documents. */
export function parseEventLines(replica: string, lines: readonly string[]): readonly LogLine[] {
  return lines.flatMap((line): LogLine[] => {
    const [, atNs, document, json] = /^(\d+) (\d+) (\{.*\})$/.exec(line) ?? [];
    if (json === undefined) return [];
    const word = JSON.parse(json) as LogWord;
    return [{ atNs: BigInt(atNs!), replica, document: Number(document), word }];
  });
}

/** The histories of so many documents, of which `lines` tell. `server` stands for the server. */
export function documentHistories(
  lines: readonly LogLine[],
  { documents, server }: { readonly documents: number; readonly server: string },
): readonly DocumentHistory[] {
  const histories = Array.from(
    { length: documents },
    (_, index) => new DocumentHistory(`torture-${index}`),
  );
  const inOrder = [...lines].sort((one, other) => (one.atNs < other.atNs ? -1 : 1));
  for (const { replica, document, word } of inOrder) {
    take(histories[document]!, { replica, word, server });
  }
  return histories;
}

function take(
  history: DocumentHistory,
  { replica, word, server }: Pick<LogLine, "replica" | "word"> & { readonly server: string },
): void {
  switch (word.type) {
    case "opened":
      history.opened(replica, new VersionVector(word.vector));
      break;
    case "holds":
      history.holds(replica, new VersionVector(word.vector));
      break;
    case "wrote": {
      const { agent, token } = word;
      const vector = new VersionVector(word.vector);
      if (token === null) {
        history.holds(replica, vector);
      } else {
        const event = { agent, seq: vector.next(agent) - 1 };
        history.inserted(replica, vector, { event, object: bodyName, element: token });
      }
      break;
    }
    case "shows":
      history.holds(replica, new VersionVector(word.vector));
      history.shows(replica, word.shown);
      break;
    case "local":
      history.durable(replica, { agent: word.agent, from: 0, to: word.to });
      break;
    case "saved":
      history.acknowledged(server, { agent: word.agent, from: 0, to: word.to });
      break;
  }
}
