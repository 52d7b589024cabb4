import { dayMs } from "../src/ports/clock.ts";
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteBucketLifecycleCommand,
  GetBucketLifecycleConfigurationCommand,
  GetObjectCommand,
  HeadObjectCommand,
  type LifecycleRule,
  ListPartsCommand,
  PutBucketLifecycleConfigurationCommand,
  PutObjectCommand,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { beforeAll, describe, expect, test } from "vitest";
import { useS3Gateway } from "./s3-gateway.ts";

const gateway = useS3Gateway();
const { send } = gateway;
const put = (bucket: string, body: string, headers = {}) =>
  send({ method: "PUT", target: `/${bucket}?lifecycle`, body, headers });
const setRules = (Bucket: string, ...Rules: LifecycleRule[]) =>
  gateway.s3.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules } }));

describe("the configuration", () => {
  test("comes back as it was put, by the SDK and in the older form, and goes", async () => {
    const Bucket = await gateway.bucket();
    const tags = [{ Key: "a", Value: "1" }, { Key: "b", Value: "" }]; // prettier-ignore
    const Rules: LifecycleRule[] = [
      { ID: "all", Status: "Enabled", Filter: {}, Expiration: { Days: 1 } },
      { ID: "prefix", Status: "Disabled", Filter: { Prefix: "ä/" }, AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 } }, // prettier-ignore
      {
        ID: "tag",
        Status: "Enabled",
        Filter: { Tag: tags[0] },
        Expiration: { Date: new Date("2031-01-01T00:00:00Z") },
      },
      { ID: "size", Status: "Enabled", Filter: { ObjectSizeGreaterThan: 0 }, NoncurrentVersionExpiration: { NoncurrentDays: 3, NewerNoncurrentVersions: 2 } }, // prettier-ignore
      { ID: "and", Status: "Enabled", Filter: { And: { Prefix: "p", Tags: tags, ObjectSizeGreaterThan: 1, ObjectSizeLessThan: 9 } }, Expiration: { Days: 2 } }, // prettier-ignore
      { ID: "markers", Status: "Enabled", Filter: { Prefix: "" }, Expiration: { ExpiredObjectDeleteMarker: true } },
      { ID: "old", Status: "Enabled", Prefix: "old/", Expiration: { Days: 5 } },
    ];
    await setRules(Bucket, ...Rules);
    const read = () => gateway.s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket }));
    const shown = await read();
    expect(shown.Rules).toEqual(Rules);
    expect(shown.TransitionDefaultMinimumObjectSize).toBe("all_storage_classes_128K");
    const { Rules: withId = [] } = await setRules(Bucket, {
      Status: "Enabled",
      Filter: {},
      Expiration: { Days: 1 },
    }).then(read);
    expect(withId[0]?.ID).toMatch(/^[\w-]{36}$/);
    await gateway.s3.send(new DeleteBucketLifecycleCommand({ Bucket }));
    await expect(read()).rejects.toMatchObject({ name: "NoSuchLifecycleConfiguration" });
  });

  const rule = (inside: string, filter = "<Filter/>", status = "Enabled") =>
    `<Rule><ID>r</ID><Status>${status}</Status>${filter}${inside}</Rule>`;
  const days = "<Expiration><Days>1</Days></Expiration>";
  const marker = "<Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration>";
  const abort = "<AbortIncompleteMultipartUpload><DaysAfterInitiation>1</DaysAfterInitiation></AbortIncompleteMultipartUpload>"; // prettier-ignore
  const tag = "<Tag><Key>a</Key><Value>b</Value></Tag>";
  const noncurrent = (inside: string) => rule(`<NoncurrentVersionExpiration>${inside}</NoncurrentVersionExpiration>`);
  const transition = (when: string, storageClass: string) =>
    `<Transition>${when}<StorageClass>${storageClass}</StorageClass></Transition>`;
  const many = Array.from({ length: 1001 }, (_, n) => rule(days).replace(">r<", `>r${n}<`)).join("");
  const refused: readonly (readonly [string, string])[] = [
    ["", "MalformedXML"],
    [many, "MalformedXML"],
    [rule(days, ""), "MalformedXML"],
    [rule(days, "<Filter/><Prefix/>"), "MalformedXML"],
    [rule(days, "<Filter/>", "enabled"), "MalformedXML"],
    [rule(""), "InvalidRequest"],
    [rule(days) + rule(days), "InvalidArgument"],
    [rule(days).replace(">r<", `>${"r".repeat(256)}<`), "InvalidArgument"],
    [rule("<Expiration/>"), "MalformedXML"],
    [rule(days.replace("</Days>", "</Days><Date>2031-01-01T00:00:00Z</Date>")), "MalformedXML"],
    [rule(days.replace(">1<", ">0<")), "InvalidArgument"],
    [rule(days.replace(">1<", ">1.5<")), "InvalidArgument"],
    [rule(days.replace(">1<", ">-1<")), "InvalidArgument"],
    [rule("<Expiration><Date>2031-01-01T01:00:00Z</Date></Expiration>"), "InvalidArgument"],
    [rule("<Expiration><Date>soon</Date></Expiration>"), "MalformedXML"],
    [rule("<Expiration><Date>9999-12-31T12:00:00-12:00</Date></Expiration>"), "MalformedXML"],
    [rule(marker.replace("true", "yes")), "MalformedXML"],
    [rule(marker, `<Filter>${tag}</Filter>`), "InvalidRequest"],
    [rule(abort, `<Filter>${tag}</Filter>`), "InvalidRequest"],
    [rule(abort, "<Filter><ObjectSizeLessThan>5</ObjectSizeLessThan></Filter>"), "InvalidRequest"],
    [rule(days, `<Filter><Prefix>a</Prefix>${tag}</Filter>`), "MalformedXML"],
    [rule(days, `<Filter><And>${tag}</And></Filter>`), "MalformedXML"],
    [rule(days, `<Filter><And>${tag}${tag}</And></Filter>`), "InvalidArgument"],
    [rule(days, `<Filter><And><ObjectSizeGreaterThan>5</ObjectSizeGreaterThan><ObjectSizeLessThan>5</ObjectSizeLessThan></And></Filter>`), "InvalidRequest"], // prettier-ignore
    [noncurrent("<NewerNoncurrentVersions>1</NewerNoncurrentVersions>"), "MalformedXML"],
    [noncurrent("<NoncurrentDays>1</NoncurrentDays><NewerNoncurrentVersions>101</NewerNoncurrentVersions>"), "InvalidArgument"], // prettier-ignore
    [rule(transition("<Days>29</Days>", "STANDARD_IA")), "InvalidArgument"],
    [rule(transition("<Days>-1</Days>", "GLACIER_IR")), "InvalidArgument"],
    [rule(transition("<Days>90</Days>", "GLACIER")), "NotImplemented"],
    [rule(transition("<Days>90</Days>", "DEEP_ARCHIVE")), "NotImplemented"],
    [rule(transition("<Days>90</Days>", "STANDARD")), "MalformedXML"],
    [rule(transition("", "GLACIER_IR")), "MalformedXML"],
    [rule(transition("<Days>1</Days><Date>2031-01-01T00:00:00Z</Date>", "GLACIER_IR")), "MalformedXML"],
    [rule(transition("<Date>2031-01-01T01:00:00Z</Date>", "GLACIER_IR")), "InvalidArgument"],
    [rule(days + transition("<Days>1</Days>", "GLACIER_IR")), "InvalidArgument"],
    [rule(days + transition("<Date>2031-01-01T00:00:00Z</Date>", "GLACIER_IR")), "InvalidRequest"],
    [
      rule(transition("<Days>40</Days>", "STANDARD_IA") + transition("<Days>40</Days>", "STANDARD_IA")),
      "InvalidRequest",
    ],
    [
      rule(transition("<Date>2031-01-01</Date>", "STANDARD_IA") + transition("<Date>2031-01-02</Date>", "GLACIER_IR")),
      "InvalidArgument",
    ],
    [
      rule(`<Expiration><Date>2031-01-01</Date></Expiration>${transition("<Date>2031-01-01</Date>", "GLACIER_IR")}`),
      "InvalidArgument",
    ],
    [
      rule(transition("<Days>40</Days>", "STANDARD_IA") + transition("<Days>60</Days>", "GLACIER_IR")),
      "InvalidArgument",
    ],
    [
      rule(transition("<Days>5</Days>", "INTELLIGENT_TIERING") + transition("<Days>4</Days>", "GLACIER_IR")),
      "InvalidArgument",
    ],
    [
      rule("<NoncurrentVersionTransition><StorageClass>GLACIER_IR</StorageClass></NoncurrentVersionTransition>"),
      "MalformedXML",
    ],
    [
      rule(
        "<NoncurrentVersionTransition><NoncurrentDays>1</NoncurrentDays><StorageClass>ONEZONE_IA</StorageClass></NoncurrentVersionTransition>",
      ),
      "InvalidArgument",
    ],
  ];
  let shared = "";
  beforeAll(async () => {
    shared = await gateway.bucket();
  });
  test.each(refused)("%s", async (inside, code) => {
    const answer = await put(shared, `<LifecycleConfiguration>${inside}</LifecycleConfiguration>`);
    expect(answer.code).toBe(code);
    expect((await send({ target: `/${shared}?lifecycle` })).status).toBe(404);
  });

  test("the smallest size of transitions is kept and shown", async () => {
    const b = await gateway.bucket();
    const header = "x-amz-transition-default-minimum-object-size";
    const body = `<LifecycleConfiguration>${rule(days)}</LifecycleConfiguration>`;
    const varies = { [header]: "varies_by_storage_class" };
    expect((await put(b, body, varies)).headers).toMatchObject(varies);
    expect((await send({ target: `/${b}?lifecycle` })).headers).toMatchObject(varies);
    expect((await put(b, body, { [header]: "none" })).code).toBe("InvalidArgument");
  });
});

test("transitions are kept and shown as they were sent", async () => {
  const Bucket = await gateway.bucket("Enabled");
  const rule: LifecycleRule = {
    ID: "colder",
    Status: "Enabled",
    Filter: { Prefix: "logs/" },
    Transitions: [
      { Days: 30, StorageClass: "STANDARD_IA" },
      { Days: 60, StorageClass: "GLACIER_IR" },
    ],
    NoncurrentVersionTransitions: [{ NoncurrentDays: 0, NewerNoncurrentVersions: 2, StorageClass: "GLACIER_IR" }],
    Expiration: { Days: 61 },
  };
  const dated: LifecycleRule = {
    ID: "dated",
    Status: "Disabled",
    Filter: { Prefix: "" },
    Transitions: [{ Date: new Date("2031-01-01T00:00:00Z"), StorageClass: "INTELLIGENT_TIERING" }],
  };
  await setRules(Bucket, rule, dated);
  const { Rules } = await gateway.s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket }));
  expect(Rules).toEqual([rule, dated]);
});

test("objects and uploads say when they end", async () => {
  const Bucket = await gateway.bucket("Enabled");
  await setRules(
    Bucket,
    { ID: "one day é", Status: "Enabled", Filter: { Prefix: "k" }, Expiration: { Days: 1 } },
    { ID: "uploads", Status: "Enabled", Filter: {}, AbortIncompleteMultipartUpload: { DaysAfterInitiation: 2 } },
  );
  const { s3 } = gateway;
  const place = { Bucket, Key: "k" };
  const ends = (days: number) => new Date((Math.floor(Date.now() / dayMs) + days + 1) * dayMs);
  const expiration = `expiry-date="${ends(1).toUTCString()}", rule-id="one%20day%20%C3%A9"`;
  const first = await s3.send(new PutObjectCommand({ ...place, Body: "x" }));
  expect(first.Expiration).toBe(expiration);
  expect((await s3.send(new CopyObjectCommand({ ...place, CopySource: `${Bucket}/k`, MetadataDirective: "REPLACE" }))).Expiration).toBe(expiration); // prettier-ignore
  expect((await s3.send(new HeadObjectCommand(place))).Expiration).toBe(expiration);
  expect((await s3.send(new GetObjectCommand(place))).Expiration).toBe(expiration);
  expect((await s3.send(new HeadObjectCommand({ ...place, VersionId: first.VersionId }))).Expiration).toBeUndefined();
  expect((await s3.send(new PutObjectCommand({ Bucket, Key: "other", Body: "x" }))).Expiration).toBeUndefined();
  const begun = await s3.send(new CreateMultipartUploadCommand(place));
  expect([begun.AbortDate, begun.AbortRuleId]).toEqual([ends(2), "uploads"]);
  const upload = { ...place, UploadId: begun.UploadId };
  const { ETag } = await s3.send(new UploadPartCommand({ ...upload, PartNumber: 1, Body: "x" }));
  expect((await s3.send(new ListPartsCommand(upload))).AbortRuleId).toBe("uploads");
  const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
  expect((await s3.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload }))).Expiration).toBe(
    expiration,
  );
});

test("a running gateway carries a lifecycle out, as soon as it is set", async () => {
  const bucket = await gateway.bucket();
  for (const key of ["old/a", "old/b", "new"]) await send({ method: "PUT", target: `/${bucket}/${key}`, body: "x" });
  const past = new Date("2026-01-01T00:00:00Z");
  await setRules(bucket, { ID: "old", Status: "Enabled", Filter: { Prefix: "old/" }, Expiration: { Date: past } });
  const status = async (key: string) => (await send({ method: "HEAD", target: `/${bucket}/${key}` })).status;
  await expect
    .poll(async () => [await status("old/a"), await status("old/b")], { timeout: 30_000 })
    .toEqual([404, 404]);
  expect(await status("new")).toBe(200);
});
