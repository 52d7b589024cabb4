import { keyEnds } from "../../domain/keyring/rotation.ts";
import type { KeyLife } from "../../ports/keyring-control.ts";
import { type JsonResult, seconds } from "../json/json-value.ts";
import { type OperationContext, type Refusal, refuse } from "../operation.ts";
import { defineOwn } from "./define-own.ts";

const states = { distributed: "Distributed", sealing: "Sealing", retiring: "Retiring" } as const;

function shown(keys: readonly KeyLife[]): JsonResult {
  return {
    Keys: keys.map((key) => {
      const ends = keyEnds(key);
      return {
        KeyId: key.id,
        State: states[key.state],
        CreatedAt: seconds(key.created),
        ...(ends === undefined ? {} : { DeletedAfter: seconds(ends) }),
      };
    }),
  };
}

/** What concerns all accounts is the management account's: the keys seal the sessions of all of them. */
export async function refuseOthers({ ports, principal }: OperationContext): Promise<Refusal | undefined> {
  const { managementAccountId } = await ports.organization.findOrganization();
  return "accountId" in principal && principal.accountId === managementAccountId ? undefined : refuse("AccessDenied");
}

export const describeKeyring = defineOwn({
  name: "DescribeKeyring",
  fields: {},
  run: async (_grant, _values, context) => (await refuseOthers(context)) ?? shown(await context.ports.keyring.keys()),
});

/** A new key seals from now on. Sessions of the keys before it go on until they end. */
export const rotateKeyring = defineOwn({
  name: "RotateKeyring",
  fields: {},
  async run(_grant, _values, context) {
    const refused = await refuseOthers(context);
    if (refused !== undefined) return refused;
    const outcome = await context.ports.keyring.rotateNow(context.now);
    if (outcome === "too-many")
      return refuse(
        "LimitExceededException",
        "The keyring has as many keys as it may have; the oldest go by themselves.",
      );
    return shown(await context.ports.keyring.keys());
  },
});
