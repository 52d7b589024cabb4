import { createHash } from "node:crypto";
import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  GetObjectLegalHoldCommand,
  GetObjectLockConfigurationCommand,
  GetObjectRetentionCommand,
  HeadObjectCommand,
  PutObjectCommand,
  PutObjectLegalHoldCommand,
  PutObjectLockConfigurationCommand,
  PutObjectRetentionCommand,
} from "@aws-sdk/client-s3";
import { beforeAll, describe, expect, test } from "vitest";
import { formOf } from "./post-form.ts";
import { useS3Gateway } from "./s3-gateway.ts";

const gateway = useS3Gateway();
const { send } = gateway;
const md5 = (text: string) => createHash("md5").update(text).digest("base64");
const until = new Date("2901-01-01T00:00:00Z");
const date = until.toISOString();
const governance = { "x-amz-object-lock-mode": "GOVERNANCE", "x-amz-object-lock-retain-until-date": date };
const compliance = { ...governance, "x-amz-object-lock-mode": "COMPLIANCE" };
const hold = { "x-amz-object-lock-legal-hold": "ON" };
const bypass = { "x-amz-bypass-governance-retention": "true" };

const configure = (bucket: string, rule = "") =>
  send({
    method: "PUT",
    target: `/${bucket}?object-lock`,
    body: `<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled>${rule}</ObjectLockConfiguration>`,
  });
const byDefault = (inside: string) => `<Rule><DefaultRetention>${inside}</DefaultRetention></Rule>`;

async function lockingBucket(rule = ""): Promise<string> {
  const bucket = await gateway.bucket("Enabled");
  expect((await configure(bucket, rule)).status).toBe(200);
  return bucket;
}

const put = (target: string, headers: Readonly<Record<string, string>> = {}, body = "kept") =>
  send({ method: "PUT", target, body, headers: { "content-md5": md5(body), ...headers } });

async function version(target: string, headers: Readonly<Record<string, string>> = {}): Promise<string> {
  const { status, body, headers: answered } = await put(target, headers);
  if (status !== 200) throw new Error(body);
  return String(answered["x-amz-version-id"]);
}

const shown = async (target: string, keys = gateway.admin) => {
  const { headers } = await send({ method: "HEAD", target, keys });
  return [
    headers["x-amz-object-lock-mode"],
    headers["x-amz-object-lock-retain-until-date"],
    headers["x-amz-object-lock-legal-hold"],
  ];
};

describe("the walk, with the SDK", () => {
  test("a bucket made with Object Lock, its default retention, and what keeps an object", async () => {
    const { s3 } = gateway;
    const place = { Bucket: "made-with-lock", Key: "k" };
    const { Bucket } = place;
    for (const _again of [1, 2]) await s3.send(new CreateBucketCommand({ Bucket, ObjectLockEnabledForBucket: true }));
    const configuration = async () =>
      (await s3.send(new GetObjectLockConfigurationCommand({ Bucket }))).ObjectLockConfiguration;
    expect(await configuration()).toEqual({ ObjectLockEnabled: "Enabled" });
    const ObjectLockConfiguration = {
      ObjectLockEnabled: "Enabled",
      Rule: { DefaultRetention: { Mode: "GOVERNANCE", Days: 3 } },
    } as const;
    await s3.send(new PutObjectLockConfigurationCommand({ Bucket, ObjectLockConfiguration }));
    expect(await configuration()).toEqual(ObjectLockConfiguration);
    const before = Date.now();
    const { VersionId } = await s3.send(new PutObjectCommand({ ...place, Body: "kept" }));
    const { Retention } = await s3.send(new GetObjectRetentionCommand(place));
    expect(Retention?.Mode).toBe("GOVERNANCE");
    const days = ((Retention?.RetainUntilDate?.getTime() ?? 0) - before) / 86_400_000;
    expect([days >= 3, days < 3.1]).toEqual([true, true]);
    const versioned = { ...place, VersionId };
    await expect(s3.send(new DeleteObjectCommand(versioned))).rejects.toMatchObject({
      name: "AccessDenied",
      message: "Access Denied because object protected by object lock.",
    });
    await s3.send(new PutObjectRetentionCommand({ ...versioned, Retention: { Mode: "GOVERNANCE", RetainUntilDate: until } })); // prettier-ignore
    await s3.send(new PutObjectLegalHoldCommand({ ...place, LegalHold: { Status: "ON" } }));
    expect(await s3.send(new HeadObjectCommand(place))).toMatchObject({
      ObjectLockMode: "GOVERNANCE",
      ObjectLockRetainUntilDate: until,
      ObjectLockLegalHoldStatus: "ON",
    });
    const lifted = { ...versioned, BypassGovernanceRetention: true };
    await expect(s3.send(new DeleteObjectCommand(lifted))).rejects.toMatchObject({ name: "AccessDenied" });
    await s3.send(new PutObjectLegalHoldCommand({ ...place, LegalHold: { Status: "OFF" } }));
    expect((await s3.send(new GetObjectLegalHoldCommand(place))).LegalHold).toEqual({ Status: "OFF" });
    await s3.send(new PutObjectRetentionCommand({ ...lifted, Retention: {} }));
    await expect(s3.send(new GetObjectRetentionCommand(place))).rejects.toMatchObject({
      name: "NoSuchObjectLockConfiguration",
    });
    await s3.send(new DeleteObjectCommand(versioned));
    await expect(s3.send(new GetObjectCommand(place))).rejects.toMatchObject({ name: "NoSuchKey" });
  });

  test("a copy and an upload say their own lock, and a copy takes none from its source", async () => {
    const bucket = await lockingBucket();
    await version(`/${bucket}/k`, { ...compliance, ...hold });
    const copy = (Key: string, more = {}) =>
      gateway.s3.send(new CopyObjectCommand({ Bucket: bucket, Key, CopySource: `${bucket}/k`, ...more }));
    await copy("plain");
    await copy("held", { ObjectLockLegalHoldStatus: "ON" });
    expect(await shown(`/${bucket}/plain`)).toEqual([undefined, undefined, undefined]);
    expect(await shown(`/${bucket}/held`)).toEqual([undefined, undefined, "ON"]);
  });
});

test("root does not remove what is retained in compliance mode, nor does anybody shorten it", async () => {
  const bucket = await lockingBucket();
  const target = `/${bucket}/k`;
  const id = await version(target, compliance);
  const keys = gateway.root;
  const retain = (body: string) => send({ method: "PUT", target: `${target}?retention`, keys, body, headers: bypass });
  const earlier = "<Mode>COMPLIANCE</Mode><RetainUntilDate>2900-01-01T00:00:00Z</RetainUntilDate>";
  const weaker = `<Mode>GOVERNANCE</Mode><RetainUntilDate>${date}</RetainUntilDate>`;
  for (const refused of [
    await retain("<Retention/>"),
    await retain(`<Retention>${earlier}</Retention>`),
    await retain(`<Retention>${weaker}</Retention>`),
    await send({ method: "DELETE", target: `${target}?versionId=${id}`, keys, headers: bypass }),
  ])
    expect(refused).toMatchObject({ status: 403, code: "AccessDenied" });
  const document = `<Delete><Object><Key>k</Key><VersionId>${id}</VersionId></Object><Object><Key>k</Key></Object></Delete>`;
  const many = await send({
    method: "POST",
    target: `/${bucket}?delete`,
    keys,
    body: document,
    headers: { ...bypass, "content-md5": md5(document) },
  });
  expect(many.body).toMatch(/<Error><Key>k<\/Key><VersionId>.*<Message>Access Denied because object protected/);
  expect(many.body).toContain("<Deleted><Key>k</Key><DeleteMarker>true");
  expect((await send({ target: `${target}?versionId=${id}` })).body).toBe("kept");
  expect((await send({ method: "DELETE", target: `/${bucket}`, keys })).code).toBe("BucketNotEmpty");
  const suspended = "<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>";
  expect(await send({ method: "PUT", target: `/${bucket}?versioning`, keys, body: suspended })).toMatchObject({
    status: 409,
    code: "InvalidBucketState",
  });
});

test("governance is bypassed by the header together with the right to it, and with both alone", async () => {
  const bucket = await lockingBucket();
  const target = `/${bucket}/k`;
  const resource = `arn:aws:s3:::${bucket}/*`;
  const allow = (...actions: readonly string[]) => ({ Effect: "Allow", Action: actions, Resource: resource });
  const plain = await gateway.user("lock-plain", allow("s3:DeleteObjectVersion"));
  const lifting = await gateway.user("lock-lifting", allow("s3:DeleteObjectVersion", "s3:BypassGovernanceRetention"));
  const id = await version(target, governance);
  const remove = (keys: typeof plain, headers = {}) =>
    send({ method: "DELETE", target: `${target}?versionId=${id}`, keys, headers });
  expect((await remove(plain)).code).toBe("AccessDenied");
  expect((await remove(plain, bypass)).body).toContain("s3:BypassGovernanceRetention");
  expect((await remove(lifting)).body).toContain("protected by object lock");
  expect((await remove(lifting, bypass)).status).toBe(204);
});

test("a retention and a legal hold are shown to those who may ask for them by themselves", async () => {
  const bucket = await lockingBucket();
  const target = `/${bucket}/k`;
  const id = await version(target, { ...governance, ...hold });
  const reader = (name: string, ...more: readonly string[]) =>
    gateway.user(name, {
      Effect: "Allow",
      Action: ["s3:GetObject", "s3:GetObjectVersion", ...more],
      Resource: `arn:aws:s3:::${bucket}/*`,
    });
  const [none, retention, holding] = [
    await reader("lock-reader"),
    await reader("lock-retention", "s3:GetObjectRetention"),
    await reader("lock-hold", "s3:GetObjectLegalHold"),
  ];
  for (const at of [target, `${target}?versionId=${id}`]) {
    expect(await shown(at, none)).toEqual([undefined, undefined, undefined]);
    expect(await shown(at, retention)).toEqual(["GOVERNANCE", date, undefined]);
    expect(await shown(at, holding)).toEqual([undefined, undefined, "ON"]);
  }
});

test("policies limit what is asked for in headers and in documents alike", async () => {
  const bucket = await lockingBucket();
  const keys = await gateway.user(
    "lock-limited",
    { Effect: "Allow", Action: "s3:*", Resource: `arn:aws:s3:::${bucket}/*` },
    {
      Effect: "Deny",
      Action: ["s3:PutObject", "s3:PutObjectRetention"],
      Resource: "*",
      Condition: { NumericGreaterThan: { "s3:object-lock-remaining-retention-days": "10" } },
    },
    {
      Effect: "Deny",
      Action: "s3:PutObjectLegalHold",
      Resource: "*",
      Condition: { StringEquals: { "s3:object-lock-legal-hold": "OFF" } },
    },
  );
  const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();
  const target = `/${bucket}/k`;
  const asked = (days: number) => ({ ...governance, "x-amz-object-lock-retain-until-date": inDays(days) });
  const headers = { "content-md5": md5("") };
  expect((await send({ method: "PUT", target, body: "", keys, headers: { ...headers, ...asked(11) } })).status).toBe(
    403,
  );
  expect((await send({ method: "PUT", target, body: "", keys, headers: { ...headers, ...asked(9) } })).status).toBe(
    200,
  );
  const retain = (days: number) =>
    send({
      method: "PUT",
      target: `${target}?retention`,
      keys,
      body: `<Retention><Mode>GOVERNANCE</Mode><RetainUntilDate>${inDays(days)}</RetainUntilDate></Retention>`,
    });
  expect((await retain(11)).status).toBe(403);
  expect((await retain(9.5)).status).toBe(200);
  const holding = (status: string) =>
    send({
      method: "PUT",
      target: `${target}?legal-hold`,
      keys,
      body: `<LegalHold><Status>${status}</Status></LegalHold>`,
    });
  expect((await holding("ON")).status).toBe(200);
  expect((await holding("OFF")).status).toBe(403);
});

test("a header beside the document meets no condition", async () => {
  const bucket = await lockingBucket();
  const target = `/${bucket}/k`;
  await version(target, governance);
  const Condition = { StringEquals: { "s3:object-lock-mode": "COMPLIANCE" } };
  const keys = await gateway.user(
    "lock-stricter",
    { Effect: "Allow", Action: "s3:PutObjectRetention", Resource: "*", Condition },
    { Effect: "Allow", Action: "s3:BypassGovernanceRetention", Resource: "*" },
  );
  const retain = (inside: string, headers = {}) =>
    send({
      method: "PUT",
      target: `${target}?retention`,
      keys,
      body: `<Retention>${inside}</Retention>`,
      headers: { ...bypass, ...headers },
    });
  const ends = `<RetainUntilDate>${date}</RetainUntilDate>`;
  for (const inside of ["", `<Mode>GOVERNANCE</Mode>${ends}`])
    expect(await retain(inside, compliance)).toMatchObject({ status: 403, code: "AccessDenied" });
  expect(await shown(target)).toEqual(["GOVERNANCE", date, undefined]);
  expect((await retain(`<Mode>COMPLIANCE</Mode>${ends}`)).status).toBe(200);
});

describe("what is refused", () => {
  let bucket = "";
  beforeAll(async () => {
    bucket = await lockingBucket();
    await put(`/${bucket}/k`);
  });

  test("locks in a bucket without Object Lock, which needs versioning", async () => {
    const plain = await gateway.bucket();
    const missing = { status: 400, code: "InvalidRequest" };
    await put(`/${plain}/k`);
    for (const headers of [governance, hold]) {
      expect(await put(`/${plain}/other`, headers)).toMatchObject(missing);
      expect(await send({ method: "POST", target: `/${plain}/other?uploads`, headers })).toMatchObject(missing);
      const copying = { ...headers, "x-amz-copy-source": `${plain}/k` };
      expect(await send({ method: "PUT", target: `/${plain}/other`, headers: copying })).toMatchObject(missing);
    }
    for (const [what, body] of [
      ["retention", "<Retention/>"],
      ["legal-hold", "<LegalHold><Status>ON</Status></LegalHold>"],
    ] as const) {
      expect(await send({ target: `/${plain}/k?${what}` })).toMatchObject(missing);
      expect(await send({ method: "PUT", target: `/${plain}/k?${what}`, body })).toMatchObject(missing);
    }
    expect(await configure(plain)).toMatchObject({ status: 409, code: "InvalidBucketState" });
    expect((await send({ target: `/${plain}?object-lock` })).code).toBe("ObjectLockConfigurationNotFoundError");
    expect((await send({ method: "HEAD", target: `/${plain}/other` })).status).toBe(404);
  });

  test("bytes that nothing checks", async () => {
    const own = await lockingBucket(byDefault("<Mode>GOVERNANCE</Mode><Years>1</Years>"));
    const unchecked = { status: 400, code: "InvalidRequest" };
    const target = `/${own}/k`;
    expect(await send({ method: "PUT", target, body: "x" })).toMatchObject(unchecked);
    expect(await send({ method: "PUT", target, body: "x", headers: governance })).toMatchObject(unchecked);
    const form = (fields = {}) =>
      gateway.sendUnsigned(formOf(own, { keys: gateway.admin, fields: { key: "k", ...fields } }));
    expect(await form()).toMatchObject(unchecked);
    const { body } = await send({ method: "POST", target: `${target}?uploads`, headers: compliance });
    const upload = `${target}?uploadId=${/<UploadId>(.*)<\/UploadId>/.exec(body)?.[1] ?? ""}`;
    expect(await send({ method: "PUT", target: `${upload}&partNumber=1`, body: "x" })).toMatchObject(unchecked);
    const part = await put(`${upload}&partNumber=1`);
    const complete = `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${String(part.headers.etag)}</ETag></Part></CompleteMultipartUpload>`;
    expect((await send({ method: "POST", target: upload, body: complete })).status).toBe(200);
    expect(await shown(target)).toEqual(["COMPLIANCE", date, undefined]);
    expect((await form({ "content-md5": md5("file"), ...hold })).status).toBe(204);
    const [mode, , legalHold] = await shown(target);
    expect([mode, legalHold]).toEqual(["GOVERNANCE", "ON"]);
  });

  test.each([
    [{ "x-amz-object-lock-mode": "GOVERNANCE" }, "must both be supplied"],
    [{ "x-amz-object-lock-retain-until-date": date }, "must both be supplied"],
    [{ ...governance, "x-amz-object-lock-mode": "governance" }, "Unknown wormMode directive"],
    [{ ...governance, "x-amz-object-lock-retain-until-date": "2001-01-01T00:00:00Z" }, "must be in the future"],
    [{ ...governance, "x-amz-object-lock-retain-until-date": "tomorrow" }, "ISO 8601"],
    [{ ...governance, "x-amz-object-lock-retain-until-date": "2901-13-01T00:00:00Z" }, "ISO 8601"],
    [{ ...governance, "x-amz-object-lock-retain-until-date": "9999-12-31T23:59:59-01:00" }, "ISO 8601"],
    [{ "x-amz-object-lock-legal-hold": "on" }, "either of"],
  ])("headers: %j", async (headers, message) => {
    const refused = await put(`/${bucket}/refused`, headers);
    expect(refused).toMatchObject({ status: 400, code: "InvalidArgument" });
    expect(refused.body).toContain(message);
    expect((await send({ method: "HEAD", target: `/${bucket}/refused` })).status).toBe(404);
  });

  const both = "<Days>1</Days><Years>1</Years>";
  test.each([
    ["object-lock", "<ObjectLockConfiguration/>", "MalformedXML"],
    ["object-lock", "<ObjectLockEnabled>Disabled</ObjectLockEnabled>", "MalformedXML"],
    ["object-lock", "<ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule/>", "MalformedXML"],
    ["object-lock", byDefault("<Mode>GOVERNANCE</Mode>"), "MalformedXML"],
    ["object-lock", byDefault("<Days>1</Days>"), "MalformedXML"],
    ["object-lock", byDefault(`<Mode>GOVERNANCE</Mode>${both}`), "MalformedXML"],
    ["object-lock", byDefault("<Mode>GOVERNANCE</Mode><Days>1.5</Days>"), "MalformedXML"],
    ["object-lock", byDefault("<Mode>GOVERNANCE</Mode><Days>0</Days>"), "InvalidArgument"],
    ["object-lock", byDefault("<Mode>GOVERNANCE</Mode><Days>36501</Days>"), "InvalidArgument"],
    ["object-lock", byDefault("<Mode>GOVERNANCE</Mode><Years>-1</Years>"), "InvalidArgument"],
    ["object-lock", byDefault("<Mode>COMPLIANCE</Mode><Years>101</Years>"), "InvalidArgument"],
    ["retention", "<Retention><Mode>GOVERNANCE</Mode></Retention>", "MalformedXML"],
    ["retention", `<Retention><RetainUntilDate>${date}</RetainUntilDate></Retention>`, "MalformedXML"],
    ["retention", `<Retention><Mode>x</Mode><RetainUntilDate>${date}</RetainUntilDate></Retention>`, "MalformedXML"],
    [
      "retention",
      "<Retention><Mode>GOVERNANCE</Mode><RetainUntilDate>x</RetainUntilDate></Retention>",
      "InvalidArgument",
    ],
    ["legal-hold", "<LegalHold/>", "MalformedXML"],
    ["legal-hold", "<LegalHold><Status>on</Status></LegalHold>", "MalformedXML"],
  ])("a document of %s: %s", async (what, inside, code) => {
    const enabled = inside.startsWith("<Rule>") ? "<ObjectLockEnabled>Enabled</ObjectLockEnabled>" : "";
    const isWhole = /^<(ObjectLockConfiguration|Retention|LegalHold)\b/.test(inside);
    const body = isWhole ? inside : `<ObjectLockConfiguration>${enabled}${inside}</ObjectLockConfiguration>`;
    const key = what === "object-lock" ? "" : "/k";
    expect((await send({ method: "PUT", target: `/${bucket}${key}?${what}`, body })).code).toBe(code);
    expect(await shown(`/${bucket}/k`)).toEqual([undefined, undefined, undefined]);
  });
});
