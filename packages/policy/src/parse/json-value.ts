/** Members of a JSON object that somebody else wrote: nothing is known of them yet. */
export type Fields = Readonly<Record<string, unknown>>;

/** An object of JSON, which a list is not. */
export function isRecord(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The members of an object; none of anything else. */
export function fieldsOf(value: unknown): Fields {
  return isRecord(value) ? value : {};
}
