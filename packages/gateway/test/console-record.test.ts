import { afterAll, beforeAll, expect, test } from "vitest";
import { Browser, type ConsoleGateway, enableMfa, signedIn, startConsole } from "./console-gateway.ts";

let running: ConsoleGateway;
let admin: Browser;
let account = "";
let ahead = 0;
const clock = { now: () => Date.now() + ahead, monotonic: () => Math.trunc(performance.now()) };
const password = "Correct-Horse-1";

beforeAll(async () => {
  running = await startConsole(["--trusted-proxy", "127.0.0.1"], { clock });
  account = running.gateway.accountId;
  admin = await signedIn(running, running.admin);
});
afterAll(() => running.close());

const browser = () => new Browser(running.origin, { "x-forwarded-for": "192.0.2.7" });

async function user(name: string): Promise<string> {
  const made = await admin.iam("CreateUser", { UserName: name });
  await admin.iam("CreateLoginProfile", { UserName: name, Password: password });
  return /"UserId","content":\["([^"]+)"/.exec(made.body)?.[1] ?? "";
}

const signIn = (by: Browser, name: string, secret = password, to = account) =>
  by.submit("/session", { account: to, user: name, password: secret });

/** The newest first, as LookupEvents finds them. */
async function events(key: string, value: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const got = await admin.send({
    method: "POST",
    path: "/aws/cloudtrail",
    headers: { "x-amz-target": "CloudTrail_20131101.LookupEvents", "content-type": "application/x-amz-json-1.1" },
    body: JSON.stringify({ LookupAttributes: [{ AttributeKey: key, AttributeValue: value }] }),
  });
  const { result } = got.json as { result: { Events: readonly { CloudTrailEvent: string }[] } };
  return result.Events.map(({ CloudTrailEvent }) => JSON.parse(CloudTrailEvent) as Record<string, unknown>);
}

test("a sign-in is an event of its user, in CloudTrail's shape", async () => {
  const principalId = await user("ann");
  const lastUse = async () => /"PasswordLastUsed"/.test((await admin.iam("GetUser", { UserName: "ann" })).body);
  expect(await lastUse()).toBe(false);
  expect((await signIn(browser(), "ann")).status).toBe(303);
  expect(await lastUse()).toBe(true);
  const [event, ...others] = await events("Username", "ann");
  expect(others).toEqual([]);
  expect(event).toEqual({
    eventVersion: "1.11",
    userIdentity: {
      type: "IAMUser",
      principalId,
      arn: `arn:aws:iam::${account}:user/ann`,
      accountId: account,
      userName: "ann",
    },
    eventTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    eventSource: "signin.amazonaws.com",
    eventName: "ConsoleLogin",
    awsRegion: "us-east-1",
    sourceIPAddress: "192.0.2.7",
    userAgent: "test-browser/1",
    requestParameters: null,
    responseElements: { ConsoleLogin: "Success" },
    additionalEventData: { LoginTo: `${running.origin}/`, MobileVersion: "No", MFAUsed: "No" },
    requestID: expect.any(String),
    eventID: expect.any(String),
    readOnly: false,
    eventType: "AwsConsoleSignIn",
    managementEvent: true,
    recipientAccountId: account,
    eventCategory: "Management",
  });
});

test("a failure is an event of the user it was for; a name that no user has is kept nowhere", async () => {
  await user("bob");
  expect((await signIn(browser(), "bob", "Wrong-Horse-1")).status).toBe(401);
  const [event] = await events("Username", "bob");
  expect(event).toMatchObject({
    userIdentity: { type: "IAMUser", userName: "bob" },
    errorMessage: "Failed authentication",
    responseElements: { ConsoleLogin: "Failure" },
  });
  const typed = "My-Password-In-The-Wrong-Field";
  expect((await signIn(browser(), typed)).status).toBe(401);
  const [unknown] = await events("EventName", "ConsoleLogin");
  expect(unknown).toMatchObject({
    userIdentity: {
      type: "IAMUser",
      accountId: account,
      accessKeyId: "",
      userName: "HIDDEN_DUE_TO_SECURITY_REASONS",
    },
    errorMessage: "No username found in supplied account",
    responseElements: { ConsoleLogin: "Failure" },
  });
  const before = await events("EventName", "ConsoleLogin");
  expect((await signIn(browser(), "bob", password, "999999999999")).status).toBe(401); // nobody's account, so nobody's event
  expect(await events("EventName", "ConsoleLogin")).toEqual(before);
  expect(JSON.stringify([before, running.log])).not.toMatch(new RegExp(`${typed}|Wrong-Horse|Correct-Horse`));
});

test("with an MFA device, the right password alone is an event too, and so is each wrong code", async () => {
  await user("cas");
  const code = await enableMfa(admin, account, { UserName: "cas" }, () => clock.now());
  ahead += 60_000;
  await admin.iam("CreateAccountAlias", { AccountAlias: "team-cas" });
  const cas = browser();
  await signIn(cas, "cas", password, "team-cas");
  await cas.submit("/session/mfa", { code: "000000" });
  expect((await cas.submit("/session/mfa", { code: code(0) })).status).toBe(303);
  expect((await cas.open("/signin")).body).toContain('value="team-cas"'); // as it was typed, also after the code
  const found = await events("Username", "cas");
  expect(
    found.map(({ eventName, responseElements, additionalEventData }) => [
      eventName,
      responseElements,
      additionalEventData,
    ]),
  ).toEqual([
    [
      "ConsoleLogin",
      { ConsoleLogin: "Success" },
      expect.objectContaining({ MFAUsed: "Yes", MFAIdentifier: `arn:aws:iam::${account}:mfa/cas` }),
    ],
    ["ConsoleLogin", { ConsoleLogin: "Failure" }, expect.objectContaining({ MFAUsed: "Yes" })],
    ["CheckMfa", { CheckMfa: "Success" }, { MfaType: "Virtual MFA" }],
  ]);
});

test("a role that is taken is an event of the role's session, and says who took it", async () => {
  const trust = { Effect: "Allow", Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: "sts:AssumeRole" };
  const document = JSON.stringify({ Version: "2012-10-17", Statement: [trust] });
  const made = await admin.iam("CreateRole", { RoleName: "reader", AssumeRolePolicyDocument: document });
  const roleId = /"RoleId","content":\["([^"]+)"/.exec(made.body)?.[1] ?? "";
  const other = await signedIn(running, running.admin, clock.now());
  const switched = await other.json("POST", "/session/role", { account, role: "reader" });
  expect(switched.status).toBe(200);
  const [event] = await events("EventName", "SwitchRole");
  expect(event).toMatchObject({
    userIdentity: {
      type: "AssumedRole",
      principalId: `${roleId}:admin`,
      arn: `arn:aws:sts::${account}:assumed-role/reader/admin`,
      accountId: account,
    },
    responseElements: { SwitchRole: "Success" },
    additionalEventData: { SwitchFrom: `arn:aws:iam::${account}:user/admin`, RedirectTo: `${running.origin}/` },
    eventType: "AwsConsoleSignIn",
  });
});

test("links sign in as whom they are for: the key's user, root, or a broker's session", async () => {
  await signedIn(running, running.root, clock.now());
  const signIns = (await events("Username", "root")).filter(({ eventName }) => eventName === "ConsoleLogin");
  expect(signIns[0]).toMatchObject({ userIdentity: { type: "Root", principalId: account } });
  const [link] = await events("Username", "admin");
  expect(link).toMatchObject({ userIdentity: { userName: "admin" } });
  const made = await admin.sts("GetSessionToken");
  const text = (name: string) => new RegExp(`"name":"${name}","content":\\["([^"]+)"`).exec(made.body)?.[1] ?? "";
  const Session = JSON.stringify({
    sessionId: text("AccessKeyId"),
    sessionKey: text("SecretAccessKey"),
    sessionToken: text("SessionToken"),
  });
  const token = await browser().submit("/federation", { Action: "getSigninToken", Session });
  const { SigninToken } = token.json as { SigninToken: string };
  await browser().submit("/session/link", { token: SigninToken });
  const [signed, got] = await events("EventSource", "signin.amazonaws.com");
  expect([signed, got]).toMatchObject([
    { eventName: "ConsoleLogin", responseElements: { ConsoleLogin: "Success" } },
    { eventName: "GetSigninToken", responseElements: { GetSigninToken: "Success" } },
  ]);
  expect(JSON.stringify(await events("EventSource", "signin.amazonaws.com"))).not.toContain(SigninToken);
});
