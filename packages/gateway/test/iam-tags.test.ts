// https://docs.aws.amazon.com/IAM/latest/UserGuide/access_tags.html and .../id_tags.html
import {
  CreateOpenIDConnectProviderCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeleteOpenIDConnectProviderCommand,
  DeletePolicyCommand,
  DeleteRoleCommand,
  DeleteUserCommand,
  GetPolicyCommand,
  IAMClient,
  ListOpenIDConnectProviderTagsCommand,
  ListPolicyTagsCommand,
  ListRoleTagsCommand,
  ListUserTagsCommand,
  TagOpenIDConnectProviderCommand,
  TagPolicyCommand,
  TagRoleCommand,
  TagUserCommand,
  UntagOpenIDConnectProviderCommand,
  UntagPolicyCommand,
  UntagRoleCommand,
  UntagUserCommand,
} from "@aws-sdk/client-iam";
import type { SigningKeys } from "@s3-credentials/protocol";
import { describe, expect, onTestFinished, test } from "vitest";
import { useS3Gateway } from "./s3-gateway.ts";

const gateway = useS3Gateway();

interface Tag {
  readonly Key: string;
  readonly Value: string;
}

function clientOf(credentials: SigningKeys): IAMClient {
  const endpoint = `http://127.0.0.1:${gateway.port}`;
  const client = new IAMClient({ endpoint, region: "us-east-1", credentials, maxAttempts: 1 });
  onTestFinished(() => client.destroy());
  return client;
}

const outcome = (sent: Promise<unknown>): Promise<string> =>
  sent.then(
    () => "done",
    (error: unknown) => (error instanceof Error ? error.name : "?"),
  );

const document = JSON.stringify({
  Version: "2012-10-17",
  Statement: { Effect: "Allow", Action: "s3:ListAllMyBuckets", Resource: "*" },
});
const trust = JSON.stringify({
  Version: "2012-10-17",
  Statement: { Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" },
});

/** Everything that has tags, as one interface. */
const tagged = [
  {
    kind: "User",
    create: (iam: IAMClient, UserName: string, Tags?: Tag[]) => iam.send(new CreateUserCommand({ UserName, Tags })),
    tag: (iam: IAMClient, UserName: string, Tags: Tag[]) => iam.send(new TagUserCommand({ UserName, Tags })),
    untag: (iam: IAMClient, UserName: string, TagKeys: string[]) =>
      iam.send(new UntagUserCommand({ UserName, TagKeys })),
    list: (iam: IAMClient, UserName: string) => iam.send(new ListUserTagsCommand({ UserName })),
    remove: (iam: IAMClient, UserName: string) => iam.send(new DeleteUserCommand({ UserName })),
    keys: ["aws:ResourceTag", "iam:ResourceTag"],
  },
  {
    kind: "Role",
    create: (iam: IAMClient, RoleName: string, Tags?: Tag[]) =>
      iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust, Tags })),
    tag: (iam: IAMClient, RoleName: string, Tags: Tag[]) => iam.send(new TagRoleCommand({ RoleName, Tags })),
    untag: (iam: IAMClient, RoleName: string, TagKeys: string[]) =>
      iam.send(new UntagRoleCommand({ RoleName, TagKeys })),
    list: (iam: IAMClient, RoleName: string) => iam.send(new ListRoleTagsCommand({ RoleName })),
    remove: (iam: IAMClient, RoleName: string) => iam.send(new DeleteRoleCommand({ RoleName })),
    keys: ["aws:ResourceTag", "iam:ResourceTag"],
  },
  {
    kind: "Policy",
    create: (iam: IAMClient, PolicyName: string, Tags?: Tag[]) =>
      iam.send(new CreatePolicyCommand({ PolicyName, PolicyDocument: document, Tags })),
    tag: (iam: IAMClient, name: string, Tags: Tag[]) =>
      iam.send(new TagPolicyCommand({ PolicyArn: arnOf(name), Tags })),
    untag: (iam: IAMClient, name: string, TagKeys: string[]) =>
      iam.send(new UntagPolicyCommand({ PolicyArn: arnOf(name), TagKeys })),
    list: (iam: IAMClient, name: string) => iam.send(new ListPolicyTagsCommand({ PolicyArn: arnOf(name) })),
    remove: (iam: IAMClient, name: string) => iam.send(new DeletePolicyCommand({ PolicyArn: arnOf(name) })),
    keys: ["aws:ResourceTag"],
  },
  {
    kind: "OpenIDConnectProvider",
    create: (iam: IAMClient, name: string, Tags?: Tag[]) =>
      iam.send(new CreateOpenIDConnectProviderCommand({ Url: `https://${name.toLowerCase()}`, Tags })),
    tag: (iam: IAMClient, name: string, Tags: Tag[]) =>
      iam.send(new TagOpenIDConnectProviderCommand({ ...providerNamed(name), Tags })),
    untag: (iam: IAMClient, name: string, TagKeys: string[]) =>
      iam.send(new UntagOpenIDConnectProviderCommand({ ...providerNamed(name), TagKeys })),
    list: (iam: IAMClient, name: string) => iam.send(new ListOpenIDConnectProviderTagsCommand(providerNamed(name))),
    remove: (iam: IAMClient, name: string) => iam.send(new DeleteOpenIDConnectProviderCommand(providerNamed(name))),
    keys: ["aws:ResourceTag"],
  },
] as const;

function providerNamed(name: string) {
  return { OpenIDConnectProviderArn: `arn:aws:iam::${gateway.accountId}:oidc-provider/${name.toLowerCase()}` };
}

function arnOf(name: string): string {
  return name.startsWith("arn:") ? name : `arn:aws:iam::${gateway.accountId}:policy/${name}`;
}

const tag = (Key: string, Value: string): Tag => ({ Key, Value });

describe.each(tagged)("$kind", ({ kind, create, tag: tagIt, untag, list, remove, keys }) => {
  const name = (suffix: string) => `${kind}-${suffix}`;

  test("is made with tags, tagged, untagged and listed, by any case of a key", async () => {
    const iam = clientOf(gateway.admin);
    await create(iam, name("a"), [tag("Team", "red"), tag("empty", "")]);
    await tagIt(iam, name("a"), [tag("TEAM", "blue"), tag("cost centre", "x+y@z")]);
    const listed = async () =>
      [...((await list(iam, name("a"))).Tags ?? [])].map(({ Key, Value }) => `${Key}=${Value}`);
    expect((await listed()).toSorted()).toEqual(["TEAM=blue", "cost centre=x+y@z", "empty="]);
    await untag(iam, name("a"), ["team", "not there"]);
    expect((await listed()).toSorted()).toEqual(["cost centre=x+y@z", "empty="]);
    expect(await outcome(tagIt(iam, name("none"), [tag("a", "b")]))).toBe("NoSuchEntityException");
    expect(await outcome(list(iam, name("none")))).toBe("NoSuchEntityException");
    for (const wrong of [
      tag("aws:x", "y"),
      tag("", "y"),
      tag("k".repeat(129), "y"),
      tag("k", "v".repeat(257)),
      tag("k!", "v"),
    ])
      expect([wrong, await outcome(tagIt(iam, name("a"), [wrong]))]).toEqual([wrong, "ValidationError"]);
    const many = Array.from({ length: 49 }, (_, index) => tag(`t${index}`, "v"));
    expect(await outcome(tagIt(iam, name("a"), many))).toBe("LimitExceededException");
    expect(await listed()).toHaveLength(2);
  });

  test("may be made, tagged and untagged by who must use some tags, and only so", async () => {
    const admin = clientOf(gateway.admin);
    const keysOf = await gateway.user(
      `tagger-of-${kind}`,
      {
        Effect: "Allow",
        Action: [`iam:Create${kind}`, `iam:Tag${kind}`],
        Resource: "*",
        Condition: {
          StringEquals: { "aws:RequestTag/team": "red" },
          "ForAllValues:StringEquals": { "aws:TagKeys": ["team", "name"] },
        },
      },
      {
        Effect: "Allow",
        Action: `iam:Untag${kind}`,
        Resource: "*",
        Condition: { "ForAllValues:StringEquals": { "aws:TagKeys": ["name"] } },
      },
    );
    const iam = clientOf(keysOf);
    expect(await outcome(create(iam, name("b")))).toBe("AccessDenied");
    expect(await outcome(create(iam, name("b"), [tag("team", "blue")]))).toBe("AccessDenied");
    expect(await outcome(create(iam, name("b"), [tag("team", "red"), tag("other", "x")]))).toBe("AccessDenied");
    expect(await outcome(create(iam, name("b"), [tag("team", "red"), tag("name", "x")]))).toBe("done");
    expect(await outcome(tagIt(iam, name("b"), [tag("team", "blue")]))).toBe("AccessDenied");
    expect(await outcome(tagIt(iam, name("b"), [tag("team", "red")]))).toBe("done");
    expect(await outcome(untag(iam, name("b"), ["team"]))).toBe("AccessDenied");
    expect(await outcome(untag(iam, name("b"), ["name", "team"]))).toBe("AccessDenied");
    expect(await outcome(untag(iam, name("b"), ["name"]))).toBe("done");
    expect((await list(admin, name("b"))).Tags).toEqual([tag("team", "red")]);
  });

  test.each(keys)("may be changed by who may change what has a tag: %s", async (key) => {
    const admin = clientOf(gateway.admin);
    const own = await gateway.user(`owner-by-${key.replace(":", "-")}-of-${kind}`, {
      Effect: "Allow",
      Action: `iam:*${kind}*`,
      Resource: "*",
      Condition: { StringEquals: { [`${key}/team`]: "red" } },
    });
    const iam = clientOf(own);
    const [red, blue, plain] = [`red-${key.slice(0, 3)}`, `blue-${key.slice(0, 3)}`, `plain-${key.slice(0, 3)}`].map(
      name,
    );
    await create(admin, red ?? "", [tag("Team", "red")]);
    await create(admin, blue ?? "", [tag("team", "blue")]);
    await create(admin, plain ?? "");
    for (const other of [blue ?? "", plain ?? "", name("none")]) {
      expect(await outcome(list(iam, other))).toBe("AccessDenied");
      expect(await outcome(tagIt(iam, other, [tag("team", "red")]))).toBe("AccessDenied");
      expect(await outcome(remove(iam, other))).toBe("AccessDenied");
    }
    expect(await outcome(list(iam, red ?? ""))).toBe("done");
    expect(await outcome(tagIt(iam, red ?? "", [tag("x", "y")]))).toBe("done");
    expect(await outcome(remove(iam, red ?? ""))).toBe("done");
  });
});

test("a policy shows its tags; AWS's have none and take none", async () => {
  const iam = clientOf(gateway.admin);
  await iam.send(new CreatePolicyCommand({ PolicyName: "shown", PolicyDocument: document, Tags: [tag("a", "b")] }));
  const { Policy } = await iam.send(new GetPolicyCommand({ PolicyArn: arnOf("shown") }));
  expect(Policy?.Tags).toEqual([tag("a", "b")]);
  const aws = "arn:aws:iam::aws:policy/AdministratorAccess";
  expect((await iam.send(new ListPolicyTagsCommand({ PolicyArn: aws }))).Tags).toEqual([]);
  expect(await outcome(iam.send(new TagPolicyCommand({ PolicyArn: aws, Tags: [tag("a", "b")] })))).toBe("AccessDenied");
  expect(await outcome(iam.send(new UntagPolicyCommand({ PolicyArn: aws, TagKeys: ["a"] })))).toBe("AccessDenied");
});

test("tags that are not sent at all are a violation, an empty list is none", async () => {
  await clientOf(gateway.admin).send(new CreateUserCommand({ UserName: "untagged" }));
  const ask = (action: string, more: string) => {
    const body = `Action=${action}&Version=2010-05-08&UserName=untagged${more}`;
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    return gateway.send({ method: "POST", target: "/", body, headers, service: "iam" });
  };
  for (const [action, field] of [
    ["TagUser", "Tags"],
    ["UntagUser", "TagKeys"],
  ] as const) {
    // prettier-ignore
    expect(await ask(action, "")).toMatchObject({ status: 400, code: "ValidationError" });
    expect((await ask(action, `&${field}=`)).status).toBe(200);
  }
});
