import { expect, test } from "vitest";
import { compileLayers, compileNamed } from "../engine/compile-policy.ts";
import { aws, DENY_GET, GET, HOME, named, noLayers, policyOf, to } from "../test/scenario.ts";
import { compareLayersBeside } from "./compare-layers.ts";

test("who is named by the policy of a resource is counted: providers times sessions may be very many", () => {
  const layers = compileLayers({ ...noLayers, identity: [named(GET, "identity")] });
  const many = (count: number, name: (index: number) => string) =>
    Array.from({ length: count }, (_, index) => name(index));
  const beside = (count: number) => {
    const sessions = many(count, (index) => `arn:aws:sts::${HOME}:assumed-role/r/s${index}`);
    const providers = many(count, (index) => `p${index}.example.com`);
    const statements = [
      to({ ...aws(...sessions), Federated: providers }, DENY_GET),
      to(aws(`arn:aws:iam::${HOME}:user/ann`)),
    ];
    const policy = compileNamed({ name: "bucket", policy: policyOf(statements, "resource") });
    const same = compareLayersBeside(
      [{ kind: "resource", policy }],
      layers,
      layers,
      `arn:aws:iam::${HOME}:role/r`,
      20_000,
    );
    return "construct" in same ? same.construct : same.change;
  };
  expect([1, 40].map(beside)).toEqual(["same", "the limit of 20000 steps"]);
});
