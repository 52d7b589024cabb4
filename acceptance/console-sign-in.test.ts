import { PutObjectCommand, GetObjectCommand } from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { CreateLoginProfileCommand, CreateUserCommand, GetUserCommand } from "@aws-sdk/client-iam";
import { cliHere, iam, s3 } from "./clients.ts";
import { ConsoleWindow, launch, makeConsoleUser } from "./console-browser.ts";
import { makeBucket, makeUser } from "./fixtures.ts";
import { freePorts } from "./free-ports.ts";
import { type RunningGateway, startGateway } from "./gateway.ts";

let gateway: RunningGateway;
let browser: Browser;
beforeAll(async () => {
  gateway = await startGateway({ args: ["--console-port", "0"] });
  browser = await launch();
});
afterAll(async () => {
  await browser?.close();
  await gateway?.stop();
});

const consoleAddress = () => /^console: +(\S+) /m.exec(gateway.log())?.[1] ?? "";

test("s3-credentials console prints a link that signs in once, as the administrator, or as root", async () => {
  for (const [options, name] of [
    [[], "admin"],
    [["--root"], "root"],
  ] as const) {
    const { stdout, stderr, code } = await cliHere(gateway, ["console", ...options]);
    expect([code, stderr]).toEqual([0, ""]);
    const link = stdout.trim();
    expect(link).toMatch(new RegExp(`^${consoleAddress()}/signin/link\\?token=[\\w-]{43}$`));
    const page = await (await fetch(link)).text();
    expect(page).toContain(`<strong>${name}</strong> in account ${gateway.accountId}`);
  }
});

test("s3-credentials console says what is missing, in one line", async () => {
  const plain = await startGateway();
  onTestFinished(() => void plain.stop());
  const none = await cliHere(plain, ["console"]);
  expect([none.code, none.stderr]).toEqual([
    1,
    `Error: the gateway at ${plain.endpoint} has no console; start it with: s3-credentials serve --console-port 9001\n`,
  ]);
  const { keys } = await makeUser(gateway, "wrong");
  const wrong = ["--access-key", keys.accessKeyId, "--secret-key", "x".repeat(40)];
  const refused = await cliHere(gateway, ["console", ...wrong]);
  expect([refused.code, refused.stderr]).toMatchObject([
    1,
    expect.stringMatching(/^Error: the console at \S+ gives no link: [^\n]+\n$/),
  ]);
  const [closed] = await freePorts(1);
  const nobody = await cliHere(gateway, ["console", "--url", `http://127.0.0.1:${closed}`, ...wrong]);
  expect([nobody.code, nobody.stderr]).toEqual([
    1,
    `Error: connect ECONNREFUSED 127.0.0.1:${closed} (ECONNREFUSED); check that the service runs at that endpoint\n`,
  ]);
  for (const args of [
    ["--url", "console.example.com"],
    ["--url", "https://console.example.com", "--root"],
  ])
    expect((await cliHere(gateway, ["console", ...args])).code).toBe(2);
});

test("a browser without script signs in by the form and by the keyboard alone", async () => {
  const client = iam(gateway, gateway.admin);
  await client.send(new CreateUserCommand({ UserName: "ann" }));
  await client.send(new CreateLoginProfileCommand({ UserName: "ann", Password: "Correct-Horse-1" }));
  const page = await browser.newPage({ javaScriptEnabled: false });
  const complaints: string[] = [];
  page.on("console", (message) => complaints.push(message.text()));
  await page.goto(`${consoleAddress()}/users/ann`);
  expect(page.url()).toBe(`${consoleAddress()}/signin?next=%2Fusers%2Fann`);
  expect(await page.title()).toBe("Sign in · s3-credentials");
  for (const text of [gateway.accountId, "ann", "wrong"]) {
    await page.keyboard.type(text);
    await page.keyboard.press("Tab");
  }
  await page.keyboard.press("Enter");
  await page.getByRole("alert").waitFor();
  expect(await page.getByRole("alert").textContent()).toBe(
    "Your authentication information is incorrect. Please try again.",
  );
  expect(await page.getByLabel("User name").inputValue()).toBe("ann");
  await page.keyboard.type("Correct-Horse-1");
  await page.keyboard.press("Enter");
  await page.waitForURL(`${consoleAddress()}/users/ann`);
  const [cookie] = (await page.context().cookies()).filter(({ name }) => /^s3c-\d+$/.test(name));
  expect(cookie).toMatchObject({ httpOnly: true, sameSite: "Strict", path: "/", expires: -1 });
  await page.goto(`${consoleAddress()}/signin`);
  expect(await page.getByLabel("Account ID or alias").inputValue()).toBe(gateway.accountId);
  expect(complaints.filter((text) => /Content Security Policy|Refused/.test(text))).toEqual([]);
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
  await makeConsoleUser(gateway, "victim");
  await makeConsoleUser(gateway, "attacker", []);
  await makeBucket(gateway, "pages");
  const client = s3(gateway, gateway.admin);
  const object = { Bucket: "pages", Key: "attack.html" };
  await client.send(new PutObjectCommand({ ...object, Body: attack, ContentType: "text/html" }));
  const address = await getSignedUrl(client, new GetObjectCommand(object));
  const [origin, name] = [consoleAddress(), `s3c-${new URL(consoleAddress()).port}`];
  const cookieOf = async (window: ConsoleWindow): Promise<string> =>
    (await window.page.context().cookies()).find((one) => one.name === name)?.value ?? "";

  const bad = await ConsoleWindow.open(browser, origin);
  await bad.signIn(gateway.accountId, "attacker");
  await bad.title("Hello, attacker");
  const planted = await cookieOf(bad);
  await bad.close();

  const window = await ConsoleWindow.open(browser, origin);
  const { page } = window;
  const open = async (): Promise<unknown> => {
    await page.goto("about:blank");
    await page.goto(`${address}#${encodeURIComponent(`${origin} ${name} ${planted}`)}`);
    await page.waitForFunction("document.title.startsWith('{')");
    const said = JSON.parse(await page.title()) as { answers: string[]; seen: string };
    window.faults.length = 0; // the browser reports what it blocked
    return said;
  };
  await window.signIn(gateway.accountId, "victim");
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
  await expect(iam(gateway, gateway.admin).send(new GetUserCommand({ UserName: "by-attack" }))).rejects.toMatchObject({
    name: "NoSuchEntityException",
  });
  // S3 gets the browser's cookies, and keeps them nowhere.
  expect(gateway.log()).not.toMatch(new RegExp(`${session}|${planted}`));
});
