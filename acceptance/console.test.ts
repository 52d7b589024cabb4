import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ListObjectsV2Command } from "@aws-sdk/client-s3";
import { expect, test } from "vitest";
import { cliHere, iam, s3 } from "./clients.ts";
import { ListAccessKeysCommand } from "@aws-sdk/client-iam";
import { makeConsoleUser, password, useConsole } from "./console-browser.ts";
import { makeBucket } from "./fixtures.ts";

const here = useConsole({ prepare: () => makeConsoleUser(here.gateway, "grace") });

/** As it is written in the source, with the account of somebody else. */
const trustPolicy = `{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Principal": {
        "AWS": "arn:aws:iam::954718177936:user/iam-test-user"
      },
      "Action": "sts:AssumeRole"
    }
  ]
}`;

test("the whole walk: user, role, policy, attach, bucket, console access, sign in, switch role, list the buckets", async () => {
  const admin = await here.open();
  const { page } = admin;
  // A link into the console leads there after the sign-in.
  await page.goto(`${here.origin}/users?from=link`);
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await admin.picture("sign-in");
  await admin.signIn(here.gateway.accountId, "grace");
  await admin.title("Users");
  expect(page.url()).toBe(`${here.origin}/users?from=link`);

  await page.getByRole("link", { name: "Create user" }).first().click();
  await page.getByLabel("User name").fill("iam-test-user");
  await page.getByRole("button", { name: "Create user" }).click();
  await admin.title("iam-test-user");
  await admin.notice("User iam-test-user is created");

  await admin.go("Roles");
  await page.getByRole("link", { name: "Create role" }).first().click();
  await page.getByText("Custom trust policy").click();
  await page.getByRole("textbox", { name: "Trust policy" }).click();
  await page.keyboard.press("Control+A");
  await page.keyboard.insertText(trustPolicy);
  await page.getByText("The policy names another account: 954718177936").waitFor();
  await admin.guidePicture("trust-policy");
  await admin.button("Use this account's id").click();
  await page.getByText("The policy names another account").waitFor({ state: "detached" });
  await page.getByLabel("Role name").fill("bucket-lister");
  await admin.button("Create role").click();
  await admin.title("bucket-lister");
  await page.getByText("user iam-test-user").first().waitFor();

  await admin.go("Policies");
  await page.getByRole("link", { name: "Create policy" }).first().click();
  await page.getByLabel("Find an action").fill("ListAllMyBuckets");
  await page.getByLabel("ListAllMyBuckets", { exact: true }).check();
  await page.getByRole("button", { name: "Choose all resources" }).click();
  await page.getByLabel("Policy name").fill("list-buckets");
  await admin.guidePicture("policy-visual");
  await page.getByText("JSON", { exact: true }).click();
  await expect
    .poll(() => page.getByRole("textbox", { name: "Policy document" }).textContent())
    .toContain(`"s3:ListAllMyBuckets"`);
  await admin.button("Create policy").click();
  await admin.title("list-buckets");
  await admin.notice("Policy list-buckets is created");

  await admin.go("Roles");
  await page.getByText("Policy list-buckets is created").waitFor({ state: "detached" }); // news of the page before
  await page.getByRole("link", { name: "bucket-lister" }).click();
  await admin.button("Add permissions").click();
  await page.getByRole("menuitem", { name: "Attach policies" }).click();
  await page.getByLabel("Find policies").fill("list-buckets");
  await page.getByRole("checkbox", { name: "Select list-buckets" }).check();
  await admin.guidePicture("attach-policy");
  await admin.button("Attach policy").click();
  await admin.notice("list-buckets now counts for bucket-lister");

  await admin.go("Buckets");
  await page.getByRole("button", { name: "Create bucket" }).first().click();
  await page.getByLabel("Bucket name").fill("Reports");
  await page.getByText("Upper case letters are not allowed.").waitFor();
  await page.getByLabel("Bucket name").fill("reports-of-2026");
  await page.keyboard.press("Enter");
  await admin.notice("Bucket reports-of-2026 is created");

  await admin.go("Users");
  await page.getByRole("link", { name: "iam-test-user" }).click();
  await page.getByRole("tab", { name: "Console sign-in" }).click();
  await admin.button("Enable console access").click();
  await page.getByText("Custom password", { exact: true }).first().click();
  await page.getByRole("textbox", { name: "Custom password" }).fill(password);
  expect(await page.getByLabel("The user must choose a new password").isChecked()).toBe(true);
  await page.getByRole("dialog").getByRole("button", { name: "Enable console access" }).click();
  await admin.notice("iam-test-user can sign in to the console");
  await admin.guidePicture("console-access");

  await page.getByRole("button", { name: "Account menu of grace" }).click();
  await admin.picture("account-menu");
  await page.getByRole("menuitem", { name: "Sign out", exact: true }).click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();

  await admin.signIn(here.gateway.accountId, "iam-test-user");
  await page.getByText("iam-test-user has to choose a new password.").waitFor();
  await page.getByLabel("Current password").fill(password);
  for (const name of ["New password", "New password, once more"])
    await page.getByLabel(name, { exact: true }).fill("Another-horse-8");
  await page.getByRole("button", { name: "Change password" }).click();
  await admin.title("Hello, iam-test-user");
  await admin.go("Buckets");
  await page.getByText("You are not allowed to list the buckets").waitFor();
  await page.getByText("s3:ListAllMyBuckets").first().waitFor();
  await admin.guidePicture("buckets-refused");

  await page.getByRole("button", { name: "Account menu of iam-test-user" }).click();
  await page.getByRole("menuitem", { name: "Switch role" }).click();
  await page.getByLabel("Role", { exact: true }).fill("bucket-lister");
  await page.getByLabel("Display name").fill("Lister");
  await page.getByLabel("Colour #1d7324").check();
  await admin.guidePicture("switch-role");
  await admin.button("Switch role").click();
  await admin.title("You act as Lister");
  const line = page.getByText("role bucket-lister in");
  await line.waitFor();
  expect(await page.locator("[data-color]").getAttribute("data-color")).toBe("#1d7324");
  await admin.go("Buckets");
  await page.getByRole("link", { name: "reports-of-2026" }).waitFor();
  await admin.guidePicture("buckets-as-role");
  // The role allows no more than the list, and says why.
  await page.getByRole("link", { name: "reports-of-2026" }).click();
  await page.getByText("You are not allowed to list the objects of this bucket").waitFor();
  await page.getByText("s3:ListBucket").first().waitFor();
  await page.reload();
  await line.waitFor();
  await admin.button("Switch back").click();
  await admin.title("Hello, iam-test-user");
  await line.waitFor({ state: "detached" });
  // The role is remembered: one choice takes it again.
  await page.getByRole("button", { name: "Account menu of iam-test-user" }).click();
  await page.getByRole("menuitem", { name: /Lister/ }).click();
  await admin.title("You act as Lister");
  await admin.close();
});

test("an access key's secret is shown once, and is nowhere afterwards", async () => {
  const window = await here.signedIn("grace");
  const { page } = window;
  await window.open("/users/grace/keys", "grace");
  await window.button("Create access key").click();
  const dialog = page.getByRole("dialog");
  await dialog.waitFor();
  const secret = (await dialog.locator("dd code").nth(1).textContent()) ?? "";
  expect(secret).toHaveLength(40);
  // Without a secure context there is no clipboard interface; the text is copied all the same.
  await page.evaluate(`Object.defineProperty(navigator, "clipboard", { value: undefined });
    addEventListener("copy", () => { globalThis.copied = document.activeElement.value; })`);
  await dialog.getByRole("button", { name: "Done" }).click();
  await dialog.getByText("You have not copied it").waitFor();
  await dialog.getByRole("button", { name: "Copy secret access key" }).click();
  await dialog.getByText("Copied").waitFor();
  expect(await page.evaluate("copied")).toBe(secret);
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    dialog.getByRole("button", { name: ".csv" }).click(),
  ]);
  expect(download.suggestedFilename()).toBe("grace_accessKeys.csv");
  await dialog.getByRole("button", { name: "Done" }).click();
  await dialog.waitFor({ state: "detached" });
  const left = await page.evaluate(
    "JSON.stringify([document.documentElement.outerHTML, { ...localStorage }, { ...sessionStorage }, location.href, history.state])",
  );
  expect(left).not.toContain(secret);

  const keys = async (): Promise<readonly unknown[]> =>
    (await iam(here.gateway, here.gateway.admin).send(new ListAccessKeysCommand({ UserName: "grace" })))
      .AccessKeyMetadata ?? [];
  await page.getByRole("button", { name: /^Deactivate AKIA/ }).click();
  await page.getByText("Inactive", { exact: true }).waitFor();
  expect(await keys()).toMatchObject([{ Status: "Inactive" }]);
  await page.getByRole("button", { name: /^Delete AKIA/ }).click();
  const id = (await page.locator("td code").first().textContent()) ?? "";
  await page.getByLabel(`Type ${id} to confirm`).fill(id);
  await dialog.getByRole("button", { name: "Delete" }).click();
  await page.getByText("No access keys").waitFor();
  expect(await keys()).toEqual([]);
  window.checkFaults();
});

test("temporary credentials from the form reach the prefix, and nothing beside it", async () => {
  await makeBucket(here.gateway, "shared-of-teams", ["team-a/one", "team-b/one"]);
  const window = await here.signedIn("grace");
  const { page } = window;
  await window.visit("/credentials");
  await window.title("Temporary credentials");
  await page.getByLabel("Bucket", { exact: true }).fill("shared-of-teams");
  await page.getByLabel(/^Prefix/).fill("team-a");
  await page
    .getByText("The prefix team-a also matches team-a0 and the like; end it with / to mean a folder.")
    .waitFor();
  await page.getByLabel(/^Prefix/).fill("team-a/");
  await window.button("Make credentials").click();
  await page.getByRole("tab", { name: "JSON" }).click();
  const text = (await page.locator("pre[aria-label=JSON]").textContent()) ?? "";
  const made = JSON.parse(text) as Readonly<Record<"AccessKeyId" | "SecretAccessKey" | "SessionToken", string>>;
  const keys = {
    accessKeyId: made.AccessKeyId,
    secretAccessKey: made.SecretAccessKey,
    sessionToken: made.SessionToken,
  };
  const client = s3(here.gateway, keys);
  const inside = await client.send(new ListObjectsV2Command({ Bucket: "shared-of-teams", Prefix: "team-a/" }));
  expect(inside.Contents?.map(({ Key }) => Key)).toEqual(["team-a/one"]);
  await expect(
    client.send(new ListObjectsV2Command({ Bucket: "shared-of-teams", Prefix: "team-b/" })),
  ).rejects.toMatchObject({ name: "AccessDenied" });
  const shown = async (tab: string): Promise<string> => {
    await page.getByRole("tab", { name: tab }).click();
    return (await page.locator(`pre[aria-label="${tab}"]`).textContent()) ?? "";
  };
  expect(await shown("Shell")).toContain(`export AWS_SESSION_TOKEN=${made.SessionToken}\n`);
  expect(await shown("AWS credentials file")).toContain(`\naws_access_key_id = ${made.AccessKeyId}\n`);
  // The command makes the same: the same policy, for the same time.
  const [, ...words] = (await shown("Command")).split(" ");
  const { code, stdout } = await cliHere(here.gateway, [...words, "--dry-run"], { keys: here.gateway.admin });
  expect([code, stdout]).toEqual([0, expect.stringContaining("team-a/*")]);
  window.checkFaults();
});

test("the pictures of the guide are those that the tests make", () => {
  const guide = readFileSync("docs/guide/console.md", "utf8");
  const named = [...guide.matchAll(/\]\(console\/([\w-]+\.png)\)/g)].map(([, name = ""]) => name);
  expect(new Set(readdirSync("docs/guide/console"))).toEqual(new Set(named));
  const sources = readdirSync("acceptance").filter((name) => name.endsWith(".test.ts"));
  const made = sources.flatMap((name) =>
    [...readFileSync(join("acceptance", name), "utf8").matchAll(/guidePicture\("([\w-]+)"\)/g)].map(
      ([, picture = ""]) => `${picture}.png`,
    ),
  );
  expect(made.length).toBeGreaterThan(10);
  expect(new Set(named)).toEqual(new Set(made));
});
