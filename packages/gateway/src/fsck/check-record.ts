import { createHash } from "node:crypto";
import type { Connection } from "../stores/sqlite/connection.ts";
import { blob, integer, text } from "../stores/sql/sql-value.ts";
import type { Checks } from "./checks.ts";
import type { Finding } from "./finding.ts";
import { eachRow, findRows } from "./found-rows.ts";

const unreadable = `NOT json_valid(CAST(body AS TEXT)) OR NOT json_valid(CAST(keys AS TEXT))
  OR substr(CAST(keys AS TEXT), 1, 10) <> '["EventId='`;

/** Events and policies of record.db, and the sizes by which old ones are deleted. */
export function* checkRecord(connection: Connection, checks: Checks): Generator<Finding> {
  checks.progress("record.db: events");
  const events = findRows(connection, "event-unreadable", `SELECT seq FROM events WHERE ${unreadable}`);
  for (const [seq] of eachRow(connection, events, "seq"))
    yield checks.found("event-unreadable", { at: `record.db events ${integer(seq)}` });
  yield* checkDocuments(connection, checks);
  yield* checkSizes(connection, checks);
  if (!checks.repairs) return;
  checks.aside.rows(connection, "record.db", "events", `seq IN (SELECT seq FROM ${events})`);
  checks.aside.rows(connection, "record.db", "documents", "hash IN (SELECT hash FROM temp.misnamed)");
  connection.exec(addSizesUp);
}

const addSizesUp = `DELETE FROM event_sizes;
  INSERT INTO event_sizes (account_id, bytes) SELECT account_id, sum(length(body)) FROM events GROUP BY account_id;
  INSERT OR REPLACE INTO document_size (one, bytes) SELECT 1, coalesce(sum(length(document)), 0) FROM documents;`;

function* checkDocuments(connection: Connection, checks: Checks): Generator<Finding> {
  connection.exec("CREATE TEMP TABLE misnamed (hash TEXT PRIMARY KEY)");
  const all = findRows(connection, "record-document", "SELECT hash, document FROM documents");
  for (const [hash, document] of eachRow(connection, all, "hash, document")) {
    const name = text(hash);
    if (createHash("sha256").update(blob(document)).digest("hex") === name) continue;
    yield checks.found("record-document", { at: `record.db documents ${name}` });
    connection.run("INSERT INTO temp.misnamed (hash) VALUES (?)", [name]);
  }
}

function* checkSizes(connection: Connection, checks: Checks): Generator<Finding> {
  const wrong = findRows(
    connection,
    "record-sizes",
    `SELECT account_id FROM (SELECT account_id, sum(length(body)) AS bytes FROM events GROUP BY account_id) e
       LEFT JOIN event_sizes s USING (account_id) WHERE s.bytes IS NOT e.bytes
     UNION ALL SELECT account_id FROM event_sizes s
       WHERE bytes <> 0 AND NOT EXISTS (SELECT 1 FROM events e WHERE e.account_id = s.account_id)
     UNION ALL SELECT 'documents' WHERE (SELECT bytes FROM document_size) IS NOT (SELECT coalesce(sum(length(document)), 0) FROM documents)`,
  );
  for (const [account] of eachRow(connection, wrong, "account_id"))
    yield checks.found("record-sizes", { at: `record.db event_sizes ${text(account)}` });
}
