import { expect, test } from "vitest";
import type { Grant } from "../../ports/grant.ts";
import { isRefusal, type OperationContext, type QueryOperation } from "../operation.ts";
import { deleteUser, updateUser } from "./users.ts";

const accountId = "123456789012";
const user = {
  kind: "user",
  accountId,
  id: "AIDAFIRST",
  name: "ann",
  path: "/",
  arn: `arn:aws:iam::${accountId}:user/ann`,
  tags: new Map(),
};
const principal = { kind: "root", accountId, arn: `arn:aws:iam::${accountId}:root` };
const grant = {} as unknown as Grant;

/** Runs an operation as the pipeline does; what `findUser` finds changes from one look-up to the next. */
async function run(operation: QueryOperation, fields: Readonly<Record<string, string>>, found: readonly unknown[]) {
  const lookups: string[] = [];
  const changed: string[] = [];
  const change = async (_grant: Grant, identity: { readonly id: string }) => {
    changed.push(identity.id);
    return { kind: "done" };
  };
  const identity = {
    findUser: async (_account: string, name: string) => found[lookups.push(name) - 1],
    deletePrincipal: change,
    changePrincipal: change,
  };
  const context = { ports: { identity }, principal } as unknown as OperationContext;
  const input = operation.parse({ parameters: new Map(Object.entries(fields)) });
  if (isRefusal(input)) throw new Error(input.code);
  const resolution = await operation.resolve(input, context);
  if (isRefusal(resolution)) throw new Error(resolution.code);
  const { identity: resolved } = resolution;
  const answer = await operation.run(grant, input, {
    ...context,
    ...(resolved === undefined ? {} : { identity: resolved }),
  });
  return { lookups: lookups.length, changed, answer };
}

test("a user deleted and made again between the decision and the change is not the one that is changed", async () => {
  const again = { ...user, id: "AIDASECOND" };
  expect(await run(deleteUser, { UserName: "ann" }, [user, again])).toMatchObject({
    lookups: 1,
    changed: ["AIDAFIRST"],
  });
  expect(await run(updateUser, { UserName: "ann", NewUserName: "bob" }, [user, again])).toMatchObject({
    lookups: 1,
    changed: ["AIDAFIRST"],
  });
});

test("a user who was not there when the demands were asked is not there for the change", async () => {
  expect(await run(deleteUser, { UserName: "ann" }, [undefined, user])).toMatchObject({
    lookups: 1,
    changed: [],
    answer: { code: "NoSuchEntity" },
  });
});
