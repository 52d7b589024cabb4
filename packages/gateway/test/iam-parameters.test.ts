import { expect, test } from "vitest";
import type { SigningKeys } from "@s3-credentials/protocol";
import type { Sent } from "./pipeline-gateway.ts";
import { useS3Gateway } from "./s3-gateway.ts";

const gateway = useS3Gateway();

type Fields = readonly (readonly [string, string])[];

function form(fields: Fields): string {
  return fields.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join("&");
}

/** One IAM request, its fields as they are given: repeated, out of order or unknown. */
function iam(action: string, fields: Fields = [], keys: SigningKeys = gateway.admin): Promise<Sent> {
  const body = form([["Action", action], ["Version", "2010-05-08"], ...fields]);
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  return gateway.send({ method: "POST", target: "/", body, headers, service: "iam", keys });
}

const tag = (index: number, key: string, value: string): Fields => [
  [`Tags.member.${index}.Key`, key],
  [`Tags.member.${index}.Value`, value],
];

function tagsIn({ body }: Sent): readonly string[] {
  return [...body.matchAll(/<Key>(.*?)<\/Key><Value>(.*?)<\/Value>/g)].map(([, key, value]) => `${key}=${value}`);
}

const principals = [
  { word: "User", more: [] },
  {
    word: "Role",
    more: [
      [
        "AssumeRolePolicyDocument",
        '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}}',
      ],
    ],
  },
] as const;

// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html
for (const { word, more } of principals) {
  test(`${word}: a tag key has no case, and keeps the one it was last written with`, async () => {
    const name: Fields = [[`${word}Name`, `tagged-${word}`]];
    const made = await iam(`Create${word}`, [
      ...name,
      ...more,
      ...tag(1, "Department", "foo"),
      ...tag(2, "Other", "x"),
    ]);
    expect(made.status).toBe(200);
    expect((await iam(`Tag${word}`, [...name, ...tag(1, "department", "bar")])).status).toBe(200);
    expect(tagsIn(await iam(`List${word}Tags`, name)).toSorted()).toEqual(["Other=x", "department=bar"]);
    expect((await iam(`Untag${word}`, [...name, ["TagKeys.member.1", "DEPARTMENT"]])).status).toBe(200);
    expect(tagsIn(await iam(`List${word}Tags`, name))).toEqual(["Other=x"]);
  });

  test(`${word}: the same tag key twice in one call is refused`, async () => {
    const name: Fields = [[`${word}Name`, `twice-${word}`]];
    const both = [...tag(1, "team", "a"), ...tag(2, "TEAM", "b")];
    expect(await iam(`Create${word}`, [...name, ...more, ...both])).toMatchObject({
      status: 400,
      code: "InvalidInput",
    });
    expect((await iam(`Create${word}`, [...name, ...more])).status).toBe(200);
    expect(await iam(`Tag${word}`, [...name, ...both])).toMatchObject({ status: 400, code: "InvalidInput" });
    expect(tagsIn(await iam(`List${word}Tags`, name))).toEqual([]);
  });
}

const unread: readonly (readonly [string, string, Fields])[] = [
  ["a gap", "CreateUser", [...tag(1, "a", "1"), ...tag(3, "deny", "yes")]],
  ["a start at 2", "CreateUser", tag(2, "a", "1")],
  ["a start at 0", "CreateUser", tag(0, "a", "1")],
  ["a leading zero", "CreateUser", tag(1, "a", "1").map(([name, value]) => [name.replace(".1.", ".01."), value])],
  ["no member", "CreateUser", [["Tags.1.Key", "a"]]],
  ["an unknown sub-field", "CreateUser", [...tag(1, "a", "1"), ["Tags.member.1.Case", "x"]]],
  ["a value without its key", "CreateUser", [["Tags.member.1.Value", "x"]]],
  ["a key without its value", "CreateUser", [["Tags.member.1.Key", "x"]]],
  ["a field below a plain one", "CreateUser", [["Path.member.1", "/a/"]]],
  ["a list that is one text", "CreateUser", [["Tags", "a"]]],
  ["a gap in plain members", "UntagUser", [["TagKeys.member.1", "a"], ["TagKeys.member.3", "b"]]], // prettier-ignore
];

for (const [what, action, fields] of unread) {
  test(`list fields that would be left out are refused: ${what}`, async () => {
    const sent = await iam(action, [["UserName", "nobody"], ...fields]);
    expect(sent).toMatchObject({ status: 400, code: "ValidationError" });
    expect((await iam("GetUser", [["UserName", "nobody"]])).code).toBe("NoSuchEntity");
  });
}

test("an empty list, as SDKs write it, is no violation", async () => {
  const sent = await iam("CreateUser", [["UserName", "no-tags"], ["Tags", ""], ["SomethingElse", "x"]]); // prettier-ignore
  expect(sent.status).toBe(200);
});

test("a gap in the context entries of a simulation is refused", async () => {
  const entry = (index: number): Fields => [
    [`ContextEntries.member.${index}.ContextKeyName`, "aws:username"],
    [`ContextEntries.member.${index}.ContextKeyType`, "string"],
    [`ContextEntries.member.${index}.ContextKeyValues.member.1`, "ann"],
  ];
  const policy = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}';
  const asked: Fields = [["PolicyInputList.member.1", policy], ["ActionNames.member.1", "s3:GetObject"]]; // prettier-ignore
  expect((await iam("SimulateCustomPolicy", [...asked, ...entry(1)])).status).toBe(200);
  expect(await iam("SimulateCustomPolicy", [...asked, ...entry(2)])).toMatchObject({ code: "ValidationError" });
});

test("an answer has no character that XML does not have, so one policy cannot hide an account", async () => {
  const document = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}}';
  const made = (Description: string): Promise<Sent> =>
    iam("CreatePolicy", [["PolicyName", "told"], ["PolicyDocument", document], ["Description", Description]]); // prettier-ignore
  for (const unreadable of ["a\0", "a\u0001", "a\u001f", "a\ufffe", "a\uffff"])
    expect(await made(unreadable)).toMatchObject({ status: 400, code: "ValidationError" });
  expect(await made("a\t\r\n\u007f é \u{1f600}")).toMatchObject({ status: 200 });
  const asked: Fields = [["PolicyInputList.member.1", document], ["ActionNames.member.1", "s3:GetObject"]]; // prettier-ignore
  const { body } = await iam("SimulateCustomPolicy", [
    ...asked,
    ["ResourceArns.member.1", "arn:aws:s3:::b/\u0001&#x1;\u000f"],
  ]);
  expect(body).toContain("arn:aws:s3:::b/\ufffd&amp;#x1;\ufffd<");
});

test("a gap in a session's policies is refused", async () => {
  const keys = await gateway.user("assumer", { Effect: "Allow", Action: "*", Resource: "*" });
  const fields: Fields = [
    ["Action", "AssumeRole"],
    ["Version", "2011-06-15"],
    ["RoleSessionName", "session"],
    ["PolicyArns.member.2.arn", "arn:aws:iam::aws:policy/ReadOnlyAccess"],
  ];
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const sent = await gateway.send({ method: "POST", target: "/", body: form(fields), headers, service: "sts", keys });
  expect(sent).toMatchObject({ status: 400, code: "ValidationError" });
});

test("a request for a role without the token that it needs says which parameter is missing", async () => {
  const fields: Fields = [
    ["Action", "AssumeRoleWithWebIdentity"],
    ["Version", "2011-06-15"],
    ["RoleArn", `arn:aws:iam::${gateway.accountId}:role/any`],
    ["RoleSessionName", "session"],
  ];
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const sent = await gateway.send({ method: "POST", target: "/", body: form(fields), headers, service: "sts" });
  expect(sent).toMatchObject({ status: 400, code: "ValidationError" });
  expect(sent.body).toContain("webIdentityToken");
});

test("a name that is sent twice has no one meaning", async () => {
  const twice: Fields = [["UserName", "one"], ["UserName", "two"]]; // prettier-ignore
  expect((await iam("CreateUser", twice)).status).toBeGreaterThanOrEqual(400);
  const query = form([["Action", "CreateUser"], ["Version", "2010-05-08"], ...twice]);
  for (const service of ["iam", "sts"]) {
    const sent = await gateway.send({ target: `/?${query}`, service });
    expect(sent).toMatchObject({ status: 400, code: "ValidationError" });
    expect(sent.headers["x-amzn-requestid"]).toBeDefined();
  }
  expect((await iam("GetUser", [["UserName", "one"]])).code).toBe("NoSuchEntity");
});

const markers = ["%00", "a\0b", "ann\n", "ä", "\u{10ffff}"];

for (const action of ["ListUsers", "ListRoles", "ListGroups", "ListPolicies"]) {
  test(`${action}: a marker that was never given out is refused`, async () => {
    for (const marker of markers) {
      const sent = await iam(action, [["Marker", Buffer.from(marker).toString("base64")]]);
      expect([marker, sent.status]).toEqual([marker, marker === "%00" ? 200 : 400]);
      if (sent.status !== 200) expect(sent.code).toBe("ValidationError");
    }
  });
}

const valuesIn = (name: string, { body }: Sent): readonly string[] =>
  [...body.matchAll(new RegExp(`<${name}>(.*?)</${name}>`, "g"))].map(([, value = ""]) => value);

/** Every item of a list, one item a page. */
async function singly(action: string, fields: Fields, name: string): Promise<readonly string[]> {
  const items: string[] = [];
  let marker: string | undefined;
  do {
    const more: Fields = marker === undefined ? [] : [["Marker", marker]];
    const page = await iam(action, [...fields, ["MaxItems", "1"], ...more]);
    expect(page.status).toBe(200);
    expect(valuesIn(name, page)).toHaveLength(1);
    items.push(...valuesIn(name, page));
    [marker] = valuesIn("Marker", page);
    expect(valuesIn("IsTruncated", page)).toEqual([String(marker !== undefined)]);
  } while (marker !== undefined && items.length < 10);
  return items;
}

test("lists in an order of their own have pages too", async () => {
  const user: Fields = [["UserName", "paged"]];
  expect(
    (await iam("CreateUser", [...user, ...tag(1, "b", "1"), ...tag(2, "a", "2"), ...tag(3, "c", "3")])).status,
  ).toBe(200);
  expect([...(await singly("ListUserTags", user, "Key"))].sort()).toEqual(["a", "b", "c"]);
  const keys = [await iam("CreateAccessKey", user), await iam("CreateAccessKey", user)];
  const ids = keys.flatMap((key) => valuesIn("AccessKeyId", key));
  expect([...(await singly("ListAccessKeys", user, "AccessKeyId"))].sort()).toEqual([...ids].sort());
  const document = (action: string): Fields => [
    ["PolicyDocument", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"${action}","Resource":"*"}}`],
  ];
  const made = await iam("CreatePolicy", [["PolicyName", "paged"], ...document("s3:GetObject")]);
  const arn: Fields = [["PolicyArn", valuesIn("Arn", made)[0] ?? ""]];
  await iam("CreatePolicyVersion", [...arn, ...document("s3:PutObject")]);
  await iam("CreatePolicyVersion", [...arn, ...document("s3:DeleteObject")]);
  expect([...(await singly("ListPolicyVersions", arn, "VersionId"))].sort()).toEqual(["v1", "v2", "v3"]);
  for (const [action, fields] of [
    ["ListUserTags", user],
    ["ListAccessKeys", user],
    ["ListPolicyVersions", arn],
  ] as const)
    // prettier-ignore
    expect((await iam(action, [...fields, ["Marker", "YWJj"]])).code).toBe("ValidationError");
});

// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html: names of users, groups and roles have 1 to 64 characters
test("names of one character: of users, groups, roles, and of a role whose session a bucket policy names", async () => {
  const trust = JSON.stringify({
    Version: "2012-10-17",
    Statement: { Effect: "Allow", Principal: { AWS: gateway.accountId }, Action: "sts:AssumeRole" },
  });
  expect((await iam("CreateGroup", [["GroupName", "g"]])).status).toBe(200);
  const role: Fields = [
    ["RoleName", "r"],
    ["AssumeRolePolicyDocument", trust],
  ];
  expect((await iam("CreateRole", role)).status).toBe(200);
  const user = await gateway.user("u", { Effect: "Allow", Action: "sts:AssumeRole", Resource: "*" });

  const assume = (sessionName: string) =>
    gateway.send({
      method: "POST",
      target: "/",
      body: form([
        ["Action", "AssumeRole"],
        ["Version", "2011-06-15"],
        ["RoleArn", `arn:aws:iam::${gateway.accountId}:role/r`],
        ["RoleSessionName", sessionName],
      ]),
      headers: { "content-type": "application/x-www-form-urlencoded" },
      service: "sts",
      keys: user,
    });
  expect(await assume("s")).toMatchObject({ status: 400, code: "ValidationError" });
  const session = await assume("s1");
  const value = (name: string) => new RegExp(`<${name}>(.*?)</${name}>`).exec(session.body)?.[1] ?? "";
  const keys = {
    accessKeyId: value("AccessKeyId"),
    secretAccessKey: value("SecretAccessKey"),
    sessionToken: value("SessionToken"),
  };
  const b = await gateway.bucket();
  const put = (Principal: string) => {
    const statement = { Effect: "Allow", Principal: { AWS: Principal }, Action: "s3:ListBucket" };
    const policy = { Version: "2012-10-17", Statement: { ...statement, Resource: `arn:aws:s3:::${b}` } };
    return gateway.send({ method: "PUT", target: `/${b}?policy`, body: JSON.stringify(policy) });
  };
  expect((await gateway.send({ target: `/${b}`, keys })).code).toBe("AccessDenied");
  expect((await put(`arn:aws:sts::${gateway.accountId}:assumed-role/r/s1`)).status).toBe(204);
  expect((await gateway.send({ target: `/${b}`, keys })).status).toBe(200);
  for (const refused of ["r/s", `r/${"s".repeat(65)}`, `${"r".repeat(65)}/s1`])
    expect(await put(`arn:aws:sts::${gateway.accountId}:assumed-role/${refused}`), refused).toMatchObject({
      status: 400,
      code: "MalformedPolicy",
    });
});

test("a resource that nothing can be (of IAM without a kind, of another partition, with a region or an account): refused by whatever stores or seals a policy", async () => {
  const text = (Resource: string) =>
    JSON.stringify({ Version: "2012-10-17", Statement: { Effect: "Allow", Action: "*", Resource } });
  const ofIam = (path: string) => `arn:aws:iam::${gateway.accountId}:${path}`;
  await iam("CreateUser", [["UserName", "paths"]]);
  const put = (resource: string) =>
    iam("PutUserPolicy", [
      ["UserName", "paths"],
      ["PolicyName", "p"],
      ["PolicyDocument", text(resource)],
    ]);
  const bad = [
    ...["*/*", "foo", "us*", "user", "?ole/x"].map((path) => [ofIam(path), "IAM resource path must either be"]),
    ...["aws-cn", "xyz", "", "aws-*"].map((partition) => [
      `arn:${partition}:s3:::b/*`,
      `Partition &quot;${partition}&quot; is not valid for resource`,
    ]),
    ...["s3:us-east-1::b/*", "s3:us-east-1:111122223333:b/k"].map((rest) => [
      `arn:aws:${rest}`,
      "can not contain region information",
    ]),
    ["arn:aws:iam:us-east-1::user/*", "IAM resource arn:aws:iam:us-east-1::user/* cannot contain region information."],
    ...["b", "b/*"].map((rest) => [`arn:aws:s3::111122223333:${rest}`, "cannot contain an account id."]),
  ] as const;
  for (const [resource = "", message] of bad) {
    const refused = { status: 400, code: "MalformedPolicyDocument" };
    const answer = await put(resource);
    expect(answer, resource).toMatchObject(refused);
    expect(answer.body).toContain(message);
    const managed: Fields = [
      ["PolicyName", "m"],
      ["PolicyDocument", text(resource)],
    ];
    expect(await iam("CreatePolicy", managed), resource).toMatchObject(refused);
    const session = await gateway.send({
      method: "POST",
      target: "/",
      body: form([
        ["Action", "AssumeRole"],
        ["Version", "2011-06-15"],
        ["RoleSessionName", "session"],
        ["Policy", text(resource)],
      ]),
      headers: { "content-type": "application/x-www-form-urlencoded" },
      service: "sts",
    });
    expect(session, resource).toMatchObject(refused);
  }
  const good = ["*", "root", "user/*", "role/a/b", "mfa/${aws:username}"].map(ofIam);
  const anyRegion = "arn:aws:s3::111122223333:accesspoint/a.mrap/object/*";
  const accessPoint = "arn:aws:s3:us-east-1:111122223333:accesspoint/a/object/*";
  for (const resource of [
    ...good,
    "*",
    "arn:*:s3:::b",
    "arn:aws*:s3:::b/*",
    "arn:aws:s3:*:*:b/*",
    accessPoint,
    anyRegion,
  ])
    expect((await put(resource)).status, resource).toBe(200);
});
