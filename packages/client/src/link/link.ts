// A database's way to its server: over a connection of its own, or through the sibling
// that holds the one connection they have together.
//
//   follower --lead--> leader, until it ends or loses the lead (leadership.ts)
//
// Who leads keeps in sync what any sibling has open. It reads such a document from the
// copy, as its own, and gives it up when nobody has it open and the server has all of it.
// What siblings write reaches it through the copy: they say that there is more, and it
// reads on. What the server sends it appends, once, and the siblings read that. All else
// that a session tells it passes on, as words (sibling_message.ts).
//
// Nothing depends on these words but promptness. Who misses them reads the copy now and
// then, and whoever leads next finds in it all that was written and not saved.
//
// Invariants:
//   LI1  Only who leads connects. Unless it is made to stop, it leads until its session
//        has ended and all it knows of the server is written down. Who can keep nothing
//        any more does not lead.
//   LI2  Of siblings, only the word of the one who leads counts about the server.

import type { AgentId } from "@holdfast/causality";
import type { DocumentId } from "@holdfast/doc";
import { HoldfastError, isHoldfastError, unreachable } from "@holdfast/std";
import type { InitiatorEvent, SessionId, StoreName } from "@holdfast/sync";
import type { World } from "@holdfast/world";
import type { DatabaseEvent } from "../documents/database_event.ts";
import type { DocumentEvent } from "../documents/document_handle.ts";
import type { OpenDocument, OpenDocuments } from "../documents/open_documents.ts";
import { Leadership } from "../siblings/leadership.ts";
import { SiblingCircle } from "../siblings/sibling_circle.ts";
import type { SiblingMessage, SiblingWord } from "../siblings/sibling_message.ts";
import type { Siblings } from "../siblings/siblings.ts";
import { Backlog } from "./backlog.ts";
import { ConnectionKeeper, type ConnectionState } from "./connection_keeper.ts";
import {
  areAlike,
  type ConnectionWord,
  connectionTold,
  connectionWord,
} from "./connection_word.ts";
import { HeldDocuments } from "./held_documents.ts";
import { ReplicaHoldings } from "./replica_holdings.ts";

/** The server, and how to introduce oneself to it. */
export interface ServerAddress {
  /** At least one; where a cluster serves, those of several of its nodes. */
  readonly urls: readonly string[];
  readonly credential: Uint8Array;
  readonly software: string;
}

/** Options for {@link Link}. */
export interface LinkOptions {
  readonly world: Omit<World, "disk">;
  /** Whom siblings know this one as. */
  readonly agent: AgentId;
  /** Null where there is none. */
  readonly server: ServerAddress | null;
  /** Null where nobody else can have the copy open. */
  readonly siblings: Siblings | null;
  readonly documents: OpenDocuments;
  /** As `Persistence.unsaved`. */
  readonly unsaved: () => Promise<readonly DocumentId[]>;
  /** Called when {@link Link.state} changed. */
  readonly onState: () => void;
  /** Called with what happened to documents that nobody has open. */
  readonly onEvent: (event: DatabaseEvent) => void;
  /** Called when somebody was found to use the name of a writer of this copy. */
  readonly onDouble: () => void;
}

type RefusalEffect = Extract<DocumentEvent, { type: "problem" }>["effect"];

const offline: ConnectionState = { state: "offline", reason: null, retryAtMs: null };

/** The way to the server. */
export class Link {
  readonly #options: LinkOptions;
  readonly #keeper: ConnectionKeeper | null;
  readonly #circle: SiblingCircle | null;
  readonly #held: HeldDocuments | null;
  readonly #backlog: Backlog;
  readonly #leadership: Leadership | null;
  // Aborts when there is to be no connection of this one's own any more.
  readonly #work = new AbortController();
  #follows = false;
  #store: StoreName | null = null;
  // The sibling who leads, and what it told of the connection.
  #leader: AgentId | null = null;
  #told: ConnectionState = offline;
  constructor(options: LinkOptions) {
    this.#options = options;
    const { world, agent, server, siblings, documents } = options;
    const holdings = new ReplicaHoldings((document) => documents.replica(document));
    this.#keeper =
      server === null
        ? null
        : new ConnectionKeeper(world, {
            ...server,
            holdings,
            onEvent: (event) => this.#onEvent(event),
            onState: () => this.#onState(),
          });
    this.#backlog = this.#makeBacklog();
    if (siblings === null) {
      this.#circle = null;
      this.#held = null;
      this.#leadership = null;
      return;
    }
    const circle = new SiblingCircle({
      siblings,
      agent,
      onMessage: (message) => this.#onMessage(message),
      onGone: (who, gone) => this.#onGone(who, gone),
    });
    const onHeld = (open: OpenDocument): void => this.#sayStanding(open);
    this.#circle = circle;
    this.#leadership = new Leadership({ siblings, call: () => this.#say({ type: "call" }) });
    const isLeading = (): boolean => this.#isLeading;
    const isKept = (document: DocumentId): boolean => this.#backlog.has(document);
    this.#held = new HeldDocuments({ documents, circle, isLeading, isKept, onHeld });
  }

  /** What the connection does, whoever holds it. */
  get state(): ConnectionState {
    if (this.#keeper === null) return offline;
    return this.#circle === null || this.#isLeading ? this.#keeper.state : this.#told;
  }

  /** The agents that siblings write as; null where there can't be any. */
  get writers(): ReadonlySet<AgentId> | null {
    return this.#circle?.writers ?? null;
  }

  /** Works until `signal` aborts, or until {@link follow}. */
  async run(signal: AbortSignal): Promise<void> {
    const keeper = this.#keeper;
    if (keeper === null) return;
    const stop = (): void => this.#work.abort(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    try {
      if (this.#leadership === null) await keeper.run(this.#work.signal);
      else await this.#runTerms(keeper, this.#leadership);
    } catch (error) {
      if (!this.#follows || !isHoldfastError(error, "cancelled")) throw error;
    }
  }

  /** Sends what waits in documents that nobody has open, until `signal` aborts. */
  sendBacklog(signal: AbortSignal): Promise<void> {
    return this.#backlog.run(signal);
  }

  /** Leaves the connection to siblings for good, as one must who can keep nothing any more. */
  follow(): void {
    if (this.#circle === null) return;
    this.#follows = true;
    this.#work.abort();
  }

  /** Leaves the connection to siblings, at once, until {@link resume}: this one is put to sleep. */
  suspend(): void {
    this.#leadership?.suspend();
  }

  /** Waits to lead again. */
  resume(): void {
    this.#leadership?.resume();
  }

  /** Tries to connect at once, where the connection waits. */
  reconnect(): void {
    if (this.#circle === null || this.#isLeading) this.#keeper?.reconnect();
    else this.#say({ type: "reconnect" });
  }

  /** Finds out whether the server is still there, where this one holds the connection. */
  doubt(): void {
    this.#keeper?.doubt();
  }

  /** Notes that a document is in memory now. */
  opened({ document, replica, presence }: OpenDocument): void {
    const circle = this.#circle;
    if (circle !== null) {
      replica.onKept(() => circle.sayAppended(document));
      replica.onStatus(() => {
        if (replica.isDoubled) this.#options.onDouble();
      });
      for (const [agent, state] of circle.shown(document)) presence.receiveSibling(agent, state);
    }
    this.#keeper?.open(document);
  }

  /** Notes that a document is about to be given up. */
  closing({ document }: OpenDocument): void {
    this.#keeper?.close(document);
    this.#backlog.closed(document);
  }

  /** Notes that the application has opened a document that it had not. */
  taken({ document, presence }: OpenDocument): void {
    this.#say({ type: "open", document, state: presence.shown, asks: true });
  }

  /** Notes that the application has closed a document. Tells whether it is needed still. */
  released(open: OpenDocument): boolean {
    this.#say({ type: "closed", document: open.document });
    this.#held?.left(open.document);
    return this.#held?.needs(open) ?? this.#backlog.has(open.document);
  }

  /** Shows siblings what this tab shows in a document. */
  showSiblings(document: DocumentId, state: Uint8Array | null): void {
    // A handle may be used after it was closed.
    const handles = this.#options.documents.get(document)?.handles;
    if (handles === undefined || handles.size === 0) return;
    this.#say({ type: "open", document, state, asks: false });
  }

  /** Shows the server what all tabs show in a document. */
  showServer(document: DocumentId, pack: Uint8Array | null): void {
    if (this.#circle === null || this.#isLeading) this.#keeper?.present(document, pack);
  }

  /** Finds out what nobody told. */
  async keepUp(): Promise<void> {
    if (this.#circle === null) return;
    if (this.#keeper !== null) this.#leadership?.keepUp();
    await this.#circle.prune();
    await Promise.all(this.#options.documents.all().map(({ replica }) => replica.catchUp()));
  }

  /** Notes that all that was kept is lost. */
  lost(): void {
    this.#circle?.lost();
  }

  /** Lets another one lead, and leaves. Call it when all is kept. */
  end(): void {
    this.#circle?.close();
    this.#leadership?.stepDown();
  }

  get #isLeading(): boolean {
    return this.#leadership?.isLeading ?? false;
  }

  // It still leads when this ends, unless it follows from now on: see `end`.
  async #runTerms(keeper: ConnectionKeeper, leadership: Leadership): Promise<void> {
    const work = this.#work.signal;
    while (!work.aborted) {
      const term = await leadership.lead(work);
      this.#leader = null;
      this.#say({ type: "question" });
      this.#held?.takeUp();
      try {
        await runTerm(keeper, term, work);
      } catch (error) {
        // A defect: let another one try.
        this.#told = keeper.state;
        leadership.stepDown();
        throw error;
      }
      if (work.aborted && !this.#follows) return;
      leadership.stepDown();
      this.#told = offline;
      this.#held?.letGo();
      this.#say({ type: "call" });
    }
  }

  #onState(): void {
    if (this.state.state !== "online") this.#forgetPeers();
    if (this.#isLeading) this.#sayConnection();
    this.#backlog.connectionChanged();
    this.#options.onState();
  }

  #makeBacklog(): Backlog {
    const { world, documents, unsaved, onEvent } = this.#options;
    const dropAlone = async (open: OpenDocument): Promise<void> => {
      if (open.handles.size === 0) await documents.giveUp(open);
    };
    return new Backlog({
      clock: world.clock,
      documents,
      unsaved,
      // Who follows has none of its own.
      isOnline: () => this.#keeper?.state.state === "online",
      settle: (open) => this.#held?.settle(open.document) ?? dropAlone(open),
      drop: (open) => this.#held?.drop(open.document) ?? dropAlone(open),
      onLeft: () => onEvent({ type: "unsaved" }),
      onUnreadable: (document, error) =>
        onEvent({ type: "problem", document, error, effect: "closed" }),
    });
  }

  #onEvent(event: InitiatorEvent): void {
    if (event.type === "welcomed") {
      this.#store = event.store;
      return;
    }
    const open = this.#options.documents.get(event.document);
    if (open === null) return;
    const { document, replica, presence } = open;
    switch (event.type) {
      case "opened":
        replica.opened(this.#store!, event.saved);
        presence.connected();
        break;
      case "sent":
        replica.sent(event.vector);
        break;
      case "saved":
        replica.saved(event.vector);
        break;
      case "refused": {
        const error = new HoldfastError(event.refusal.code, event.refusal.sentence);
        const { effect } = event;
        const isFinal = effect === "closed" || effect === "upload_ended";
        if (effect !== "skipped") replica.refused(error, isFinal);
        this.#say({ type: "refused", document, error, effect });
        this.#onRefused(open, error, effect);
        break;
      }
      case "presence":
        presence.receive(event.peer, event.state);
        if (this.#circle?.hasOpen(document)) this.#sayPeer(document, event.peer, event.state);
        return;
      default:
        unreachable(event);
    }
    this.#sayStanding(open);
    this.#backlog.heard(open, event);
    void this.#held?.settle(document);
  }

  #onRefused(
    { document, handles }: OpenDocument,
    error: HoldfastError,
    effect: RefusalEffect,
  ): void {
    // Somebody else uses a name of this copy: from the next run on it has others.
    if (error.code === "equivocation") this.#options.onDouble();
    const event: DocumentEvent = { type: "problem", error, effect };
    for (const handle of [...handles]) handle.tell(event);
    if (handles.size === 0) this.#onRefusedUnopened(document, error, effect);
  }

  #onRefusedUnopened(document: DocumentId, error: HoldfastError, effect: RefusalEffect): void {
    if (this.#circle?.hasOpen(document)) return;
    this.#options.onEvent({ type: "problem", document, error, effect });
  }

  #onMessage({ sender, word }: SiblingMessage): void {
    const { documents } = this.#options;
    switch (word.type) {
      case "question":
        this.#answer();
        break;
      case "open":
        documents.get(word.document)?.presence.receiveSibling(sender, word.state);
        if (word.asks) this.#answerAbout(word.document);
        if (word.asks || documents.get(word.document) === null) this.#held?.hold(word.document);
        break;
      case "appended":
        documents.whenThere(word.document, ({ replica }) => void replica.catchUp());
        break;
      case "reconnect":
        if (this.#isLeading) this.#keeper?.reconnect();
        break;
      case "call":
        if (this.#isLeading) this.#sayConnection();
        break;
      case "connection":
      case "standing":
      case "refused":
      case "peer":
        if (!this.#isLeading) this.#onLeaderWord(sender, word);
        break;
      case "closed":
      case "gone":
        break;
      default:
        unreachable(word);
    }
  }

  #onLeaderWord(
    sender: AgentId,
    word: Extract<SiblingWord, { type: "connection" | "standing" | "refused" | "peer" }>,
  ): void {
    if (word.type === "connection") {
      this.#leadership?.heard();
      this.#leader = sender;
      this.#learnConnection(word);
      return;
    }
    if (this.#leader !== null && this.#leader !== sender) return;
    const open = this.#options.documents.get(word.document);
    switch (word.type) {
      case "standing":
        open?.replica.learn(word);
        break;
      case "peer":
        open?.presence.receive(word.peer, word.state);
        break;
      case "refused":
        if (open !== null) this.#onRefused(open, word.error, word.effect);
        else {
          if (word.error.code === "equivocation") this.#options.onDouble();
          this.#onRefusedUnopened(word.document, word.error, word.effect);
        }
        break;
      default:
        unreachable(word);
    }
  }

  #learnConnection(word: ConnectionWord): void {
    const told = connectionTold(word, this.#options.world.clock.now());
    // It is said again for each call.
    if (areAlike(told, this.#told)) return;
    this.#told = told;
    if (told.state !== "online") this.#forgetPeers();
    this.#options.onState();
  }

  #onGone(agent: AgentId, gone: readonly DocumentId[]): void {
    for (const document of gone) {
      this.#options.documents.get(document)?.presence.forgetSibling(agent);
      this.#held?.left(document);
      void this.#held?.settle(document);
    }
    if (agent !== this.#leader || this.#circle?.knows(agent)) return;
    this.#leader = null;
    this.#told = offline;
    this.#forgetPeers();
    this.#options.onState();
  }

  #answer(): void {
    for (const { document, presence, handles } of this.#options.documents.all()) {
      if (handles.size === 0) continue;
      this.#say({ type: "open", document, state: presence.shown, asks: false });
    }
    if (this.#isLeading) this.#sayConnection();
  }

  #answerAbout(document: DocumentId): void {
    const open = this.#options.documents.get(document);
    if (open === null) return;
    const { presence, handles } = open;
    if (handles.size > 0) this.showSiblings(document, presence.shown);
    if (!this.#isLeading) return;
    for (const [peer, { pack }] of presence.remote) this.#sayPeer(document, peer, pack);
  }

  #sayConnection(): void {
    this.#say(connectionWord(this.state, this.#options.world.clock.now()));
  }

  #sayStanding({ document, replica }: OpenDocument): void {
    if (!this.#isLeading || !this.#circle?.hasOpen(document)) return;
    this.#say({ type: "standing", document, ...replica.toldStanding() });
  }

  #sayPeer(document: DocumentId, peer: SessionId, state: Uint8Array | null): void {
    this.#say({ type: "peer", document, peer, state });
  }

  #say(word: SiblingWord): void {
    this.#circle?.say(word);
  }

  #forgetPeers(): void {
    for (const { presence } of this.#options.documents.all()) presence.disconnected();
  }
}

/** Keeps the connection as long as neither `term` nor `work` aborts. */
async function runTerm(
  keeper: ConnectionKeeper,
  term: AbortSignal,
  work: AbortSignal,
): Promise<void> {
  const either = new AbortController();
  const end = (): void => either.abort();
  for (const signal of [term, work]) {
    if (signal.aborted) end();
    signal.addEventListener("abort", end, { once: true });
  }
  await keeper.run(either.signal);
  work.removeEventListener("abort", end);
}
