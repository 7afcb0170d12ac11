import type { ConnectionState, DocumentStatus } from "@holdfast/client";
import { HoldfastError } from "@holdfast/std";
import { describe, expect, test } from "vitest";
import { exportContent, exportName } from "../src/data/export_file.ts";
import { initialsOf, personColors } from "../src/data/person.ts";
import { type Facts, standingOf } from "../src/data/standing.ts";
import { peopleOf } from "../src/shell/avatar.tsx";

const online: ConnectionState = { state: "online", reason: null, retryAtMs: null };
const offline: ConnectionState = { state: "offline", reason: null, retryAtMs: 9_000 };

function status(
  state: DocumentStatus["state"],
  problem: HoldfastError | null = null,
): DocumentStatus {
  return { state, pendingCount: 0, localCount: 0, sentCount: 0, problem };
}

function say(facts: Partial<Facts>) {
  const { tone, sentence, retry, remedy } = standingOf({
    statuses: [status("saved")],
    connection: online,
    storageProblem: null,
    hasNetwork: true,
    nowMs: 1_000,
    ...facts,
  });
  return [tone, sentence, retry, remedy].join(" | ");
}

describe("where everything stands", () => {
  test("in words, what is worst first", () => {
    const full = new HoldfastError("disk_full", "no room");
    const refused = (code: "unsupported_version" | "unauthenticated"): ConnectionState => ({
      state: "refused",
      reason: new HoldfastError(code, "the server said: no"),
      retryAtMs: 9_000,
    });
    const lines = [
      say({}),
      say({ statuses: [status("saved"), status("sent")] }),
      say({ hasNetwork: false }),
      say({ hasNetwork: false, statuses: [status("sent")] }),
      say({ statuses: [status("pending"), status("saved")] }),
      say({ connection: offline }),
      say({ connection: offline, statuses: [status("local")] }),
      say({ connection: offline, statuses: [status("pending")] }),
      say({ connection: { ...offline, state: "connecting", retryAtMs: null } }),
      say({ connection: offline, statuses: [status("pending", full)] }),
      say({ storageProblem: full }),
      say({ storageProblem: new HoldfastError("corrupt", "what was kept here is gone") }),
      say({
        storageProblem: new HoldfastError("unavailable", "nothing is kept here"),
        statuses: [status("sent")],
      }),
      say({ statuses: [status("pending", new HoldfastError("io", "broken"))] }),
      say({ connection: refused("unsupported_version") }),
      say({ connection: refused("unauthenticated") }),
      say({ statuses: [status("sent", new HoldfastError("forbidden", "read only"))] }),
    ];
    expect(lines).toMatchInlineSnapshot(`
      [
        "good | Saved |  | ",
        "busy | Saved on this device; sending |  | ",
        "good | Saved |  | ",
        "away | Saved on this device; will be sent when the network is back |  | ",
        "busy | Saving on this device |  | ",
        "away | Everything is saved; the server can’t be reached | retrying in 8 s | reconnect",
        "away | Saved on this device; will be sent when the server is there | retrying in 8 s | reconnect",
        "away | Saving on this device | retrying in 8 s | reconnect",
        "away | Connecting to the server |  | ",
        "bad | Not saved: this device’s storage is full. Free some room, or write less. |  | ",
        "bad | Not saved: this device’s storage is full. Free some room, or write less. |  | ",
        "away | Saved on the server. What was kept here is gone. |  | ",
        "bad | This device’s storage: Nothing is kept here. |  | ",
        "bad | Not saved: this device’s storage fails. |  | ",
        "bad | This page and the server are of different releases. Nothing is lost; reload to go on. |  | reload",
        "bad | Kept on this device only. The server said: no. |  | reconnect",
        "bad | Kept on this device only. The server said: Read only. |  | ",
      ]
    `);
  });

  test("never tries again in no time", () => {
    expect(say({ connection: offline, nowMs: 9_500 })).toContain("retrying in 1 s");
  });

  test("never says saved of what is not", () => {
    for (const state of ["pending", "local", "sent"] as const) {
      for (const connection of [online, offline]) {
        const { tone, sentence, short } = standingOf({
          statuses: [status("saved"), status(state)],
          connection,
          storageProblem: null,
          hasNetwork: true,
          nowMs: 0,
        });
        expect(tone).not.toBe("good");
        expect(sentence).not.toMatch(/^(Saved|Everything is saved)$/);
        expect(short).not.toBe("Saved");
      }
    }
  });
});

describe("people", () => {
  const self = { name: "Me", color: personColors[0]! };

  test("count once for all their tabs, and what is no person is left out", () => {
    const peers = new Map([
      ["1", { name: "Ben Otter", color: personColors[1]! }],
      ["2", { name: "Ben Otter", color: personColors[1]! }],
      ["3", { name: "Me", color: personColors[0]! }],
      ["4", { name: 7 }],
      ["5", null],
      ["6", { name: "Anna", color: "url(javascript:alert(1))" }],
      ["7", { name: "  ", color: personColors[2]! }],
    ]);
    expect(peopleOf(peers, self)).toEqual([
      { name: "Anna", color: personColors[0] },
      { name: "Ben Otter", color: personColors[1] },
    ]);
  });

  test("have initials", () => {
    expect(["Ben", "Quiet Otter", " a b c ", "🙂 x", ""].map(initialsOf)).toEqual([
      "B",
      "QO",
      "AC",
      "🙂X",
      "",
    ]);
  });

  test("have colours that carry white letters", () => {
    for (const color of personColors) expect(contrastWithWhite(color)).toBeGreaterThanOrEqual(4.5);
  });
});

describe("exports", () => {
  test("have names that every system takes", () => {
    expect(
      ["a/b:c", "  ", "..", "CON*", "x".repeat(300), "Tide.\n"].map((title) =>
        exportName("md", title),
      ),
    ).toEqual([
      "a b c.md",
      "Untitled.md",
      "Untitled.md",
      "CON.md",
      `${"x".repeat(80)}.md`,
      "Tide.md",
    ]);
  });

  test("end with a line's end, and begin with the title as Markdown", () => {
    expect(exportContent("txt", "Title", "text")).toBe("text\n");
    expect(exportContent("md", "Title", "text\n")).toBe("# Title\n\ntext\n");
    expect(exportContent("md", "", "")).toBe("");
  });
});

function contrastWithWhite(color: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 1.05 / (0.2126 * red! + 0.7152 * green! + 0.0722 * blue! + 0.05);
}
