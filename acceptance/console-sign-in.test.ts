import { chromium } from "playwright-core";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { CreateLoginProfileCommand, CreateUserCommand } from "@aws-sdk/client-iam";
import { cliHere, iam } from "./clients.ts";
import { makeUser } from "./fixtures.ts";
import { type RunningGateway, startGateway } from "./gateway.ts";

let gateway: RunningGateway;
beforeAll(async () => {
  gateway = await startGateway({ args: ["--console-port", "0"] });
});
afterAll(() => gateway.stop());

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
  const browser = await chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: [
      "--disable-background-networking",
      "--no-first-run",
      "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
      ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
    ],
  });
  onTestFinished(() => browser.close());
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
