import type { Connection } from "../stores/sqlite/connection.ts";
import { messageOverhead } from "../stores/sql/notifications/message-procedures.ts";
import { text } from "../stores/sql/sql-value.ts";
import type { Checks } from "./checks.ts";
import type { Finding } from "./finding.ts";
import { eachRow, findRows } from "./found-rows.ts";

const unreadable = "NOT json_valid(CAST(body AS TEXT))";

const counted = `SELECT target, account_id, count(*) AS messages, sum(length(body) + ${messageOverhead}) AS bytes
  FROM messages GROUP BY target, account_id`;

/** Notifications that wait for their targets, and what is counted of them. */
export function* checkNotifications(connection: Connection, checks: Checks): Generator<Finding> {
  checks.progress("notifications.db: messages");
  const messages = findRows(connection, "message-unreadable", `SELECT target, seq FROM messages WHERE ${unreadable}`);
  for (const [target, seq] of eachRow(connection, messages, "target, seq"))
    yield checks.found("message-unreadable", { at: `notifications.db messages ${text(target)} ${String(seq)}` });
  const backlogs = findRows(
    connection,
    "backlog-differs",
    `SELECT i.target, i.account_id FROM (SELECT target, account_id FROM messages UNION SELECT target, account_id FROM backlogs) i
       LEFT JOIN (${counted}) n ON n.target = i.target AND n.account_id = i.account_id
       LEFT JOIN backlogs b ON b.target = i.target AND b.account_id = i.account_id
     WHERE b.messages IS NOT n.messages OR b.bytes IS NOT n.bytes
     UNION ALL SELECT 'last_seq', '' WHERE coalesce((SELECT max(seq) FROM messages), 0) > coalesce((SELECT seq FROM last_seq), -1)`,
  );
  for (const [target, account] of eachRow(connection, backlogs, "target, account_id"))
    yield checks.found("backlog-differs", {
      at: `notifications.db ${`backlogs ${text(target)} ${text(account)}`.trimEnd()}`,
    });
  if (!checks.repairs) return;
  checks.aside.rows(connection, "notifications.db", "messages", unreadable);
  connection.exec(`DELETE FROM backlogs; INSERT INTO backlogs (target, account_id, messages, bytes) ${counted};
    INSERT OR REPLACE INTO last_seq (one, seq) SELECT 1, max(coalesce((SELECT seq FROM last_seq), 0), coalesce((SELECT max(seq) FROM messages), 0))`);
}
