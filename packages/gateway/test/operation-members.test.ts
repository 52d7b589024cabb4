import { createHash } from "node:crypto";
import { IAMClient } from "@aws-sdk/client-iam";
import { AccessAnalyzerClient } from "@aws-sdk/client-accessanalyzer";
import { AccountClient } from "@aws-sdk/client-account";
import { CloudTrailClient } from "@aws-sdk/client-cloudtrail";
import { OrganizationsClient } from "@aws-sdk/client-organizations";
import { S3Client } from "@aws-sdk/client-s3";
import { STSClient } from "@aws-sdk/client-sts";
import { presignQuery } from "@s3-credentials/protocol";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { modelledMembers } from "../src/operations/modelled-members.ts";
import { noOps } from "../src/operations/members.ts";
import { operationTables } from "../src/operations/table.ts";
import { useS3Gateway } from "./s3-gateway.ts";
import { sampleBucket, sdkCommand, type Service } from "./sdk-models.ts";

const gateway = useS3Gateway();

type Send = (command: never) => Promise<unknown>;
const send: Partial<Record<Service, Send>> = {};
const clients: { destroy: () => void }[] = [];
beforeAll(async () => {
  await gateway.send({ method: "PUT", target: `/${sampleBucket}` });
  const options = {
    endpoint: `http://127.0.0.1:${gateway.port}`,
    region: "us-east-1",
    credentials: gateway.admin,
    maxAttempts: 1,
  };
  const s3 = new S3Client({ ...options, forcePathStyle: true });
  const iam = new IAMClient(options);
  const sts = new STSClient(options);
  const organizations = new OrganizationsClient(options);
  clients.push(s3, iam, sts, organizations);
  const account = new AccountClient(options);
  const analyzer = new AccessAnalyzerClient(options);
  const cloudtrail = new CloudTrailClient(options);
  clients.push(account, analyzer, cloudtrail);
  send.cloudtrail = (command) => cloudtrail.send(command);
  send["access-analyzer"] = (command) => analyzer.send(command);
  send.account = (command) => account.send(command);
  send.organizations = (command) => organizations.send(command);
  send.s3 = (command) => s3.send(command);
  send.iam = (command) => iam.send(command);
  send.sts = (command) => sts.send(command);
});
afterAll(() => {
  for (const client of clients) client.destroy();
});

const services = {
  S3: "s3",
  IAM: "iam",
  STS: "sts",
  Organizations: "organizations",
  CloudTrail: "cloudtrail",
  Account: "account",
  "Access-Analyzer": "access-analyzer",
} as const;

const implemented = Object.entries(operationTables).flatMap(([word, table]) =>
  Object.values(table).flatMap((row) => ("refuses" in row ? [{ word, row }] : [])),
);

/** What AWS has no operation for is a JSON operation of our own: the service before its name in `X-Amz-Target`, and its scope. */
const ownTargets: Readonly<Record<string, readonly [string, "cloudtrail" | "s3-credentials"]>> = {
  LookupDataEvents: ["CloudTrail_20131101", "cloudtrail"],
  GetDecision: ["CloudTrail_20131101", "cloudtrail"],
  ...Object.fromEntries(
    Object.keys(operationTables["s3-credentials"]).map((name) => [name, ["S3Credentials", "s3-credentials"] as const]),
  ),
};

function isOfAccount(row: object): boolean {
  return "route" in row && (row.route as { readonly level?: string }).level === "account";
}

const rows = implemented
  // The SDKs have no operation for the form of a browser, and the model of S3 Control is not here.
  .filter(({ row }) => !Object.hasOwn(ownTargets, row.name) && row.name !== "PostObject" && !isOfAccount(row))
  .map(({ word, row }) => ({ service: services[word as keyof typeof services], row }));

describe("the operations that are here", () => {
  test.each(rows)("$service $row.name has a model, all of which is read, no-op or refused", ({ service, row }) => {
    const models: Readonly<Record<string, string>> = modelledMembers[service];
    const modelled = new Set((models[row.name] ?? "no model").split(" ").filter((name) => name !== ""));
    // Encryption is refused by operations too that have none.
    const said = [...row.reads, ...row.refuses].filter((name) => modelled.has(name) || !/-encryption/.test(name));
    expect(new Set(said).size).toBe(said.length);
    expect(new Set([...said, ...Object.keys(noOps).filter((name) => modelled.has(name))])).toEqual(modelled);
    // What begins with a prefix would not be found by its name.
    expect([...row.refuses].filter((name) => name.endsWith("*"))).toEqual([]);
  });

  test("every no-op is a member of some operation that is here", () => {
    const all = new Set(
      rows.flatMap(({ service, row }) =>
        (modelledMembers[service] as Readonly<Record<string, string>>)[row.name]?.split(" "),
      ),
    );
    expect(Object.keys(noOps).filter((name) => !all.has(name))).toEqual([]);
  });
});

function isModelled(service: Service, name: string, member: string): boolean {
  const models: Readonly<Record<string, string>> = modelledMembers[service];
  return models[name]?.split(" ").includes(member) ?? false;
}

const refusals = rows.flatMap(({ service, row }) =>
  [...row.refuses].flatMap((member) => (isModelled(service, row.name, member) ? [{ service, row, member }] : [])),
);

describe("what an operation does not read is refused by name", () => {
  test.each(refusals)("$service $row.name $member", async ({ service, row, member }) => {
    const answer = send[service]?.(sdkCommand(service, row.name).withMember(member) as never);
    // Of an element in another one that is refused, the outer one is named.
    const outermost = member.startsWith("/")
      ? [...row.refuses].find((one) => member === one || member.startsWith(`${one}/`))
      : member;
    const name = (outermost ?? member).replace(/^\?|^.*\//, "");
    // An answer to HEAD has no body to say it in.
    if (row.name.startsWith("Head")) await expect(answer).rejects.toMatchObject({ $metadata: { httpStatusCode: 501 } });
    else await expect(answer).rejects.toMatchObject({ name: "NotImplemented", message: `${name} is not implemented.` });
  });
});

describe("a member of no operation", () => {
  const json = (name: string, members: object) => {
    const [prefix, service] = ownTargets[name] ?? ["CloudTrail_20131101", "cloudtrail"];
    const headers = { "content-type": "application/x-amz-json-1.1", "x-amz-target": `${prefix}.${name}` };
    return gateway.send({ method: "POST", target: "/", service, headers, body: JSON.stringify(members) });
  };

  test.each(Object.keys(ownTargets))("is refused by name by %s, which no SDK has", async (name) => {
    const { status, body } = await json(name, { NoSuchMember: 1 });
    expect([status, JSON.parse(body)]).toEqual([
      400,
      { __type: "ValidationException", Message: `NoSuchMember is not a member of ${name}.` },
    ]);
  });

  test("is refused inside a structure: the rest of it would mean less than was asked", async () => {
    const LookupAttributes = [{ AttributeKey: "EventName", AttributeValue: "CreateUser", Exact: true }];
    const { status, body } = await json("LookupEvents", { LookupAttributes });
    expect([status, JSON.parse(body)]).toMatchObject([
      501,
      { __type: "NotImplemented", Message: "LookupAttributes.1.member.Exact is not implemented." },
    ]);
  });
});

describe("a condition that is not here does not let the change through", () => {
  const conditions = [
    ["x-amz-if-match-size", "999"],
    ["x-amz-if-match-last-modified-time", "Thu, 01 Jan 2015 00:00:00 GMT"],
  ] as const;

  test.each(conditions)("DeleteObject with %s, as a header or in a presigned URL", async (name, value) => {
    const target = `/${await gateway.bucket()}/k`;
    await gateway.send({ method: "PUT", target, body: "kept" });
    const refused = { status: 501, code: "NotImplemented" };
    expect(await gateway.send({ method: "DELETE", target, headers: { [name]: value } })).toMatchObject(refused);
    const query = presignQuery(
      {
        method: "DELETE",
        path: target,
        query: `${name}=${encodeURIComponent(value)}`,
        headers: [["host", `127.0.0.1:${gateway.port}`]],
      },
      gateway.admin,
      { region: "us-east-1", service: "s3", time: Date.now() },
      60,
    );
    expect(await gateway.sendUnsigned({ method: "DELETE", target: `${target}?${query}` })).toMatchObject(refused);
    expect((await gateway.send({ target })).body).toBe("kept");
  });

  test("AbortMultipartUpload with x-amz-if-match-initiated-time", async () => {
    const target = `/${await gateway.bucket()}/k`;
    const made = await gateway.send({ method: "POST", target: `${target}?uploads` });
    const upload = `${target}?uploadId=${/<UploadId>(.*)<\/UploadId>/.exec(made.body)?.[1] ?? ""}`;
    const headers = { "x-amz-if-match-initiated-time": "Thu, 01 Jan 2015 00:00:00 GMT" };
    expect(await gateway.send({ method: "DELETE", target: upload, headers })).toMatchObject({ status: 501 });
    expect((await gateway.send({ target: upload })).status).toBe(200);
  });
});

describe("what headers ask for is refused by name once the caller's right is known, and not before", () => {
  const object = { method: "PUT", target: "{}/key", body: "x" };
  const upload = { method: "POST", target: "{}/key?uploads" };
  const copy = { method: "PUT", target: "{}/copy", headers: { "x-amz-copy-source": "{}/key" } };
  type Asked = Readonly<{
    name: string;
    method?: string;
    target: string;
    body?: string;
    headers?: Record<string, string>;
  }>;
  const asked: readonly Asked[] = [
    ...[object, upload, copy].flatMap((request) =>
      ["x-amz-acl", "x-amz-grant-read", "x-amz-object-lock-event-hold"].map((name) => ({
        name,
        ...request,
      })),
    ),
    { name: "x-amz-server-side-encryption", method: "GET", target: "{}/key" },
    { name: "x-amz-mfa", method: "DELETE", target: "{}/key" },
    { name: "x-amz-grant-write", method: "PUT", target: "{}?acl" },
    { name: "x-amz-acl", method: "PUT", target: "{}/key?acl" },
    { name: "x-amz-server-side-encryption", method: "PUT", target: "{}?cors", body: "<CORSConfiguration/>" },
  ];

  test.each(asked)("$method $target $name", async ({ name, headers, target, ...rest }) => {
    const bucket = `/${await gateway.bucket()}`;
    await gateway.send({ method: "PUT", target: `${bucket}/key`, body: "kept" });
    const into = (where: string) => {
      const sent = Object.entries({ ...headers, [name]: "public-read" });
      return {
        ...rest,
        target: target.replace("{}", where),
        headers: Object.fromEntries(sent.map(([header, value]) => [header, value.replace("{}", bucket)])),
      };
    };
    const forbidden = { status: 403, code: "AccessDenied" };
    expect(await gateway.sendUnsigned(into(bucket))).toMatchObject(forbidden);
    const keys = await gateway.user(bucket.slice(1), { Effect: "Allow", Action: "s3:ListBucket", Resource: "*" });
    expect(await gateway.send({ ...into(bucket), keys })).toMatchObject(forbidden);
    expect(await gateway.send(into("/no-such-bucket"))).toMatchObject({ status: 404, code: "NoSuchBucket" });
    const { code } = await gateway.send(into(bucket));
    expect(code).toMatch(/^(NotImplemented|AccessControlListNotSupported|InvalidArgument)$/);
    expect((await gateway.send({ target: `${bucket}/key` })).body).toBe("kept");
  });

  test("Object Lock of a new bucket, which is said by true or false in any letters", async () => {
    const create = (value: string) =>
      gateway.send({
        method: "PUT",
        target: "/locked-bucket",
        headers: { "x-amz-bucket-object-lock-enabled": value },
      });
    for (const value of ["1", "yes", "true,false"])
      expect(await create(value)).toMatchObject({ status: 400, code: "InvalidArgument" });
    expect((await create("False")).status).toBe(200);
    expect((await gateway.send({ target: "/locked-bucket?object-lock" })).status).toBe(404);
  });
});

describe("an element that is read once and is there twice is refused: one of the two would be dropped", () => {
  const grant = "<Grant><Grantee><ID>a</ID></Grantee><Permission>READ</Permission></Grant>";
  test.each([
    [
      "{}?versioning",
      "<VersioningConfiguration><Status>Enabled</Status><Status>Suspended</Status></VersioningConfiguration>",
    ],
    [
      "{}?versioning",
      "<V:VersioningConfiguration xmlns:V='u'><V:Status>Enabled</V:Status><Status>Suspended</Status></V:VersioningConfiguration>",
    ],
    [
      "/twice-located",
      "<CreateBucketConfiguration><LocationConstraint>us-east-1</LocationConstraint><LocationConstraint>eu-west-1</LocationConstraint></CreateBucketConfiguration>",
    ],
    [
      "{}?accelerate",
      "<AccelerateConfiguration><Status>Suspended</Status><Status>Enabled</Status></AccelerateConfiguration>",
    ],
    [
      "{}?acl",
      `<AccessControlPolicy><AccessControlList>${grant}</AccessControlList><AccessControlList>${grant}</AccessControlList></AccessControlPolicy>`,
    ],
    [
      "{}?publicAccessBlock",
      "<PublicAccessBlockConfiguration><BlockPublicPolicy>true</BlockPublicPolicy><BlockPublicPolicy>false</BlockPublicPolicy></PublicAccessBlockConfiguration>",
    ],
    [
      "{}?website",
      "<WebsiteConfiguration><IndexDocument><Suffix>a</Suffix><Suffix>b</Suffix></IndexDocument></WebsiteConfiguration>",
    ],
  ])("PUT %s %s", async (target, body) => {
    const bucket = `/${await gateway.bucket()}`;
    const answer = await gateway.send({ method: "PUT", target: target.replace("{}", bucket), body });
    expect(answer).toMatchObject({ status: 400, code: "MalformedXML" });
  });

  test("DeleteObjects with two keys in one object deletes neither; lists may have many", async () => {
    const target = `/${await gateway.bucket()}`;
    for (const key of ["a", "b"]) await gateway.send({ method: "PUT", target: `${target}/${key}`, body: "kept" });
    const remove = (objects: string) => {
      const body = `<Delete>${objects}</Delete>`;
      const headers = { "content-md5": createHash("md5").update(body).digest("base64") };
      return gateway.send({ method: "POST", target: `${target}?delete`, headers, body });
    };
    expect(await remove("<Object><Key>a</Key><Key>b</Key></Object>")).toMatchObject({ code: "MalformedXML" });
    for (const key of ["a", "b"]) expect((await gateway.send({ target: `${target}/${key}` })).status).toBe(200);
    expect((await remove("<Object><Key>a</Key></Object><Object><Key>b</Key></Object>")).status).toBe(200);
    for (const key of ["a", "b"]) expect((await gateway.send({ target: `${target}/${key}` })).status).toBe(404);
  });
});
