/** Every operation of IAM that is here, over HTTP: the right action on a wrong resource, every action but the right one, and the right one. */
import { expect, test } from "vitest";
import type { SigningKeys } from "@s3-credentials/protocol";
import { operationTables } from "../src/operations/table.ts";
import { requiredFields } from "./iam-samples.ts";
import { useS3Gateway } from "./s3-gateway.ts";

const gateway = useS3Gateway();

function ask(action: string, fields: readonly (readonly [string, string])[], keys: SigningKeys = gateway.admin) {
  const all = [["Action", action], ["Version", "2010-05-08"], ...fields];
  const body = all.map(([name = "", value = ""]) => `${name}=${encodeURIComponent(value)}`).join("&");
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  return gateway.send({ method: "POST", target: "/", body, headers, service: "iam", keys });
}

/** A caller for each case, whose one policy is written anew for each operation. */
const cases = {
  "on a wrong resource": (action: string) => ({
    Effect: "Allow",
    Action: action,
    Resource: ["user", "role", "group", "policy", "mfa"].map((kind) => `arn:aws:iam::*:${kind}/wrong/*`),
  }),
  "all but it": (action: string) => ({ Effect: "Allow", NotAction: action, Resource: "*" }),
  denied: (action: string) => [
    { Effect: "Allow", Action: "*", Resource: "*" },
    { Effect: "Deny", Action: action, Resource: "*" },
  ],
  allowed: (action: string) => ({ Effect: "Allow", Action: action, Resource: "*" }),
};

const rows = Object.values(operationTables.IAM).flatMap((row) => ("notImplemented" in row ? [] : [row]));

test("is refused but for the caller with the right action on it", { timeout: 300_000 }, async () => {
  const callers = new Map<string, SigningKeys>();
  const nameOf = (what: string) => `matrix-${what.replaceAll(" ", "-")}`;
  for (const what of Object.keys(cases)) callers.set(what, await gateway.user(nameOf(what)));
  const answers: Record<string, Readonly<Record<string, string>>> = {};
  for (const { name } of rows) {
    const found = await Promise.all(
      Object.entries(cases).map(async ([what, statement]) => {
        const document = JSON.stringify({ Version: "2012-10-17", Statement: statement(`iam:${name}`) });
        const put = [["UserName", nameOf(what)], ["PolicyName", "own"], ["PolicyDocument", document]] as const; // prettier-ignore
        expect((await ask("PutUserPolicy", put)).status).toBe(200);
        const { status, code } = await ask(name, requiredFields(gateway.accountId, name), callers.get(what));
        expect(status, name).toBeLessThan(500);
        return [what, code === "AccessDenied" ? "refused" : "asked"] as const;
      }),
    );
    answers[name] = Object.fromEntries(found);
  }
  const expected = { "on a wrong resource": "refused", "all but it": "refused", denied: "refused", allowed: "asked" };
  expect(answers).toEqual(Object.fromEntries(rows.map(({ name }) => [name, expected])));
});
