import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Browser, type ConsoleGateway, enableMfa, linkOf, signedIn, startConsole } from "./console-gateway.ts";
import { call } from "./pipeline-gateway.ts";

let running: ConsoleGateway;
let admin: Browser;
let ahead = 0;
const clock = { now: () => Date.now() + ahead, monotonic: () => Math.trunc(performance.now()) };
const password = "Correct-Horse-1";

beforeAll(async () => {
  running = await startConsole(["--trusted-proxy", "127.0.0.1"], { clock });
  admin = await signedIn(running, running.admin);
});
afterAll(() => running.close());

let addresses = 0;

/** A browser at an address of its own, so that tests do not use up each other's tries. */
function browser(address = `192.0.2.${(addresses += 1)}`): Browser {
  return new Browser(running.origin, { "x-forwarded-for": address });
}

async function user(name: string, change: Readonly<Record<string, string>> = {}): Promise<void> {
  for (const made of [
    await admin.iam("CreateUser", { UserName: name }),
    await admin.iam("CreateLoginProfile", { UserName: name, Password: password, ...change }),
  ])
    expect([made.status, made.body]).toMatchObject([200, expect.anything()]);
}

function signIn(by: Browser, name: string, fields: Readonly<Record<string, string>> = {}) {
  return by.submit("/session", { account: running.gateway.accountId, user: name, password, ...fields });
}

describe("the form", () => {
  test("needs no script, is small, and its style comes from a file that is kept for good", async () => {
    const got = await browser().open("/signin?next=/users");
    expect([got.status, got.headers["referrer-policy"]]).toEqual([200, "same-origin"]);
    expect(got.body).not.toMatch(/<script|<style| on\w+=| style=/);
    const [, href = ""] = /<link rel="stylesheet" href="([^"]+)">/.exec(got.body) ?? [];
    const style = await browser().send({ path: href });
    expect([style.status, style.headers["content-type"], style.headers["cache-control"]]).toEqual([
      200,
      "text/css; charset=utf-8",
      "public, max-age=31536000, immutable",
    ]);
    expect(Buffer.byteLength(got.body) + Buffer.byteLength(style.body)).toBeLessThan(5 * 1024);
  });

  test("shows what was sent as text", async () => {
    const got = await browser().open(`/signin?account=${encodeURIComponent('"><script>alert(1)</script>')}`);
    expect(got.body).toContain("&quot;&gt;&lt;script&gt;");
    expect(got.body).not.toContain("<script>");
  });
});

describe("a password", () => {
  test("signs in: the browser gets an opaque id that scripts cannot read, and goes where it wanted to", async () => {
    await user("ann");
    const ann = browser();
    const got = await signIn(ann, "ann", { next: "/users/ann?tab=keys" });
    expect([got.status, got.headers.location]).toEqual([303, "/users/ann?tab=keys"]);
    const { port } = new URL(running.origin);
    expect(got.headers["set-cookie"]).toEqual([
      expect.stringMatching(new RegExp(`^s3c-${port}=[\\w-]{43}; Path=/; HttpOnly; SameSite=Strict$`)),
      `s3c-account-${port}=${running.gateway.accountId}; Path=/; HttpOnly; SameSite=Strict; Max-Age=31536000`,
    ]);
    const session = await ann.session();
    expect(session).toMatchObject({
      status: 200,
      account: { id: running.gateway.accountId },
      user: { kind: "user", name: "ann", arn: `arn:aws:iam::${running.gateway.accountId}:user/ann` },
      role: null,
      mfa: false,
      s3Origin: running.gateway.endpoint,
      consoleOrigin: running.origin,
      region: "us-east-1",
      insecure: false,
    });
    expect(Date.parse(String(session["expiresAt"])) - Date.parse(String(session["signedInAt"]))).toBe(12 * 3_600_000);
    const who = await ann.sts("GetCallerIdentity");
    expect(JSON.stringify(who.json)).toContain(`"arn:aws:iam::${running.gateway.accountId}:user/ann"`);
    expect((await ann.open("/signin")).body).toContain(`value="${running.gateway.accountId}"`);
  });

  test("never leads to another host, nor does a link", async () => {
    for (const [next, location] of [
      ["/users?a=b", "/users?a=b"],
      ["//evil.example", "/"],
      ["/\\evil.example", "/"],
      ["https://evil.example", "/"],
      ["/a\r\nx: y", "/"],
    ] as const) {
      const { url } = (await linkOf(running, running.admin, clock.now())).json as { url: string };
      const token = new URL(url).searchParams.get("token") ?? "";
      const used = await browser().submit("/session/link", { token, next });
      expect([next, used.headers.location]).toEqual([next, location]);
    }
  });

  test("is checked by one hash, and refused in one sentence, whatever is wrong", async () => {
    await user("bob");
    await admin.iam("CreateUser", { UserName: "nologin" });
    const answers = new Set<string>();
    for (const fields of [
      { user: "bob", password: "Wrong-Horse-1" },
      { user: "nobody" },
      { user: "nologin" },
      { user: "bob", account: "000000000000" },
      { user: "bob", account: "no-such-alias" },
    ]) {
      const before = running.hashes.done;
      const got = await browser().json("POST", "/session", {
        account: running.gateway.accountId,
        password,
        ...fields,
      });
      expect([fields, running.hashes.done - before, got.status]).toEqual([fields, 1, 401]);
      answers.add(JSON.stringify((got.json as { error: unknown }).error));
    }
    const form = await signIn(browser(), "nobody");
    expect([form.status, form.headers["set-cookie"]]).toEqual([401, undefined]);
    expect(form.body).toContain("Your authentication information is incorrect. Please try again.");
    expect(answers.size).toBe(1);
  });

  test("signs in to an account by its alias too, with one hash and with the same ten tries", async () => {
    await user("ali");
    expect((await admin.iam("CreateAccountAlias", { AccountAlias: "sales-team" })).status).toBe(200);
    const ali = browser();
    const before = running.hashes.done;
    const got = await signIn(ali, "ali", { account: "Sales-Team" });
    expect([got.status, running.hashes.done - before]).toEqual([303, 1]);
    expect(await ali.session()).toMatchObject({ account: { id: running.gateway.accountId, alias: "sales-team" } });
    expect((await ali.open("/signin")).body).toContain('value="sales-team"');
    const guesser = browser();
    for (let attempt = 0; attempt < 10; attempt += 1) {
      const fields = { password: "Wrong-Horse-1", ...(attempt % 2 === 0 ? { account: "sales-team" } : {}) };
      expect((await signIn(guesser, "ali", fields)).status).toBe(401);
    }
    expect((await signIn(guesser, "ali", { account: "sales-team" })).status).toBe(429);
    expect((await signIn(guesser, "ali")).status).toBe(429);
    expect((await admin.iam("DeleteAccountAlias", { AccountAlias: "sales-team" })).status).toBe(200);
    expect((await signIn(browser(), "ali", { account: "sales-team" })).status).toBe(401);
    expect(await ali.session()).toMatchObject({ account: { alias: null } });
  });

  test("can be tried ten times from one address, without a hash after that; other addresses are not touched", async () => {
    await user("cas");
    const guesser = browser();
    for (let attempt = 0; attempt < 10; attempt += 1)
      expect((await signIn(guesser, "cas", { password: "Wrong-Horse-1" })).status).toBe(401);
    const before = running.hashes.done;
    const refused = await signIn(guesser, "cas");
    expect([refused.status, refused.headers["retry-after"], running.hashes.done - before]).toEqual([429, "900", 0]);
    expect(refused.body).toContain("Please wait 15 minutes and try again.");
    expect((await signIn(browser(), "cas")).status).toBe(303);
    ahead += 15 * 60_000 + 1;
    expect((await signIn(guesser, "cas")).status).toBe(303);
  });

  test("can be guessed sixty times by one network for all users, and no name of a user changes that", async () => {
    const address = () => `2001:db8::${(addresses += 1)}`;
    // One without a password needs no hash, and counts.
    for (let attempt = 0; attempt < 60; attempt += 1)
      expect((await signIn(browser(address()), `guess-${attempt}`, { password: "" })).status).toBe(401);
    expect((await signIn(browser(address()), "ann")).status).toBe(429);
    expect((await signIn(browser(), "ann")).status).toBe(303);
  });

  test("what is not sent by the console's own page is refused before anything is counted or hashed", async () => {
    const before = running.hashes.done;
    const evil = { origin: "https://evil.example" };
    for (const headers of [evil, { origin: "null" }, { "sec-fetch-site": "cross-site" }, { origin: "" }]) {
      const fields = { account: running.gateway.accountId, user: "ann", password };
      const got = await browser().submit("/session", fields, headers);
      expect([headers, got.status, got.json]).toMatchObject([headers, 403, { error: { code: "ForeignOrigin" } }]);
    }
    expect(running.hashes.done - before).toBe(0);
    const large = await browser().submit("/session", { user: "a".repeat(20_000) });
    expect(large.status).toBe(413);
  });
});

function temporaryKeys({ body }: { readonly body: string }) {
  const text = (name: string) => new RegExp(`"name":"${name}","content":\\["([^"]+)"`).exec(body)?.[1] ?? "";
  return {
    accessKeyId: text("AccessKeyId"),
    secretAccessKey: text("SecretAccessKey"),
    sessionToken: text("SessionToken"),
  };
}

describe("a session", () => {
  test("is dead at once when it is signed out, and so are the keys and roles made for it", async () => {
    await user("dan");
    const dan = browser();
    await signIn(dan, "dan");
    await dan.session();
    const old = new Map(dan.cookies);
    const made = temporaryKeys(await dan.sts("AssumeRole", { RoleSessionName: "own" }));
    expect((await linkOf(running, made, clock.now())).status).toBe(403); // they work, and are no access keys of a user
    const out = await dan.json("DELETE", "/session");
    expect([out.status, out.headers["set-cookie"]?.[0]]).toMatchObject([204, expect.stringContaining("Max-Age=0")]);
    for (const [name, value] of old) dan.cookies.set(name, value);
    expect((await dan.session()).status).toBe(401);
    expect((await dan.sts("GetCallerIdentity")).json).toMatchObject({ error: { code: "NotSignedIn" } });
    expect((await linkOf(running, made, clock.now())).json).toMatchObject({
      error: { code: expect.stringMatching(/InvalidClientTokenId/) },
    });
  });

  test("of others can be ended from one of them, and end with the password, the login profile and the user", async () => {
    await user("eve");
    const browsers = [browser(), browser(), browser()];
    const [first = browser(), second = browser(), third = browser()] = browsers;
    for (const each of browsers) {
      await signIn(each, "eve");
      await each.session();
    }
    const alive = async () => Promise.all(browsers.map(async (each) => (await each.session())["status"]));
    const keys = temporaryKeys(await second.sts("AssumeRole", { RoleSessionName: "own" }));
    expect((await linkOf(running, keys, clock.now())).status).toBe(403); // they work, and are no access keys of a user
    expect((await first.json("DELETE", "/session/others")).status).toBe(204);
    expect(await alive()).toEqual([200, 401, 401]);
    expect((await linkOf(running, keys, clock.now())).json).toMatchObject({
      error: { code: expect.stringMatching(/InvalidClientTokenId/) },
    });
    await signIn(second, "eve");
    const changed = await admin.iam("UpdateLoginProfile", { UserName: "eve", Password: "Battery-Staple-2" });
    expect(changed.status).toBe(200);
    expect(await alive()).toEqual([401, 401, 401]);
    await signIn(third, "eve", { password: "Battery-Staple-2" });
    expect(await alive()).toEqual([401, 401, 200]);
    expect((await admin.iam("DeleteLoginProfile", { UserName: "eve" })).status).toBe(200);
    expect(await alive()).toEqual([401, 401, 401]);
    expect((await signIn(third, "eve", { password: "Battery-Staple-2" })).status).toBe(401);
  });

  test("ends after an hour without a request, and after twelve hours in any case", async () => {
    await user("flo");
    const flo = browser();
    await signIn(flo, "flo");
    for (let hour = 0; hour < 12; hour += 1) {
      expect([hour, (await flo.session())["status"]]).toEqual([hour, 200]);
      ahead += 59 * 60_000;
    }
    expect((await flo.session())["status"]).toBe(200);
    ahead += 13 * 60_000;
    expect((await flo.session())["status"]).toBe(401);
    await signIn(flo, "flo");
    ahead += 60 * 60_000;
    expect((await flo.session())["status"]).toBe(401);
    admin = await signedIn(running, running.admin, clock.now());
  });

  test("does nothing as its user for a page that still has the token of a role, which has expired", async () => {
    const account = running.gateway.accountId;
    const trust = { Effect: "Allow", Principal: { AWS: account }, Action: "sts:AssumeRole" };
    const document = JSON.stringify({ Version: "2012-10-17", Statement: [trust] });
    await admin.iam("CreateRole", { RoleName: "hourly", AssumeRolePolicyDocument: document });
    const own = await signedIn(running, running.admin, clock.now());
    expect((await own.json("POST", "/session/role", { account, role: "hourly" })).status).toBe(200);
    await own.session();
    ahead += 50 * 60_000;
    expect((await own.iam("ListUsers")).json).toMatchObject({ error: { code: "AccessDenied" } });
    ahead += 11 * 60_000;
    expect((await own.iam("ListUsers")).json).toMatchObject({ error: { code: "InvalidCsrfToken" } });
    expect(await own.session()).toMatchObject({ role: null });
    expect((await own.iam("ListUsers")).status).toBe(200);
    admin = await signedIn(running, running.admin, clock.now());
  });

  test("answers only who has its cookie once, and for changes its token and the console's origin too", async () => {
    await user("gus");
    const gus = browser();
    await signIn(gus, "gus");
    await gus.session();
    const make = (headers: Readonly<Record<string, string>>) =>
      gus.submit("/aws/iam", { Action: "GetUser", Version: "2010-05-08" }, headers);
    const good = await make({});
    expect([good.status, good.json]).toMatchObject([403, { error: { code: "AccessDenied" } }]);
    for (const [headers, code] of [
      [{ "x-csrf": "" }, "InvalidCsrfToken"],
      [{ "x-csrf": "A".repeat(43) }, "InvalidCsrfToken"],
      [{ origin: "https://evil.example" }, "ForeignOrigin"],
      [{ origin: running.gateway.endpoint }, "ForeignOrigin"],
    ] as const)
      expect([headers, (await make(headers)).json]).toMatchObject([headers, { error: { code } }]);
    const cookie = [...gus.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const [session = ""] = cookie.split("; ").filter((one) => /^s3c-\d/.test(one));
    for (const bad of [`${session}; ${session}`, session.slice(0, -1), `${session}A`, session.replace(/=.*/, "=%00")]) {
      const got = await gus.send({ path: "/session", headers: { cookie: bad } });
      expect([bad, got.status]).toEqual([bad, 401]);
    }
  });

  test("over https has a cookie that no other host can set", async () => {
    const started = await startConsole([
      "--console-origin",
      "https://console.example.com",
      "--trusted-proxy",
      "127.0.0.1",
    ]);
    try {
      const proxied = { host: "console.example.com", "x-forwarded-proto": "https", "x-forwarded-for": "192.0.2.200" };
      const socket = `http://127.0.0.1:${started.gateway.consolePort}`;
      const behind = new Browser(socket, { ...proxied, origin: "https://console.example.com" });
      for (const action of ["Action=CreateUser", `Action=CreateLoginProfile&Password=${password}`]) {
        const body = `${action}&UserName=ida&Version=2010-05-08`;
        const form = { "content-type": "application/x-www-form-urlencoded" };
        const asked = {
          method: "POST",
          target: "/",
          body,
          headers: form,
          keys: started.admin,
          service: "iam",
        } as const;
        expect((await call({ port: started.gateway.port }, asked)).status).toBe(200);
      }
      const got = await behind.submit("/session", { account: started.gateway.accountId, user: "ida", password });
      expect([got.status, got.headers["set-cookie"]]).toEqual([
        303,
        [
          expect.stringMatching(/^__Host-s3c-443=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Secure$/),
          `__Host-s3c-account-443=${started.gateway.accountId}; Path=/; HttpOnly; SameSite=Strict; Secure; Max-Age=31536000`,
        ],
      ]);
      expect((await behind.session())["status"]).toBe(200);
      const out = await behind.json("DELETE", "/session");
      expect(out.headers["set-cookie"]).toEqual([
        "__Host-s3c-443=; Path=/; HttpOnly; SameSite=Strict; Secure; Max-Age=0",
      ]);
    } finally {
      await started.close();
    }
  });

  test("of the password's own owner goes on after a change of it, the others do not", async () => {
    await user("hal");
    const [one, other] = [browser(), browser()];
    for (const each of [one, other]) {
      await signIn(each, "hal");
      await each.session();
    }
    await admin.iam("AttachUserPolicy", {
      UserName: "hal",
      PolicyArn: "arn:aws:iam::aws:policy/IAMUserChangePassword",
    });
    const changed = await one.iam("ChangePassword", { OldPassword: password, NewPassword: "Battery-Staple-2" });
    expect([changed.status, changed.body]).toMatchObject([200, expect.anything()]);
    expect([(await one.session())["status"], (await other.session())["status"]]).toEqual([200, 401]);
  });
});

test("a password that must be changed opens nothing else before it is", async () => {
  await user("ida", { PasswordResetRequired: "true" });
  await admin.iam("AttachUserPolicy", {
    UserName: "ida",
    PolicyArn: "arn:aws:iam::aws:policy/IAMUserChangePassword",
  });
  const ida = browser();
  const form = await signIn(ida, "ida", { next: "/users" });
  expect([form.status, form.body]).toMatchObject([200, expect.stringContaining("ida has to choose a new password.")]);
  expect((await ida.session())["status"]).toBe(401);
  const change = (fields: Readonly<Record<string, string>>) =>
    ida.submit("/session/password", { current: password, next: "/users", ...fields });
  const differ = await change({ password: "Battery-Staple-2", repeated: "Battery-Staple-3" });
  expect([differ.status, differ.body]).toMatchObject([400, expect.stringContaining("are not the same")]);
  const weak = await change({ password: "short", repeated: "short" });
  expect([weak.status, weak.body]).toMatchObject([400, expect.stringContaining("minimum length of 8")]);
  const wrong = await change({ current: "x", password: "Battery-Staple-2", repeated: "Battery-Staple-2" });
  expect(wrong.status).toBe(400);
  const done = await change({ password: "Battery-Staple-2", repeated: "Battery-Staple-2" });
  expect([done.status, done.headers.location]).toEqual([303, "/users"]);
  const session = await ida.session();
  expect(session).toMatchObject({ status: 200, user: { name: "ida" } });
  expect(Date.parse(String(session["expiresAt"])) - Date.parse(String(session["signedInAt"]))).toBeGreaterThan(
    11 * 3_600_000,
  );
  expect((await signIn(browser(), "ida")).status).toBe(401);
  expect((await signIn(browser(), "ida", { password: "Battery-Staple-2" })).headers.location).toBe("/");
});

/** Gives the codes of a device that the user now has, by the step from now. */
const enabledDevice = (UserName: string, name: string): Promise<(step: number) => string> =>
  enableMfa(admin, running.gateway.accountId, { UserName, name }, () => clock.now());

test("a user with an MFA device needs its code, which counts once, and the session says so to policies", async () => {
  await user("jay");
  const code = await enabledDevice("jay", "jay");
  ahead += 60_000;
  const only = { Bool: { "aws:MultiFactorAuthPresent": "true" } };
  await admin.iam("PutUserPolicy", {
    UserName: "jay",
    PolicyName: "mfa",
    PolicyDocument: JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: "iam:ListUsers", Resource: "*", Condition: only }],
    }),
  });
  const jay = browser();
  const form = await signIn(jay, "jay", { next: "/users" });
  expect([form.status, form.body]).toMatchObject([200, expect.stringContaining("Code of your MFA device")]);
  expect((await jay.session())["status"]).toBe(401);
  const wrong = await jay.submit("/session/mfa", { code: "000000" });
  expect([wrong.status, wrong.body]).toMatchObject([
    401,
    expect.stringContaining("Your authentication information is incorrect. Please try again."),
  ]);
  const used = code(0);
  const good = await jay.submit("/session/mfa", { code: used, next: "/users" });
  expect([good.status, good.headers.location]).toEqual([303, "/users"]);
  expect(await jay.session()).toMatchObject({ status: 200, mfa: true });
  expect((await jay.iam("ListUsers")).status).toBe(200);

  const again = browser();
  expect(
    (await again.json("POST", "/session", { account: running.gateway.accountId, user: "jay", password })).json,
  ).toEqual({
    next: "mfa",
  });
  for (let attempt = 0; attempt < 5; attempt += 1)
    expect((await again.json("POST", "/session/mfa", { code: used })).status).toBe(401);
  const over = await again.json("POST", "/session/mfa", { code: code(1) });
  expect([over.status, over.body]).toMatchObject([401, expect.stringContaining("start again")]);
  expect((await again.json("POST", "/session/mfa", { code: code(1) })).json).toMatchObject({
    error: { code: "NotSignedIn" },
  });
  const late = browser();
  await signIn(late, "jay");
  ahead += 5 * 60_000;
  expect((await late.submit("/session/mfa", { code: code(0) })).headers.location).toBe("/signin");
});

test("a sign-in with one of two devices is no miss of the other, and misses with either count together", async () => {
  await user("mia");
  const codesOf = [await enabledDevice("mia", "mia-phone"), await enabledDevice("mia", "mia-tablet")] as const;
  ahead += 60_000;
  const give = async (code: string) => {
    const mia = browser();
    await signIn(mia, "mia");
    return (await mia.json("POST", "/session/mfa", { code })).status;
  };
  for (const [used, other] of [codesOf, codesOf.toReversed()]) {
    for (let count = 0; count < 11; count += 1) {
      expect(await give(used(0))).toBe(200);
      ahead += 30_000;
    }
    expect(await give(other(0))).toBe(200);
    ahead += 30_000;
  }
  // The code before the last one that counted is wrong from then on.
  for (let count = 0; count < 5; count += 1) for (const code of codesOf) expect(await give(code(-2))).toBe(401);
  for (const code of codesOf) expect(await give(code(1))).toBe(401);
  ahead += 15 * 60_000;
  for (const code of codesOf) expect(await give(code(0))).toBe(200);
});

test("a password that has expired is changed at sign-in, or by an administrator where the account says so", async () => {
  await user("kim");
  const policy = { MinimumPasswordLength: "8", MaxPasswordAge: "1", AllowUsersToChangePassword: "true" };
  expect((await admin.iam("UpdateAccountPasswordPolicy", policy)).status).toBe(200);
  ahead += 25 * 3_600_000;
  admin = await signedIn(running, running.admin, clock.now());
  const form = await signIn(browser(), "kim");
  expect(form.body).toContain("kim has to choose a new password.");
  await admin.iam("UpdateAccountPasswordPolicy", { ...policy, HardExpiry: "true" });
  const locked = await signIn(browser(), "kim");
  expect([locked.status, locked.body]).toMatchObject([403, expect.stringContaining("This password has expired.")]);
});

test("no password, session id or token is in the log", () => {
  const log = running.log.join("\n");
  expect(log.includes('"operation":"ConsoleLogin"')).toBe(true);
  for (const secret of [password, "Battery-Staple-2", "Wrong-Horse-1"]) expect(log.includes(secret)).toBe(false);
  for (const value of admin.cookies.values()) expect(value.length === 43 && log.includes(value)).toBe(false);
});
