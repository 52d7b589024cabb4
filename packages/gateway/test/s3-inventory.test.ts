import { createHash } from "node:crypto";
import { gunzipSync } from "node:zlib";
import {
  DeleteBucketInventoryConfigurationCommand,
  GetBucketInventoryConfigurationCommand,
  GetObjectCommand,
  type InventoryConfiguration,
  ListBucketInventoryConfigurationsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutBucketInventoryConfigurationCommand,
} from "@aws-sdk/client-s3";
import { describe, expect, test } from "vitest";
import { dayMs } from "../src/ports/clock.ts";
import { dataEvents } from "./recorded-events.ts";
import { useS3Gateway } from "./s3-gateway.ts";

const gateway = useS3Gateway();
const { send } = gateway;

const destination = (bucket: string) => ({
  S3BucketDestination: {
    Bucket: `arn:aws:s3:::${bucket}`,
    Format: "CSV" as const,
    AccountId: gateway.accountId,
    Prefix: "reports",
  },
});

const inventory = (bucket: string, more: Partial<InventoryConfiguration> = {}): InventoryConfiguration => ({
  Id: "all",
  IsEnabled: true,
  IncludedObjectVersions: "All",
  Schedule: { Frequency: "Daily" },
  OptionalFields: ["ETag", "Size", "StorageClass", "LastModifiedDate", "IsMultipartUploaded", "EncryptionStatus"],
  Destination: destination(bucket),
  ...more,
});

const put = (Bucket: string, configuration: InventoryConfiguration) =>
  gateway.s3.send(
    new PutBucketInventoryConfigurationCommand({
      Bucket,
      Id: configuration.Id,
      InventoryConfiguration: configuration,
    }),
  );

/** The policy of the documentation: "Grant permissions for S3 Inventory and S3 analytics". */
async function allow(source: string, target: string): Promise<void> {
  const Statement = [
    {
      Sid: "InventoryAndAnalyticsExamplePolicy",
      Effect: "Allow",
      Principal: { Service: "s3.amazonaws.com" },
      Action: "s3:PutObject",
      Resource: [`arn:aws:s3:::${target}/*`],
      Condition: {
        ArnLike: { "aws:SourceArn": `arn:aws:s3:::${source}` },
        StringEquals: { "aws:SourceAccount": gateway.accountId, "s3:x-amz-acl": "bucket-owner-full-control" },
      },
    },
  ];
  const body = JSON.stringify({ Version: "2012-10-17", Statement });
  expect((await send({ method: "PUT", target: `/${target}?policy`, body })).status).toBe(204);
}

async function keysOf(Bucket: string, Prefix = ""): Promise<readonly string[]> {
  const { Contents = [] } = await gateway.s3.send(new ListObjectsV2Command({ Bucket, Prefix }));
  return Contents.map(({ Key = "" }) => Key);
}

async function bytesOf(Bucket: string, Key: string): Promise<Buffer> {
  const { Body } = await gateway.s3.send(new GetObjectCommand({ Bucket, Key }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
}

/** The manifest and the rows of the one report with this number, the oldest first, once it is there. */
async function report(target: string, number = 1) {
  const isChecksum = (key: string): boolean => key.endsWith("/manifest.checksum");
  const checksums = async () => (await keysOf(target)).filter(isChecksum);
  await expect.poll(checksums, { timeout: 20_000 }).toHaveLength(number);
  const key = (await checksums()).at(-1) ?? "";
  const manifestKey = key.replace("checksum", "json");
  const bytes = await bytesOf(target, manifestKey);
  expect(String(await bytesOf(target, key))).toBe(createHash("md5").update(bytes).digest("hex"));
  const manifest = JSON.parse(String(bytes)) as {
    readonly fileSchema: string;
    readonly files: readonly { readonly key: string; readonly size: number; readonly MD5checksum: string }[];
  };
  const rows: string[][] = [];
  for (const file of manifest.files) {
    const data = await bytesOf(target, file.key);
    expect([file.size, file.MD5checksum]).toEqual([data.length, createHash("md5").update(data).digest("hex")]);
    const lines = String(gunzipSync(data)).trimEnd().split("\n");
    rows.push(...lines.map((line) => line.slice(1, -1).split('","')));
  }
  return { manifestKey, manifest, rows };
}

test("a report has what ListObjectVersions lists, and its files are where the documentation says", async () => {
  const source = await gateway.bucket("Enabled");
  const target = await gateway.bucket();
  await allow(source, target);
  for (const [key, body] of [
    ['a b/ü,"', "1"],
    ["k", "22"],
    ["k", "333"],
    ["gone", "4"],
  ] as const)
    await send({ method: "PUT", target: `/${source}/${encodeURIComponent(key)}`, body });
  await send({
    method: "PUT",
    target: `/${source}/enc`,
    body: "5",
    headers: { "x-amz-server-side-encryption": "AES256" },
  });
  await send({ method: "DELETE", target: `/${source}/gone` });
  await put(source, inventory(target));
  const { manifestKey, manifest, rows } = await report(target);
  expect(manifestKey).toMatch(
    new RegExp(`^reports/${source}/all/\\d{4}-\\d\\d-\\d\\dT\\d\\d-\\d\\dZ/manifest\\.json$`),
  );
  expect(manifest).toMatchObject({
    sourceBucket: source,
    destinationBucket: `arn:aws:s3:::${target}`,
    version: "2016-11-30",
    fileFormat: "CSV",
    fileSchema:
      "Bucket, Key, VersionId, IsLatest, IsDeleteMarker, Size, LastModifiedDate, ETag, StorageClass, IsMultipartUploaded, EncryptionStatus",
  });
  expect(manifest.files.map(({ key }) => key)).toEqual([
    expect.stringMatching(new RegExp(`^reports/${source}/all/data/[0-9a-f-]{36}\\.csv\\.gz$`)),
  ]);
  const { Versions = [], DeleteMarkers = [] } = await gateway.s3.send(
    new ListObjectVersionsCommand({ Bucket: source }),
  );
  const listed = [
    ...Versions.map((one) => [source, encoded(one.Key), one.VersionId, String(one.IsLatest), "false", String(one.Size), one.LastModified?.toISOString(), one.ETag?.replaceAll('"', ""), "STANDARD", "false", one.Key === "enc" ? "SSE-S3" : "NOT-SSE"]), // prettier-ignore
    ...DeleteMarkers.map((one) => [source, encoded(one.Key), one.VersionId, String(one.IsLatest), "true", "", one.LastModified?.toISOString(), "", "", "", ""]), // prettier-ignore
  ];
  expect(rows.map(String).toSorted()).toEqual(listed.map(String).toSorted());
  const [links = ""] = await keysOf(target, `reports/${source}/all/hive/`);
  expect(String(await bytesOf(target, links))).toBe(`s3://${target}/${manifest.files[0]?.key ?? ""}\n`);
});

const encoded = (key: string | undefined = ""): string => encodeURIComponent(key).replaceAll("%2F", "/");

test("current objects of a prefix are listed once a day, also when the inventory is put again", async () => {
  const source = await gateway.bucket();
  const target = await gateway.bucket();
  await allow(source, target);
  for (const key of ["in/1", "in/2", "out"]) await send({ method: "PUT", target: `/${source}/${key}`, body: key });
  const current = inventory(target, { IncludedObjectVersions: "Current", Filter: { Prefix: "in/" }, OptionalFields: ["Size", "ObjectOwner", "ChecksumAlgorithm"] }); // prettier-ignore
  await put(source, current);
  const { manifest, rows } = await report(target);
  expect(manifest.fileSchema).toBe("Bucket, Key, Size, ChecksumAlgorithm, ObjectOwner");
  const owner = expect.stringMatching(/^[0-9a-f]{64}$/);
  expect(rows).toEqual([
    [source, "in/1", "4", "CRC64NVME", owner],
    [source, "in/2", "4", "CRC64NVME", owner],
  ]);
  await put(source, current);
  const other = await gateway.bucket();
  await allow(source, other);
  await put(source, { ...current, Id: "other", Destination: destination(other) });
  await report(other); // a later look at what is due
  expect((await keysOf(target)).filter((key) => key.endsWith("checksum"))).toHaveLength(1);
  gateway.pass(dayMs);
  await report(target, 2);
});

test("nothing is written without the destination's policy, or when it is another account's", async () => {
  const source = await gateway.bucket();
  const [denied, foreign] = [await gateway.bucket(), await gateway.bucket()];
  await allow(source, foreign);
  await put(source, inventory(denied));
  const { S3BucketDestination } = destination(foreign);
  const Destination = { S3BucketDestination: { ...S3BucketDestination, AccountId: "111122223333" } };
  await put(source, inventory(foreign, { Id: "foreign", Destination }));
  const isWarned = (id: string): boolean =>
    gateway.log().some((line) => line.includes(`the inventory ${id} of ${source} cannot be delivered`));
  await expect.poll(() => isWarned("all") && isWarned("foreign"), { timeout: 20_000 }).toBe(true);
  expect(await Promise.all([keysOf(denied), keysOf(foreign)])).toEqual([[], []]);
  const events = () =>
    dataEvents(gateway.dataDir).filter(({ requestParameters }) => requestParameters?.["bucketName"] === denied);
  await expect
    .poll(events)
    .toMatchObject([{ errorCode: "AccessDenied", userIdentity: { invokedBy: "s3.amazonaws.com" } }]);
});

describe("the configuration", () => {
  test("comes back as it was put, in pages, and goes", async () => {
    const source = await gateway.bucket();
    const whole = inventory("anywhere", { IsEnabled: false, Filter: { Prefix: "ä" } });
    const { S3BucketDestination } = destination("anywhere");
    for (const Encryption of [{ SSES3: {} }, { SSEKMS: { KeyId: "alias/one" } }]) {
      const Destination = { S3BucketDestination: { ...S3BucketDestination, Encryption } };
      const configuration = { ...whole, Destination };
      await put(source, configuration);
      const read = await gateway.s3.send(new GetBucketInventoryConfigurationCommand({ Bucket: source, Id: "all" }));
      expect(read.InventoryConfiguration).toEqual(configuration);
    }
    await Promise.all(Array.from({ length: 101 }, (_, at) => put(source, { ...whole, Id: `i${at}` })));
    const first = await gateway.s3.send(new ListBucketInventoryConfigurationsCommand({ Bucket: source }));
    const { NextContinuationToken: ContinuationToken } = first;
    const second = await gateway.s3.send(new ListBucketInventoryConfigurationsCommand({ Bucket: source, ContinuationToken })); // prettier-ignore
    expect([first, second].map((page) => [page.InventoryConfigurationList?.length, page.IsTruncated])).toEqual([
      [100, true],
      [2, false],
    ]);
    const remove = () => gateway.s3.send(new DeleteBucketInventoryConfigurationCommand({ Bucket: source, Id: "all" }));
    await remove();
    await expect(remove()).rejects.toMatchObject({ name: "NoSuchConfiguration" });
  });

  const document = (inside: string, format = "CSV", fields = ""): string =>
    `<InventoryConfiguration><Id>i</Id><IsEnabled>true</IsEnabled><IncludedObjectVersions>All</IncludedObjectVersions><Schedule><Frequency>Daily</Frequency></Schedule><Destination><S3BucketDestination><Bucket>arn:aws:s3:::somewhere</Bucket><Format>${format}</Format>${inside}</S3BucketDestination></Destination>${fields}</InventoryConfiguration>`;
  const plain = document("");
  test.each([
    ["ORC", document("", "ORC"), "NotImplemented"],
    ["Parquet", document("", "Parquet"), "NotImplemented"],
    ["no format", document("", ""), "MalformedXML"],
    ["a tier", document("", "CSV", "<OptionalFields><Field>IntelligentTieringAccessTier</Field></OptionalFields>"), "NotImplemented"], // prettier-ignore
    ["an unknown field", document("", "CSV", "<OptionalFields><Field>Colour</Field></OptionalFields>"), "MalformedXML"],
    ["another id", plain.replace("<Id>i<", "<Id>j<"), "InvalidArgument"],
    ["a name for an ARN", plain.replace("arn:aws:s3:::", ""), "InvalidArgument"],
    ["a short account", document("<AccountId>1</AccountId>"), "InvalidArgument"],
    ["a month", plain.replace("Daily", "Monthly"), "MalformedXML"],
    ["no encryption at all", document("<Encryption/>"), "MalformedXML"],
  ])("%s is refused", async (_what, body, code) => {
    const source = await gateway.bucket();
    expect((await send({ method: "PUT", target: `/${source}?inventory&id=i`, body })).code).toBe(code);
  });

  test("a policy may limit the fields that somebody has listed", async () => {
    const source = await gateway.bucket();
    const limited = await gateway.user("limited", {
      Effect: "Allow",
      Action: "s3:PutInventoryConfiguration",
      Resource: "*",
      Condition: { "ForAllValues:StringEquals": { "s3:InventoryAccessibleOptionalFields": ["Size"] } },
    });
    const putWith = (fields: string) =>
      send({
        method: "PUT",
        target: `/${source}?inventory&id=i`,
        keys: limited,
        body: document("", "CSV", `<OptionalFields>${fields}</OptionalFields>`),
      });
    expect((await putWith("<Field>Size</Field><Field>ETag</Field>")).code).toBe("AccessDenied");
    expect((await putWith("<Field>Size</Field>")).status).toBe(200);
  });
});
