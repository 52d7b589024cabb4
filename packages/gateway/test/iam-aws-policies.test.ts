// https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-vs-inline.html#aws-managed-policies
import {
  AttachUserPolicyCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  IAMClient,
  ListPoliciesCommand,
} from "@aws-sdk/client-iam";
import type { SigningKeys } from "@s3-credentials/protocol";
import { expect, onTestFinished, test } from "vitest";
import { useS3Gateway } from "./s3-gateway.ts";

const gateway = useS3Gateway();
const aws = (name: string) => `arn:aws:iam::aws:policy/${name}`;

function clientOf(credentials: SigningKeys): IAMClient {
  const endpoint = `http://127.0.0.1:${gateway.port}`;
  const client = new IAMClient({ endpoint, region: "us-east-1", credentials, maxAttempts: 1 });
  onTestFinished(() => client.destroy());
  return client;
}

/** Whether the keys may make each request: `ok` or `denied`, by its name. */
async function rights(keys: SigningKeys): Promise<Readonly<Record<string, string>>> {
  const form = (action: string, more = "") => ({
    method: "POST",
    target: "/",
    body: `Action=${action}&Version=2010-05-08${more}`,
    headers: { "content-type": "application/x-www-form-urlencoded" },
    service: "iam",
    keys,
  });
  const requests = {
    "list buckets": { target: "/", keys },
    "make a bucket": { method: "PUT", target: "/made-by-nobody", keys },
    "read an object": { target: "/shared/key", keys },
    "list users": form("ListUsers"),
    "list roles": form("ListRoles"),
    "read a user": form("GetUser", "&UserName=admin"),
    "make a group": form("CreateGroup", "&GroupName=made"),
  };
  const all: Record<string, string> = {};
  for (const [name, request] of Object.entries(requests)) {
    const { status } = await gateway.send(request);
    all[name] = status === 403 ? "denied" : "ok";
    if (status < 300 && name.startsWith("make a b")) await gateway.send({ method: "DELETE", target: request.target });
    if (status < 300 && name.startsWith("make a g"))
      await gateway.send({ ...form("DeleteGroup", "&GroupName=made"), keys: gateway.admin });
  }
  return all;
}

const expected = {
  AWSDenyAll: "",
  IAMUserChangePassword: "",
  AmazonS3ReadOnlyAccess: "list buckets, read an object",
  AmazonS3FullAccess: "list buckets, make a bucket, read an object",
  IAMReadOnlyAccess: "list users, list roles, read a user",
  IAMFullAccess: "list users, list roles, read a user, make a group",
  PowerUserAccess: "list buckets, make a bucket, read an object, list roles",
  ReadOnlyAccess: "list buckets, read an object, list users, list roles, read a user",
  SecurityAudit: "list buckets, list users, list roles, read a user",
  "job-function/ViewOnlyAccess": "list buckets, list users, list roles",
  AdministratorAccess: "list buckets, make a bucket, read an object, list users, list roles, read a user, make a group",
} as const;

test.each(Object.entries(expected))("%s allows: %s", async (name, allowed) => {
  await gateway.send({ method: "PUT", target: "/shared" });
  await gateway.send({ method: "PUT", target: "/shared/key", body: "x" });
  const user = `with-${name.replace("/", "-")}`;
  const keys = await gateway.user(user);
  const admin = clientOf(gateway.admin);
  await admin.send(new AttachUserPolicyCommand({ UserName: user, PolicyArn: aws(name) }));
  const found = Object.entries(await rights(keys)).flatMap(([what, answer]) => (answer === "ok" ? [what] : []));
  expect(found.join(", ")).toBe(allowed);
});

test("they are listed by path and scope, and their default version is the documented one", async () => {
  const admin = clientOf(gateway.admin);
  const { Policies = [] } = await admin.send(new ListPoliciesCommand({ Scope: "AWS" }));
  expect(new Set(Policies.map(({ Arn }) => Arn))).toEqual(new Set(Object.keys(expected).map(aws)));
  const jobs = await admin.send(new ListPoliciesCommand({ Scope: "AWS", PathPrefix: "/job-function/" }));
  expect(jobs.Policies?.map(({ PolicyName }) => PolicyName)).toEqual(["ViewOnlyAccess"]);
  const { Policy } = await admin.send(new GetPolicyCommand({ PolicyArn: aws("IAMReadOnlyAccess") }));
  expect(Policy).toMatchObject({ DefaultVersionId: "v4", CreateDate: new Date("2015-02-06T18:40:39Z") });
  const version = { PolicyArn: aws("IAMReadOnlyAccess"), VersionId: "v4" };
  const { PolicyVersion } = await admin.send(new GetPolicyVersionCommand(version));
  expect(JSON.parse(decodeURIComponent(PolicyVersion?.Document ?? ""))).toMatchObject({
    Statement: [{ Effect: "Allow", Resource: "*" }],
  });
});
