import {
  ListObjectsCommand,
  type ListObjectsCommandOutput,
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
} from "@aws-sdk/client-s3";
import { uriEncode } from "@s3-credentials/protocol";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { useS3Gateway } from "./s3-gateway.ts";

const gateway = useS3Gateway();
const { send } = gateway;
const runs = Math.max(20, Math.trunc(Number(process.env["TEST_RUNS"] ?? 300) / 10));

const put = async (bucket: string, key: string, body = "x") => {
  const stored = await send({ method: "PUT", target: `/${bucket}/${uriEncode(Buffer.from(key), false)}`, body });
  if (stored.status !== 200) throw new Error(stored.body);
};
const compare = (left: string, right: string): number => Buffer.compare(Buffer.from(left), Buffer.from(right));

/** The listing of the documentation, over all keys in memory: without the common prefixes that are not greater than what it starts after. */
function naive(keys: readonly string[], prefix: string, delimiter: string, after: string): readonly string[] {
  const names = keys
    .filter((key) => key.startsWith(prefix) && compare(key, after) > 0)
    .toSorted(compare)
    .map((key) => {
      const at = delimiter === "" ? -1 : key.indexOf(delimiter, prefix.length);
      return at === -1 ? key : `${key.slice(0, at + delimiter.length)} (prefix)`;
    });
  return [...new Set(names)].filter((name) => compare(name.replace(" (prefix)", ""), after) > 0);
}

type Page = ListObjectsV2CommandOutput | ListObjectsCommandOutput;

/** Keys and common prefixes of an answer with `encoding-type=url`, in one order. */
function namesOf({ Contents = [], CommonPrefixes = [] }: Page): readonly string[] {
  const items = Contents.map(({ Key = "" }) => ({ name: decodeURIComponent(Key), mark: "" }));
  const prefixes = CommonPrefixes.map(({ Prefix = "" }) => ({ name: decodeURIComponent(Prefix), mark: " (prefix)" }));
  return [...items, ...prefixes]
    .toSorted((left, right) => compare(left.name, right.name))
    .map(({ name, mark }) => name + mark);
}

const alphabet = ["a", "b", "/", "-", "ü", "\u{1f600}", "\uffff", " ", "&", "%", "+"];
const keys = [
  "a",
  "a/",
  "a/b",
  "a/b/c",
  "a-b",
  "b/a",
  "b//a",
  "ü/ü",
  "\u{1f600}/x",
  "\uffff",
  "a b",
  "a&b",
  "a%2Fb",
  "a+b",
  "-",
];
const text = fc.string({ unit: fc.constantFrom(...alphabet), maxLength: 3 });

describe("ListObjects and ListObjectsV2", () => {
  test("whatever the prefix, delimiter, start and page: put together, the naive listing", async () => {
    const Bucket = await gateway.bucket();
    for (const key of keys) await put(Bucket, key);
    const input = fc.record({
      Prefix: text,
      Delimiter: fc.constantFrom("", "/", "a", "b/"),
      StartAfter: fc.constantFrom("", "", "a", "a/", "a/b/", "a-", "b", "b//", "ü"),
      MaxKeys: fc.integer({ min: 1, max: 6 }),
    });
    await fc.assert(
      fc.asyncProperty(input, async ({ Prefix, Delimiter, StartAfter, MaxKeys }) => {
        const asked = { Bucket, Prefix, Delimiter, MaxKeys, EncodingType: "url" } as const;
        const [second, first]: [string[], string[]] = [[], []];
        let token: string | undefined;
        do {
          const page: ListObjectsV2CommandOutput = await gateway.s3.send(
            new ListObjectsV2Command({ ...asked, StartAfter, ContinuationToken: token }),
          );
          const names = namesOf(page);
          expect(page.KeyCount).toBe(names.length);
          expect(names.length).toBe(page.IsTruncated === true ? MaxKeys : Math.min(names.length, MaxKeys));
          expect(page.IsTruncated).toBe(page.NextContinuationToken !== undefined);
          second.push(...names);
          token = page.NextContinuationToken;
        } while (token !== undefined);
        let Marker: string | undefined = StartAfter;
        while (Marker !== undefined) {
          const page: ListObjectsCommandOutput = await gateway.s3.send(new ListObjectsCommand({ ...asked, Marker }));
          first.push(...namesOf(page));
          const next: string | undefined = page.NextMarker ?? page.Contents?.at(-1)?.Key;
          Marker = page.IsTruncated === true && next !== undefined ? decodeURIComponent(next) : undefined;
        }
        const expected = naive(keys, Prefix, Delimiter, StartAfter);
        expect(second).toEqual(expected);
        expect(first).toEqual(expected);
      }),
      // A marker under a common prefix, which is not listed again.
      { numRuns: runs, examples: [[{ Prefix: "", Delimiter: "/", StartAfter: "a/b/", MaxKeys: 2 }]] },
    );
  });

  test("all elements of the answer", async () => {
    const b = await gateway.bucket();
    await put(b, "a&<b", "hello");
    await put(b, "dir/k");
    const { body } = await send({ target: `/${b}?list-type=2&delimiter=%2F&fetch-owner=true&start-after=%20` });
    expect(body).toMatch(
      /^<\?xml version="1.0" encoding="UTF-8"\?>\n<ListBucketResult xmlns="http:\/\/s3.amazonaws.com\/doc\/2006-03-01\/">/,
    );
    expect(body).toContain(
      `<Name>${b}</Name><Prefix/><Delimiter>/</Delimiter><MaxKeys>1000</MaxKeys><KeyCount>2</KeyCount>`,
    );
    expect(body).toContain("<IsTruncated>false</IsTruncated><StartAfter> </StartAfter>");
    expect(body).toMatch(
      /<Contents><Key>a&amp;&lt;b<\/Key><LastModified>[\dT:.-]+Z<\/LastModified><ETag>&quot;5d41402abc4b2a76b9719d911017c592&quot;<\/ETag>/,
    );
    expect(body).toMatch(
      /<Size>5<\/Size><Owner><ID>[0-9a-f]{64}<\/ID><\/Owner><StorageClass>STANDARD<\/StorageClass><\/Contents>/,
    );
    expect(body).toContain("<CommonPrefixes><Prefix>dir/</Prefix></CommonPrefixes>");
    expect((await send({ target: `/${b}?list-type=2` })).body).not.toContain("<Owner>");
    const url = (await send({ target: `/${b}?list-type=2&encoding-type=url` })).body;
    expect(url).toContain("<Key>a%26%3Cb</Key>");
    expect(url).toContain("<EncodingType>url</EncodingType>");
  });

  test("controls in keys", async () => {
    const Bucket = await gateway.bucket();
    const odd = ["a\u0001b", "line\nfeed", "\r", "tab\t"];
    for (const key of odd) await put(Bucket, key);
    const { Contents = [] } = await gateway.s3.send(new ListObjectsV2Command({ Bucket, EncodingType: "url" }));
    expect(Contents.map(({ Key }) => decodeURIComponent(Key ?? "")).toSorted()).toEqual(odd.toSorted());
    expect((await send({ target: `/${Bucket}?list-type=2` })).body).toContain("a&#x1;b");
  });

  test.each([
    ["max-keys=x", "InvalidArgument"],
    ["max-keys=-1", "InvalidArgument"],
    ["max-keys=2147483648", "InvalidArgument"],
    ["encoding-type=base64", "InvalidArgument"],
    ["prefix=%00", "InvalidArgument"],
    ["list-type=2&continuation-token=", "InvalidArgument"],
    ["list-type=2&continuation-token=2.a%20b", "InvalidArgument"],
    ["list-type=2&continuation-token=2..YQ", "InvalidArgument"],
  ])("%s is refused", async (query, code) => {
    expect(await send({ target: `/${await gateway.bucket()}?${query}` })).toMatchObject({ status: 400, code });
  });

  test("no keys asked for, or more than a page has", async () => {
    const b = await gateway.bucket();
    await put(b, "k");
    const none = (await send({ target: `/${b}?list-type=2&max-keys=0` })).body;
    expect(none).toContain("<MaxKeys>0</MaxKeys><KeyCount>0</KeyCount><IsTruncated>false</IsTruncated>");
    expect((await send({ target: `/${b}?list-type=2&max-keys=5000` })).body).toContain("<MaxKeys>1000</MaxKeys>");
  });

  test("a condition on the prefix holds page by page", async () => {
    const b = await gateway.bucket();
    for (const key of ["own/1", "own/2", "other/1"]) await put(b, key);
    const keys = await gateway.user("lister", {
      Effect: "Allow",
      Action: "s3:ListBucket",
      Resource: `arn:aws:s3:::${b}`,
      Condition: { StringLike: { "s3:prefix": "own/*" }, NumericLessThanEquals: { "s3:max-keys": "10" } },
    });
    const s3 = gateway.clientOf(keys);
    const list = (more: object) => s3.send(new ListObjectsV2Command({ Bucket: b, MaxKeys: 1, ...more }));
    const first = await list({ Prefix: "own/" });
    expect(first.Contents).toHaveLength(1);
    const ContinuationToken = first.NextContinuationToken;
    expect((await list({ Prefix: "own/", ContinuationToken })).Contents?.[0]?.Key).toBe("own/2");
    for (const more of [
      {},
      { Prefix: "" },
      { Prefix: "other/" },
      { ContinuationToken },
      { Prefix: "own/", MaxKeys: 11 },
    ])
      await expect(list(more)).rejects.toMatchObject({ name: "AccessDenied" });
  });

  test("a token goes on with its own listing and with no other", async () => {
    const [Bucket, other] = [await gateway.bucket(), await gateway.bucket()];
    for (const key of ["a/1", "a/2", "a/b/3", "b/1"]) for (const b of [Bucket, other]) await put(b, key);
    const list = (more: object) => gateway.s3.send(new ListObjectsV2Command({ Bucket, Prefix: "a/", ...more }));
    const { NextContinuationToken: ContinuationToken = "" } = await list({ MaxKeys: 1 });
    const next = await list({ ContinuationToken, StartAfter: "z", MaxKeys: 5 });
    expect(next.Contents?.map(({ Key }) => Key)).toEqual(["a/2", "a/b/3"]);
    expect(next).toMatchObject({ ContinuationToken, StartAfter: "z" });
    const [mark, listed] = ContinuationToken.split(".");
    const forged = (key: string) => `${mark}.${listed}.${Buffer.from(key).toString("base64url")}`;
    for (const more of [
      { Bucket: other },
      { Prefix: "" },
      { Prefix: "b/" },
      { Delimiter: "/" },
      { Prefix: undefined },
      { ContinuationToken: `1.${Buffer.from("a/1").toString("base64url")}` },
      { ContinuationToken: `${mark}.${listed}.` },
      { ContinuationToken: `${ContinuationToken}.` },
      { ContinuationToken: `${ContinuationToken}=` },
    ])
      await expect(list({ ContinuationToken, ...more })).rejects.toMatchObject({ name: "InvalidArgument" });
    // A token that a client makes up for the same listing never leads out of the prefix.
    const keysAfter = async (key: string) =>
      (await list({ ContinuationToken: forged(key) })).Contents?.map(({ Key }) => Key);
    expect(await keysAfter("a/1")).toEqual(["a/2", "a/b/3"]);
    expect(await keysAfter("A")).toEqual(["a/1", "a/2", "a/b/3"]);
    expect(await keysAfter("b/0")).toBeUndefined();
  });
});
