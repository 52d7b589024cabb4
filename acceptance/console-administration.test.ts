import { existsSync } from "node:fs";
import { join } from "node:path";
import { CreateRoleCommand, GetUserCommand, ListMFADevicesCommand, ListUserTagsCommand } from "@aws-sdk/client-iam";
import { ListAccountsCommand } from "@aws-sdk/client-organizations";
import { AssumeRoleCommand, GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { totpCode } from "../packages/gateway/src/domain/identity/totp.ts";
import { unbase32 } from "../packages/gateway/test/unbase32.ts";
import { iam, organizations, sts } from "./clients.ts";
import { consoleOf, ConsoleWindow, launch, makeConsoleUser, password } from "./console-browser.ts";
import { type RunningGateway, startGateway } from "./gateway.ts";

let gateway: RunningGateway;
let browser: Browser;
let origin: string;

beforeAll(async () => {
  gateway = await startGateway({ args: ["--console-port", "0"] });
  origin = await consoleOf(gateway);
  await makeConsoleUser(gateway, "grace");
  browser = await launch();
});

afterAll(async () => {
  await browser?.close();
  await gateway?.stop();
});

async function signedIn(user: string): Promise<ConsoleWindow> {
  const window = await ConsoleWindow.open(browser, origin);
  await window.signIn(gateway.accountId, user);
  await window.title(`Hello, ${user}`);
  return window;
}

test("accounts: made, entered by their role, renamed and closed; another account is refused in words", async () => {
  const window = await signedIn("grace");
  const { page } = window;
  const dialog = page.getByRole("dialog");
  await window.go("Accounts");
  await page.getByText("Manages the others").waitFor();
  await window.button("Create account").click();
  await dialog.getByLabel("Account name").fill("research");
  await dialog.getByLabel("Email address").fill("research@example.com");
  await dialog.getByRole("button", { name: "Create account" }).click();
  await dialog.getByText("The account research is there").waitFor();
  const file = (await dialog.getByText(/^accounts\/\d{12}\/root-credentials$/).textContent()) ?? "";
  expect(existsSync(join(gateway.dataDir, file))).toBe(true);
  await window.picture("account-made");
  await dialog.getByRole("link", { name: "Switch to research" }).click();
  await window.title("Switch role");
  await window.button("Switch role").click();
  await window.title("You act as research");
  await window.go("Accounts");
  await page.getByText("You are not allowed to list the accounts").waitFor();
  await window.button("Switch back").click();
  await window.title("Hello, grace");

  await window.go("Accounts");
  const client = organizations(gateway, gateway.admin);
  const known = async () => (await client.send(new ListAccountsCommand({}))).Accounts ?? [];
  const made = (await known()).find(({ Name }) => Name === "research");
  await page.getByRole("radio", { name: `Select ${made?.Id ?? ""}` }).check();
  await window.button("Rename").click();
  await dialog.getByLabel("Account name").fill("field work");
  await dialog.getByRole("button", { name: "Rename" }).click();
  await window.notice("The account is called field work now");
  await window.button("Close").click();
  expect(await dialog.getByRole("button", { name: "Close account" }).isDisabled()).toBe(true);
  await page.getByLabel(`Type ${made?.Id ?? ""} to confirm`).fill(made?.Id ?? "");
  await dialog.getByRole("button", { name: "Close account" }).click();
  await page.getByText("Closed", { exact: true }).waitFor();
  expect((await known()).find(({ Id }) => Id === made?.Id)).toMatchObject({ Name: "field work", Status: "SUSPENDED" });
  await window.checkAccess();
  await window.close();
});

test("a user's boundary, tags and MFA device are set in its page, and count", async () => {
  await makeConsoleUser(gateway, "mia", []);
  const client = iam(gateway, gateway.admin);
  const window = await signedIn("grace");
  const { page } = window;
  const dialog = page.getByRole("dialog");
  await window.open("/users/mia", "mia");
  await window.button("Add permissions").click();
  await page.getByRole("menuitem", { name: "Set a permissions boundary" }).click();
  await dialog.getByLabel("Find policies").fill("AmazonS3FullAccess");
  await dialog.getByRole("radio", { name: "Select AmazonS3FullAccess" }).check();
  await dialog.getByRole("button", { name: "Set boundary" }).click();
  await window.notice("mia may do at most what the boundary allows");
  const boundary = async () => (await client.send(new GetUserCommand({ UserName: "mia" }))).User?.PermissionsBoundary;
  expect((await boundary())?.PermissionsBoundaryArn).toBe("arn:aws:iam::aws:policy/AmazonS3FullAccess");
  await window.button("Remove the boundary AmazonS3FullAccess").click();
  await window.notice("Nothing limits mia any more");
  expect(await boundary()).toBeUndefined();
  await window.button("Undo").click();
  await window.button("Remove the boundary AmazonS3FullAccess").waitFor();

  await page.getByRole("tab", { name: "Tags" }).click();
  await window.button("Add a tag").click();
  await page.getByLabel("Key of tag 1").fill("team");
  await page.getByLabel("Value of tag 1").fill("research");
  await window.button("Save tags").click();
  await window.notice("The tags are saved");
  expect((await client.send(new ListUserTagsCommand({ UserName: "mia" }))).Tags).toEqual([
    { Key: "team", Value: "research" },
  ]);

  await page.getByRole("tab", { name: "Console sign-in" }).click();
  await window.button("Add MFA device").click();
  await dialog.getByRole("button", { name: "Next" }).click();
  const picture = dialog.getByRole("img", { name: "QR code of the device" });
  await picture.waitFor();
  expect(await page.evaluate("document.querySelector('.mfa-secret img').naturalWidth")).toBeGreaterThan(20);
  await window.picture("mfa-device");
  const seed = unbase32((await dialog.locator(".arn code").textContent()) ?? "");
  const codes = (): readonly string[] => {
    const step = Math.floor(Date.now() / 30_000);
    return [-1, 0, 1].map((ahead) => totpCode(seed, step + ahead));
  };
  await dialog.getByLabel("First code").fill("000000");
  await dialog.getByLabel("Second code").fill("000000");
  await dialog.getByRole("button", { name: "Enable MFA device" }).click();
  await dialog.getByText("Could not enable the MFA device").waitFor();
  const [first = "", second = ""] = codes();
  await dialog.getByLabel("First code").fill(first);
  await dialog.getByLabel("Second code").fill(second);
  await dialog.getByRole("button", { name: "Enable MFA device" }).click();
  await window.notice("mia now needs a code of mia to sign in");
  expect((await client.send(new ListMFADevicesCommand({ UserName: "mia" }))).MFADevices).toHaveLength(1);

  const other = await ConsoleWindow.open(browser, origin);
  await other.signIn(gateway.accountId, "mia");
  await other.page.getByLabel("Code of your MFA device").fill(codes()[2] ?? "");
  await other.button("Sign in").click();
  await other.title("Hello, mia");
  await other.close();

  await window.button("Remove mia").click();
  await page.getByLabel("Type mia to confirm").fill("mia");
  await dialog.getByRole("button", { name: "Remove" }).click();
  await window.notice("The MFA device is removed");
  await page.getByText("No MFA devices").waitFor();
  await page.reload();
  await window.title("mia");
  expect(await page.getByText("Password last used").locator("..").textContent()).not.toContain("Never");
  await window.checkAccess();
  await window.close();
});

test("sessions are listed where they belong, and one that is ended is refused at once", async () => {
  await makeConsoleUser(gateway, "noa");
  const window = await signedIn("noa");
  const { page } = window;
  const asAdmin = sts(gateway, gateway.admin);
  const made = await asAdmin.send(new AssumeRoleCommand({ RoleSessionName: "nightly" } as never));
  const { AccessKeyId: accessKeyId = "", SecretAccessKey: secretAccessKey = "", SessionToken } = made.Credentials ?? {};
  const session = sts(gateway, { accessKeyId, secretAccessKey, sessionToken: SessionToken ?? "" });
  await session.send(new GetCallerIdentityCommand({}));
  await window.open("/users/admin/sessions", "admin");
  await window.picture("sessions");
  const row = page.getByRole("row").filter({ hasText: "AssumeRole" }).first();
  await row.getByRole("button", { name: /^End the session/ }).click();
  await window.notice("The session has ended: its credentials are refused");
  await expect(session.send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({ name: /Token|Client/ });
  await window.open("/users/admin/keys", "admin");
  await page.getByRole("columnheader", { name: "Last used" }).waitFor();

  // One's own, with those of this console; to end them all, the name is typed.
  await window.open("/credentials", "Temporary credentials");
  await page.getByRole("row").filter({ hasText: "ConsoleLogin" }).first().waitFor();
  await window.button("End all sessions").click();
  await page.getByLabel("Type noa to confirm").fill("noa");
  await page.getByRole("dialog").getByRole("button", { name: "End all" }).click();
  await page.getByRole("heading", { name: "Sign in again" }).waitFor();
  await window.close();
});

test("when the session has ended, the person signs in over the page, and nothing that was typed is lost", async () => {
  await makeConsoleUser(gateway, "oda");
  const client = iam(gateway, gateway.admin);
  const window = await signedIn("oda");
  const { page } = window;
  const dialog = page.getByRole("dialog");
  await window.open("/users/create", "Create user");
  await page.getByLabel("User name").fill("typed-before-the-end");
  await page.context().clearCookies();
  await window.button("Create user").click();
  await dialog.getByText("Your session has ended").waitFor();
  await window.picture("sign-in-again");
  await dialog.getByLabel("Password of oda").fill("Wrong-horse-7");
  await page.keyboard.press("Enter");
  await dialog.getByText("Could not sign in").waitFor();
  await dialog.getByLabel("Password of oda").fill(password);
  await page.keyboard.press("Enter");
  await window.title("typed-before-the-end");
  await client.send(new GetUserCommand({ UserName: "typed-before-the-end" }));

  // As a role, it is the role again: what was asked for is never done as the user.
  const trust = { Effect: "Allow", Principal: { AWS: gateway.accountId }, Action: "sts:AssumeRole" };
  const AssumeRolePolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: [trust] });
  await client.send(new CreateRoleCommand({ RoleName: "powerless", AssumeRolePolicyDocument }));
  await window.open("/switch-role?roleName=powerless", "Switch role");
  await window.button("Switch role").click();
  await window.title("You act as powerless");
  await page.context().clearCookies();
  await window.go("Users");
  await dialog.getByLabel("Password of oda").fill(password);
  await page.keyboard.press("Enter");
  await page.getByText("You are not allowed to list the users").waitFor();
  await page.getByText("role powerless in").waitFor();

  await page.getByRole("button", { name: "Account menu of oda" }).click();
  await page.getByRole("menuitem", { name: "Sign out everywhere", exact: true }).click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await window.close();
});
