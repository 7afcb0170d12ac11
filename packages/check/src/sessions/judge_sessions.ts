// The judge of sessions: read your writes, monotonic reads and writes, writes follow reads,
// and causal consistency in three strengths, from what was read alone.
//
// Every value is written once to its key, so it is known which write each read saw; and then
// each guarantee is broken exactly where one of a few patterns is in the history:
//
//   CyclicCO         causality runs in a circle                         causal
//   ThinAirRead      a read of what nobody wrote                        causal
//   WriteCOInitRead  a read of the initial state, behind a write        causal, or weaker
//   WriteCORead      a read of a write that is older than another,      causal, or weaker
//                    which is before the read
//   CyclicCF         no one order of all writes explains all reads      causal-plus
//   WriteHBInitRead  no one order explains the reads of one session     causal-memory
//   CyclicHB         the same                                           causal-memory
//
// The second column names the weakest guarantee that the pattern breaks; stale_reads.ts says
// which of the weaker ones a stale read breaks.
// Source: Bouajjani, Enea, Guerraoui and Hamza 2017, "On verifying causal consistency",
// theorems 3.5, 3.7 and 3.9. Departures: steps of one transaction are accesses in order, so
// that nothing is said of its being whole; a write of unknown outcome is before nothing
// but who read it.

import { Budget } from "../graph/budget.ts";
import { RegisterIntake } from "../isolation/register_intake.ts";
import type { RegisterStep, TransactionOperation } from "../isolation/transaction.ts";
import { AccessGraph } from "./access_graph.ts";
import { AccessTable, thinAir } from "./access_table.ts";
import { memoryFaults, type Sources } from "./causal_memory.ts";
import { CausalOrder } from "./causal_order.ts";
import { Explain } from "./explain.ts";
import { Findings } from "./findings.ts";
import { KeyWrites } from "./key_writes.ts";
import { olderWrites } from "./newer_writes.ts";
import { StaleReads } from "./stale_reads.ts";
import { askedFor, type SessionOptions, type SessionVerdict, stepsOf } from "./verdict.ts";

/**
 * Judges a history of reads and writes of registers, whose processes are sessions. Values
 * that are written to one key must differ.
 *
 * @throws {HoldfastError} As `judgeRegisters`.
 *
 * Cost: for n reads and writes of s sessions, O(n s log n), and O(n s^2) for causal memory
 * where sessions order concurrent writes by their reads; sessions that share nothing
 * cost nothing.
 */
export function judgeSessions(
  history: Iterable<TransactionOperation<RegisterStep>>,
  options: SessionOptions = {},
): SessionVerdict {
  const asked = askedFor(options);
  const budget = new Budget(stepsOf(options), options.shouldStop);
  const intake = new RegisterIntake();
  for (const operation of history) intake.add(operation);
  const table = new AccessTable(intake, options.complete ?? false);
  const findings = new Findings(table.hasDuplicates);
  const order = new CausalOrder(table, budget);
  const writes = new KeyWrites(table);
  const graph = new AccessGraph(table);
  const explain = new Explain(table, graph, budget);
  for (let access = 0; access < table.size; access += 1) {
    if (table.writer.at(access) !== thinAir) continue;
    findings.judge("causal");
    findings.add("causal", () => explain.thinAir(access));
  }
  const stale = new StaleReads(table, { order, writes, budget });
  stale.judge();
  for (const guarantee of stale.judged) findings.judge(guarantee);
  for (const each of stale.found) findings.add(each.guarantee, () => explain.stale(each));
  if (order.isWhole) {
    if (!findings.isBroken("causal")) {
      const sources = { table, order, writes, budget };
      if (asked.includes("causal-memory")) judgeMemory(sources, findings);
      else findings.open("causal-memory");
      if (asked.includes("causal-plus")) judgePlus(sources, { findings, explain, graph });
      else findings.open("causal-plus");
    }
  } else if (!budget.ended) {
    findings.judge("causal");
    findings.openSessions();
    for (const cycle of graph.cycles(budget)) {
      findings.add("causal", () => explain.cycle("causal", cycle));
    }
  }
  if (budget.ended) findings.end();
  return findings.verdict(options);
}

// Beyond causal consistency, of a history that has that.
function judgePlus(
  sources: Sources,
  to: { readonly findings: Findings; readonly explain: Explain; readonly graph: AccessGraph },
): void {
  to.explain.addOlder(olderWrites(sources.table, sources));
  for (const cycle of to.graph.cycles(sources.budget)) {
    to.findings.add("causal-plus", () => to.explain.cycle("causal-plus", cycle));
  }
}

function judgeMemory(sources: Sources, findings: Findings): void {
  const faults = memoryFaults(sources);
  if (faults === "open") {
    findings.open("causal-memory");
    return;
  }
  const { table, budget } = sources;
  for (const fault of faults) {
    // What one session takes for older, another need not: each has a graph of its own.
    findings.add("causal-memory", () =>
      new Explain(table, new AccessGraph(table), budget).memory(fault),
    );
  }
}
