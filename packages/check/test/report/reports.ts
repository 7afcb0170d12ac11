// Reports at random, and of hostile histories: what pages and texts are tested with.

import {
  type CallOperation,
  checkLinearizability,
  explainDataType,
  explainIsolation,
  explainLinearizability,
  judgeCounter,
  judgeLists,
  judgeSet,
  judgeTotalQueue,
  judgeUniqueIds,
  type KvInput,
  type KvOutput,
  kv,
  type ListStep,
  type Operation,
  type RegisterInput,
  type RegisterOutput,
  type Report,
  register,
  type TransactionOperation,
} from "@holdfast/check";
import { type Random, randomBelow, randomItem, SeededRandom } from "@holdfast/std";
import { snapshotStore } from "../isolation/stores.ts";
import { guessedHistory } from "../linearizability/random_history.ts";

/** What a page must show as text, and never run. */
export const hostile = `</script><script>document.title="broken"</script><img src=x onerror="document.title='broken'"><!--<script>'\`"&amp;\u2028\u2029\u202e</style></title>]]>`;

/** A report of a random history with whatever verdict: of any judge. */
export function randomReport(seed: number): Report {
  const random = new SeededRandom(seed);
  const makers = [registerReport, kvReport, listReport, dataReport];
  return makers[seed % makers.length]!(random);
}

function registerReport(random: Random): Report {
  const history = guessedHistory<RegisterInput, RegisterOutput>({
    ...{ random: random as SeededRandom, processes: 1 + randomBelow(random, 6) },
    ...{ operations: randomBelow(random, 120), infoEvery: 7, failEvery: 9 },
    input: (): RegisterInput =>
      randomBelow(random, 2) === 0
        ? { f: "read" }
        : { f: "write", value: randomItem(random, [1, "two", hostile]) },
    guesses: ({ f }) => (f === "read" ? [null, 1, "two", hostile] : [undefined]),
  });
  const options = { stepsMax: randomItem(random, [1, 100_000]) };
  const verdict = checkLinearizability(history, register(), options);
  return explainLinearizability(history, register(), verdict, { faults: someFaults(random) });
}

function kvReport(random: Random): Report {
  const history = guessedHistory<KvInput, KvOutput>({
    ...{ random: random as SeededRandom, processes: 4, operations: randomBelow(random, 60) },
    input: () => {
      const key = randomItem(random, ["x", hostile, "__proto__"]);
      return randomBelow(random, 2) === 0
        ? { f: "get", key }
        : { f: "append", key, value: randomItem(random, ["a", "b"]) };
    },
    guesses: ({ f }) => (f === "get" ? ["", "a", "b", "ab"] : [undefined]),
  });
  const verdict = checkLinearizability(history, kv(), { stepsMax: 100_000 });
  return explainLinearizability(history, kv(), verdict);
}

function listReport(random: Random): Report {
  const transactions = randomBelow(random, 300);
  const history = snapshotStore(random, { transactions, processes: 5, keys: 4 }, false);
  const isTimeless = randomBelow(random, 4) === 0;
  const shown: TransactionOperation<ListStep>[] = history.map((operation) => ({
    ...operation,
    ...(isTimeless ? { invokedAt: -Infinity } : {}),
    process: randomBelow(random, 50) === 0 ? hostile : operation.process,
  }));
  const verdict = judgeLists(shown, { models: [randomItem(random, ["serializable", "PL-1"])] });
  return explainIsolation(shown, verdict, { faults: someFaults(random) });
}

function dataReport(random: Random): Report {
  const calls = Array.from({ length: randomBelow(random, 80) }, (_, at): CallOperation => {
    const f = randomItem(random, ["add", "read", "enqueue", "dequeue", "generate"]);
    const value = randomBelow(random, 6);
    const outcome = randomItem(random, ["ok", "ok", "ok", "fail", "info"] as const);
    const isAsked = f === "add" || f === "enqueue";
    return {
      process: `p${at % 4}`,
      input: { f, value: isAsked ? value : null },
      outcome,
      output: outcome === "ok" ? (isAsked ? undefined : value) : undefined,
      invokedAt: at,
      completedAt: outcome === "info" ? Infinity : at + randomBelow(random, 4),
    };
  });
  switch (randomBelow(random, 4)) {
    case 0: {
      const sets = calls.map((call) =>
        call.input.f === "read" && call.outcome === "ok" ? { ...call, output: [1, 2, 3] } : call,
      );
      return explainDataType(sets, { type: "set", verdict: judgeSet(sets) });
    }
    case 1:
      return explainDataType(calls, { type: "total-queue", verdict: judgeTotalQueue(calls) });
    case 2:
      return explainDataType(calls, { type: "unique-ids", verdict: judgeUniqueIds(calls) });
    default:
      return explainDataType(calls, { type: "counter", verdict: judgeCounter(calls) });
  }
}

function someFaults(random: Random) {
  return Array.from({ length: randomBelow(random, 4) }, (_, index) => {
    const beginsAt = randomBelow(random, 100);
    const endsAt = randomItem(random, [beginsAt + 20, Infinity]);
    return { name: randomItem(random, [`fault ${index}`, hostile]), beginsAt, endsAt };
  });
}

/** A report in which every text is hostile. */
export function hostileReport(): Report {
  const operation = (place: number): Operation => ({
    process: hostile,
    input: { f: hostile, [hostile]: hostile },
    outcome: "ok",
    output: [hostile],
    invokedAt: place,
    completedAt: place + 2,
  });
  const edge = (from: number, to: number) => ({ from, to, type: "rw" as const, reason: hostile });
  const finding = {
    ...{ title: hostile, sentence: hostile, operations: [0, 1], isAllowed: true },
    edges: [edge(0, 1), edge(1, 0)],
  };
  const history = Array.from({ length: 12 }, (_, place) => operation(place));
  const report = explainIsolation([], judgeLists([]), {
    faults: [{ name: hostile, beginsAt: 0, endsAt: 3 }],
  });
  return {
    ...report,
    judged: hostile,
    verdict: "violation",
    title: hostile,
    sentence: hostile,
    facts: [[hostile, hostile]],
    findings: [finding, finding],
    orders: [
      {
        stepsLeftOut: 1,
        steps: [{ place: 0, state: hostile }],
        next: 1,
        reasons: [hostile],
      },
    ],
    models: { ruledOut: [hostile], weakestRuledOut: [hostile], mayHold: [hostile] },
    operations: history.map((each, place) => ({ place, operation: each })),
    activity: {
      from: 0,
      until: 14,
      kinds: [hostile],
      spans: [{ counts: { ok: 12, fail: 0, info: 0 }, latency: null }],
      latency: { median: 2, p95: 2, p99: 2, max: 2 },
      points: [{ at: 3, latency: 2, kind: 0, outcome: "ok" }],
    },
  };
}
