/** What each kind of finding means to the operator. */
interface FindingRow {
  readonly what: string;
  /** What is lost by it, as long as nobody does anything. */
  readonly lost: string;
  /** What `--repair` does; absent: nothing, and `remedy` says what a person can do. */
  readonly repair?: string;
  readonly remedy?: string;
  /** Nothing is damaged: a start of the gateway deals with it, or it is said so that somebody knows. */
  readonly note?: true;
}

const restore = "put directory.db, objects.db, blobs and keyfile back from one copy";
const marked = "the version stays, and reading it answers with an error; --drop-damaged removes it from listings";
const unread = "the object cannot be read";

/** Everything that a check can find, in the order of the checks. The reference page and the tests are made from it. */
export const findingKinds = {
  permissions: {
    what: "others than the owner may read it",
    lost: "what is in it is no secret from other users of the machine",
    repair: "takes the rights of others away",
  },
  "other-kind": {
    what: "something else, such as a pipe, is in the place of a file or folder of the gateway",
    lost: "what was there; unless it is in events or access-logs, nothing else is checked",
    remedy: "move it away, and put back from a copy what was there",
  },
  "parts-mixed": {
    what: "it is not known that the stores are of one folder and one time",
    lost: "the gateway does not start, and nothing is repaired",
    remedy: `${restore}, or use them as they are with: s3-credentials recover --accept-parts`,
  },
  "key-file": {
    what: "the key file is not the one of this folder",
    lost: "no access key, no session and no object that is encrypted by the gateway opens",
    remedy: "put it back from a copy, or see what is lost without it with: s3-credentials recover",
  },
  "database-damaged": {
    what: "SQLite finds the file damaged",
    lost: "what is in its damaged pages; the other checks of the file are left out",
    remedy: restore,
  },
  "record-damaged": {
    what: "SQLite finds record.db or notifications.db damaged",
    lost: "management events or notifications that are in its damaged pages",
    repair: "moves the file to NAME.damaged-TIME; the next start makes another",
  },
  "index-damaged": {
    what: "an index of a table is not what the table says",
    lost: "searches by it miss rows",
    repair: "makes the indexes anew",
  },
  "foreign-key": {
    what: "a row belongs to one that is not there",
    lost: "what the row belonged to",
    remedy: restore,
  },
  "migrations-missing": {
    what: "the database is as an earlier version left it",
    lost: "nothing: the next start brings it up to this version",
    note: true,
  },
  "text-unreadable": {
    what: "a text is no UTF-8",
    lost: "the gateway does not start, or does not read the row",
    remedy: restore,
  },
  "access-key-sealed": {
    what: "the secret of an access key does not open with the key file",
    lost: "the access key: it is treated as unknown",
    remedy: "delete it and make another (rotate-key)",
  },
  "mfa-seed-sealed": {
    what: "the seed of an MFA device does not open with the key file",
    lost: "the device: no code of it is right",
    remedy: "deactivate and delete the device, and make another",
  },
  "master-key-sealed": {
    what: "a master key of objects does not open with the key file",
    lost: "objects that are encrypted under it",
    remedy: "put the key file of before back from a copy",
  },
  "policy-unreadable": {
    what: "a policy is no policy document",
    lost: "everything it concerns is denied",
    remedy: "put the policy again",
  },
  "document-unreadable": {
    what: "a stored document does not parse",
    lost: "requests that need it answer with an error",
    remedy: restore,
  },
  "policy-version-missing": {
    what: "a managed policy has no version that is its default",
    lost: "everything it concerns is denied",
    remedy: "create a version of the policy and set it as the default",
  },
  "bucket-ownerless": {
    what: "the account that owns the bucket is not there",
    lost: "nobody can use the bucket",
    remedy: restore,
  },
  "bucket-unsettled": {
    what: "the bucket is half created or half deleted",
    lost: "nothing: the next start ends it",
    note: true,
  },
  "outbox-unreadable": {
    what: "an event on its way to the record does not parse",
    lost: "the gateway does not start",
    repair: "moves the row to set-aside.jsonl",
  },
  "bucket-unknown": {
    what: "objects of a bucket that the directory does not know",
    lost: "nobody can reach them",
    remedy: restore,
  },
  "bucket-closed": {
    what: "the index takes the bucket for deleted, and the directory does not",
    lost: "nothing can be written to the bucket",
    repair: "opens the bucket again",
  },
  "counter-behind": {
    what: "the counter of contents is behind the contents",
    lost: "writes fail, or take numbers that are in use",
    repair: "moves it on",
  },
  "version-unreadable": {
    what: "the row of a version does not parse",
    lost: "the version, and listings that come to it answer with an error",
    repair: "gives it the class STANDARD and no checksum, when it is these that do not parse",
    remedy: restore,
  },
  "lock-unreadable": {
    what: "the retention and legal hold of a version do not parse",
    lost: "until when it was kept; it cannot be read or deleted",
    repair: "gives it a legal hold, which whoever may do so lifts; what was there goes to set-aside.jsonl",
  },
  "metadata-unreadable": {
    what: "the metadata of a version are missing or do not parse",
    lost: "its headers, tags and ACL; it cannot be read",
    repair: marked,
  },
  "parts-unreadable": {
    what: "the list of the parts of a version does not parse or does not fit its size",
    lost: "reads by part number, and the parts of GetObjectAttributes",
    repair: "moves the list to set-aside.jsonl; the object is whole",
  },
  "upload-unreadable": {
    what: "the row of an unfinished upload does not parse",
    lost: "the upload can be neither completed nor aborted",
    repair: "keeps its parts, and makes it one that can be aborted; completed, it is a damaged version",
  },
  "content-incomplete": {
    what: "the index does not know all bytes of a version",
    lost: unread,
    repair: marked,
  },
  "small-body-missing": {
    what: "the bytes of a small object are missing or of another length",
    lost: unread,
    repair: marked,
  },
  "blob-missing": { what: "the file with its bytes is missing", lost: unread, repair: marked },
  "blob-length": { what: "the file with its bytes is of another length", lost: unread, repair: marked },
  "blob-unreadable": { what: "the file with its bytes cannot be read, or is no file", lost: unread, repair: marked },
  "blob-link": {
    what: "a link is in the place of a file with bytes, or of a folder with such files",
    lost: "nothing, as long as what it leads to stays as it is",
    remedy: "find out who made it; then put in its place what it leads to",
  },
  "data-key-sealed": {
    what: "the key of its bytes does not open, although its master key does",
    lost: unread,
    repair: marked,
  },
  "encryption-differs": {
    what: "its bytes are not encrypted as its metadata say",
    lost: unread,
    repair: marked,
  },
  "bytes-differ": {
    what: "its bytes are not those that were stored: ETag, checksum or frames differ",
    lost: "the object; it may be read with wrong bytes",
    repair: marked,
  },
  "part-damaged": {
    what: "the bytes of a part of an unfinished upload are missing or not those that were stored",
    lost: "the part",
    repair: "moves the part aside, so that the client is told to send it again",
  },
  "damaged-known": {
    what: "an earlier repair has marked the version as damaged",
    lost: unread,
    remedy: "put the object again; --repair --drop-damaged removes it",
    note: true,
  },
  "mark-outdated": {
    what: "the version is marked as damaged, and its bytes are right",
    lost: unread,
    repair: "takes the mark away",
  },
  "part-ownerless": {
    what: "a part of an upload that is not there",
    lost: "nothing that anybody can reach",
    repair: "moves the row to set-aside.jsonl, and its bytes aside",
  },
  "garbage-alive": {
    what: "bytes that a version or part needs are on the list of what will be deleted",
    lost: "the bytes, at the next start",
    repair: "takes them from the list",
  },
  "dead-file-alive": {
    what: "a file that objects need is on the list of files that will be deleted",
    lost: "the file, at the next start",
    repair: "takes it from the list",
  },
  "content-ownerless": {
    what: "bytes of no version and no part",
    lost: "the version that they were of",
    repair: "moves the rows to set-aside.jsonl and files to blobs/set-aside",
  },
  "row-ownerless": {
    what: "a row that belongs to no version",
    lost: "nothing that anybody can reach",
    repair: "moves the row to set-aside.jsonl",
  },
  "current-differs": {
    what: "listings have another object of this key than the newest version",
    lost: "listings are wrong",
    repair: "makes the row anew from the newest version",
  },
  "sharing-differs": {
    what: "the number of versions that share bytes is wrong",
    lost: "bytes that are needed may be deleted, or bytes that are not are kept",
    repair: "counts them",
  },
  "references-differ": {
    what: "the number of references to a body is wrong",
    lost: "bytes that are needed may be deleted, or bytes that are not are kept",
    repair: "counts them",
  },
  "usage-differs": {
    what: "what a bucket or an account holds is not what is counted of it",
    lost: "quotas refuse writes that have room, or let through what has none",
    repair: "counts it",
  },
  "body-unused": {
    what: "bytes that nothing refers to",
    lost: "the version that they were of",
    repair: "moves the rows to set-aside.jsonl and a file to blobs/set-aside",
  },
  "not-read": {
    what: "bytes that were not read, because the keys of customers and of --kms-key are not known here",
    lost: "nothing is known of them but that their files are there and of the right length",
    note: true,
  },
  "blob-unknown": {
    what: "a file that the index does not know",
    lost: "the version that it was of, if there was one",
    repair: "moves it to blobs/set-aside",
  },
  "blob-stray": {
    what: "something that the gateway does not put into blobs",
    lost: "nothing",
    repair: "moves it to blobs/set-aside",
  },
  "blob-leftover": {
    what: "a file that a crash left, of a write that was never acknowledged",
    lost: "nothing: the next start deletes it",
    note: true,
  },
  "event-unreadable": {
    what: "an event of the record is no JSON",
    lost: "the event, and lookups that come to it answer with an error",
    repair: "moves the row to set-aside.jsonl",
  },
  "record-sizes": {
    what: "the sizes of the record are not those of its rows",
    lost: "events are deleted too early or too late",
    repair: "adds them up",
  },
  "record-document": {
    what: "a policy of the record is not the one that its name says",
    lost: "what the policy was when calls were decided by it",
    repair: "moves the row to set-aside.jsonl",
  },
  "message-unreadable": {
    what: "a notification that waits for its target is no JSON",
    lost: "the notification",
    repair: "moves the row to set-aside.jsonl",
  },
  "backlog-differs": {
    what: "what is counted of the notifications that wait is not what is there",
    lost: "notifications are refused although there is room, or take the number of another",
    repair: "counts them",
  },
  "event-line": {
    what: "a line of a file of events is no JSON",
    lost: "the event, and readers of the file may stop there",
    repair: "moves the line to set-aside.jsonl",
  },
  "event-line-cut": {
    what: "the last line of a file of events was cut off by a crash",
    lost: "nothing that was acknowledged: the next start cuts it off",
    note: true,
  },
} as const satisfies Record<string, FindingRow>;

export type FindingKind = keyof typeof findingKinds;

export function rowOf(kind: FindingKind): FindingRow {
  return findingKinds[kind];
}
