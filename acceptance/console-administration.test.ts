import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  CreateGroupCommand,
  CreateRoleCommand,
  CreateUserCommand,
  GetUserCommand,
  ListMFADevicesCommand,
  ListUserTagsCommand,
} from "@aws-sdk/client-iam";
import { ListAccountsCommand } from "@aws-sdk/client-organizations";
import { AssumeRoleCommand, GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { expect, test } from "vitest";
import { totpCode } from "../packages/gateway/src/domain/identity/totp.ts";
import { unbase32 } from "../packages/gateway/test/unbase32.ts";
import { iam, organizations, sts } from "./clients.ts";
import { type ConsoleWindow, makeConsoleUser, password, useConsole } from "./console-browser.ts";
import { makeBucket } from "./fixtures.ts";

const here = useConsole({
  prepare: async () => {
    await makeConsoleUser(here.gateway, "grace");
    const client = iam(here.gateway, here.gateway.admin);
    await client.send(new CreateUserCommand({ UserName: "sam" }));
    await client.send(new CreateGroupCommand({ GroupName: "nobody-yet" }));
    await makeBucket(here.gateway, "nothing-yet");
  },
});

/** Words of an empty list, and its first step when the page has it. */
type EmptyList = readonly [path: string, words: RegExp, step?: string];

/** Of what is there. */
const emptyParts: readonly EmptyList[] = [
  ["/switch-role", /A role you switch to is remembered here/],
  ["/users/sam", /Without a policy, everything is refused/, "Attach policies"],
  ["/users/sam/groups", /In no group/, "Add to groups"],
  ["/users/sam/keys", /temporary credentials are safer/, "Create access key"],
  ["/users/sam/sign-in", /A stolen password alone opens nothing/, "Add MFA device"],
  ["/users/sam/sessions", /Whoever signs in, takes a role or makes temporary credentials has one/],
  ["/groups/nobody-yet", /Each user that you add has them at once/, "Add users"],
  ["/policies/arn%3Aaws%3Aiam%3A%3Aaws%3Apolicy%2FAWSDenyAll/attached", /Attached to nobody/],
  ["/buckets/nothing-yet", /Drop files here, or choose Upload/, "Upload"],
];

/** Of a new account. */
const emptyLists: readonly EmptyList[] = [
  ["/", /What is allowed, on which bucket/, "Write a policy"],
  ["/users", /A user is one person or one program/, "Create user"],
  ["/groups", /Give rights to a group and not to each user/, "Create group"],
  ["/buckets", /holds any number of objects/, "Create bucket"],
  ["/roles/OrganizationAccountAccessRole/tags", /There are no tags yet/, "Add a tag"],
];

/** Each list says what it is good for, and has the first step. */
async function checkEmpty(window: ConsoleWindow, lists: readonly EmptyList[]): Promise<void> {
  const main = window.page.locator("main");
  for (const [path, words, step] of lists) {
    await window.visit(path);
    await main.getByText(words).waitFor();
    if (step !== undefined)
      await main
        .getByRole("button", { name: step })
        .or(main.getByRole("link", { name: step }))
        .first()
        .waitFor();
  }
}

test("accounts: made, entered by their role, renamed and closed; another account is refused in words", async () => {
  const window = await here.signIn("grace");
  const { page } = window;
  const dialog = page.getByRole("dialog");
  await checkEmpty(window, emptyParts);
  await window.go("Accounts");
  await page.getByText("Manages the others").waitFor();
  await window.button("Create account").click();
  await dialog.getByLabel("Account name").fill("research");
  await dialog.getByLabel("Email address").fill("research@example.com");
  await dialog.getByRole("button", { name: "Create account" }).click();
  await dialog.getByText("The account research is there").waitFor();
  const file = (await dialog.getByText(/^accounts\/\d{12}\/root-credentials$/).textContent()) ?? "";
  expect(existsSync(join(here.gateway.dataDir, file))).toBe(true);
  await window.guidePicture("account-made");
  const tab = await page.context().newPage();
  await tab.goto(`${here.origin}/users`);
  await tab.getByRole("link", { name: "grace", exact: true }).waitFor();
  await page.bringToFront();
  await dialog.getByRole("link", { name: "Switch to research" }).click();
  await window.title("Switch role");
  await window.button("Switch role").click();
  await window.title("You act as research");
  // The other tab acts as the role too.
  await tab.getByText("No users yet").waitFor();
  expect(await tab.locator("[data-color]").textContent()).toContain("You act as research");
  await tab.close();

  // A new account is empty.
  await checkEmpty(window, emptyLists);
  await window.go("Policies");
  await page.getByText("This account", { exact: true }).click();
  await page.getByText("Write one for what you allow most often").waitFor();
  await window.go("Accounts");
  await page.getByText("You are not allowed to list the accounts").waitFor();
  await window.button("Switch back").click();
  await window.title("Hello, grace");

  await window.go("Accounts");
  const client = organizations(here.gateway, here.gateway.admin);
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
  await makeConsoleUser(here.gateway, "mia", []);
  const client = iam(here.gateway, here.gateway.admin);
  const window = await here.signedIn("grace");
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
  await window.notice("It is as it was before");
  await window.button("Remove the boundary AmazonS3FullAccess").waitFor();

  await page.getByRole("tab", { name: "Tags" }).click();
  await window.button("Add a tag").click();
  await page.getByLabel("Key of tag 1").fill("team");
  await page.getByLabel("Value of tag 1").fill("research");
  await window.guidePicture("tags");
  await window.button("Save tags").click();
  await window.notice("The tags are saved");
  expect((await client.send(new ListUserTagsCommand({ UserName: "mia" }))).Tags).toEqual([
    { Key: "team", Value: "research" },
  ]);
  await window.button("Add a tag").click();
  await page.getByLabel("Key of tag 2").fill("TEAM");
  await page.getByRole("alert").getByText("Two tags have the same key").waitFor();
  await window.button("Remove tag 2").click();
  // The page of the user says as much as the list of all: what is lost is more than keys.
  await window.button("Delete").click();
  await dialog.getByText("MFA devices, inline policies and memberships are deleted").waitFor();
  await dialog.getByRole("button", { name: "Cancel" }).click();

  await page.getByRole("tab", { name: "Console sign-in" }).click();
  await window.button("Add MFA device").click();
  await dialog.getByRole("button", { name: "Next" }).click();
  const picture = dialog.getByRole("img", { name: "QR code of the device" });
  await picture.waitFor();
  const width = (): Promise<unknown> => page.evaluate("document.querySelector('.mfa-secret img').naturalWidth");
  await expect.poll(width).toBeGreaterThan(20);
  await window.guidePicture("mfa-device");
  const seed = unbase32((await dialog.locator(".arn code").textContent()) ?? "");
  /** Of a device whose clock is that many steps of half a minute ahead, and the two that follow. */
  const codes = (ahead: number): readonly [string, string, string] => {
    const step = Math.floor(Date.now() / 30_000) + ahead;
    return [totpCode(seed, step), totpCode(seed, step + 1), totpCode(seed, step + 2)];
  };
  await dialog.getByLabel("First code").fill("000000");
  await dialog.getByLabel("Second code").fill("000000");
  await dialog.getByRole("button", { name: "Enable MFA device" }).click();
  await dialog.getByText("Could not enable the MFA device").waitFor();
  const [first, second] = codes(-1);
  await dialog.getByLabel("First code").fill(first);
  await dialog.getByLabel("Second code").fill(second);
  await dialog.getByRole("button", { name: "Enable MFA device" }).click();
  await window.notice("mia now needs a code of mia to sign in");
  expect((await client.send(new ListMFADevicesCommand({ UserName: "mia" }))).MFADevices).toHaveLength(1);

  // Its clock is wrong now: the page lets it count again.
  await window.button("Resynchronize mia").click();
  const resynchronize = async (one: string, other: string): Promise<void> => {
    await dialog.getByLabel("First code").fill(one);
    await dialog.getByLabel("Second code").fill(other);
    await dialog.getByRole("button", { name: "Resynchronize" }).click();
  };
  await resynchronize("000000", "000000");
  await dialog.getByText("Could not resynchronize the MFA device").waitFor();
  const wrong = codes(40);
  await resynchronize(wrong[0], wrong[1]);
  await window.notice("The MFA device counts again");

  const other = await here.open();
  await other.signIn(here.gateway.accountId, "mia");
  await other.page.getByLabel("Code of your MFA device").fill(wrong[2]);
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
  window.checkFaults();
});

test("sessions are listed where they belong, and one that is ended is refused at once", async () => {
  await makeConsoleUser(here.gateway, "noa");
  const window = await here.signIn("noa");
  const { page } = window;
  const asAdmin = sts(here.gateway, here.gateway.admin);
  const made = await asAdmin.send(new AssumeRoleCommand({ RoleSessionName: "nightly" } as never));
  const { AccessKeyId: accessKeyId = "", SecretAccessKey: secretAccessKey = "", SessionToken } = made.Credentials ?? {};
  const session = sts(here.gateway, { accessKeyId, secretAccessKey, sessionToken: SessionToken ?? "" });
  await session.send(new GetCallerIdentityCommand({}));
  await window.open("/users/admin/sessions", "admin");
  await page.getByRole("row").filter({ hasText: "AssumeRole" }).first().waitFor();
  await window.guidePicture("sessions");
  const row = page.getByRole("row").filter({ hasText: "AssumeRole" }).first();
  await row.getByRole("button", { name: /^End the session/ }).click();
  await page.getByLabel("Type admin to confirm").fill("admin");
  await page.getByRole("dialog").getByRole("button", { name: "End", exact: true }).click();
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
  await makeConsoleUser(here.gateway, "oda");
  const client = iam(here.gateway, here.gateway.admin);
  const window = await here.open();
  const { page } = window;
  const dialog = page.getByRole("dialog");
  await page.clock.install();
  await window.signIn(here.gateway.accountId, "oda");
  await window.title("Hello, oda");
  await window.visit("/users/create");
  await page.getByLabel("User name").fill("typed-before-the-end");

  // Two minutes before the end of an hour without a request, hidden or not. Nothing is asked for that.
  await window.settled();
  let asked = 0;
  page.on("request", () => (asked += 1));
  await window.show("hidden");
  await page.clock.fastForward("57:30");
  await dialog.getByText("Your session is about to end").waitFor();
  expect(asked).toBe(0);
  await window.show("visible");
  await window.guidePicture("session-end");
  await window.checkAccess();
  await window.focused("button:has-text('Stay signed in')");
  await page.keyboard.press("Enter");
  await dialog.waitFor({ state: "detached" });
  await expect.poll(() => asked).toBeGreaterThan(0);
  await page.clock.fastForward("50:00");
  expect(await dialog.count()).toBe(0);
  // Nearly an hour more: an answer may have come after the clock was moved.
  await page.clock.fastForward("59:30");
  await dialog.getByText("Your session has ended").waitFor();
  await dialog.getByRole("button", { name: "Not now" }).click();
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
  const trust = { Effect: "Allow", Principal: { AWS: here.gateway.accountId }, Action: "sts:AssumeRole" };
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

  // The role ends without a word of this tab: what was typed as it is not sent as the user.
  await window.visit("/users/create");
  await page.getByLabel("User name").fill("typed-as-the-role");
  const { request } = page.context();
  const { csrf } = (await (await request.get(`${here.origin}/session`)).json()) as { csrf: string };
  const headers = { "x-csrf": csrf, origin: here.origin };
  expect((await request.delete(`${here.origin}/session/role`, { headers })).status()).toBe(200);
  await page.clock.fastForward("01:00");
  await page.evaluate('dispatchEvent(new Event("visibilitychange"))');
  await window.notice("You no longer act as the role powerless in this browser");
  expect(await page.getByLabel("User name").inputValue()).toBe("");

  await page.getByRole("button", { name: "Account menu of oda" }).click();
  await page.getByRole("menuitem", { name: "Sign out everywhere", exact: true }).click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await window.close();
});
