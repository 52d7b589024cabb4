import { refuse } from "../operations/operation.ts";
import type { Clock } from "../ports/clock.ts";
import type { EventStore, NewEvent } from "../ports/event-store.ts";
import type { Caller } from "../ports/principal-directory.ts";
import type { Ports } from "../ports/ports.ts";
import type { RequestLog } from "../ports/request-log.ts";
import { type EventMaker, eventMaker, type Recipient, recipientsOf } from "./cloudtrail-event.ts";
import { decidingDocuments } from "./decision-element.ts";
import { newEventId } from "./event-id.ts";
import { type EventKind, eventKind } from "./event-kind.ts";
import type { Call, CallFacts, Outcome } from "./recorded-call.ts";
import { type SignInEvent, signInEvent } from "./sign-in-event.ts";

/** What a change writes beside itself, in its own transaction. */
export interface ChangeEvents {
  readonly events: readonly NewEvent[];
  readonly stored: readonly string[];
}

/** The ports, over a directory whose every change carries these events; `ran` is called when one did. */
export type RecordedPorts = (events: () => ChangeEvents, ran: () => void) => Ports;

/** Data events, on their way to the disk. Never waits: what there is no room for is dropped and counted. */
export interface DataEvents {
  /** `denied`: the call was not allowed, and the caller is not of the account. */
  add(accountId: string, line: string, denied?: "outsider"): void;
}

export interface RecorderParts {
  readonly store: EventStore;
  readonly ports: RecordedPorts;
  /** Ports over a directory that refuses every change: to make ports for one call alone costs as much as a small call. */
  readonly readPorts: Ports;
  readonly data: DataEvents;
  /** Whether allowed data events are recorded too; denials always are. */
  readonly allData: boolean;
  readonly clock: Clock;
  readonly region: string;
  readonly log: Pick<RequestLog, "fault">;
}

/** A call whose events have their ids, and of which a change may have been stored. */
interface Begun {
  readonly recipients: readonly Recipient[];
  changed: boolean;
}

/** A call whose data events are not made yet. */
interface Unmade {
  readonly call: Call;
  readonly facts: KnownFacts;
  readonly kind: EventKind;
  readonly outcome: Outcome;
}

/** So many calls are made into events without waiting any longer: until then they keep their requests in memory. */
const maxUnmade = 200;

/** Ids of the outbox that wait to be deleted with a next change; the rest goes at the next start. */
const maxStored = 1000;

/** Makes an event of every call, and has it stored before the call is answered. */
export class Recorder {
  readonly #parts: RecorderParts;
  readonly #begun = new WeakMap<Call["request"], Begun>();
  /** Ids of events that are in the store and still in the outbox. */
  #stored: string[] = [];
  #unmade: Unmade[] = [];

  constructor(parts: RecorderParts) {
    this.#parts = parts;
  }

  /** What a management operation runs with. Its documents are kept first, so that an event never names one that is not there. */
  async portsFor(call: Call, facts: CallFacts): Promise<Ports> {
    if (!isKnown(facts)) throw new Error("record: a call runs without a caller");
    await this.#keepDocuments(facts);
    const kind = eventKind(call.service, facts.operation);
    if (kind.onlyReads) return this.#parts.readPorts;
    const begun = this.#begin(call, facts);
    let sent: readonly string[] = [];
    const events = (): ChangeEvents => {
      const make = this.#maker(call, facts, kind, undefined);
      sent = this.#stored;
      return { events: begun.recipients.map((one) => make(one, true)), stored: sent };
    };
    const ran = (): void => {
      begun.changed = true;
      const gone = new Set(sent);
      this.#stored = this.#stored.filter((id) => !gone.has(id));
    };
    return this.#parts.ports(events, ran);
  }

  /**
   * Called with what is to be answered, before it is. A management call that cannot be recorded is not answered: it is refused, unless it was
   * refused already, or its change is in the outbox.
   */
  async finish(call: Call, facts: CallFacts, outcome: Outcome): Promise<Outcome> {
    if (!isKnown(facts)) return outcome;
    const kind = eventKind(call.service, facts.operation);
    if (kind.isData && !this.#parts.allData && !isDenial(outcome)) return outcome;
    // Nobody here can be held to account for the denial of a caller without an account, and anybody can cause any number of them: whoever
    // uses a public identity provider has a token of it.
    const isNobodys = !("accountId" in facts.caller.principal);
    if (kind.isData || (isNobodys && this.#begun.get(call.request)?.changed !== true)) {
      this.#makeSoon({ call, facts, kind, outcome });
      return outcome;
    }
    const begun = this.#begin(call, facts);
    try {
      const make = this.#maker(call, facts, kind, outcome);
      const recipients = isAllowed(facts, outcome) ? begun.recipients : begun.recipients.slice(0, 1);
      const events = recipients.map((one) => make(one, begun.changed));
      if (kind.onlyReads) await this.#addReads(facts, events);
      else await this.#add(facts, events, begun.changed);
      return outcome;
    } catch (error) {
      this.#parts.log.fault(call.request.requestId, error);
      return begun.changed || outcome.kind === "refusal" ? outcome : notRecorded;
    }
  }

  /** Makes the data events of all calls that are finished. */
  flush(): void {
    const unmade = this.#unmade;
    this.#unmade = [];
    for (const one of unmade) {
      try {
        this.#addData(one);
      } catch (error) {
        this.#parts.log.fault(one.call.request.requestId, error);
      }
    }
  }

  /** Events that are made one after the other, at the end of a turn of the event loop, are made faster than between other work. */
  #makeSoon(one: Unmade): void {
    if (this.#unmade.length === 0) setImmediate(() => this.flush());
    this.#unmade.push(one);
    if (this.#unmade.length === maxUnmade) this.flush();
  }

  /** Resolves when it is on the disk. Who signs in waits for that: nobody is in the console without an event. */
  async addSignIn(event: SignInEvent): Promise<void> {
    const { store, region, clock } = this.#parts;
    await store.add([signInEvent(event, region)], clock.now());
  }

  async #add(known: KnownFacts, events: readonly NewEvent[], changed: boolean): Promise<void> {
    await this.#keepDocuments(known);
    await this.#parts.store.add(events, this.#parts.clock.now());
    if (changed) this.#stored = [...this.#stored, ...events.map(({ eventId }) => eventId)].slice(-maxStored);
  }

  async #addReads(known: KnownFacts, events: readonly NewEvent[]): Promise<void> {
    await this.#keepDocuments(known);
    await this.#parts.store.addReads(events, this.#parts.clock.now());
  }

  #addData({ call, facts, kind, outcome }: Unmade): void {
    this.#keepDocuments(facts).catch((error: unknown) => this.#parts.log.fault("", error));
    const { principal } = facts.caller;
    const own = "accountId" in principal ? principal.accountId : undefined;
    const allowed = isAllowed(facts, outcome);
    const make = this.#maker(call, facts, kind, outcome);
    const all = this.#recipients(call, facts);
    for (const recipient of allowed || kind.isData ? all : all.slice(0, 1)) {
      const { accountId, body } = make(recipient, false);
      this.#parts.data.add(accountId, body, allowed || accountId === own ? undefined : "outsider");
    }
  }

  #begin(call: Call, known: KnownFacts): Begun {
    let begun = this.#begun.get(call.request);
    if (begun === undefined) {
      begun = { recipients: this.#recipients(call, known), changed: false };
      this.#begun.set(call.request, begun);
    }
    return begun;
  }

  #recipients({ request: { now } }: Call, known: KnownFacts): readonly Recipient[] {
    const accounts = recipientsOf(known);
    const sharedEventId = accounts.length > 1 ? newEventId(now) : undefined;
    return accounts.map((accountId) => ({ accountId, eventId: newEventId(now), sharedEventId }));
  }

  #maker(call: Call, facts: KnownFacts, kind: EventKind, outcome: Outcome | undefined): EventMaker {
    return eventMaker({ call, facts, kind, outcome, region: this.#parts.region });
  }

  async #keepDocuments({ decision }: KnownFacts): Promise<void> {
    if (decision !== undefined)
      await this.#parts.store.keepDocuments(decidingDocuments(decision), this.#parts.clock.now());
  }
}

type KnownFacts = CallFacts & { readonly operation: string; readonly caller: Caller };

/** Calls of nobody known, and of no operation, are in the log alone, as CloudTrail leaves them out. */
function isKnown(facts: CallFacts): facts is KnownFacts {
  return facts.operation !== undefined && facts.caller !== undefined;
}

const notRecorded = refuse("ServiceUnavailable", "The call could not be recorded. Try again.");

/**
 * What was not allowed is recorded with the caller alone, as CloudTrail does it: nobody fills the record of another account. That is every
 * denial, and what was refused before it was decided: a question too costly, or a client that left.
 */
function isAllowed({ decision }: KnownFacts, outcome: Outcome): boolean {
  return decision?.allowed === true && !isDenial(outcome);
}

function isDenial(outcome: Outcome): boolean {
  return outcome.kind === "refusal" && outcome.code === "AccessDenied";
}
