import type { QueuedMessage, Backlog } from "../../../ports/message-queue.ts";
import type { Database, Procedures, Writer } from "../database.ts";
import { integer } from "../sql-value.ts";

interface SentMessage extends Omit<QueuedMessage, "body"> {
  readonly body: Uint8Array;
}

/** Bytes that a message takes beside its body. */
export const messageOverhead = 200;

type Size = Pick<Backlog, "messages" | "bytes">;

const backlogKey = "target = ? AND account_id = ?";

async function sizeOf(writer: Writer, target: string, accountId: string): Promise<Size> {
  const found = await writer.get(
    `SELECT messages, bytes FROM backlogs WHERE ${backlogKey}`,
    [target, accountId],
    ([messages, bytes]) => ({ messages: integer(messages), bytes: integer(bytes) }),
  );
  return found ?? { messages: 0, bytes: 0 };
}

async function setSize(writer: Writer, target: string, accountId: string, { messages, bytes }: Size): Promise<void> {
  if (messages === 0) await writer.run(`DELETE FROM backlogs WHERE ${backlogKey}`, [target, accountId]);
  else
    await writer.run(
      `INSERT INTO backlogs (target, account_id, messages, bytes) VALUES (?, ?, ?, ?)
       ON CONFLICT (target, account_id) DO UPDATE SET messages = excluded.messages, bytes = excluded.bytes`,
      [target, accountId, messages, bytes],
    );
}

/** Gives the `seq` of the messages that were left out, because their backlog is full. */
async function addMessages(
  writer: Writer,
  { messages, maxBacklog }: { readonly messages: readonly SentMessage[]; readonly maxBacklog: number },
): Promise<readonly number[]> {
  const refused: number[] = [];
  for (const { target, accountId, seq, id, orderingKey, since, body } of messages) {
    const size = await sizeOf(writer, target, accountId);
    const after = { messages: size.messages + 1, bytes: size.bytes + body.length + messageOverhead };
    if (after.bytes > maxBacklog) {
      refused.push(seq);
      continue;
    }
    await writer.run(
      "INSERT INTO messages (target, account_id, seq, id, ordering_key, since, body) VALUES (?, ?, ?, ?, ?, ?, ?)",
      [target, accountId, seq, id, Buffer.from(orderingKey, "utf8"), since, body],
    );
    await setSize(writer, target, accountId, after);
  }
  const last = messages.at(-1);
  if (last !== undefined) await writer.run("UPDATE last_seq SET seq = ? WHERE seq < ?", [last.seq, last.seq]);
  return refused;
}

interface Removal {
  readonly target: string;
  readonly accountId: string;
  readonly seqs: readonly number[];
}

async function removeMessages(writer: Writer, { target, accountId, seqs }: Removal): Promise<void> {
  let { messages, bytes } = await sizeOf(writer, target, accountId);
  for (const seq of seqs) {
    const place = [target, accountId, seq];
    const length = await writer.get(
      `SELECT length(body) FROM messages WHERE ${backlogKey} AND seq = ?`,
      place,
      ([size]) => integer(size),
    );
    if (length === undefined) continue;
    await writer.run(`DELETE FROM messages WHERE ${backlogKey} AND seq = ?`, place);
    messages -= 1;
    bytes -= length + messageOverhead;
  }
  await setSize(writer, target, accountId, { messages, bytes });
}

/** Every change of notifications.db. */
export const messageProcedures = { addMessages, removeMessages } as const satisfies Procedures;

export type MessageProcedures = typeof messageProcedures;
export type MessageDatabase = Database<MessageProcedures>;
