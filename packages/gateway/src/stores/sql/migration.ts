/** A step of the schema. Never changed once released; `name` orders it among all steps of its database: `0010-buckets`. */
export interface Migration {
  readonly name: string;
  /** Statements in the types of SQLite, which other databases translate. */
  readonly sql: string;
  /** It only adds what an earlier version need not know, so that one may go on beside this version, on a database that several share. */
  readonly compatible?: true;
}
