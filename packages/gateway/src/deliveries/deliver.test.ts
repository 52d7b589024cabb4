import { expect, test } from "vitest";
import { createTimeBudget } from "../pipeline/time-budget.ts";
import type { BucketRecord } from "../ports/bucket-registry.ts";
import { systemClock } from "../server/system-clock.ts";
import { Deliverer, type DeliverParts } from "./deliver.ts";

test("a refused delivery counts as a call of an outsider when the bucket that wanted it is another account's", async () => {
  const target = { id: "id-reports", name: "reports", owner: "111122223333", state: "active" } as BucketRecord;
  const added: (readonly [account: string, denied: string | undefined])[] = [];
  const ports = {
    buckets: { find: async () => target },
    clock: systemClock,
    principals: { resourceAccount: async () => undefined },
    region: "us-east-1",
  };
  const deliverer = new Deliverer({
    ports: ports as object as DeliverParts["ports"],
    time: createTimeBudget(),
    events: { add: (accountId, _line, denied) => added.push([accountId, denied]) },
  });
  for (const owner of ["111122223333", "444455556666"]) {
    const source = { ...target, id: "id-source", name: "source", owner };
    const delivery = { service: "s3.amazonaws.com", source, target: "reports", owner: undefined, key: "k" };
    const outcome = await deliverer.deliver({ ...delivery, body: Buffer.from("x"), headers: new Map() });
    expect(outcome).toMatchObject({ code: "AccessDenied" });
  }
  expect(added).toEqual([
    ["111122223333", undefined],
    ["111122223333", "outsider"],
  ]);
});
