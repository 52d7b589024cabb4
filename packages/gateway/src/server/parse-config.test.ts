import { describe, expect, test } from "vitest";
import type { Config } from "./config.ts";
import { isEveryAddress, isLoopback } from "../http/cidr.ts";
import { gatewayOptions, parseConfig } from "./parse-config.ts";

const env = { HOME: "/home/a" };

function configOf(...argv: string[]): Config {
  const parsed = parseConfig(argv, env);
  if (parsed.kind !== "config") throw new Error(JSON.stringify(parsed));
  return parsed.config;
}

describe("parseConfig", () => {
  test("defaults", () => {
    const config = configOf();
    expect(config).toMatchObject({
      host: "127.0.0.1",
      port: 9000,
      dataDir: "/home/a/.local/share/s3-credentials",
      stateFolder: "/home/a/.local/state/s3-credentials/gateways",
      domains: ["localhost"],
      region: "us-east-1",
      accountId: undefined,
      strictRegion: false,
      sigv2: true,
      logLevel: "info",
      maxConnections: undefined,
      maxConnectionsPerAddress: undefined,
      maxRequestsPerCaller: 64,
      maxRatePerCaller: undefined,
      workers: 1,
      metrics: undefined,
      drainDelay: 0,
      drainTimeout: 10_000,
    });
    expect([...config.services]).toEqual([
      "s3",
      "iam",
      "sts",
      "organizations",
      "cloudtrail",
      "account",
      "access-analyzer",
      "s3-credentials",
    ]);
    expect(config.trustedProxies.contains("127.0.0.1")).toBe(false);
  });

  test("Signature Version 2 is turned off by its own option, and where every signature must name the region", () => {
    expect(configOf("--no-sigv2")).toMatchObject({ sigv2: false, strictRegion: false });
    expect(configOf("--strict-region")).toMatchObject({ sigv2: false, strictRegion: true });
  });

  test("where the gateway is watched, and how it leaves", () => {
    expect(configOf("--metrics-port", "0").metrics).toEqual({ host: "127.0.0.1", port: 0 });
    expect(
      configOf("--metrics-port=9090", "--metrics-host=::", "--drain-delay", "15", "--drain-timeout=60"),
    ).toMatchObject({ metrics: { host: "::", port: 9090 }, drainDelay: 15_000, drainTimeout: 60_000 });
    const faults = {
      "--metrics-host=::": "--metrics-host needs a port; add --metrics-port 9090",
      "--metrics-port=70000": 'invalid --metrics-port "70000": not a port number; give 0 to 65535, 0 for any free one',
      "--drain-delay=1.5": 'invalid --drain-delay "1.5": not a number of seconds; give one such as 10',
    };
    for (const [word, message] of Object.entries(faults))
      expect(parseConfig([word], env)).toEqual({ kind: "usage-error", message });
    expect(parseConfig(["--metrics-port=1", "--metrics-host="], env)).toEqual({
      kind: "usage-error",
      message: "--metrics-host is empty; give an address such as 127.0.0.1",
    });
  });

  test("where traces go: an option, or what OpenTelemetry calls it", () => {
    const tracing = (words: readonly string[], variables: Readonly<Record<string, string>> = {}) => {
      const parsed = parseConfig(words, { ...env, ...variables });
      return parsed.kind === "config" ? parsed.config.tracing?.url : parsed;
    };
    const of = (message: string) => ({ kind: "usage-error", message });
    const [all, own] = ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"];
    expect(tracing([])).toBe(undefined);
    expect(tracing(["--otlp-endpoint=http://c:4318"])).toBe("http://c:4318/v1/traces");
    expect(tracing([], { [all]: "https://c/otlp/" })).toBe("https://c/otlp/v1/traces");
    expect(tracing([], { [all]: "http://a", [own]: "http://c/spans" })).toBe("http://c/spans");
    expect(tracing(["--otlp-endpoint=http://c"], { [own]: "http://a" })).toBe("http://c/v1/traces");
    expect(tracing([], { [all]: "http://c", OTEL_SDK_DISABLED: "true" })).toBe(undefined);
    expect(tracing(["--trust-traceparent"], { [all]: "http://c", OTEL_TRACES_EXPORTER: "none" })).toBe(undefined);
    expect(tracing(["--trust-traceparent"])).toEqual(
      of("--trust-traceparent needs a collector; add --otlp-endpoint http://127.0.0.1:4318"),
    );
    expect(tracing([], { [all]: "http://me:secret@c" })).toEqual(
      of(
        `invalid ${all} "http://…@c": not an address of a collector; give one such as http://127.0.0.1:4318, and keys for it in OTEL_EXPORTER_OTLP_HEADERS`,
      ),
    );
    expect(configOf("--otlp-endpoint=http://c", "--trust-traceparent").tracing?.trustsTraceparent).toBe(true);
  });

  test("the free space that objects leave", () => {
    const mebibyte = 1024 ** 2;
    expect(configOf().minFreeSpace).toEqual({ bytes: 256 * mebibyte, percent: 1 });
    expect(configOf("--min-free-space", "0").minFreeSpace).toEqual({ bytes: 0, percent: 0 });
    expect(configOf("--min-free-space", "1000").minFreeSpace).toEqual({ bytes: 1000, percent: 0 });
    expect(configOf("--min-free-space", "64MiB").minFreeSpace).toEqual({ bytes: 64 * mebibyte, percent: 0 });
    expect(configOf("--min-free-space", "2gib").minFreeSpace).toEqual({ bytes: 2048 * mebibyte, percent: 0 });
    expect(configOf("--min-free-space", "2.5%").minFreeSpace).toEqual({ bytes: 0, percent: 2.5 });
    for (const wrong of ["", "-1", "1 TB", "101%", "%", "1e9", "1.5"])
      expect(parseConfig([`--min-free-space=${wrong}`], env)).toEqual({
        kind: "usage-error",
        message: `invalid --min-free-space "${wrong}": not a size or a percentage; give one such as 1GiB or 2%`,
      });
  });

  test("folders follow XDG", () => {
    const parsed = parseConfig([], { HOME: "/home/a", XDG_DATA_HOME: "/d", XDG_STATE_HOME: "/s" });
    expect(parsed).toMatchObject({
      config: { dataDir: "/d/s3-credentials", stateFolder: "/s/s3-credentials/gateways" },
    });
  });

  test("every option", () => {
    const words =
      "--host 0.0.0.0 --port 0 --data /x/y --domain A.example --domain b.test --region eu-west-3 " +
      "--account-id 123456789012 --apis sts,s3 --strict-region --trusted-proxy 10.0.0.0/8 --trusted-proxy fd00::1 --log-level silent " +
      "--max-connections 50 --max-connections-per-address 7 --max-requests-per-caller 5 --max-rate-per-caller 30 --workers 3 --quota users=100000 --quota roles=7";
    const config = configOf(...words.split(" "));
    expect(config).toMatchObject({
      host: "0.0.0.0",
      port: 0,
      dataDir: "/x/y",
      domains: ["a.example", "b.test"],
      region: "eu-west-3",
    });
    expect(config).toMatchObject({ accountId: "123456789012", strictRegion: true, logLevel: "silent" });
    expect(config).toMatchObject({
      maxConnections: 50,
      maxConnectionsPerAddress: 7,
      maxRequestsPerCaller: 5,
      maxRatePerCaller: 30,
      workers: 3,
    });
    expect(config.quotas).toEqual({ users: 100_000, groups: 300, roles: 7, policies: 1500 });
    expect([...config.services]).toEqual(["s3", "sts"]);
    expect(config.trustedProxies.contains("10.1.2.3")).toBe(true);
    expect(config.trustedProxies.contains("::ffff:10.1.2.3")).toBe(true);
    expect(config.trustedProxies.contains("11.1.2.3")).toBe(false);
    expect(config.trustedProxies.contains("fd00::1")).toBe(true);
    expect(config.trustedProxies.contains("not an address")).toBe(false);
  });

  test.each([
    ["--port", "65536"],
    ["--port", "9e3"],
    ["--port", ""],
    ["--account-id", "12345678901"],
    ["--apis", "s3,ec2"],
    ["--apis", ""],
    ["--domain", "10.0.0.1"],
    ["--domain", "a..b"],
    ["--region", "us east"],
    ["--trusted-proxy", "10.0.0.0/33"],
    ["--trusted-proxy", "10.0.0"],
    ["--log-level", "loud"],
    ["--workers", "0"],
    ["--workers", "65"],
    ["--quota", "users"],
    ["--quota", "users=0"],
    ["--quota", "buckets=5"],
    ["--quota", "constructor=5"],
    ["--max-connections", "0"],
    ["--max-connections", "1e3"],
    ["--max-connections-per-address", "-1"],
    ["--data", ""],
    ["--host", ""],
    ["--nonsense", "1"],
    ["positional"],
    ["--port"],
    ["--port", "--data"],
    ["--strict-region=no"],
    ["--upstream", "s3.example.com"],
    ["--upstreams="],
    ["--upstream-prefix", "a"],
  ])("%s %s is one line of usage error that says what to do", (...argv) => {
    const parsed = parseConfig(argv, env);
    expect(parsed.kind).toBe("usage-error");
    if (parsed.kind === "usage-error") expect(parsed.message).toMatch(/^[^\n]+[;,] [^\n]*[^.\n]$/);
  });

  test.each([
    [["--port", "9e3"], 'invalid --port "9e3": not a port number; give 0 to 65535, 0 for any free one'],
    [["--port", "70000"], 'invalid --port "70000": not a port number; give 0 to 65535, 0 for any free one'],
    [
      ["--domain", "a..b"],
      'invalid --domain "a..b": not a domain name; give one such as s3.example.com, without a port',
    ],
    [["--account-id", "1"], 'invalid --account-id "1": an account id has 12 digits; leave it out for a random one'],
    [
      ["--apis", "s3,ec2"],
      'invalid --apis "s3,ec2": "ec2" is not a service; give some of s3,iam,sts,organizations,cloudtrail,account,access-analyzer,s3-credentials',
    ],
    [
      ["--apis", ""],
      'invalid --apis "": a name is missing; give some of s3,iam,sts,organizations,cloudtrail,account,access-analyzer,s3-credentials',
    ],
    [["--prot", "1"], "unknown option --prot; did you mean --port? see s3-credentials serve --help"],
    [["--nonsense"], "unknown option --nonsense; see s3-credentials serve --help"],
    [["./data"], 'unexpected "./data"; serve takes options only, see s3-credentials serve --help'],
    [["--port"], "--port needs a value; see s3-credentials serve --help"],
    [["--port", "--data"], "--port needs a value; see s3-credentials serve --help"],
    [["--strict-region=no"], "--strict-region takes no value; see s3-credentials serve --help"],
  ])("%j: %s", (argv, message) => {
    expect(parseConfig(argv, env)).toEqual({ kind: "usage-error", message });
  });

  test("every option is found from a slip", () => {
    for (const name of Object.keys(gatewayOptions)) {
      const slip = name.slice(0, -1);
      if (Object.hasOwn(gatewayOptions, slip)) continue; // it is an option of its own
      const parsed = parseConfig([`--${slip}`], env);
      expect(parsed).toMatchObject({ message: expect.stringContaining(`did you mean --${name}?`) });
    }
  });

  test("help names every option", () => {
    const parsed = parseConfig(["--help"], env);
    for (const name of Object.keys(gatewayOptions))
      expect(parsed).toMatchObject({ kind: "help", text: expect.stringContaining(`--${name}`) });
  });
});

test.each([
  ["127.0.0.1", true, false],
  ["127.8.9.1", true, false],
  ["::1", true, false],
  ["localhost", true, false],
  ["0.0.0.0", false, true],
  ["::", false, true],
  ["0:0:0:0:0:0:0:0", false, true],
  ["192.0.2.1", false, false],
  ["127.example.com", false, false],
])("%s: only this machine reaches it: %s; every address: %s", (host, loopback, every) => {
  expect([isLoopback(host), isEveryAddress(host)]).toEqual([loopback, every]);
});

const failure = (...argv: string[]): string => {
  const parsed = parseConfig(argv, env);
  return parsed.kind === "usage-error" ? parsed.message : JSON.stringify(parsed.kind);
};

test("websites are served when they have a port", () => {
  expect(configOf().website).toBeUndefined();
  expect(configOf("--website-port", "9080").website).toEqual({
    host: "127.0.0.1",
    port: 9080,
    domains: ["localhost"],
    paths: false,
    origin: undefined,
  });
  const port = ["--website-port", "9080"];
  expect(failure("--website-paths")).toBe("--website-paths needs a port for websites; add --website-port 9080");
  expect(failure("--website-port", "x")).toMatch(/^invalid --website-port "x": not a port number/);
  expect(failure(...port, "--website-host=")).toMatch(/^--website-host is empty/);
  expect(failure(...port, "--website-domain", "a_b")).toMatch(/^invalid --website-domain "a_b": not a domain name/);
  expect(failure(...port, "--website-origin", "sites")).toMatch(/^invalid --website-origin "sites"/);
  expect(failure(...port, "--apis", "iam,sts")).toBe(
    "--website-port serves buckets, and --apis leaves S3 out; add s3 to it",
  );
});

describe("the console's options", () => {
  test("there is a console when it has a port", () => {
    expect(configOf().console).toBeUndefined();
    expect(configOf("--console-port", "9001").console).toEqual({
      host: "127.0.0.1",
      port: 9001,
      origin: undefined,
      tls: undefined,
      insecure: false,
      oidc: undefined,
    });
    expect(failure("--console-port", "x")).toBe(
      'invalid --console-port "x": not a port number; give 0 to 65535, 0 for any free one',
    );
    expect(failure("--console-host", "::1")).toBe("--console-host needs a console; add --console-port 9001");
    expect(failure("--console-oidc", "x.json")).toBe("--console-oidc needs a console; add --console-port 9001");
    expect(configOf("--console-port", "9001", "--console-oidc", "/etc/oidc.json").console?.oidc).toBe("/etc/oidc.json");
    expect(failure("--console-port", "9001", "--console-oidc=")).toMatch(/^--console-oidc is empty; give a file/);
  });

  test("passwords do not leave the machine in clear text, unless the operator says so", () => {
    const port = ["--console-port", "9001"];
    const refused = /plain HTTP beyond this machine; give --console-tls-cert and --console-tls-key, or/;
    expect(failure(...port, "--console-host", "192.0.2.1")).toMatch(refused);
    expect(failure(...port, "--console-origin", "http://console.example.com")).toMatch(refused);
    expect(failure(...port, "--console-host", "0.0.0.0")).toMatch(/say by which one browsers reach the console/);
    for (const more of [
      ["--console-host", "192.0.2.1", "--console-insecure"],
      ["--console-host", "192.0.2.1", "--console-tls-cert", "c", "--console-tls-key", "k"],
      ["--console-host", "0.0.0.0", "--console-origin", "https://console.example.com"],
      ["--console-origin", "http://localhost:9001"],
    ])
      expect(configOf(...port, ...more).console).toBeDefined();
  });

  test("an origin is scheme and host alone", () => {
    const port = ["--console-port", "9001"];
    expect(configOf(...port, "--console-origin", "https://Console.Example.com:443").console?.origin).toBe(
      "https://console.example.com",
    );
    for (const wrong of ["console.example.com", "https://a/b", "https://a?x", "https://u:p@a", "ftp://a", ""])
      expect(failure(...port, `--console-origin=${wrong}`)).toBe(
        `invalid --console-origin "${wrong}": not an origin; give scheme and host alone, such as https://console.example.com`,
      );
    expect(failure("--s3-origin", "s3")).toMatch(/^invalid --s3-origin "s3"/);
    expect(failure(...port, "--console-tls-cert", "c")).toMatch(/belong together/);
    expect(
      failure(...port, "--console-tls-cert", "c", "--console-tls-key", "k", "--console-origin", "http://a"),
    ).toMatch(/is plain HTTP, and --console-tls-cert makes the console HTTPS/);
  });
});
