import { expect, test } from "vitest";
import { siteOf } from "./visit.ts";

const domains = ["sites.test", "localhost"];

test.each([
  ["a-site.sites.test", "/x/y", { bucket: "a-site", root: "/", key: "x/y" }],
  ["A-Site.Localhost:9080", "/", { bucket: "a-site", root: "/", key: "" }],
  ["www.example.com", "/%2Fa", { bucket: "www.example.com", root: "/", key: "/a" }],
  ["sites.test", "/a-site/x", { code: "NoSuchBucket" }],
  ["A", "/", { code: "NoSuchBucket" }],
  ["a/b", "/", { code: "InvalidRequest" }],
  ["a-site.sites.test", "/%zz", { code: "InvalidURI" }],
  ["a-site.sites.test", "/a%00b", { code: "InvalidURI" }],
])("%s%s", (host, path, expected) => {
  expect(siteOf({ domains, paths: false }, host, path)).toMatchObject(expected);
});

test.each([
  ["a-site.sites.test", "/x/y", { bucket: "a-site", root: "/", key: "x/y" }],
  ["127.0.0.1:9080", "/a-site/x//y", { bucket: "a-site", root: "/a-site/", key: "x//y" }],
  ["localhost", "/a-site", { bucket: "a-site", root: "/a-site/", key: "" }],
  ["www.example.com", "/", { code: "NoSuchBucket" }],
])("with paths: %s%s", (host, path, expected) => {
  expect(siteOf({ domains, paths: true }, host, path)).toMatchObject(expected);
});
