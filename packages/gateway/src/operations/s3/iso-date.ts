const isoDate = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/;

/** The last date that is written with four digits for its year: clients cannot read others, nor then the object that has one. */
const lastDate = Date.parse("9999-12-31T23:59:59.999Z");

/** ms since the epoch; NaN: it is no date of ISO 8601 with a time zone, or one after the year 9999 in UTC. */
export function readIsoDate(text: string): number {
  const date = isoDate.test(text) ? Date.parse(text) : Number.NaN;
  return date <= lastDate ? date : Number.NaN;
}
