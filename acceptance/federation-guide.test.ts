import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateRoleCommand, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { fromTokenFile } from "@aws-sdk/credential-providers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readConsoleProviders } from "../packages/gateway/src/server/console-providers.ts";
import { startIssuer, type TestIssuer, type TokenClaims } from "../packages/gateway/test/oidc-issuer.ts";
import { aws, iam, outcome, output } from "./clients.ts";
import { makeBucket } from "./fixtures.ts";
import type { RunningGateway } from "./gateway.ts";
import { startGatewayHere } from "./gateway-here.ts";

// What docs/guide/federation.md shows, with an issuer of this test in the place of GitHub's and of a cluster's.

let issuer: TestIssuer;
let gateway: RunningGateway;
let folder = "";

beforeAll(async () => {
  issuer = await startIssuer();
  folder = mkdtempSync(join(tmpdir(), "federation-guide-"));
  const ca = join(folder, "ca.pem");
  writeFileSync(ca, issuer.ca);
  gateway = await startGatewayHere({ args: ["--oidc-allow", new URL(issuer.issuer).host, "--oidc-ca", ca] });
  await makeBucket(gateway, "releases");
  const [command = ""] = blocks("Trust an issuer", "sh");
  // The AWS CLI of Debian is one of those that ask for a thumbprint.
  const args = [...command.trim().split(" ").slice(1), "--thumbprint-list", "f".repeat(40)];
  await output(aws(gateway, args, { keys: gateway.admin }));
});
afterAll(async () => {
  await gateway.stop();
  await issuer.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The blocks in one language under a heading, in order, for this issuer and this account. */
function blocks(heading: string, language: string): readonly string[] {
  const [, rest = ""] = readFileSync("docs/guide/federation.md", "utf8").split(`\n## ${heading}\n`);
  const [section = ""] = rest.split("\n## ");
  const found = [...section.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, "gms"))];
  const host = issuer.issuer.slice("https://".length);
  return found.map(([, text = ""]) =>
    text
      .replaceAll(/token\.actions\.githubusercontent\.com|kubernetes\.default\.svc\.cluster\.local/g, host)
      .replaceAll("123456789012", gateway.accountId)
      .replaceAll("https://s3.example.com", gateway.endpoint),
  );
}

/** The value of a name in YAML, on a line of its own or in braces. */
function valueIn(yaml: string, name: string): string {
  const [, inLine, inBraces] = new RegExp(`\\b${name}(?:: (.+)|, value: "?([^" }]+)"?)`).exec(yaml) ?? [];
  return inLine ?? inBraces ?? "";
}

async function makeRole(name: string, trust: string, policy: string): Promise<void> {
  const admin = iam(gateway, gateway.admin);
  await admin.send(new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument: trust }));
  await admin.send(new PutRolePolicyCommand({ RoleName: name, PolicyName: "own", PolicyDocument: policy }));
}

/** What a program with an AWS SDK gets that has these variables, for a PUT. */
async function put(yaml: string, token: string, Key: string): Promise<string> {
  const file = join(folder, "token");
  writeFileSync(file, token);
  const client = new S3Client({
    endpoint: valueIn(yaml, "AWS_ENDPOINT_URL"),
    region: valueIn(yaml, "AWS_REGION"),
    forcePathStyle: true,
    credentials: fromTokenFile({
      roleArn: valueIn(yaml, "AWS_ROLE_ARN"),
      webIdentityTokenFile: file,
      clientConfig: { endpoint: valueIn(yaml, "AWS_ENDPOINT_URL"), region: valueIn(yaml, "AWS_REGION") },
    }),
  });
  const sent = await outcome(client.send(new PutObjectCommand({ Bucket: "releases", Key, Body: "x" })));
  client.destroy();
  return sent;
}

describe("a GitHub workflow", () => {
  let claims: TokenClaims = {};
  let workflow = "";
  beforeAll(async () => {
    const [trust = "", policy = "", token = ""] = blocks("A GitHub workflow", "json");
    await makeRole("release", trust, policy);
    claims = JSON.parse(token) as TokenClaims;
    [workflow = ""] = blocks("A GitHub workflow", "yaml");
  });

  test("its first step keeps the token that GitHub gives", async () => {
    const token = await issuer.token(claims);
    const value = JSON.stringify({ count: 1, value: token });
    issuer.answers.set("/token?api-version=2.0&audience=sts.amazonaws.com", (request, response) => {
      response.statusCode = request.headers.authorization === "bearer of-the-job" ? 200 : 401;
      response.end(value);
    });
    const [, step = ""] = /- run: \|\n((?: {10}.*\n)+)/.exec(workflow) ?? [];
    const file = join(folder, "of-the-workflow");
    const env = {
      PATH: process.env["PATH"],
      CURL_CA_BUNDLE: join(folder, "ca.pem"),
      AWS_WEB_IDENTITY_TOKEN_FILE: file,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: "of-the-job",
      ACTIONS_ID_TOKEN_REQUEST_URL: `${issuer.issuer}/token?api-version=2.0`,
    };
    await new Promise<void>((done, fail) =>
      execFile("/bin/bash", ["-e", "-c", step], { env }, (error) => (error === null ? done() : fail(error))),
    );
    expect(readFileSync(file, "utf8").trim()).toBe(token);
  });

  test("the job writes what its role may, and another repository's job has no role", async () => {
    expect(await put(workflow, await issuer.token(claims), "octo-repo/octo-repo.tar.gz")).toBe("allowed");
    expect(await put(workflow, await issuer.token(claims), "other/octo-repo.tar.gz")).toBe("AccessDenied");
    for (const sub of ["repo:octo-org/other:environment:production", "repo:octo-org/octo-repo:ref:refs/heads/main"])
      expect(await put(workflow, await issuer.token({ ...claims, sub }), "octo-repo/a")).toBe("AccessDenied");
  });
});

test("people at the console", async () => {
  const [providers = "", trust = ""] = blocks("People at the console", "json");
  const file = join(folder, "oidc.json");
  writeFileSync(file, providers);
  writeFileSync(join(folder, "staff-secret"), "secret of the console\n", { mode: 0o600 });
  const [provider] = readConsoleProviders(file).providers;
  expect(provider).toMatchObject({ name: "staff", accountId: gateway.accountId, issuer: "https://login.example.com" });
  const [command = ""] = blocks("People at the console", "sh");
  const args = [...command.trim().split(" ").slice(1), "--thumbprint-list", "f".repeat(40)];
  const made = await output(aws(gateway, args, { keys: gateway.admin }));
  expect(trust).toContain((JSON.parse(made) as { OpenIDConnectProviderArn: string }).OpenIDConnectProviderArn);
  await makeRole("reader", trust, blocks("A GitHub workflow", "json")[1] ?? "");
});

test("a Kubernetes pod", async () => {
  const [trust = "", token = ""] = blocks("A Kubernetes pod", "json");
  const [, policy = ""] = blocks("A GitHub workflow", "json");
  await makeRole("uploader", trust, policy);
  const [pod = ""] = blocks("A Kubernetes pod", "yaml");
  const claims = JSON.parse(token) as TokenClaims;
  expect(await put(pod, await issuer.token(claims), "octo-repo/a")).toBe("allowed");
  const sub = "system:serviceaccount:photos:default";
  expect(await put(pod, await issuer.token({ ...claims, sub }), "octo-repo/a")).toBe("AccessDenied");
});
