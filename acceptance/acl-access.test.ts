import { AccessAnalyzerClient, CreateAnalyzerCommand, ListFindingsCommand } from "@aws-sdk/client-accessanalyzer";
import { CreateAccountCommand } from "@aws-sdk/client-organizations";
import * as sdk from "@aws-sdk/client-s3";
import * as fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { rootKeysOf } from "../packages/gateway/test/organization-accounts.ts";
import { cliHere, organizations, s3 } from "./clients.ts";
import type { Keys, RunningGateway } from "./gateway.ts";
import { startGatewayHere } from "./gateway-here.ts";
import { type RawReply, send } from "./raw.ts";

/** Access by ACLs: requests, findings of an analyzer and `explain` agree about it. */
let gateway: RunningGateway;
let analyzer: AccessAnalyzerClient;
let analyzerArn = "";
let admin: sdk.S3Client;
/** The root of another account, and the canonical user id of that account. */
let foreign: Keys;
let theirs = "";
let otherAccount = "";

beforeAll(async () => {
  gateway = await startGatewayHere({ args: ["--data-events"] });
  const { endpoint } = gateway;
  analyzer = new AccessAnalyzerClient({ endpoint, region: "us-east-1", credentials: { ...gateway.admin } });
  const made = await analyzer.send(new CreateAnalyzerCommand({ analyzerName: "own", type: "ACCOUNT" }));
  analyzerArn = made.arn ?? "";
  admin = s3(gateway, gateway.admin);
  const command = new CreateAccountCommand({ AccountName: "other", Email: "o@example.com" });
  const { CreateAccountStatus } = await organizations(gateway, gateway.admin).send(command);
  otherAccount = CreateAccountStatus?.AccountId ?? "";
  foreign = rootKeysOf(gateway.dataDir, otherAccount);
  theirs = (await s3(gateway, foreign).send(new sdk.ListBucketsCommand({}))).Owner?.ID ?? "";
});
afterAll(async () => {
  analyzer.destroy();
  admin.destroy();
  await gateway.stop();
});

const group = (name: string) => `uri="http://acs.amazonaws.com/groups/global/${name}"`;
const explain = (...args: readonly string[]) => cliHere(gateway, ["--local", "explain", ...args]);

/** Events of calls on objects are written a little later. */
async function recorded({ headers }: RawReply): Promise<string> {
  const id = String(headers["x-amz-request-id"]);
  await expect.poll(async () => (await explain("--request-id", id)).stderr, { timeout: 20_000 }).toBe("");
  return (await explain("--request-id", id)).stdout;
}

async function bucketWithAcls(Bucket: string): Promise<void> {
  await admin.send(new sdk.CreateBucketCommand({ Bucket, ObjectOwnership: "ObjectWriter" }));
  await admin.send(new sdk.DeletePublicAccessBlockCommand({ Bucket }));
}

test("`explain` says that an object belongs to another account, where it may read that", async () => {
  await bucketWithAcls("of-others");
  await admin.send(new sdk.PutBucketAclCommand({ Bucket: "of-others", GrantWrite: `id="${theirs}"` }));
  const ours = (await admin.send(new sdk.ListBucketsCommand({}))).Owner?.ID ?? "";
  const writer = s3(gateway, foreign);
  await writer.send(new sdk.PutObjectCommand({ Bucket: "of-others", Key: "k", Body: "x" }));
  const ask = () => explain("--who-can", "--action", "s3:GetObject", "--resource", "arn:aws:s3:::of-others/k");
  expect((await ask()).stderr).toContain("The ACL of the object is not counted, because it cannot be read");
  const grants = { GrantReadACP: `id="${ours}"`, GrantFullControl: `id="${theirs}"` };
  await writer.send(new sdk.PutObjectAclCommand({ Bucket: "of-others", Key: "k", ...grants }));
  const { stdout, stderr } = await ask();
  expect(stderr).toContain(`The object belongs to another account (canonical user id ${theirs}).`);
  expect(stdout).toContain(`anybody of the account with the canonical user id ${theirs} whose policies allow it`);
  writer.destroy();
});

test("`explain` names the grant that allowed a request, of now and of the record", async () => {
  await bucketWithAcls("explained");
  const GrantRead = group("AllUsers");
  await admin.send(new sdk.PutObjectCommand({ Bucket: "explained", Key: "k", Body: "x", GrantRead }));
  await admin.send(new sdk.PutBucketAclCommand({ Bucket: "explained", GrantReadACP: `id="${theirs}"` }));
  const got = await send(gateway, { path: "/explained/k" });
  expect(got.status).toBe(200);
  const granted = "(the ACL of the object grants READ to everyone)";
  const then = await recorded(got);
  expect(then).toMatch(/^Recorded: allowed by resource: bucket policy and ACL of explained, statement 1 /);
  expect(then).toContain(`1 ${granted} Allow: applies  <- decided`);
  // Of a message, and of the log, the ACLs of now decide.
  const message =
    'User: anonymous is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::explained/k" because no';
  const now = await explain("--message", message);
  expect(now.stderr).toBe("");
  expect(now.stdout).toContain(`1 ${granted} Allow: applies  <- decided`);

  const who = (action: string, resource: string) => explain("--who-can", "--action", action, "--resource", resource);
  expect((await who("s3:GetObject", "arn:aws:s3:::explained/k")).stdout).toContain(
    `everyone, including anonymous callers\tbucket policy and ACL of explained, statement 1 ${granted}\n`,
  );
  expect((await who("s3:GetBucketAcl", "arn:aws:s3:::explained")).stdout).toContain(
    `anybody of the account with the canonical user id ${theirs} whose policies allow it\tbucket policy and ACL of explained, statement 1 (the ACL of the bucket grants READ_ACP to the account with the canonical user id ${theirs})\n`,
  );
  const pattern = await who("s3:GetObject", "arn:aws:s3:::explained/*");
  expect(pattern.stdout).not.toContain("everyone");
  expect(pattern.stderr).toContain("The ACL of an object is not counted, because it cannot be read: the resource is a pattern"); // prettier-ignore
});

test("`explain` of a recorded request from another account: its account and unique id are known, its policies are not", async () => {
  await bucketWithAcls("granted");
  const GrantRead = `id="${theirs}"`;
  await admin.send(new sdk.PutObjectCommand({ Bucket: "granted", Key: "k", Body: "x", GrantRead }));
  const got = await send(gateway, { path: "/granted/k", keys: foreign });
  expect(got.status).toBe(200);
  const stdout = await recorded(got);
  const granted = `(the ACL of the object grants READ to the account with the canonical user id ${theirs})`;
  expect(stdout).toMatch(/\n\nALLOWED by policy of the resource\n/);
  expect(stdout).toContain(`1 ${granted} Allow: applies`);
  expect(stdout).toContain(`policies of account ${otherAccount}, which are in its own record`);
});

test("`explain --who-can` names the accounts and principals outside that a policy names", async () => {
  await bucketWithAcls("shared");
  const account = otherAccount;
  const Policy = JSON.stringify({
    Version: "2012-10-17",
    Statement: {
      Effect: "Allow",
      Principal: { AWS: account },
      Action: "s3:GetObject",
      Resource: "arn:aws:s3:::shared/*",
    },
  });
  await admin.send(new sdk.PutBucketPolicyCommand({ Bucket: "shared", Policy }));
  const { stdout } = await explain("--who-can", "--action", "s3:GetObject", "--resource", "arn:aws:s3:::shared/k");
  expect(stdout).toContain(`anybody of the account ${account} whose policies allow it\tbucket policy of shared, statement 1\n`); // prettier-ignore
});

/** A request for each action, on the bucket or on its object. It answers 403 if and only if it is denied. */
const requests = {
  "s3:ListBucket": { query: "list-type=2" },
  "s3:GetBucketAcl": { query: "acl=" },
  // A caller that is allowed gets another error than 403, because the request has no ACL.
  "s3:PutBucketAcl": { query: "acl=", method: "PUT" },
  // An anonymous caller that is allowed gets 501, not 403: the object would belong to nobody.
  "s3:PutObject": { key: "/new", method: "PUT" },
  "s3:GetObject": { key: "/k" },
  "s3:GetObjectAcl": { key: "/k", query: "acl=" },
} as const satisfies Record<string, { readonly key?: string; readonly query?: string; readonly method?: string }>;
type Asked = keyof typeof requests;
const everyAction = Object.keys(requests) as Asked[];

const permissions = ["READ", "WRITE", "READ_ACP", "WRITE_ACP", "FULL_CONTROL"] as const;
const grantees = ["everyone", "authenticated", "theirs"] as const;
const acl = fc.uniqueArray(fc.tuple(fc.constantFrom(...grantees), fc.constantFrom(...permissions)), { maxLength: 3 });
const settings = fc.record({
  ownership: fc.constantFrom("BucketOwnerPreferred", "ObjectWriter", "BucketOwnerEnforced", "none"),
  bucketAcl: acl,
  objectAcl: acl,
  ignores: fc.constantFrom("nobody", "nobody", "bucket", "account"),
  restricts: fc.constantFrom(false, false, true),
  policy: fc.constantFrom("none", "none", "public", "denies outsiders"),
  asked: fc.shuffledSubarray(everyAction, { minLength: 2, maxLength: 3 }),
});
type Settings = typeof settings extends fc.Arbitrary<infer T> ? T : never;

/** The members of the SDK for the grants. */
function grantsOf(grants: Settings["bucketAcl"]): Partial<sdk.PutBucketAclCommandInput> {
  const names = { everyone: group("AllUsers"), authenticated: group("AuthenticatedUsers"), theirs: `id="${theirs}"` };
  const of = (permission: string) =>
    grants.flatMap(([who, one]) => (one === permission ? [names[who]] : [])).join(", ") || undefined;
  const made = {
    GrantRead: of("READ"),
    GrantWrite: of("WRITE"),
    GrantReadACP: of("READ_ACP"),
    GrantWriteACP: of("WRITE_ACP"),
    GrantFullControl: of("FULL_CONTROL"),
  };
  return grants.length === 0 ? { ACL: "private" } : made;
}

const policies = {
  public: { Effect: "Allow", Principal: "*", Action: "s3:GetObject" },
  "denies outsiders": {
    Effect: "Deny",
    Principal: "*",
    Action: "s3:*",
    Condition: { StringNotEquals: { "aws:PrincipalAccount": "" } },
  },
} as const;

/** A bucket with an object `k` of these settings. Those that the gateway refuses stay as they were. */
async function bucketOf(Bucket: string, one: Settings): Promise<void> {
  await bucketWithAcls(Bucket);
  await admin.send(new sdk.PutObjectCommand({ Bucket, Key: "k", Body: "x" }));
  await admin.send(new sdk.PutBucketAclCommand({ Bucket, ...grantsOf(one.bucketAcl) }));
  const onObject = one.objectAcl.filter(([, permission]) => permission !== "WRITE");
  await admin.send(new sdk.PutObjectAclCommand({ Bucket, Key: "k", ...grantsOf(onObject) }));
  if (one.policy !== "none") {
    const Condition = { StringNotEquals: { "aws:PrincipalAccount": gateway.accountId } };
    const statement = { ...policies[one.policy], Resource: [`arn:aws:s3:::${Bucket}`, `arn:aws:s3:::${Bucket}/*`] };
    const Statement = "Condition" in statement ? { ...statement, Condition } : { ...statement, Resource: `arn:aws:s3:::${Bucket}/*` }; // prettier-ignore
    await admin.send(new sdk.PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify({ Version: "2012-10-17", Statement }) })); // prettier-ignore
  }
  if (one.ownership === "none") await admin.send(new sdk.DeleteBucketOwnershipControlsCommand({ Bucket }));
  else
    await admin
      .send(
        new sdk.PutBucketOwnershipControlsCommand({
          Bucket,
          OwnershipControls: { Rules: [{ ObjectOwnership: one.ownership }] },
        }),
      )
      .catch((error: Error) => expect(error.name).toBe("InvalidBucketAclWithObjectOwnership"));
  const PublicAccessBlockConfiguration = {
    IgnorePublicAcls: one.ignores === "bucket",
    RestrictPublicBuckets: one.restricts,
  };
  await admin.send(new sdk.PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration }));
}

async function blockOfAccount(ignores: boolean): Promise<void> {
  const body = `<PublicAccessBlockConfiguration><IgnorePublicAcls>${ignores}</IgnorePublicAcls></PublicAccessBlockConfiguration>`;
  const { status } = await send(gateway, {
    method: "PUT",
    path: "/v20180820/configuration/publicAccessBlock",
    headers: { "x-amz-account-id": gateway.accountId },
    keys: gateway.admin,
    body: Buffer.from(body),
  });
  expect(status).toBe(200);
}

const callers = ["anonymous", "foreign"] as const;

async function mayByRequest(bucket: string, asked: Asked, caller: (typeof callers)[number]): Promise<boolean> {
  const { key, ...request } = { key: "", ...requests[asked] };
  const keys = caller === "foreign" ? foreign : undefined;
  const { status, body } = await send(gateway, { ...request, path: `/${bucket}${key}`, keys });
  expect([200, 400, 403, 501], body).toContain(status);
  return status !== 403;
}

async function mayByWhoCan(bucket: string, asked: Asked): Promise<readonly boolean[]> {
  const { key } = { key: "", ...requests[asked] };
  const { stdout, stderr } = await explain(
    "--who-can",
    "--action",
    asked,
    "--resource",
    `arn:aws:s3:::${bucket}${key}`,
  );
  expect(stderr).not.toContain("not counted");
  const everyone = stdout.includes("everyone, including anonymous callers\t");
  return [everyone, everyone || stdout.includes("anybody with an account") || stdout.includes(theirs)];
}

/** By finding: whom it is about, and for which actions. */
async function findings(bucket: string) {
  const filter = { resource: { eq: [`arn:aws:s3:::${bucket}`] }, status: { eq: ["ACTIVE"] } };
  const { findings: found = [] } = await analyzer.send(new ListFindingsCommand({ analyzerArn, filter }));
  return found.map(({ principal, condition, action, error }) => {
    expect(error).toBeUndefined();
    const isAnonymous = principal?.["AWS"] === "*" && condition?.["aws:PrincipalAccount"] === undefined;
    return { isAnonymous, actions: action ?? [] };
  });
}

const runs = Math.min(Math.ceil(Number(process.env["TEST_RUNS"] ?? 100) / 20), 200);

test("a request from outside succeeds if and only if findings and `--who-can` say so", async () => {
  let made = 0;
  await fc.assert(
    fc.asyncProperty(settings, async (one) => {
      const bucket = `generated-${(made += 1)}`;
      await bucketOf(bucket, one);
      await blockOfAccount(one.ignores === "account");
      const found = await findings(bucket);
      for (const asked of one.asked) {
        const byRequest = await Promise.all(callers.map((caller) => mayByRequest(bucket, asked, caller)));
        expect(await mayByWhoCan(bucket, asked), `who-can ${asked}`).toEqual(byRequest);
        // Findings are not about the ACLs of objects.
        if (/Object(Acl)?$/.test(asked) && asked !== "s3:PutObject") continue;
        const of = found.filter(({ actions }) => actions.includes(asked));
        const byFinding = [of.some(({ isAnonymous }) => isAnonymous), of.length > 0];
        expect(byFinding, `findings ${asked}`).toEqual(byRequest);
      }
    }),
    { numRuns: runs, endOnFailure: true },
  );
}, 900_000);
