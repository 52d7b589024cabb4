/** An event of one account, as the record keeps it. */
export interface NewEvent {
  /** The `eventID` of the event: a UUID. */
  readonly eventId: string;
  readonly accountId: string;
  /** A change was made. Events without one go first when there is no more room. */
  readonly changed: boolean;
  /** What it is found by: `EventName=CreateUser`. */
  readonly keys: readonly string[];
  /** The event, as JSON. */
  readonly body: string;
}

export interface StoredEvent {
  /** Grows from event to event. In the main it is the time of storing, in microseconds. */
  readonly seq: number;
  readonly body: string;
}

export interface EventQuery {
  readonly accountId: string;
  /** Undefined: all events of the account. */
  readonly key: string | undefined;
  /** ms since the epoch, both included. */
  readonly from: number;
  readonly to: number;
  /** Only events before this one. */
  readonly before: number | undefined;
  readonly limit: number;
}

export interface EventsBack {
  /** The newest first. */
  readonly events: readonly StoredEvent[];
  /** The `before` to go on with; undefined when there are no older ones. */
  readonly next: number | undefined;
}

/** Where a reader of data events is: before this byte of this file. */
export interface LinePosition {
  readonly file: string;
  readonly before: number;
}

export interface LinesBack {
  /** The newest first; `at` is where each begins. */
  readonly lines: readonly { readonly text: string; readonly at: LinePosition }[];
  /** Undefined when there are no older lines. */
  readonly next: LinePosition | undefined;
}

/** The data events of each account, in the order of their coming. */
export interface DataEventReader {
  /**
   * The lines of an account before a position, at most about `bytes` of them; undefined: from the end. A longer line comes whole. Those of
   * other accounts may be among them.
   */
  readBack(accountId: string, position: LinePosition | undefined, bytes: number): Promise<LinesBack>;
}

export interface PolicyDocument {
  /** SHA-256 of the text. */
  readonly hash: string;
  readonly text: string;
}

/** The management events of all accounts. Rejects with `StoreError` only. */
export interface EventStore {
  /** Resolves when they are on the disk. */
  add(events: readonly NewEvent[], now: number): Promise<void>;
  /**
   * For events of calls that only read. Resolves when they outlive the end of the process; they are on the disk about a second later. They
   * may come after events of calls that were made within that second.
   */
  addReads(events: readonly NewEvent[], now: number): Promise<void>;
  /** Looks at a bounded number of events, so it may give none and where to go on. An event id is found at once. */
  lookup(query: EventQuery): Promise<EventsBack>;
  /** Keeps documents for as long as events of `now` are kept. Those that were kept within the last hour cost nothing. */
  keepDocuments(documents: readonly PolicyDocument[], now: number): Promise<void>;
  /** Texts by hash. */
  documents(hashes: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** Background work, in slices: forgets what is too old or too much. */
  tend(limits: { readonly before: number; readonly maxBytes: number }): Promise<void>;
}
