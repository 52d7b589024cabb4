import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PutObjectCommand, GetObjectCommand } from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { afterAll, expect, onTestFinished, test } from "vitest";
import {
  AttachUserPolicyCommand,
  CreateLoginProfileCommand,
  CreateOpenIDConnectProviderCommand,
  CreateRoleCommand,
  CreateUserCommand,
  GetUserCommand,
  PutRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { startIssuer, type TestIssuer } from "../packages/gateway/test/oidc-issuer.ts";
import { serveSignIn } from "../packages/gateway/test/oidc-people.ts";
import { cliHere, iam, run, s3 } from "./clients.ts";
import { type ConsoleWindow, makeConsoleUser, useConsole } from "./console-browser.ts";
import { makeBucket, makeUser } from "./fixtures.ts";
import { freePorts } from "./free-ports.ts";
import { command } from "./gateway.ts";
import { startGatewayHere } from "./gateway-here.ts";

const account = "123456789012";
const client = { id: "s3-console", secret: undefined } as const;
const folder = mkdtempSync(join(tmpdir(), "console-sign-in-"));
let issuer: TestIssuer;

const here = useConsole({
  async start() {
    issuer = await startIssuer("/staff");
    serveSignIn(issuer, client).claims = { sub: "ann" };
    const [file, ca] = [join(folder, "oidc.json"), join(folder, "ca.pem")];
    writeFileSync(ca, issuer.ca);
    const provider = { name: "staff", title: "Staff", account, issuer: issuer.issuer, clientId: client.id };
    writeFileSync(file, JSON.stringify({ providers: [provider] }));
    const allowed = ["--oidc-allow", new URL(issuer.issuer).host, "--oidc-ca", ca];
    return startGatewayHere({
      args: ["--account-id", account, "--console-port", "0", "--console-oidc", file, ...allowed],
    });
  },
  hosts: () => ["MAP localhost 127.0.0.1"],
});
afterAll(async () => {
  await issuer.close();
  rmSync(folder, { recursive: true, force: true });
});

test("s3-credentials console prints a link that signs in once, as the administrator, or as root", async () => {
  for (const [options, name] of [
    [[], "admin"],
    [["--root"], "root"],
  ] as const) {
    const { stdout, stderr, code } = await cliHere(here.gateway, ["console", ...options]);
    expect([code, stderr]).toEqual([0, ""]);
    const link = stdout.trim();
    expect(link).toMatch(new RegExp(`^${here.origin}/signin/link\\?token=[\\w-]{43}$`));
    const page = await (await fetch(link)).text();
    expect(page).toContain(`<strong>${name}</strong> in account ${here.gateway.accountId}`);
  }
});

test("root signs in by its link alone, and each page says in red who acts and for how long", async () => {
  const { stdout } = await cliHere(here.gateway, ["console", "--root"]);
  const window = await here.open();
  const { page } = window;
  await page.goto(stdout.trim());
  await page.getByText("Root may do everything").waitFor();
  await page.getByRole("button", { name: "Continue" }).click();
  await window.title("Hello, root");
  for (const path of ["/", "/users"]) {
    await window.visit(path);
    const line = page.getByText(/You act as the account's root user, whom no policy limits\. (1 h|59 min) left\./);
    await line.waitFor();
    const color = await page.evaluate("getComputedStyle(document.querySelector('.warning-line')).backgroundColor");
    const [red = 0, green = 0] = [...String(color).matchAll(/\d+/g)].map(Number);
    expect(red).toBeGreaterThan(4 * green);
  }
  await window.checkAccess();
  await window.close();
});

test("at a desktop, s3-credentials console opens the browser with its link", async () => {
  const { home } = here.gateway;
  const opened = join(home, "opened.html");
  writeFileSync(join(home, "xdg-open"), `#!/bin/sh\ncp "$1" ${opened}.part && mv ${opened}.part ${opened}\n`, {
    mode: 0o755,
  });
  // Python gives the command a terminal.
  const spawn = "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))";
  const env = { PATH: `${home}:${process.env["PATH"]}`, DISPLAY: ":9" };
  const words = ["-c", spawn, process.execPath, command, "console"];
  const { stdout, code } = await run(here.gateway, "/usr/bin/python3", words, { env });
  expect([code, stdout]).toEqual([0, expect.stringContaining("/signin/link?token=")]);
  await expect.poll(() => existsSync(opened)).toBe(true);
  expect(readFileSync(opened, "utf8")).toContain(stdout.trim());
});

test("s3-credentials console says what is missing, in one line", async () => {
  const plain = await startGatewayHere();
  onTestFinished(() => void plain.stop());
  const none = await cliHere(plain, ["console"]);
  expect([none.code, none.stderr]).toEqual([
    1,
    `Error: the gateway at ${plain.endpoint} has no console; start it with: s3-credentials serve --console-port 9001\n`,
  ]);
  const { keys } = await makeUser(here.gateway, "wrong");
  const wrong = ["--access-key", keys.accessKeyId, "--secret-key", "x".repeat(40)];
  const refused = await cliHere(here.gateway, ["console", ...wrong]);
  expect([refused.code, refused.stderr]).toMatchObject([
    1,
    expect.stringMatching(/^Error: the console at \S+ gives no link: [^\n]+\n$/),
  ]);
  const [closed] = await freePorts(1);
  const nobody = await cliHere(here.gateway, ["console", "--url", `http://127.0.0.1:${closed}`, ...wrong]);
  expect([nobody.code, nobody.stderr]).toEqual([
    1,
    `Error: connect ECONNREFUSED 127.0.0.1:${closed} (ECONNREFUSED); check that the service runs at that endpoint\n`,
  ]);
  for (const args of [
    ["--url", "console.example.com"],
    ["--url", "https://console.example.com", "--root"],
  ])
    expect((await cliHere(here.gateway, ["console", ...args])).code).toBe(2);
});

test("a browser without script signs in by the form and by the keyboard alone", async () => {
  const client = iam(here.gateway, here.gateway.admin);
  await client.send(new CreateUserCommand({ UserName: "ann" }));
  await client.send(
    new CreateLoginProfileCommand({ UserName: "ann", Password: "Correct-Horse-1", PasswordResetRequired: true }),
  );
  const PolicyArn = "arn:aws:iam::aws:policy/IAMUserChangePassword";
  await client.send(new AttachUserPolicyCommand({ UserName: "ann", PolicyArn }));
  const page = await here.browser.newPage({ javaScriptEnabled: false });
  const complaints: string[] = [];
  page.on("console", (message) => complaints.push(message.text()));
  await page.goto(`${here.origin}/users/ann`);
  expect(page.url()).toBe(`${here.origin}/signin?next=%2Fusers%2Fann`);
  expect(await page.title()).toBe("Sign in · s3-credentials");
  await page.locator("input:focus").waitFor();
  for (const text of [here.gateway.accountId, "ann", "wrong"]) {
    await page.keyboard.type(text);
    await page.keyboard.press("Tab");
  }
  await page.keyboard.press("Enter");
  await page.getByRole("alert").waitFor();
  expect(await page.getByRole("alert").textContent()).toBe(
    "Your authentication information is incorrect. Please try again.",
  );
  expect(await page.getByLabel("User name").inputValue()).toBe("ann");
  await page.locator("input[type=password]:focus").waitFor();
  await page.keyboard.type("Correct-Horse-1");
  await page.keyboard.press("Enter");
  // The rules are there before a password is chosen; nothing else is reached until then.
  await page.getByText("8 characters").waitFor();
  expect((await page.context().request.get(`${here.origin}/session`)).status()).toBe(401);
  await page.locator("input[type=password]:focus").waitFor();
  for (const text of ["Correct-Horse-1", "Correct-Horse-2", "Correct-Horse-2"]) {
    await page.keyboard.type(text);
    await page.keyboard.press("Tab");
  }
  await page.keyboard.press("Enter");
  await page.waitForURL(`${here.origin}/users/ann`);
  const [cookie] = (await page.context().cookies()).filter(({ name }) => /^s3c-\d+$/.test(name));
  expect(cookie).toMatchObject({ httpOnly: true, sameSite: "Strict", path: "/", expires: -1 });
  await page.goto(`${here.origin}/signin`);
  expect(await page.getByLabel("Account ID or alias").inputValue()).toBe(here.gateway.accountId);
  expect(complaints.filter((text) => /Content Security Policy|Refused/.test(text))).toEqual([]);
});

async function makeRole(RoleName: string, trust: object, ...actions: readonly string[]): Promise<void> {
  const admin = iam(here.gateway, here.gateway.admin);
  const document = (Statement: object): string => JSON.stringify({ Version: "2012-10-17", Statement });
  const AssumeRolePolicyDocument = document({ Effect: "Allow", ...trust });
  await admin.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
  const PolicyDocument = document({ Effect: "Allow", Action: actions, Resource: "*" });
  await admin.send(new PutRolePolicyCommand({ RoleName, PolicyName: "own", PolicyDocument }));
}

test("a person signs in by the page of an identity provider, as a role, takes another role and comes back", async () => {
  const create = new CreateOpenIDConnectProviderCommand({ Url: issuer.issuer, ClientIDList: [client.id] });
  const { OpenIDConnectProviderArn } = await iam(here.gateway, here.gateway.admin).send(create);
  const host = issuer.issuer.slice("https://".length);
  const trust = {
    Principal: { Federated: OpenIDConnectProviderArn },
    Action: "sts:AssumeRoleWithWebIdentity",
    Condition: { StringEquals: { [`${host}:aud`]: client.id, [`${host}:sub`]: "ann" } },
  };
  await makeRole("staff", trust, "s3:ListAllMyBuckets", "s3:ListBucket", "sts:AssumeRole");
  const fromStaff = { Principal: { AWS: `arn:aws:iam::${account}:role/staff` }, Action: "sts:AssumeRole" };
  await makeRole("other", fromStaff, "s3:ListAllMyBuckets");
  await makeBucket(here.gateway, "staff-files", ["a-file"]);
  const window = await here.open();
  const { page } = window;
  await page.goto(`${here.origin}/signin?provider=staff&account=${account}&role=staff&next=/buckets/staff-files`);
  await window.checkAccess();
  await page.getByText("You sign in with Staff.").waitFor();
  await page.keyboard.press("Enter"); // the button has the focus
  await page.getByRole("link", { name: "I agree" }).click();
  await page.getByText("You will be staff/ann in account").waitFor();
  await page.keyboard.press("Enter");
  await window.title("staff-files");
  expect(page.url()).toBe(`${here.origin}/buckets/staff-files`);
  await page.getByText("a-file").first().waitFor();

  const menu = () => page.getByRole("button", { name: "Account menu of staff/ann" }).click();
  await menu();
  await page.getByRole("menuitem", { name: "Switch role" }).click();
  await page.getByLabel("Role", { exact: true }).fill("other");
  await window.button("Switch role").click();
  await window.title("You act as other");
  await window.button("Switch back").click();
  await window.title("Hello, staff/ann");
  await menu();
  await page.getByRole("menuitem", { name: "Sign out", exact: true }).click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await page.getByRole("link", { name: "Sign in with an identity provider" }).click();
  await page.getByText("You sign in with Staff.").waitFor();

  // Without a role in the link: two let her in, and she chooses.
  await makeRole("auditor", trust, "s3:ListAllMyBuckets");
  await page.goto(`${here.origin}/signin?provider=staff&account=${account}`);
  await page.getByRole("button", { name: "Go on" }).click();
  await page.getByRole("link", { name: "I agree" }).click();
  await page.getByRole("heading", { name: "Choose a role" }).waitFor();
  await window.checkAccess();
  await window.picture("choose-a-role");
  await page.emulateMedia({ colorScheme: "dark" });
  await page.setViewportSize({ width: 360, height: 800 });
  await window.settled();
  await window.checkAccess();
  await window.picture("choose-a-role-phone");
  await page.getByRole("radio", { name: "auditor" }).check();
  await page.getByRole("button", { name: "Go on" }).click();
  await page.getByText("You will be auditor/ann in account").waitFor();
  await window.close();

  // Without script, up to the session.
  const plain = await here.open({ javaScriptEnabled: false });
  await plain.page.goto(`${here.origin}/signin?provider=staff&account=${account}&role=staff`);
  await plain.page.getByRole("button", { name: "Go on" }).click();
  await plain.page.getByRole("link", { name: "I agree" }).click();
  await plain.page.getByRole("button", { name: "Continue" }).click();
  await plain.page.waitForURL(`${here.origin}/`);
  expect((await plain.page.context().request.get(`${here.origin}/session`)).status()).toBe(200);
  await plain.close();
});

/** What a page at the S3 port tries with the console, which has the same host and so the same cookies. */
const attack = `<!doctype html><title>attack</title><script>
  const [origin, name, session] = decodeURIComponent(location.hash.slice(1)).split(" ");
  const tried = (call) => call.then(async (got) => got.type + " " + (await got.text()), () => "blocked");
  const post = (path, form) => tried(fetch(origin + path, { method: "POST", mode: "no-cors", credentials: "include", body: new URLSearchParams(form) }));
  (async () => {
    const answers = [
      await tried(fetch(origin + "/session", { credentials: "include" })),
      await tried(fetch(origin + "/session", { credentials: "include", mode: "no-cors" })),
      await post("/aws/iam", { Action: "CreateUser", UserName: "by-attack", Version: "2010-05-08" }),
      await post("/session", { account: "1", user: "2", password: "3" }),
    ];
    const seen = document.cookie;
    document.cookie = name + "=" + session + "; path=/";
    document.cookie = name + "=" + session + "; path=/session";
    document.title = JSON.stringify({ answers, seen });
  })();
</script>`;

test("a page at the S3 port, whose host and cookies are the console's, can do nothing with it", async () => {
  await makeConsoleUser(here.gateway, "victim");
  await makeConsoleUser(here.gateway, "attacker", []);
  await makeBucket(here.gateway, "pages");
  const client = s3(here.gateway, here.gateway.admin);
  const object = { Bucket: "pages", Key: "attack.html" };
  await client.send(new PutObjectCommand({ ...object, Body: attack, ContentType: "text/html" }));
  const address = await getSignedUrl(client, new GetObjectCommand(object));
  const { origin } = here;
  const name = `s3c-${new URL(origin).port}`;
  const cookieOf = async (window: ConsoleWindow): Promise<string> =>
    (await window.page.context().cookies()).find((one) => one.name === name)?.value ?? "";

  const bad = await here.open();
  await bad.signIn(here.gateway.accountId, "attacker");
  await bad.title("Hello, attacker");
  const planted = await cookieOf(bad);
  await bad.close();

  const window = await here.open();
  const { page } = window;
  const open = async (): Promise<unknown> => {
    await page.goto("about:blank");
    await page.goto(`${address}#${encodeURIComponent(`${origin} ${name} ${planted}`)}`);
    await page.waitForFunction("document.title.startsWith('{')");
    const said = JSON.parse(await page.title()) as { answers: string[]; seen: string };
    window.faults.length = 0; // the browser reports what it blocked
    return said;
  };
  await window.signIn(here.gateway.accountId, "victim");
  await window.title("Hello, victim");
  const session = await cookieOf(window);
  expect(await open()).toEqual({ answers: ["blocked", "blocked", "blocked", "blocked"], seen: "" });
  // The console asks for the password again at most, and is never the attacker's.
  await page.goto(`${origin}/session`);
  await window.open("/", "Hello, victim");
  expect(await cookieOf(window)).toBe(session);
  // With nobody signed in, the planted session is thrown away.
  await page.getByRole("button", { name: "Account menu of victim" }).click();
  await page.getByRole("menuitem", { name: "Sign out", exact: true }).click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await open();
  await page.goto(`${origin}/`);
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  expect(await page.context().cookies(origin)).toEqual([
    expect.objectContaining({ name: expect.stringContaining("account") }),
  ]);
  await window.close();
  await expect(
    iam(here.gateway, here.gateway.admin).send(new GetUserCommand({ UserName: "by-attack" })),
  ).rejects.toMatchObject({
    name: "NoSuchEntityException",
  });
  // S3 gets the browser's cookies, and keeps them nowhere.
  expect(here.gateway.log()).not.toMatch(new RegExp(`${session}|${planted}`));
});
