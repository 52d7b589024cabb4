/** What a client sent. Objects are maps, so that no name of them can be an inherited one. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonMembers;
export type JsonMembers = ReadonlyMap<string, JsonValue>;

/** What an operation answers; members that are undefined are left out. Times are in seconds since the epoch: see `seconds`. */
export type JsonOutput =
  | string
  | number
  | boolean
  | undefined
  | readonly JsonOutput[]
  | { readonly [name: string]: JsonOutput };
export type JsonResult = Readonly<Record<string, JsonOutput>>;

/** A time of ms as services write it whose models say `date-time`. */
export function dateTime(ms: number): string {
  return new Date(ms).toISOString();
}

/** A time of ms as JSON 1.1 has it. */
export function seconds(ms: number): number {
  return ms / 1000;
}
