import { describe, expect, test } from "vitest";
import { isRefusal } from "../operations/operation.ts";
import { hostName, isBucketName, locate, queryParameters, splitTarget, virtualBucket } from "./target.ts";

function place(path: string, host = "127.0.0.1"): unknown {
  const found = locate(path, host, ["localhost", "s3.example.com"]);
  return isRefusal(found) ? found.code : [found.bucket, found.key];
}

describe("locate", () => {
  test.each([
    ["/", [undefined, undefined]],
    ["/bucket", ["bucket", undefined]],
    ["/bucket/", ["bucket", undefined]],
    ["/bucket/key", ["bucket", "key"]],
    ["/bucket//key", ["bucket", "/key"]],
    ["/bucket/a//b/", ["bucket", "a//b/"]],
    ["/bucket/../x", ["bucket", "../x"]],
    ["/bucket/a/../../x", ["bucket", "a/../../x"]],
    ["/bucket/%2e%2e/x", ["bucket", "../x"]],
    ["/bucket/%252e", ["bucket", "%2e"]],
    ["/bucket/a%2Fb", ["bucket", "a/b"]],
    ["/bucket/a+b", ["bucket", "a+b"]],
    ["/bucket/%C3%A9", ["bucket", "é"]],
    ["/bucket/a%0Ab", ["bucket", "a\nb"]],
    ["/bucket/%EF%BB%BFx", ["bucket", "\uFEFFx"]],
    ["/bucket/%00", "InvalidURI"],
    ["/bucket/a%00b", "InvalidURI"],
    ["/bucket/%C3%28", "InvalidURI"],
    ["/bucket/%ED%A0%80", "InvalidURI"],
    ["/bucket/%C0%AF", "InvalidURI"],
    ["/bucket/%2", "InvalidURI"],
    ["/bucket/%zz", "InvalidURI"],
    ["/../etc/passwd", "InvalidBucketName"],
    ["/%2e%2e/etc", "InvalidBucketName"],
    ["//bucket/key", "InvalidBucketName"],
    ["/bucket%2Fkey", "InvalidBucketName"],
    ["/Bucket/key", "InvalidBucketName"],
    ["/b/key", "InvalidBucketName"],
    ["/bucket%00/key", "InvalidBucketName"],
    [`/bucket/${"k".repeat(1024)}`, ["bucket", "k".repeat(1024)]],
    [`/bucket/${"k".repeat(1025)}`, "KeyTooLongError"],
    [`/bucket/${"%C3%A9".repeat(513)}`, "KeyTooLongError"],
  ])("%s", (path, expected) => {
    expect(place(path)).toEqual(expected);
  });

  test("virtual hosts", () => {
    expect(place("/", "bucket.localhost")).toEqual(["bucket", undefined]);
    expect(place("/a/b", "bucket.localhost")).toEqual(["bucket", "a/b"]);
    expect(place("//a", "bucket.localhost")).toEqual(["bucket", "/a"]);
    expect(place("/bucket/a", "localhost")).toEqual(["bucket", "a"]);
    expect(place("/k", "my.dotted.bucket.s3.example.com")).toEqual(["my.dotted.bucket", "k"]);
    expect(place("/k", "-.localhost")).toBe("InvalidBucketName");
    expect(place("/bucket/k", "elsewhere.test")).toEqual(["bucket", "k"]);
    expect(place("/bucket/k", "[::1]")).toEqual(["bucket", "k"]);
  });
});

test("virtualBucket: the longest domain wins, and a domain is no suffix of letters", () => {
  expect(virtualBucket("a.s3.example.com", ["example.com", "s3.example.com"])).toBe("a");
  expect(virtualBucket("s3.example.com", ["example.com", "s3.example.com"])).toBeUndefined();
  expect(virtualBucket("evillocalhost", ["localhost"])).toBeUndefined();
});

test.each([
  ["LocalHost:9000", "localhost"],
  ["127.0.0.1:1", "127.0.0.1"],
  ["[::1]:9000", "[::1]"],
  ["[::1]", "[::1]"],
  ["bucket.localhost.", "bucket.localhost"],
  ["a b", undefined],
  ["a,b", undefined],
  ["a:b", undefined],
  ["[x]", undefined],
  ["a/b", undefined],
  ["", undefined],
])("hostName %s", (header, expected) => {
  expect(hostName(header)).toBe(expected);
});

test.each(["http://h/b", "*", "", "/a b", "/a#b", "/é", "/a\tb"])("splitTarget refuses %j", (target) => {
  expect(splitTarget(target)).toMatchObject({ code: "InvalidURI" });
});

test("splitTarget keeps what was sent", () => {
  expect(splitTarget("/a/../%2e?x=1?y")).toEqual({ path: "/a/../%2e", query: "x=1?y" });
});

test("queryParameters: decoded once, and a repeated name is reported", () => {
  const read = queryParameters("a=1&b&c=%2525&d=x+y");
  expect(read?.repeated).toEqual([]);
  expect([...(read?.parameters ?? [])]).toEqual([
    ["a", "1"],
    ["b", ""],
    ["c", "%25"],
    ["d", "x+y"],
  ]);
  expect(queryParameters("")).toEqual({ parameters: new Map(), repeated: [] });
  expect(queryParameters("a=1&b=2&%61=3")?.repeated).toEqual(["a"]);
  expect(queryParameters("policy&policy=")?.repeated).toEqual(["policy"]);
  expect(queryParameters("a=%zz")).toBeUndefined();
});

test("isBucketName", () => {
  for (const name of ["abc", "a.b-c", "123", "a".repeat(63)]) expect(isBucketName(name)).toBe(true);
  for (const name of ["ab", "a".repeat(64), "-ab", "ab-", "a_b", "aB1", "a\nb", "abc\n", ""])
    expect(isBucketName(name)).toBe(false);
});
