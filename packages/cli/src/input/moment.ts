/** A date (`2027-01-31`, its first moment) or a time of it (`2027-01-31T10:00Z`, `2027-01-31 10:00`), in UTC unless an offset is given. */
export function parseMoment(text: string): Date | undefined {
  const [, day, time = "00:00", zone = "Z"] =
    /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)(Z|[+-]\d\d:\d\d)?)?$/i.exec(text) ?? [];
  if (day === undefined) return undefined;
  const date = new Date(`${day}T${time}${zone.toUpperCase()}`);
  // `new Date` takes the 30th of February for the 2nd of March.
  const midnight = new Date(`${day}T00:00Z`);
  if (Number.isNaN(date.getTime()) || Number.isNaN(midnight.getTime())) return undefined;
  return midnight.toISOString().startsWith(day) ? date : undefined;
}
