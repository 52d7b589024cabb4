import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  AddClientIDToOpenIDConnectProviderCommand,
  CreateOpenIDConnectProviderCommand,
  CreateRoleCommand,
  DeleteOpenIDConnectProviderCommand,
  PutRolePolicyCommand,
  RemoveClientIDFromOpenIDConnectProviderCommand,
} from "@aws-sdk/client-iam";
import { DeletePublicAccessBlockCommand, GetObjectCommand, PutBucketPolicyCommand, S3Client } from "@aws-sdk/client-s3";
import {
  AssumeRoleCommand,
  AssumeRoleWithWebIdentityCommand,
  type AssumeRoleWithWebIdentityCommandInput,
  GetCallerIdentityCommand,
  STSClient,
} from "@aws-sdk/client-sts";
import { fromTokenFile } from "@aws-sdk/credential-providers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startIssuer, type TestIssuer } from "../packages/gateway/test/oidc-issuer.ts";
import { aws, cliHere, iam, outcome, output, s3, sts } from "./clients.ts";
import { makeBucket } from "./fixtures.ts";
import { type Keys, readKeys, type RunningGateway } from "./gateway.ts";
import { startGatewayHere } from "./gateway-here.ts";

let issuer: TestIssuer;
let gateway: RunningGateway;
let folder = "";
/** Of the issuer, and as its condition keys begin. */
let provider = "";
let claim = "";

/** Requests that run at a time. */
const maxOfCaller = 4;

beforeAll(async () => {
  issuer = await startIssuer("/ci");
  folder = mkdtempSync(join(tmpdir(), "web-identity-"));
  const ca = join(folder, "ca.pem");
  writeFileSync(ca, issuer.ca);
  const limit = ["--max-requests-per-caller", String(maxOfCaller)];
  gateway = await startGatewayHere({ args: ["--oidc-allow", new URL(issuer.issuer).host, "--oidc-ca", ca, ...limit] });
  const { OpenIDConnectProviderArn = "" } = await iam(gateway, gateway.admin).send(
    new CreateOpenIDConnectProviderCommand({ Url: issuer.issuer, ClientIDList: ["sts.amazonaws.com"] }),
  );
  provider = OpenIDConnectProviderArn;
  claim = issuer.issuer.slice("https://".length);
});
afterAll(async () => {
  await gateway.stop();
  await issuer.close();
  rmSync(folder, { recursive: true, force: true });
});

type Statement = Readonly<Record<string, unknown>>;

const trusting = (...more: readonly Statement[]): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: more.map((one) => ({
      Effect: "Allow",
      Principal: { Federated: provider },
      Action: "sts:AssumeRoleWithWebIdentity",
      ...one,
    })),
  });

const forJob = (sub = "job-1"): Statement => ({
  Condition: { StringEquals: { [`${claim}:sub`]: sub, [`${claim}:aud`]: "sts.amazonaws.com" } },
});

async function makeRole(name: string, trust: string, policy?: object): Promise<string> {
  const admin = iam(gateway, gateway.admin);
  const { Role } = await admin.send(new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument: trust }));
  if (policy !== undefined)
    await admin.send(
      new PutRolePolicyCommand({ RoleName: name, PolicyName: "own", PolicyDocument: JSON.stringify(policy) }),
    );
  return Role?.Arn ?? "";
}

const command = (...args: string[]): Promise<string> =>
  output(cliHere(gateway, [...args, "--endpoint-url", gateway.endpoint], { keys: gateway.admin }));

async function makeAccount(name: string): Promise<{ readonly id: string; readonly root: ReturnType<typeof iam> }> {
  const made = await command("account", "create", name, "--email", `${name}@example.com`);
  const { AccountId: id } = JSON.parse(made) as { readonly AccountId: string };
  return { id, root: iam(gateway, readKeys(join(gateway.dataDir, "accounts", id, "root-credentials"))) };
}

/** A client without keys: the token says who asks. */
const nobody = (): STSClient => new STSClient({ endpoint: gateway.endpoint, region: "us-east-1", maxAttempts: 1 });

function assume(RoleArn: string, WebIdentityToken: string, more: Partial<AssumeRoleWithWebIdentityCommandInput> = {}) {
  return nobody().send(
    new AssumeRoleWithWebIdentityCommand({ RoleArn, RoleSessionName: "run-7", WebIdentityToken, ...more }),
  );
}

function keysOf({ Credentials: made }: Awaited<ReturnType<typeof assume>>): Keys {
  const { AccessKeyId = "", SecretAccessKey = "", SessionToken = "" } = made ?? {};
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
}

const read = (keys: Keys, Bucket: string, Key: string): Promise<string> =>
  outcome(s3(gateway, keys).send(new GetObjectCommand({ Bucket, Key })));

const makeObjects = (bucket: string, ...keys: readonly string[]): Promise<void> => makeBucket(gateway, bucket, keys);

const readUnder = (bucket: string, prefix: string): object => ({
  Version: "2012-10-17",
  Statement: { Effect: "Allow", Action: "s3:GetObject", Resource: `arn:aws:s3:::${bucket}/${prefix}` },
});

test("the SDK gets keys for a token in a file, and they read one prefix only", async () => {
  await makeObjects("web-bucket", "mine/a", "theirs/a");
  const role = await makeRole("web-reader", trusting(forJob()), readUnder("web-bucket", "mine/*"));
  const file = join(folder, "token");
  writeFileSync(file, await issuer.token());
  const before = { ...process.env };
  Object.assign(process.env, {
    AWS_WEB_IDENTITY_TOKEN_FILE: file,
    AWS_ROLE_ARN: role,
    AWS_ROLE_SESSION_NAME: "pod",
    AWS_ENDPOINT_URL_STS: gateway.endpoint,
    AWS_REGION: "us-east-1",
  });
  try {
    const client = new S3Client({
      endpoint: gateway.endpoint,
      region: "us-east-1",
      forcePathStyle: true,
      credentials: fromTokenFile(),
    });
    const got = await client.send(new GetObjectCommand({ Bucket: "web-bucket", Key: "mine/a" }));
    expect(await got.Body?.transformToString()).toBe("mine/a");
    const theirs = client.send(new GetObjectCommand({ Bucket: "web-bucket", Key: "theirs/a" }));
    expect(await outcome(theirs)).toBe("AccessDenied");
    client.destroy();
  } finally {
    for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
    Object.assign(process.env, before);
  }
});

test("the AWS CLI exchanges a token, without any keys", async () => {
  await makeObjects("web-cli", "mine/a", "theirs/a");
  const role = await makeRole("web-cli", trusting(forJob()), readUnder("web-cli", "mine/*"));
  const file = join(folder, "token-of-the-cli");
  writeFileSync(file, await issuer.token());
  const names = ["--role-arn", role, "--role-session-name", "cli", "--web-identity-token", `file://${file}`];
  const exchanged = await aws(gateway, ["sts", "assume-role-with-web-identity", ...names]);
  expect(exchanged).toMatchObject({ code: 0, stderr: "" });
  const keys = keysOf(JSON.parse(exchanged.stdout) as Awaited<ReturnType<typeof assume>>);
  const get = (key: string) => aws(gateway, ["s3", "cp", `s3://web-cli/${key}`, "-"], { keys });
  expect(await get("mine/a")).toEqual({ code: 0, stdout: "mine/a", stderr: "" });
  expect((await get("theirs/a")).stderr).toContain("Forbidden");
});

test("the answer says whose session it is", async () => {
  const role = await makeRole("web-answer", trusting(forJob()));
  const reply = await assume(role, await issuer.token(), { DurationSeconds: 900 });
  const arn = `arn:aws:sts::${gateway.accountId}:assumed-role/web-answer/run-7`;
  expect(reply).toMatchObject({
    AssumedRoleUser: { Arn: arn, AssumedRoleId: expect.stringMatching(/^AROA\w+:run-7$/) as string },
    Audience: "sts.amazonaws.com",
    Provider: issuer.issuer,
    SubjectFromWebIdentityToken: "job-1",
    PackedPolicySize: expect.any(Number) as number,
  });
  expect(reply.SourceIdentity).toBeUndefined();
  const seconds = ((reply.Credentials?.Expiration?.getTime() ?? 0) - Date.now()) / 1000;
  expect(Math.abs(seconds - 900)).toBeLessThan(60);
  const who = await sts(gateway, keysOf(reply)).send(new GetCallerIdentityCommand({}));
  expect(who).toMatchObject({ Arn: arn, Account: gateway.accountId });
});

describe("a token is refused", () => {
  const cases: readonly (readonly [string, () => Promise<string>, string])[] = [
    ["that is none", async () => "no.token.here", "InvalidIdentityTokenException"],
    ["that is short", async () => "abc", "InvalidIdentityTokenException"],
    ["that is long", async () => "a".repeat(20_001), "InvalidIdentityTokenException"],
    [
      "of an issuer that nobody registered",
      () => issuer.token({ iss: "https://issuer.test" }),
      "InvalidIdentityTokenException",
    ],
    ["of an issuer without https", () => issuer.token({ iss: "http://issuer.test" }), "InvalidIdentityTokenException"],
    ["for another audience", () => issuer.token({ aud: "other" }), "InvalidIdentityTokenException"],
    ["that is over", () => issuer.token({ iat: 1, exp: 2 }), "ExpiredTokenException"],
    ["that was changed", async () => (await issuer.token()).replace(/.{4}$/, "AAAA"), "InvalidIdentityTokenException"],
    [
      "with a tag that is none",
      () => issuer.token({ "https://aws.amazon.com/tags": { principal_tags: { "aws:x": ["1"] } } }),
      "IDPRejectedClaimException",
    ],
    [
      "with a source identity that is none",
      () => issuer.token({ "https://aws.amazon.com/source_identity": "a b" }),
      "IDPRejectedClaimException",
    ],
    ["of somebody whom the role does not trust", () => issuer.token({ sub: "job-2" }), "AccessDenied"],
    ["whose subject is a pattern", () => issuer.token({ sub: "*" }), "AccessDenied"],
  ];
  let role = "";
  beforeAll(async () => {
    role = await makeRole("web-refuses", trusting(forJob()));
  });

  test.each(cases)("%s", async (_name, token, code) => {
    const before = issuer.asked.length;
    expect(await outcome(assume(role, await token()))).toBe(code);
    expect(issuer.asked.length - before).toBeLessThanOrEqual(2);
  });

  test("the same for a role that is not there, and for one that names no provider, though it trusts everyone", async () => {
    const other = await makeRole("web-users-alone", usersTrust());
    const everyone = await makeRole("web-everyone", trusting({ Principal: "*" }, { Principal: { AWS: "*" } }));
    for (const arn of [`${role}-not-there`, other, everyone]) {
      const refused = await assume(arn, await issuer.token()).catch((error: unknown) => error);
      expect(refused).toMatchObject({
        name: "AccessDenied",
        message: "Not authorized to perform sts:AssumeRoleWithWebIdentity",
      });
    }
  });

  test("of an account without the provider, and of no account", async () => {
    for (const account of ["999999999999", "123"])
      expect(await outcome(assume(`arn:aws:iam::${account}:role/web`, await issuer.token()))).toBe(
        "InvalidIdentityTokenException",
      );
  });

  test("no part of it is in a message or the log", async () => {
    const token = await issuer.token({ aud: "other" });
    const message = await assume(role, token).then(
      () => "",
      (error: unknown) => String(error),
    );
    for (const text of [message, gateway.log()]) expect(text).not.toContain(token.slice(40, 120));
  });
});

const usersTrust = (): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: {
      Effect: "Allow",
      Principal: { AWS: gateway.accountId },
      Action: ["sts:AssumeRole", "sts:AssumeRoleWithWebIdentity"],
    },
  });

test("a client that the provider no longer has", async () => {
  const role = await makeRole("web-clients", trusting(forJob()));
  const admin = iam(gateway, gateway.admin);
  const token = await issuer.token({ aud: "app-2" });
  const named = { OpenIDConnectProviderArn: provider, ClientID: "app-2" };
  expect(await outcome(assume(role, token))).toBe("InvalidIdentityTokenException");
  await admin.send(new AddClientIDToOpenIDConnectProviderCommand(named));
  // Now the trust policy asks for another audience.
  expect(await outcome(assume(role, token))).toBe("AccessDenied");
  await admin.send(new RemoveClientIDFromOpenIDConnectProviderCommand(named));
  expect(await outcome(assume(role, token))).toBe("InvalidIdentityTokenException");
});

describe("what a session carries", () => {
  const tags = {
    "https://aws.amazon.com/tags": {
      principal_tags: { Team: ["blue"], Stage: ["test"] },
      transitive_tag_keys: ["Team"],
    },
    "https://aws.amazon.com/source_identity": "ann",
  };
  const actions = ["sts:AssumeRoleWithWebIdentity", "sts:TagSession", "sts:SetSourceIdentity"];

  test("tags and a source identity, which the trust policy must allow", async () => {
    await makeObjects("web-tags", "blue/a", "red/a", "ann/a");
    const own = {
      Version: "2012-10-17",
      Statement: {
        Effect: "Allow",
        Action: "s3:GetObject",
        Resource: ["arn:aws:s3:::web-tags/${aws:PrincipalTag/Team}/*", "arn:aws:s3:::web-tags/${aws:SourceIdentity}/*"],
      },
    };
    const role = await makeRole("web-tagged", trusting({ ...forJob(), Action: actions }), own);
    const reply = await assume(role, await issuer.token(tags));
    expect(reply.SourceIdentity).toBe("ann");
    expect(await read(keysOf(reply), "web-tags", "blue/a")).toBe("allowed");
    expect(await read(keysOf(reply), "web-tags", "ann/a")).toBe("allowed");
    expect(await read(keysOf(reply), "web-tags", "red/a")).toBe("AccessDenied");
    for (const without of ["sts:TagSession", "sts:SetSourceIdentity"]) {
      const Action = actions.filter((one) => one !== without);
      const narrow = await makeRole(`web-no-${without.slice(4)}`, trusting({ ...forJob(), Action }));
      const refused = await assume(narrow, await issuer.token(tags)).catch((error: unknown) => error);
      expect(refused).toMatchObject({ name: "AccessDenied", message: `Not authorized to perform ${without}` });
    }
    const asked = { StringEquals: { "aws:RequestTag/Stage": "live", [`${claim}:sub`]: "job-1" } };
    const live = await makeRole("web-live", trusting({ Action: actions, Condition: asked }));
    expect(await outcome(assume(live, await issuer.token(tags)))).toBe("AccessDenied");
  });

  test("its provider, audience and subject, but not the other claims; a role after it has none of them", async () => {
    await makeObjects("web-claims", "job-1/a", "e@example.com/a", "shared/a", "named/a");
    const own = {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Action: "s3:GetObject",
          Resource: [`arn:aws:s3:::web-claims/\${${claim}:sub}/*`, `arn:aws:s3:::web-claims/\${${claim}:email}/*`],
        },
        {
          Effect: "Allow",
          Action: "s3:GetObject",
          Resource: "arn:aws:s3:::web-claims/shared/*",
          Condition: {
            StringEquals: { "aws:FederatedProvider": provider, [`${claim}:aud`]: "sts.amazonaws.com" },
            "ForAnyValue:StringEquals": { [`${claim}:amr`]: "mfa" },
          },
        },
        { Effect: "Allow", Action: "sts:AssumeRole", Resource: "*" },
      ],
    };
    const role = await makeRole("web-claims", trusting(forJob()), own);
    // A bucket policy for an identity provider counts as public.
    await s3(gateway, gateway.admin).send(new DeletePublicAccessBlockCommand({ Bucket: "web-claims" }));
    await s3(gateway, gateway.admin).send(
      new PutBucketPolicyCommand({
        Bucket: "web-claims",
        Policy: JSON.stringify({
          Version: "2012-10-17",
          Statement: {
            Effect: "Allow",
            Principal: { Federated: provider },
            Action: "s3:GetObject",
            Resource: "arn:aws:s3:::web-claims/named/*",
          },
        }),
      }),
    );
    const keys = keysOf(await assume(role, await issuer.token({ email: "e@example.com", amr: ["pwd", "mfa"] })));
    for (const key of ["job-1/a", "shared/a", "named/a"]) expect(await read(keys, "web-claims", key)).toBe("allowed");
    expect(await read(keys, "web-claims", "e@example.com/a")).toBe("AccessDenied");

    const next = JSON.stringify({
      Version: "2012-10-17",
      Statement: { Effect: "Allow", Principal: { AWS: role }, Action: "sts:AssumeRole" },
    });
    const second = await makeRole("web-next", next, own);
    const chained = await sts(gateway, keys).send(new AssumeRoleCommand({ RoleArn: second, RoleSessionName: "next" }));
    for (const key of ["job-1/a", "shared/a", "named/a"])
      expect(await read(keysOf(chained), "web-claims", key)).toBe("AccessDenied");
  });

  test("a policy of its own, and no longer than the role lets it last", async () => {
    await makeObjects("web-scoped", "a", "b");
    const role = await makeRole("web-scoped", trusting(forJob()), readUnder("web-scoped", "*"));
    const Policy = JSON.stringify(readUnder("web-scoped", "a"));
    const keys = keysOf(await assume(role, await issuer.token(), { Policy }));
    expect(await read(keys, "web-scoped", "a")).toBe("allowed");
    expect(await read(keys, "web-scoped", "b")).toBe("AccessDenied");
    const token = await issuer.token();
    expect(await outcome(assume(role, token, { DurationSeconds: 7200 }))).toBe("ValidationError");
    const PolicyArns = [{ arn: `arn:aws:iam::${gateway.accountId}:policy/none` }];
    expect(await outcome(assume(role, token, { PolicyArns }))).toBe("NoSuchEntity");
    expect(await outcome(assume(role, token, { ProviderId: "www.amazon.com" }))).toBe("NotImplemented");
  });
});

test("an issuer that is away", async () => {
  const other = await startIssuer();
  // It is allowed no more than any other address of this machine.
  const admin = iam(gateway, gateway.admin);
  await admin.send(new CreateOpenIDConnectProviderCommand({ Url: other.issuer, ClientIDList: ["sts.amazonaws.com"] }));
  const role = await makeRole("web-away", trusting(forJob()));
  expect(await outcome(assume(role, await other.token()))).toBe("IDPCommunicationErrorException");
  expect(other.asked).toEqual([]);
  await other.close();
});

test("an issuer that takes its time keeps those waiting who ask its account for roles, and nobody else of their address", async () => {
  const slow = `${issuer.issuer}/slow`;
  let release = (): void => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  const discovery = new URL(`${slow}/.well-known/openid-configuration`).pathname;
  issuer.answers.set(discovery, (_request, response) => void held.then(() => response.writeHead(404).end()));
  const account = await makeAccount("slow");
  await account.root.send(new CreateOpenIDConnectProviderCommand({ Url: slow, ClientIDList: ["sts.amazonaws.com"] }));
  const role = await makeRole("web-quick", trusting(forJob()));
  const token = await issuer.token({ iss: slow });
  let answered = 0;
  const waiting = Array.from({ length: maxOfCaller }, async () => {
    const name = await outcome(assume(`arn:aws:iam::${account.id}:role/none`, token));
    answered += 1;
    return name;
  });
  await expect.poll(() => issuer.asked).toContain(discovery);
  expect([await outcome(assume(role, await issuer.token())), answered]).toEqual(["allowed", 0]);
  release();
  expect(new Set(await Promise.all(waiting))).toEqual(new Set(["IDPCommunicationErrorException"]));
});

test("an account that was closed has no provider any more", async () => {
  const { id, root } = await makeAccount("closing");
  await root.send(new CreateOpenIDConnectProviderCommand({ Url: issuer.issuer, ClientIDList: ["sts.amazonaws.com"] }));
  const role = `arn:aws:iam::${id}:role/none`;
  expect(await outcome(assume(role, await issuer.token()))).toBe("AccessDenied");
  await command("account", "close", id, "--yes");
  expect(await outcome(assume(role, await issuer.token()))).toBe("InvalidIdentityTokenException");
});

test("the call is an event of the account, without the token", async () => {
  const role = await makeRole("web-event", trusting(forJob("job-9")));
  const token = await issuer.token({ sub: "job-9" });
  await assume(role, token);
  const events = ["events", "--local", "--endpoint-url", gateway.endpoint, "--user", "job-9", "--json"];
  const text = await output(cliHere(gateway, events, { keys: gateway.admin }));
  expect(JSON.parse(text)).toMatchObject({
    eventName: "AssumeRoleWithWebIdentity",
    userIdentity: {
      type: "WebIdentityUser",
      principalId: `${provider}:sts.amazonaws.com:job-9`,
      userName: "job-9",
      identityProvider: provider,
    },
    requestParameters: { roleArn: role, webIdentityToken: "HIDDEN_DUE_TO_SECURITY_REASONS" },
    responseElements: { subjectFromWebIdentityToken: "job-9" },
    recipientAccountId: gateway.accountId,
  });
  expect(text).not.toContain(token.slice(40, 120));
});

test("a denial can be explained later", async () => {
  const role = await makeRole("web-explained", trusting(forJob()));
  const refused = await assume(role, await issuer.token({ sub: "job-3" })).catch(
    (error: unknown) => error as { readonly $metadata: { readonly requestId?: string } },
  );
  const args = ["--request-id", refused.$metadata.requestId ?? "", "--local", "--endpoint-url", gateway.endpoint];
  const explain = () => cliHere(gateway, ["explain", ...args], { keys: gateway.admin });
  await expect.poll(async () => (await explain()).code, { timeout: 20_000 }).toBe(0);
  const { stdout } = await explain();
  expect(stdout).toContain("DENIED");
  expect(stdout).toContain(`${provider}:sts.amazonaws.com:job-3`);
  expect(stdout).toContain(`${claim}:sub`);
});

test("a provider that was deleted names nobody, until it is there again", async () => {
  const role = await makeRole("web-deleted", trusting(forJob()));
  const admin = iam(gateway, gateway.admin);
  const create = new CreateOpenIDConnectProviderCommand({ Url: issuer.issuer, ClientIDList: ["sts.amazonaws.com"] });
  await admin.send(new DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: provider }));
  expect(await outcome(assume(role, await issuer.token()))).toBe("InvalidIdentityTokenException");
  await admin.send(create);
  expect(await outcome(assume(role, await issuer.token()))).toBe("allowed");
});
