import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { afterAll, expect, test } from "vitest";
import { describeError } from "../output/errors.ts";
import { runCommand } from "../test/run-command.ts";
import { queryReply, scriptedService } from "../test/scripted-service.ts";
import { findAmbient } from "./ambient.ts";

const folder = mkdtempSync(join(tmpdir(), "s3-credentials-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const keys = (name: string, more = ""): string =>
  `aws_access_key_id = ID-${name}\naws_secret_access_key = secret-${name}\n${more}`;
const processOf = (name: string): string =>
  `credential_process = echo '{"Version":1,"AccessKeyId":"${name}","SecretAccessKey":"s"}'\n`;

/** Text of the credentials file and of the configuration file. */
const homes = {
  nothing: ["", ""],
  plain: [
    `# first\n[default]\n${keys("default", "region = of-credentials")}\n[a]\n${keys("a", "aws_security_token = old-a\naws_session_token = token-a\n")}\n[b]\n${keys("b", "aws_session_token: token-b\n")}`,
    `[default]\nregion = of-config\n[profile a]\nregion = of-a\n[b]\nregion = no-profile\n`,
  ],
  config: [
    "",
    `[default]\n${keys("default")}s3 =\n  region = nested\n  aws_access_key_id = nested\n[profile a]\n${keys("a")}${processOf("ID-process")}[profile "b"]\n${keys("b")}REGION=of-b\n`,
  ],
  roles: [
    `[a]\n${keys("a")}[default]\n${keys("default")}`,
    `[default]\nrole_arn = arn:aws:iam::111122223333:role/r\nsource_profile = a\n[profile b]\nsso_account_id = 111122223333\nsso_role_name = r\nsso_region = us-east-1\nsso_start_url = https://example.com\n${keys("b")}`,
  ],
  mixed: [
    `[a]\n${keys("a")}[b]\n${keys("b")}[default]\naws_access_key_id = ID-half\n`,
    `[profile a]\n${processOf("ID-process")}[profile b]\nrole_arn = arn:aws:iam::111122223333:role/r\nweb_identity_token_file = /nowhere\n[default]\nregion = of-config\n`,
  ],
  halfRole: ["", `[default]\nrole_arn = arn:aws:iam::111122223333:role/r\n${keys("default")}`],
} as const;

for (const [name, [credentials, config]] of Object.entries(homes)) {
  mkdirSync(join(folder, name, ".aws"), { recursive: true });
  writeFileSync(join(folder, name, ".aws", "credentials"), credentials);
  writeFileSync(join(folder, name, ".aws", "config"), config);
}

type Variables = Readonly<Record<string, string>>;
const [id, secret] = [{ AWS_ACCESS_KEY_ID: "ID-env" }, { AWS_SECRET_ACCESS_KEY: "secret-env" }];
const [session, security] = [{ AWS_SESSION_TOKEN: "session" }, { AWS_SECURITY_TOKEN: "security" }];

const keyVariables: readonly Variables[] = [
  {},
  { ...id, ...secret },
  { ...id, ...secret, ...session },
  { ...id, ...secret, ...security },
  { ...id, ...secret, ...session, ...security },
  id,
  { ...secret, ...session },
  { ...id, AWS_SECRET_ACCESS_KEY: "" },
];
const profileVariables: readonly Variables[] = [
  {},
  { AWS_DEFAULT_PROFILE: "a" },
  { AWS_PROFILE: "b" },
  { AWS_DEFAULT_PROFILE: "a", AWS_PROFILE: "b" },
  { AWS_PROFILE: "nope" },
];
const regionVariables: readonly Variables[] = [
  {},
  { AWS_DEFAULT_REGION: "of-default" },
  { AWS_REGION: "of-region" },
  { AWS_DEFAULT_REGION: "of-default", AWS_REGION: "of-region" },
];
const webIdentity: readonly Variables[] = [
  {},
  { AWS_WEB_IDENTITY_TOKEN_FILE: "/nowhere", AWS_ROLE_ARN: "arn:aws:iam::111122223333:role/w" },
];
const files: readonly Variables[] = [
  ...Object.keys(homes).map((name) => ({ HOME: join(folder, name) })),
  {
    HOME: join(folder, "nothing"),
    AWS_SHARED_CREDENTIALS_FILE: join(folder, "plain", ".aws", "credentials"),
    AWS_CONFIG_FILE: join(folder, "config", ".aws", "config"),
  },
];

interface Case {
  readonly env: Variables;
  readonly profile?: string;
}

function combined(...sources: readonly (readonly Variables[])[]): readonly Case[] {
  let environments: readonly Variables[] = [{ AWS_EC2_METADATA_DISABLED: "true" }];
  for (const ways of sources) environments = environments.flatMap((env) => ways.map((way) => ({ ...env, ...way })));
  return environments.flatMap((env) => [{ env }, { env, profile: "a" }, { env, profile: "nope" }]);
}

/** Keys and region do not depend on each other, and files matter only to what comes after the environment's keys. */
const cases: readonly Case[] = [
  ...combined(keyVariables, profileVariables, files.slice(1, 2)),
  ...combined(regionVariables, profileVariables, files.slice(1, 3)),
  ...combined(keyVariables.slice(1, 2), profileVariables, webIdentity, files.slice(2, 4)),
  ...combined(profileVariables, webIdentity, files),
];

/** Debian's botocore is asked the same question; the result is what it finds, or its error. */
const botocore = `
import json, os, sys
import botocore.session
answers = []
path = os.environ.get("PATH", "")
for case in json.load(sys.stdin):
    os.environ.clear()
    os.environ.update(case["env"], PATH=path)
    try:
        session = botocore.session.Session(profile=case.get("profile"))
        found = session.get_credentials()
        region = session.get_config_variable("region")
        if found is None:
            answers.append({"region": region})
        elif found.method in ("assume-role", "assume-role-with-web-identity", "sso", "custom-process"):
            answers.append({"method": found.method, "region": region})
        else:
            answers.append({"keys": [found.access_key, found.secret_key, found.token], "region": region})
    except Exception as error:
        answers.append({"fault": True})
json.dump(answers, sys.stdout)
`;

const methods = {
  role: "assume-role",
  "web-identity": "assume-role-with-web-identity",
  sso: "sso",
  process: "custom-process",
} as const;

function ours({ env, profile }: Case): unknown {
  try {
    const { keys: found, source, region = null } = findAmbient(env, profile);
    if (found !== undefined)
      return { keys: [found.accessKeyId, found.secretAccessKey, found.sessionToken ?? null], region };
    return source === undefined ? { region } : { method: methods[source.kind], region };
  } catch {
    return { fault: true };
  }
}

/** `AWS_REGION` is ours, and comes after botocore's own variable. */
function withOurRegion(answer: object, { env }: Case): unknown {
  const ours = env["AWS_DEFAULT_REGION"] === undefined && "region" in answer ? env["AWS_REGION"] : undefined;
  return ours === undefined ? answer : { ...answer, region: ours };
}

test("every combination of sources gives the credentials and the region that botocore finds", () => {
  const answers = JSON.parse(
    execFileSync("/usr/bin/python3", ["-c", botocore], {
      input: JSON.stringify(cases),
      encoding: "utf8",
      maxBuffer: 64 * 1024 * 1024,
    }),
  ) as readonly object[];
  expect(answers).toHaveLength(cases.length);
  const different = cases.flatMap((one, index) => {
    const [expected, found] = [withOurRegion(answers[index] ?? {}, one), ours(one)];
    return isDeepStrictEqual(expected, found) ? [] : [{ ...one, expected, found }];
  });
  expect(different.slice(0, 5)).toEqual([]);
  // Every kind of answer is among them.
  const kinds = new Set(answers.map((answer) => Object.entries(answer).find(([name]) => name !== "region")?.[0]));
  expect(kinds).toEqual(new Set(["fault", "keys", "method", undefined]));
}, 300_000);

test.each([
  ["AWS_PROFILE", { AWS_PROFILE: "nope" }, [], "there is no profile nope in "],
  ["--profile", {}, ["--profile", "nope"], "there is no profile nope in "],
  ["AWS_ENDPOINT_URL", { AWS_ENDPOINT_URL: "s3.example.com" }, [], "the endpoint s3.example.com, of AWS_ENDPOINT_URL,"],
  ["half of the keys", id, [], "AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not"],
  ["half a profile", { HOME: join(folder, "mixed") }, [], "profile default has aws_access_key_id, but no aws_secret"],
])("%s that cannot be used: one line, and no call", async (_name, env, options, message) => {
  const { code, stdout, stderr } = await runCommand(["whoami", ...options], {
    env: { HOME: join(folder, "plain"), ...env },
  });
  expect([code, stdout, stderr]).toEqual([2, "", expect.stringContaining(message)]);
  expect(stderr.match(/\n/g)).toHaveLength(1);
});

test("a call is signed with what was found", async () => {
  const service = await scriptedService(({ name }) =>
    queryReply(name, "<Account>111122223333</Account><Arn>arn:aws:iam::111122223333:root</Arn><UserId>u</UserId>"),
  );
  const signedBy = async (env: Variables): Promise<readonly unknown[]> => {
    const { code, stderr } = await runCommand(["whoami", ...service.options.slice(-2)], { env });
    expect([code, stderr]).toEqual([0, ""]);
    const headers = service.calls.findLast(({ name }) => name === "GetCallerIdentity")?.headers;
    const [, key, region] = /Credential=([^/]*)\/\d+\/([^/]*)\//.exec(headers?.authorization ?? "") ?? [];
    return [key, region, headers?.["x-amz-security-token"]];
  };
  const home = { HOME: join(folder, "plain") };
  try {
    expect(await signedBy({ ...home, AWS_PROFILE: "b" })).toEqual(["ID-b", "us-east-1", "token-b"]);
    expect(await signedBy({ ...home, AWS_PROFILE: "b", AWS_DEFAULT_PROFILE: "a" })).toEqual(["ID-a", "of-a", "old-a"]);
    expect(
      await signedBy({ ...home, ...id, ...secret, ...security, AWS_PROFILE: "a", AWS_DEFAULT_REGION: "of-default" }),
    ).toEqual(["ID-env", "of-default", "security"]);
  } finally {
    await service.stop();
  }
});

test("no secret of the environment is in a message", () => {
  try {
    findAmbient({ ...id, HOME: folder });
  } catch (error) {
    expect(describeError(error)).not.toContain("ID-env");
  }
});

test("requests of a profile go to the endpoint of that profile, never to another's", async () => {
  const answer = (name: string) =>
    queryReply(name, "<Account>111122223333</Account><Arn>arn:aws:iam::111122223333:root</Arn><UserId>u</UserId>");
  const services = await Promise.all([1, 2, 3].map(() => scriptedService(({ name }) => answer(name))));
  const [first = "", second = "", third = ""] = services.map(({ options }) => options.at(-1) ?? "");
  const home = join(folder, "endpoints");
  mkdirSync(join(home, ".aws"), { recursive: true });
  writeFileSync(
    join(home, ".aws", "config"),
    `[default]\nendpoint_url = ${first}\n${keys("default")}[profile a]\nendpoint_url = ${second}\n${keys("a")}` +
      `[profile b]\nservices = mine\nendpoint_url = ${first}\n${keys("b")}[services mine]\ns3 =\n  endpoint_url = ${first}\nsts =\n  endpoint_url = ${third}\n`,
  );
  /** Which of the three was asked, and with whose key. */
  const asked = async (env: Variables, ...options: readonly string[]): Promise<readonly unknown[]> => {
    const before = services.map(({ calls }) => calls.length);
    const { code, stderr } = await runCommand(["whoami", ...options], { env: { HOME: home, ...env } });
    expect([code, stderr]).toEqual([0, ""]);
    const index = services.findIndex(({ calls }, at) => calls.length > (before[at] ?? 0));
    return [index, /Credential=([^/]*)/.exec(services[index]?.calls.at(-1)?.headers.authorization ?? "")?.[1]];
  };
  try {
    expect(await asked({})).toEqual([0, "ID-default"]);
    expect(await asked({}, "--profile", "a")).toEqual([1, "ID-a"]);
    expect(await asked({ AWS_PROFILE: "b" }, "--profile", "a")).toEqual([1, "ID-a"]);
    expect(await asked({ AWS_DEFAULT_PROFILE: "a", AWS_PROFILE: "b" })).toEqual([1, "ID-a"]);
    expect(await asked({ AWS_PROFILE: "b" })).toEqual([2, "ID-b"]);
    expect(await asked({ AWS_PROFILE: "b", AWS_ENDPOINT_URL: first })).toEqual([0, "ID-b"]);
    expect(await asked({ AWS_PROFILE: "b" }, "--endpoint-url", second)).toEqual([1, "ID-b"]);
  } finally {
    await Promise.all(services.map((service) => service.stop()));
  }
});
