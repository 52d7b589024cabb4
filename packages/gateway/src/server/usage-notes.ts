import type { LastUsedStore, UsageNotes } from "../ports/last-used.ts";

interface Use {
  at: number;
  service: string;
  region: string;
}

/** About 15 MiB. */
const maxSubjects = 50_000;
/** Rows in one write: others' writes go between. */
const batch = 256;

/**
 * Uses of keys and roles, one entry for each however often it is used, until a job stores them. More subjects than the limit between two
 * runs of the job are not noted; the next use of theirs is.
 */
export function createUsageNotes(
  store: Pick<LastUsedStore, "recordUses">,
  max = maxSubjects,
): UsageNotes & { flush(): Promise<void>; readonly size: () => number } {
  let noted = new Map<string, Use>();
  return {
    size: () => noted.size,
    note(subject, at, service, region) {
      const known = noted.get(subject);
      if (known !== undefined) {
        known.at = at;
        known.service = service;
        known.region = region;
      } else if (noted.size < max) noted.set(subject, { at, service, region });
    },
    async flush() {
      const uses = Array.from(noted, ([subject, use]) => ({ subject, ...use }));
      noted = new Map();
      for (let from = 0; from < uses.length; from += batch) {
        const part = uses.slice(from, from + batch);
        try {
          await store.recordUses(part);
        } catch (error) {
          for (const { subject, ...use } of uses.slice(from))
            if (!noted.has(subject) && noted.size < max) noted.set(subject, use);
          throw error;
        }
      }
    },
  };
}
