import { chmodSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { scriptedEngine } from "../../test/scripted-engine.ts";
import { createBucketHomes } from "./bucket-homes.ts";
import { probeUpstreams } from "./open-upstreams.ts";
import { systemClock } from "./system-clock.ts";
import { parseConfig } from "./parse-config.ts";
import type { UpstreamSettings } from "./config.ts";
import { readUpstreams } from "./parse-upstream-config.ts";
import { UpstreamFiles } from "./upstream-files.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "gateway-test-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const secret = "planted-SECRET-of-the-engine-1234567890";

function write(name: string, text: string, mode = 0o600): string {
  const file = join(folder, name);
  writeFileSync(file, text, { mode });
  chmodSync(file, mode);
  return file;
}

function parsed(...argv: string[]) {
  const config = parseConfig(argv, { HOME: "/home/a" });
  if (config.kind === "usage-error") return config.message;
  return config.kind === "config" ? config.config.upstreams : config.kind;
}

const one = ["--upstream", "https://s3.example.com:8443", "--upstream-credentials", "/keys"];

describe("--upstream", () => {
  test("one engine, and how it is asked", () => {
    const settings = {
      name: "default",
      url: "https://s3.example.com:8443",
      credentials: "/keys",
      region: "us-east-1",
      ca: undefined,
      prefix: "",
      style: "path",
      probe: undefined,
    };
    expect(parsed(...one)).toEqual(settings);
    const more = [
      "--upstream-region",
      "fr-par",
      "--upstream-ca",
      "/ca",
      "--upstream-prefix",
      "t-{account}-",
      "--upstream-style",
      "virtual",
      "--upstream-probe",
      "gateway-probe",
    ];
    expect(parsed(...one, ...more)).toEqual({
      ...settings,
      region: "fr-par",
      ca: "/ca",
      prefix: "t-{account}-",
      style: "virtual",
      probe: "gateway-probe",
    });
    expect(readUpstreams({ ...settings, style: "path" })).toEqual({
      upstreams: [settings],
      buckets: [{ name: undefined, account: undefined, home: "default" }],
    });
    expect(parsed()).toBeUndefined();
  });

  test.each([
    [["--upstream-region", "a"], "--upstream-region needs an engine; add --upstream with its URL"],
    [["--upstream", "https://a"], /^--upstream needs the keys of the engine; add --upstream-credentials/],
    [[...one, "--upstreams", "f"], /^give --upstream or --upstreams, not both/],
    [[...one, "--upstream-style", "dns"], "invalid --upstream-style: it is neither path nor virtual; give one of them"],
    [[...one, "--upstream-prefix", "A_"], /^invalid --upstream-prefix: /],
    [[...one, "--upstream-probe", "a/b"], /^invalid --upstream-probe: it is not the name of a bucket; give one that/],
    [["--upstream", "s3.example.com", ...one.slice(2)], /^invalid --upstream: it is not a URL/],
    [["--upstream", "https://a/path", ...one.slice(2)], /^invalid --upstream: it has more than scheme, host and port;/],
    [
      ["--upstream", `https://k:${secret}@a`, ...one.slice(2)],
      "invalid --upstream: it has a name or a password; put the keys into a file",
    ],
  ])("%j is refused in a line", (argv, message) => {
    const found = parsed(...argv);
    expect(found).toEqual(message instanceof RegExp ? expect.stringMatching(message) : message);
    expect(JSON.stringify(found)).not.toContain(secret);
  });
});

describe("--upstreams", () => {
  const ceph = { name: "ceph", url: "http://127.0.0.1:7480", credentials: "ceph.keys", prefix: "{account}-" };
  const r2 = { name: "r2", url: "https://r2.example.com", credentials: "/etc/r2", style: "virtual" };
  const read = (document: unknown) => readUpstreams({ file: write("upstreams.json", JSON.stringify(document)) });

  test("engines and rules; files are found beside it", () => {
    const settings = read({
      upstreams: [ceph, r2],
      buckets: [
        { name: "logs-*", home: "r2" },
        { account: "1".repeat(12), home: "ceph" },
      ],
    });
    expect(settings?.upstreams[0]?.credentials).toBe(join(folder, "ceph.keys"));
    const homes = createBucketHomes(settings ?? { upstreams: [], buckets: [] }, () =>
      Promise.reject(new Error("not asked")),
    );
    const place = (name: string, owner: string) => homes.choose({ id: "id", name, owner });
    expect(place("logs-1", "1".repeat(12))).toEqual({ place: "r2/logs-1" });
    expect(place("photos", "1".repeat(12))).toEqual({ place: `ceph/${"1".repeat(12)}-photos` });
    expect(place("photos", "2".repeat(12))).toEqual({ place: "id" });
    expect(place("my-logs-1", "2".repeat(12))).toEqual({ place: "id" });
    expect(place("a".repeat(51), "1".repeat(12))).toEqual({
      refused: "The bucket name is too long for where the bucket is kept: 50 characters are left.",
    });
    expect([homes.placeOn(undefined, "b"), homes.placeOn("r2", "B_1"), homes.placeOn("s3", "b")]).toEqual([
      undefined,
      "r2/B_1",
      undefined,
    ]);
  });

  test("two tenants of one engine, with prefixes that never meet", () => {
    const prefixes = ["a-", "b-", "ab-", "{account}-", "12345678901x"];
    const upstreams = prefixes.map((prefix, at) => ({ ...ceph, name: `n${at}`, prefix }));
    expect(read({ upstreams })?.upstreams).toHaveLength(5);
  });

  test("the only engine keeps all buckets that no rule has", () => {
    expect(read({ upstreams: [r2] })?.buckets).toEqual([{ name: undefined, account: undefined, home: "r2" }]);
    expect(read({ upstreams: [r2, ceph] })?.buckets.at(-1)?.home).toBe("local");
  });

  test.each([
    [[], "it is not a JSON object"],
    [{ engines: [] }, 'it has "engines", and knows upstreams and buckets'],
    [{ upstreams: [] }, "upstreams is not a list of at least one engine"],
    [{ upstreams: [ceph, ceph] }, "two upstreams have the name ceph"],
    ...["", "{account}", "123", "{account}-1"].map((prefix): [object, string] => [
      { upstreams: [{ ...ceph, name: "other", prefix }, ceph] },
      "upstreams[1].prefix: its buckets could have the names of those of other, which is the same engine",
    ]),
    [{ upstreams: [{ ...ceph, name: "local" }] }, "upstreams[0].name: give up to 32 of a-z, 0-9 and -, and not local"],
    [
      { upstreams: [{ ...ceph, secretAccessKey: secret }] },
      "upstreams[0].secretAccessKey: unknown; there are name, url,",
    ],
    [{ upstreams: [{ ...ceph, region: 1 }] }, "upstreams[0].region: it is not a text"],
    [{ upstreams: [ceph], buckets: [{ home: "r2" }] }, "buckets[0].home: it is neither local nor the name of one"],
    [{ upstreams: [ceph], buckets: [{ account: "1", home: "ceph" }] }, "buckets[0].account: it is not the id"],
  ])("%j is refused in a line", (document, message) => {
    const start = `cannot use --upstreams ${join(folder, "upstreams.json")}: ${message}`;
    expect(() => read(document)).toThrow(start);
    expect(() => read(document)).not.toThrow(secret);
  });

  test("a file that is no JSON is not shown", () => {
    const file = write("broken.json", `{"secret": "${secret}`);
    expect(() => readUpstreams({ file })).toThrow(
      `cannot use --upstreams ${file}: it is not JSON, for which a comma too many is enough; see docs/guide/upstream.md`,
    );
    expect(() => readUpstreams({ file: join(folder, "none") })).toThrow("there is no such file; give");
  });
});

describe("credentials of an engine", () => {
  const upstream = (credentials: string): UpstreamSettings => ({
    name: "ceph",
    url: "http://127.0.0.1:1",
    credentials,
    region: "us-east-1",
    ca: undefined,
    prefix: "",
    style: "path",
    probe: undefined,
  });
  const keys = { accessKeyId: "AKIAENGINE", secretAccessKey: secret };

  test.each([
    [
      "INI",
      `[default]\naws_access_key_id = AKIAENGINE\naws_secret_access_key=${secret}\n\n[other]\naws_access_key_id=X\n`,
    ],
    ["INI without a profile", `aws_access_key_id=AKIAENGINE\r\naws_secret_access_key=${secret}\r\n`],
    ["JSON of AWS", JSON.stringify({ AccessKeyId: "AKIAENGINE", SecretAccessKey: secret })],
    ["JSON of an SDK", JSON.stringify({ accessKeyId: "AKIAENGINE", secretAccessKey: secret })],
  ])("%s", (_format, text) => {
    expect(new UpstreamFiles(upstream(write("keys", text))).keys).toEqual(keys);
  });

  test.each([
    ["others may read it", `aws_access_key_id=A\naws_secret_access_key=${secret}`, 0o640, "run: chmod 600"],
    ["no keys", `secret=${secret}`, 0o600, "it has no keys"],
    ["half of JSON", `{"SecretAccessKey": "${secret}`, 0o600, "it is not JSON"],
    [
      "a line break in a key",
      JSON.stringify({ AccessKeyId: "A\r\nx: y", SecretAccessKey: secret }),
      0o600,
      "characters",
    ],
  ])("%s: refused without a secret", (_why, text, mode, message) => {
    const open = () => new UpstreamFiles(upstream(write("keys", text, mode)));
    expect(open).toThrow(message);
    expect(open).not.toThrow(secret);
  });

  test("new keys are taken, and those of before stay where the new ones cannot be used", async () => {
    const file = write("rotated", `aws_access_key_id=AKIAENGINE\naws_secret_access_key=${secret}`);
    const own = new UpstreamFiles(upstream(file));
    const warnings: string[] = [];
    const look = async () => {
      await own.look((line) => warnings.push(line));
      return own.keys.accessKeyId;
    };
    write("rotated", `aws_access_key_id=AKIANEXT\naws_secret_access_key=${secret}`);
    expect(await look()).toBe("AKIANEXT");
    write("rotated", `aws_secret_access_key=${secret}`);
    expect(await look()).toBe("AKIANEXT");
    expect(await look()).toBe("AKIANEXT");
    expect(warnings).toEqual([expect.stringMatching(/^the new credentials of the upstream ceph in .* it has no keys/)]);
    expect(warnings.join()).not.toContain(secret);
    write("rotated", `aws_access_key_id=AKIALAST\naws_secret_access_key=${secret}`);
    expect(await look()).toBe("AKIALAST");
  });

  test("an engine that takes its time does not hold up the start", async () => {
    const { endpoint, heard } = await scriptedEngine(() => {}); // it never answers
    const credentials = write("keys", `aws_access_key_id=AKIAENGINE\naws_secret_access_key=${secret}`);
    const upstreams = [{ ...upstream(credentials), url: endpoint }];
    const warnings: string[] = [];
    const warn = (line: string) => void warnings.push(line);
    const probed = await probeUpstreams({ upstreams, buckets: [] }, systemClock, warn, 10);
    expect(probed?.upstreams).toEqual(upstreams);
    expect(warnings).toEqual([
      expect.stringMatching(
        /^the upstream ceph does not show in 0\.01 seconds what it can do; requests for its buckets/,
      ),
    ]);
    await expect.poll(() => heard.requests).toBe(1);
  });

  test("certificates are read again as keys are", async () => {
    const [pem, next] = ["-----BEGIN CERTIFICATE-----\n", "-----BEGIN CERTIFICATE-----\nnext\n"];
    const credentials = write("keys", `aws_access_key_id=AKIAENGINE\naws_secret_access_key=${secret}`);
    const open = (ca?: string) => new UpstreamFiles({ ...upstream(credentials), ca });
    expect(open().ca).toBeUndefined();
    expect(() => open(write("ca", "x"))).toThrow("it has no certificate in PEM");
    const own = open(write("ca", pem));
    expect(own.ca).toBe(pem);
    const warnings: string[] = [];
    for (const text of [next, "nothing"]) {
      write("ca", text);
      await own.look((line) => warnings.push(line));
      expect(own.ca).toBe(next);
    }
    expect(warnings).toEqual([
      expect.stringMatching(/^the new certificates for the upstream ceph in .* no certificate/),
    ]);
  });
});
