import type { MessageQueue } from "../../../ports/message-queue.ts";
import { blob, integer, text, utf8 } from "../sql-value.ts";
import type { MessageDatabase } from "./message-procedures.ts";

/** The messages in notifications.db. */
export function messageQueue(database: MessageDatabase): MessageQueue {
  const { reader } = database;
  return {
    lastSeq: async () => (await reader.get("SELECT seq FROM last_seq", [], ([seq]) => integer(seq))) ?? 0,
    add: (messages, maxBacklog) => database.write("addMessages", { messages, maxBacklog }),
    backlogs: () =>
      reader.all(
        "SELECT target, account_id, messages, bytes FROM backlogs ORDER BY target, account_id",
        [],
        ([target, accountId, messages, bytes]) => ({
          target: text(target),
          accountId: text(accountId),
          messages: integer(messages),
          bytes: integer(bytes),
        }),
      ),
    oldest: (target, accountId, after, limit) =>
      reader.all(
        `SELECT seq, id, ordering_key, since, body FROM messages
         WHERE target = ? AND account_id = ? AND seq > ? ORDER BY seq LIMIT ?`,
        [target, accountId, after, limit],
        ([seq, id, orderingKey, since, body]) => ({
          seq: integer(seq),
          id: text(id),
          orderingKey: utf8(orderingKey),
          since: integer(since),
          body: blob(body),
        }),
      ),
    remove: (target, accountId, seqs) => database.write("removeMessages", { target, accountId, seqs }),
  };
}
