// Bugs to plant in Raft, each a change of one place of its sources.

/** A bug, and how it is found. */
export interface Mutant {
  /** Names it, in words joined by underscores. */
  readonly id: string;
  /** The bug, in one sentence. */
  readonly bug: string;
  /** The file, in `src`. */
  readonly file: string;
  /** Text that is in the file exactly once. */
  readonly find: string;
  /** What takes its place. */
  readonly replace: string;
  /**
   * Where it is found: by chance, with leases or without, or with most trouble for elections
   * or members; in all orders; since a transcript differs; or by replicas in simulated
   * worlds, one of which has a disk that is damaged.
   */
  readonly by:
    | "random"
    | "leases"
    | "elections"
    | "members"
    | "explore"
    | "transcripts"
    | "replicas";
  /** What a run says that finds it. A run that fails with anything else does not count. */
  readonly breaks: RegExp;
}

/** Within so many seeds each has to fall that is found by chance. */
export const seedsMax = 200;

/** See the head of this file. */
export const mutants: readonly Mutant[] = [
  {
    id: "vote_not_persisted",
    bug: "A vote is given and not made durable.",
    file: "raft/persistence.ts",
    find: "    hard: isHardNew ? hard : null,",
    replace: "    hard: isHardNew ? { ...hard, vote: null } : null,",
    by: "explore",
    breaks: /S1/,
  },
  {
    id: "acknowledged_before_sync",
    bug: "Promises leave while the disk is still writing what they rest on.",
    file: "raft/persistence.ts",
    find: "if (state.durableId === state.persistId) send",
    replace: "if (state.durableId <= state.persistId) send",
    by: "random",
    breaks: /S3|S4|F1/,
  },
  {
    id: "promise_of_the_request_before",
    bug: "A promise leaves when the request before its own is durable.",
    file: "raft/persistence.ts",
    find: "state.held.push({ after: state.persistId, envelope });",
    replace: "state.held.push({ after: Math.max(1, state.persistId - 1) as PersistId, envelope });",
    by: "random",
    breaks: /S1|S3|S4|F1/,
  },
  {
    id: "handed_out_before_durable",
    bug: "What is committed is applied before it is durable here.",
    file: "raft/persistence.ts",
    find: "Math.min(log.committed, log.stable) as Index",
    replace: "log.committed",
    by: "transcripts",
    breaks: /slow_disk_pipeline/,
  },
  {
    id: "old_term_counted",
    bug: "An entry of an earlier term is committed by counting who holds it.",
    file: "raft/leader.ts",
    find: "agreed > log.committed && termAt(log, agreed) === hard.term",
    replace: "agreed > log.committed && termAt(log, agreed)! <= hard.term",
    by: "transcripts",
    breaks: /old_term_entry/,
  },
  {
    id: "removed_leader_counts_itself",
    bug: "A leader that is no voter counts itself in the place of one.",
    file: "raft/leader.ts",
    find: "  const agreed = quorumValue(membership,",
    replace:
      "  const others = membership.voters.slice(0, -1);\n  const counted = isVoter(membership, options.id) ? membership : { ...membership, voters: [...others, options.id] };\n  const agreed = quorumValue(counted,",
    by: "transcripts",
    breaks: /remove_leader/,
  },
  {
    id: "own_disk_not_waited_for",
    bug: "A leader counts its own log before it is durable.",
    file: "raft/leader.ts",
    find: "node === options.id ? log.stable",
    replace: "node === options.id ? lastOf(log).index",
    by: "random",
    breaks: /S3|S4/,
  },
  {
    id: "change_before_the_first_entry",
    bug: "A leader changes the membership before an entry of its own term is committed.",
    file: "raft/leader.ts",
    find: "&& leadingOf(turn).first <= log.committed",
    replace: "&& leadingOf(turn).first > 0",
    by: "transcripts",
    breaks: /change_refused/,
  },
  {
    id: "change_upon_an_open_change",
    bug: "A membership is appended while the one before is not committed.",
    file: "raft/leader.ts",
    find: "membershipIn(log).index <= log.committed &&",
    replace: "membershipIn(log).index >= 0 &&",
    by: "random",
    breaks: /S1|S3|S4|not_joint|no_voter/,
  },
  {
    id: "removed_leader_stays",
    bug: "A leader that was removed goes on leading.",
    file: "raft/leader.ts",
    find: "if (index > state.log.committed || isVoter(membership, options.id)) return;",
    replace: "if (index >= 0 || isVoter(membership, options.id)) return;",
    by: "transcripts",
    breaks: /remove_leader/,
  },
  {
    id: "joint_by_one_majority",
    bug: "In a joint membership, the new voters decide alone.",
    file: "raft/membership.ts",
    find: "outgoing.length === 0 ? [voters] : [voters, outgoing]",
    replace: "outgoing.length === 0 ? [voters] : [voters]",
    by: "transcripts",
    breaks: /joint_needs_both/,
  },
  {
    id: "joint_left_before_it_is_in_force",
    bug: "A leader leaves a joint membership before that is committed.",
    file: "raft/leader.ts",
    find: "membership.leavesItself && mayChange(turn)",
    replace: "membership.leavesItself",
    by: "transcripts",
    breaks: /joint_for_one/,
  },
  {
    id: "two_voters_at_once",
    bug: "Two voters are exchanged without a joint membership.",
    file: "raft/membership.ts",
    find: "moves(membership, next) <= 1",
    replace: "moves(membership, next) <= 4",
    by: "transcripts",
    breaks: /add_two_voters/,
  },
  {
    id: "half_is_a_majority",
    bug: "Half of the voters decide.",
    file: "raft/membership.ts",
    find: "half.filter(says).length * 2 > half.length",
    replace: "half.filter(says).length * 2 >= half.length",
    by: "random",
    breaks: /S1|S3|S4|S5/,
  },
  {
    id: "learner_refuses_a_needed_vote",
    bug: "A node that does not know yet that it is a voter refuses its vote.",
    file: "raft/election.ts",
    find: "const granted = isFree && isUpToDate",
    replace:
      "const granted = isFree && isVoter(membershipIn(state.log).membership, turn.options.id) && isUpToDate",
    by: "transcripts",
    breaks: /learner_must_vote/,
  },
  {
    id: "vote_for_a_shorter_log",
    bug: "A vote is given to a log that ends in the same term and is shorter.",
    file: "raft/log.ts",
    find: "last.term === own.term && last.index >= own.index",
    replace: "last.term === own.term && last.index >= own.index - 1",
    by: "random",
    breaks: /S3|S4/,
  },
  {
    id: "vote_for_the_longest_log",
    bug: "A longer log counts as up to date, whatever the term of its end.",
    file: "raft/log.ts",
    find: "return last.term > own.term ||",
    replace: "return last.index > own.index || last.term > own.term ||",
    by: "transcripts",
    breaks: /up_to_date/,
  },
  {
    id: "second_vote",
    bug: "A node votes for whoever asks, as often as it is asked.",
    file: "raft/election.ts",
    find: "vote === null ? state.leader === null : vote === from",
    replace: "vote === null ? state.leader === null : true",
    by: "random",
    breaks: /S1|S3|S4/,
  },
  {
    id: "asks_for_votes_before_durable",
    bug: "A candidate asks for votes before its log and its own vote are durable.",
    file: "raft/election.ts",
    find: `turn.promises.push({ to, message: { type: "vote_request"`,
    replace: `turn.send.push({ to, message: { type: "vote_request"`,
    by: "transcripts",
    breaks: /stale_write/,
  },
  {
    id: "stale_write_vouches",
    bug: "A write that is done counts for the log as it is now, though that was cut since.",
    file: "raft/log.ts",
    find: "    through: Math.min(through, most) as Index,",
    replace: "    through,",
    by: "transcripts",
    breaks: /stale_write/,
  },
  {
    id: "old_append_cuts",
    bug: "Entries that come late cut what follows them, though they are there already.",
    file: "raft/follower.ts",
    find: "entries.findIndex((entry) => !hasEntry(log, entry))",
    replace: "entries.length - 1",
    by: "random",
    breaks: /S3|S4|L2|F1/,
  },
  {
    id: "heartbeat_commits_too_much",
    bug: "A heartbeat tells what is committed, whether or not the peer is known to hold it.",
    file: "raft/replication.ts",
    find: "Math.min(peer.match, state.log.committed) as Index",
    replace: "Math.min(peer.match + 2, state.log.committed) as Index",
    by: "random",
    breaks: /S4|L2|F1/,
  },
  {
    id: "snapshot_without_membership",
    bug: "Who installs a snapshot keeps the membership that it had.",
    file: "raft/log.ts",
    find: "log.memberships = [{ index: snapshot.index, membership: snapshot.membership }];",
    replace:
      "log.memberships = [{ index: snapshot.index, membership: membershipIn(log).membership }];",
    by: "transcripts",
    breaks: /snapshot/,
  },
  {
    id: "snapshot_with_a_later_membership",
    bug: "A snapshot carries the membership of the end of the log.",
    file: "raft/step.ts",
    find: "membership: membershipAt(log, index),",
    replace: "membership: log.memberships.at(-1)!.membership,",
    by: "transcripts",
    breaks: /snapshot_of_an_earlier/,
  },
  {
    id: "pieces_of_two_snapshots",
    bug: "A snapshot goes on from where another one stopped.",
    file: "raft/follower.ts",
    find: "state.partial?.snapshot.name === snapshot.name ? state.partial.offset : 0",
    replace: "state.partial === null ? 0 : state.partial.offset",
    by: "transcripts",
    breaks: /snapshot_of_another_leader/,
  },
  {
    id: "snapshot_sent_for_ever",
    bug: "A snapshot that was taken is sent again, where the log was cut beyond it.",
    file: "raft/peer.ts",
    find: "    if (isTaken) probe(peer, (peer.match + 1) as Index);",
    replace: "    if (isTaken) return;",
    by: "transcripts",
    breaks: /snapshot_overtaken/,
  },
  {
    id: "read_without_a_quorum",
    bug: "A leader answers reads without asking whether it still leads.",
    file: "raft/reads.ts",
    find: "if (leaseMs === null || isLeaseVoid || state.log.committed < first) return false;",
    replace: "if (leaseMs === null) return state.log.committed >= first;",
    by: "random",
    breaks: /S5/,
  },
  {
    id: "read_before_the_first_entry",
    bug: "A new leader reads before it knows what is committed.",
    file: "raft/reads.ts",
    find: "if (state.log.committed < leading.first) return;",
    replace: "if (state.log.committed < 0) return;",
    by: "random",
    breaks: /S5/,
  },
  {
    id: "round_of_before",
    bug: "A read is confirmed by answers to a round that began before it came.",
    file: "raft/reads.ts",
    find: "roundOf(turn, node) >= round)",
    replace: "roundOf(turn, node) >= round - 1)",
    by: "random",
    breaks: /S5/,
  },
  {
    id: "read_before_apply",
    bug: "A read is answered before what it must see is applied.",
    file: "raft/reads.ts",
    find: "index <= applied;",
    replace: "index <= applied + 1;",
    by: "random",
    breaks: /S5/,
  },
  {
    id: "lease_across_a_pause",
    bug: "A lease is held against the clock as it was at the last heartbeat, not as it is.",
    file: "raft/reads.ts",
    find: "nowMs - peers.get(node)!.confirmedMs < leaseMs",
    replace: "leadingOf(turn).heartbeatMs - peers.get(node)!.confirmedMs < leaseMs",
    by: "leases",
    breaks: /S5/,
  },
  {
    id: "lease_from_the_answer",
    bug: "A lease counts from when a heartbeat was answered.",
    file: "raft/replication.ts",
    find: "Math.max(peer.confirmedMs, sentMs)",
    replace: "Math.max(peer.confirmedMs, sentMs, turn.nowMs)",
    by: "transcripts",
    breaks: /read_by_late_answer/,
  },
  {
    id: "lease_through_a_transfer",
    bug: "A leader keeps its lease though it told another to campaign.",
    file: "raft/requests.ts",
    find: "leading.isLeaseVoid = true;",
    replace: "leading.isLeaseVoid = false;",
    by: "transcripts",
    breaks: /read_by_lease/,
  },
  {
    id: "promise_lost_in_a_crash",
    bug: "A node that begins again votes at once, whatever it promised a leader.",
    file: "raft/state.ts",
    find: "options.leaseMs === null ? Number.NEGATIVE_INFINITY : nowMs",
    replace: "Number.NEGATIVE_INFINITY",
    by: "transcripts",
    breaks: /forget_leader_with_leases/,
  },
  {
    id: "promise_not_kept",
    bug: "A node votes for another while it hears from its leader.",
    file: "raft/step.ts",
    find: "!message.isTransfer && isPromised(turn)",
    replace: '!message.isTransfer && state.role === "leader"',
    by: "transcripts",
    breaks: /promise_before_the_vote/,
  },
  {
    id: "probe_never_resumed",
    bug: "A probe that got lost is not sent again.",
    file: "raft/replication.ts",
    find: "  peer.isPaused = false;\n  retryChunk",
    replace: "  retryChunk",
    by: "random",
    breaks: /progress/,
  },
  {
    id: "full_window_stays_full",
    bug: "A window all of whose messages were lost stays full.",
    file: "raft/replication.ts",
    find: "if (!hasRoom(peer, options.limits)) landOldest(peer);",
    replace: "if (hasRoom(peer, options.limits)) landOldest(peer);",
    by: "transcripts",
    breaks: /full_window/,
  },
  {
    id: "old_leader_not_told",
    bug: "A leader of an earlier term is not told that it is outdated.",
    file: "raft/step.ts",
    find: "if (isOfLeader(message)) send.push",
    replace: 'if (isOfLeader(message) && from === "") send.push',
    by: "random",
    breaks: /progress/,
  },
  {
    id: "votes_in_doubt",
    bug: "A node whose disk lost what it promised votes as before.",
    file: "raft/election.ts",
    find: "const isFree = isOpen && state.unsure === null;",
    replace: "const isFree = isOpen;",
    by: "transcripts",
    breaks: /damaged_disk/,
  },
  {
    id: "healed_by_an_earlier_leader",
    bug: "A node trusts itself again by what was committed before its doubt.",
    file: "raft/persistence.ts",
    find: " || termAt(log, known) !== hard.term) return;",
    replace: ") return;",
    by: "transcripts",
    breaks: /damaged_disk/,
  },
  {
    id: "damage_taken_for_torn",
    bug: "A damaged record counts as a torn end, whatever was written after it.",
    file: "disk/segment.ts",
    find: "const isProven = !isLast || rest.some(({ synced }) => synced > at);",
    replace: "const isProven = !isLast;",
    by: "replicas",
    breaks: /S1|S3|S4|S5|RE2|F1|progress/,
  },
];
