import { expect, test } from "vitest";
import { testGrant } from "../../test/test-grant.ts";
import type { BucketRecord } from "../ports/bucket-registry.ts";
import type { InventoryConfiguration } from "../ports/inventory.ts";
import type { ListedObject } from "../ports/object-listing.ts";
import type { ObjectVersion } from "../ports/object-version.ts";
import { refuse } from "../operations/operation.ts";
import { InventoryReport } from "./inventory-report.ts";

const bucket = { name: "source", owner: "111122223333", place: "place" } as BucketRecord;
const configuration: InventoryConfiguration = {
  id: "i",
  isEnabled: true,
  versions: "Current",
  frequency: "Daily",
  fields: [],
  destination: { bucket: "reports" },
};
const begun = Date.parse("2026-11-30T09:05:59Z");

/** Of a bucket with so many pages of two objects. */
function reporting(pages: number, goesOn: () => boolean = () => true, refusal?: string) {
  const written: string[] = [];
  const asked: (string | undefined)[] = [];
  const parts = {
    deliverer: {
      refusalOf: async () => (refusal === "first" ? refuse("AccessDenied") : undefined),
      deliver: async ({ key }: { readonly key: string }) => {
        written.push(key);
        return key.includes(refusal ?? "no key") ? refuse("SlowDown") : ({ kind: "object" } as ObjectVersion);
      },
    },
    plane: {
      find: async () => undefined,
      listVersions: async () => ({ entries: [], truncated: false }),
      listObjects: async (
        _grant: unknown,
        _place: string,
        { after }: { readonly after: { readonly key: string } | undefined },
      ) => {
        asked.push(after?.key);
        const page = asked.length;
        const item = (n: number) => ({ kind: "item" as const, item: { key: `${page}-${n}` } as ListedObject });
        return { entries: [item(1), item(2)], truncated: page < pages };
      },
    },
    canonicalId: async () => "",
    grant: testGrant(),
    goesOn: async () => goesOn(),
  };
  return { written, asked, made: new InventoryReport(parts, bucket, configuration, begun).make() };
}

test("the data comes before the manifests, and the checksum last", async () => {
  const { written, asked, made } = reporting(3);
  expect(await made).toBe("made");
  expect(asked).toEqual([undefined, "1-2", "2-2"]);
  expect(written).toEqual([
    expect.stringMatching(/^source\/i\/data\/[0-9a-f-]{36}\.csv\.gz$/),
    "source/i/hive/dt=2026-11-30-09-05/symlink.txt",
    "source/i/2026-11-30T09-05Z/manifest.json",
    "source/i/2026-11-30T09-05Z/manifest.checksum",
  ]);
});

test("a report that nobody takes is not begun, and one that is cut off or refused has no manifest", async () => {
  const refused = reporting(3, () => true, "first");
  expect(await refused.made).toMatchObject({ code: "AccessDenied" });
  expect([refused.asked, refused.written]).toEqual([[], []]);
  let left = 2;
  const cutOff = reporting(4, () => (left -= 1) >= 0);
  expect(await cutOff.made).toBe("cut-off");
  expect([cutOff.asked.length, cutOff.written]).toEqual([3, []]);
  const busy = reporting(1, () => true, ".csv.gz");
  expect(await busy.made).toMatchObject({ code: "SlowDown" });
  expect(busy.written).toHaveLength(1);
});
