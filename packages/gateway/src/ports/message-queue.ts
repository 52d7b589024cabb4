/** A message that waits for its target. */
export interface WaitingMessage {
  /** Greater than that of every message before it. */
  readonly seq: number;
  /** Names the message, however often it is sent. */
  readonly id: string;
  /** Messages with the same one are delivered one after the other. */
  readonly orderingKey: string;
  readonly body: Buffer;
  /** When it began to wait, ms since the epoch. */
  readonly since: number;
}

export interface QueuedMessage extends WaitingMessage {
  readonly target: string;
  /** Of the bucket. */
  readonly accountId: string;
}

/** What waits for a target from the buckets of one account. */
export interface Backlog {
  readonly target: string;
  readonly accountId: string;
  readonly messages: number;
  readonly bytes: number;
}

/** Messages on their way to targets, on the disk. Rejects with `StoreError` only. */
export interface MessageQueue {
  /** The greatest `seq` that was ever added; 0: none was. */
  lastSeq(): Promise<number>;
  /** Resolves when they are on the disk, with the `seq` of those that are left out because their backlog would have more than `maxBacklog` bytes. */
  add(messages: readonly QueuedMessage[], maxBacklog: number): Promise<readonly number[]>;
  backlogs(): Promise<readonly Backlog[]>;
  /** Those with a greater `seq` than `after`, the oldest first. */
  oldest(target: string, accountId: string, after: number, limit: number): Promise<readonly WaitingMessage[]>;
  remove(target: string, accountId: string, seqs: readonly number[]): Promise<void>;
}
