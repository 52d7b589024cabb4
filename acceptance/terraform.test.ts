import { readFileSync } from "node:fs";
import { expect, onTestFinished, test } from "vitest";
import { startGatewayHere } from "./gateway-here.ts";
import { send } from "./raw.ts";

interface Call {
  readonly step: "apply" | "plan" | "destroy";
  readonly service: string;
  readonly method: string;
  readonly target: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly status: number;
  readonly code?: string;
}

/**
 * What Terraform's AWS provider asked of the gateway in `apply`, `plan` and `destroy` of a bucket with its configurations, an object,
 * a user, a role, a group and a policy; Terraform itself is too large to be a part of the tests. `{account}`, `{accessKeyId}` and
 * `{versionId}` are those of the run.
 */
const { calls } = JSON.parse(readFileSync("acceptance/fixtures/terraform-calls.json", "utf8")) as {
  readonly calls: readonly Call[];
};

test("Terraform's calls of apply, plan and destroy get the answers it goes on with", { timeout: 120_000 }, async () => {
  const gateway = await startGatewayHere();
  onTestFinished(async () => void (await gateway.stop()));
  const known = new Map([["account", gateway.accountId]]);
  const filled = (text: string) =>
    text.replace(/\{(account|accessKeyId|versionId)\}/g, (_, name) => known.get(name) ?? "");
  const answered = [];
  for (const { service, method, target, headers = {}, body = "" } of calls) {
    const [path = "", query = ""] = filled(target).split("?");
    const sorted = query.split("&").toSorted().join("&");
    const sent = Buffer.from(filled(body));
    const keys = gateway.admin;
    const reply = await send(gateway, { service, method, path, query: sorted, headers, body: sent, keys });
    const accessKeyId = /<AccessKeyId>(\w+)</.exec(reply.body)?.[1];
    const versionId = reply.headers["x-amz-version-id"];
    if (accessKeyId !== undefined) known.set("accessKeyId", accessKeyId);
    if (method === "PUT" && typeof versionId === "string") known.set("versionId", versionId);
    answered.push([method, target, body, reply.status, reply.code]);
  }
  expect(answered).toEqual(
    calls.map(({ method, target, body = "", status, code }) => [method, target, body, status, code]),
  );
  expect(calls.filter(({ status }) => status >= 500)).toEqual([]);
});
