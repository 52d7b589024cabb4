import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  CreateGroupCommand,
  CreateRoleCommand,
  CreateUserCommand,
  GetAccountPasswordPolicyCommand,
  ListAccountAliasesCommand,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
import { GetObjectCommand, ListObjectsV2Command } from "@aws-sdk/client-s3";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { iam, s3 } from "./clients.ts";
import { consoleOf, ConsoleWindow, launch, makeConsoleUser } from "./console-browser.ts";
import { allow, makeBucket, makeUser } from "./fixtures.ts";
import { type RunningGateway, startGateway } from "./gateway.ts";

let gateway: RunningGateway;
let browser: Browser;
let origin: string;

beforeAll(async () => {
  gateway = await startGateway({ args: ["--console-port", "0"] });
  origin = await consoleOf(gateway);
  await makeConsoleUser(gateway, "grace");
  await iam(gateway, gateway.admin).send(new CreateGroupCommand({ GroupName: "analysts" }));
  const AssumeRolePolicyDocument = JSON.stringify(trusting("grace"));
  await iam(gateway, gateway.admin).send(new CreateRoleCommand({ RoleName: "reader", AssumeRolePolicyDocument }));
  await makeBucket(gateway, "reports", ["2026/january", "2026/february", "readme"]);
  browser = await launch();
});

afterAll(async () => {
  await browser?.close();
  await gateway?.stop();
});

function trusting(user: string): unknown {
  const Principal = { AWS: `arn:aws:iam::${gateway.accountId}:user/${user}` };
  return { Version: "2012-10-17", Statement: [{ Effect: "Allow", Principal, Action: "sts:AssumeRole" }] };
}

async function signedIn(user: string, options?: Parameters<typeof ConsoleWindow.open>[2]): Promise<ConsoleWindow> {
  const window = await ConsoleWindow.open(browser, origin, options);
  await window.signIn(gateway.accountId, user);
  await window.title(`Hello, ${user}`);
  return window;
}

const pages: readonly (readonly [path: string, title: string])[] = [
  ["/", "Hello, grace"],
  ["/users", "Users"],
  ["/users/create", "Create user"],
  ["/users/grace", "grace"],
  ["/users/grace/keys", "grace"],
  ["/users/grace/sign-in", "grace"],
  ["/users/grace/sessions", "grace"],
  ["/users/grace/tags", "grace"],
  ["/groups", "Groups"],
  ["/groups/analysts", "analysts"],
  ["/roles", "Roles"],
  ["/roles/reader", "reader"],
  ["/roles/create", "Create role"],
  ["/policies", "Policies"],
  ["/policies/create", "Create policy"],
  ["/policies/arn%3Aaws%3Aiam%3A%3Aaws%3Apolicy%2FAdministratorAccess", "AdministratorAccess"],
  ["/credentials", "Temporary credentials"],
  ["/buckets", "Buckets"],
  ["/buckets/reports", "reports"],
  ["/buckets/reports/permissions", "reports"],
  ["/buckets/reports/properties", "reports"],
  ["/events", "Events"],
  ["/accounts", "Accounts"],
  ["/settings", "Settings"],
  ["/switch-role", "Switch role"],
  ["/nowhere", "There is no such page"],
];

/** In three parts, because looking at a page takes its time. */
const parts = [pages.slice(0, 8), pages.slice(8, 16), pages.slice(16)] as const;

test.each([...parts.entries()])(
  "every page can be read: by a screen reader, in light and in dark, and on a phone (%i)",
  async (part, some) => {
    const window = await signedIn("grace");
    const { page } = window;
    for (const [path, title] of some) {
      await window.visit(path);
      await window.title(title);
      await window.loaded();
      await window.checkAccess();
      await window.picture(`page${path}`.replace(/[^a-z]+/gi, "-"));
      await page.emulateMedia({ colorScheme: "dark" });
      await page.setViewportSize({ width: 390, height: 800 });
      // The words and their order are the same: what can differ is contrast, and what does not fit.
      await window.checkAccess(["color-contrast", "scrollable-region-focusable", "target-size"]);
      await window.picture(`phone${path}`.replace(/[^a-z]+/gi, "-"));
      await page.emulateMedia({ colorScheme: "light" });
      await page.setViewportSize({ width: 1280, height: 800 });
    }
    if (part === 0) {
      await page.getByRole("button", { name: "Account menu of grace" }).click();
      await window.checkAccess();
      await window.picture("account-menu");
    }
    await window.close();
  },
);

test("a policy is made with the keyboard alone", async () => {
  const window = await signedIn("grace");
  const { page } = window;
  const { keyboard } = page;
  /** Tab, until what has the focus is called that. */
  const tabTo = async (name: string): Promise<void> => {
    for (let count = 0; count < 80; count += 1) {
      await keyboard.press("Tab");
      const focused = await page.evaluate(
        `(() => { const one = document.activeElement;
          const names = (one.getAttribute("aria-labelledby") ?? "").split(" ").map((id) => document.getElementById(id)?.textContent);
          return [one.getAttribute("aria-label"), names.join(""), one.labels?.[0]?.textContent, one.textContent].find((text) => text) ?? ""; })()`,
      );
      if (String(focused).trim() === name) return;
    }
    throw new Error(`no Tab reaches ${name}`);
  };
  await tabTo("Policies");
  await keyboard.press("Enter");
  await window.title("Policies");
  await tabTo("Create policy");
  await keyboard.press("Enter");
  await window.title("Create policy");
  await tabTo("Find an action");
  await keyboard.type("GetObjectAttributes");
  await tabTo("GetObjectAttributes");
  await keyboard.press("Space");
  await tabTo("Add a resource");
  await keyboard.type("reports/*");
  await keyboard.press("Enter");
  await tabTo("Policy name");
  await keyboard.type("by-keyboard");
  await keyboard.press("Enter");
  await window.title("by-keyboard");
  await window.close();
});

test("objects: a folder, an upload in parts, a link, versions, delete and undo; one list request a view", async () => {
  const window = await signedIn("grace");
  const { page } = window;
  const lists: string[] = [];
  page.on("request", (request) => {
    if (/\/aws\/s3\/reports\?(list-type|versions)/.test(request.url())) lists.push(request.url());
  });
  await window.open("/buckets/reports", "reports");
  await page.getByRole("link", { name: "2026/", exact: true }).click();
  await page.getByText("january").waitFor();
  expect(lists).toHaveLength(2);
  expect(page.url()).toContain("prefix=2026%2F");
  await page.reload();
  await page.getByText("january").waitFor();
  await window.picture("objects");

  const large = join(gateway.home, "large.bin");
  writeFileSync(large, Buffer.alloc(20 * 1024 * 1024, "0123456789"));
  await page.getByLabel("Files to upload").setInputFiles([large]);
  await page.getByText("Uploaded").first().waitFor();
  const client = s3(gateway, gateway.admin);
  const stored = await client.send(new GetObjectCommand({ Bucket: "reports", Key: "2026/large.bin" }));
  expect([stored.ContentLength, stored.ETag]).toEqual([20 * 1024 * 1024, expect.stringMatching(/-3"$/)]);
  stored.Body?.transformToByteArray().catch(() => undefined);

  await page.getByRole("checkbox", { name: "Select 2026/january" }).check();
  await window.button("Link").click();
  await window.button("Make the link").click();
  const link = await page.getByRole("dialog").locator("dd code").textContent();
  expect(new URL(link ?? "").origin).toBe(gateway.endpoint);
  expect(await (await fetch(link ?? "")).text()).toBe("2026/january");
  await window.button("Cancel").click();

  await page.getByRole("tab", { name: "Properties" }).click();
  await window.button("Turn on").click();
  await window.notice("Versioning is on");
  await page.getByRole("tab", { name: "Objects" }).click();
  await page.getByRole("checkbox", { name: "Select readme" }).check();
  await page.getByRole("group").or(page.locator("main")).getByRole("button", { name: "Delete" }).last().click();
  const confirm = page.getByRole("dialog").getByRole("button", { name: "Delete" });
  expect(await confirm.isDisabled()).toBe(true);
  await page.getByLabel("Type 1 to confirm").fill("1");
  await confirm.click();
  await window.notice("1 object deleted");
  expect((await client.send(new ListObjectsV2Command({ Bucket: "reports", Prefix: "readme" }))).KeyCount).toBe(0);
  await window.button("Undo").click();
  await window.notice("The objects are back");
  expect((await client.send(new ListObjectsV2Command({ Bucket: "reports", Prefix: "readme" }))).KeyCount).toBe(1);
  await window.close();
});

test("settings are saved and hold; the events show who saved them, and what was denied", async () => {
  const window = await signedIn("grace");
  const { page } = window;
  await window.go("Settings");
  await page.getByLabel("Alias", { exact: true }).fill("acme-test");
  await window.button("Save alias").click();
  await window.notice("The alias is saved");
  await page.getByLabel("Shortest length").fill("14");
  await window.button("Save password policy").click();
  await window.notice("The password policy is saved");
  const { PasswordPolicy } = await iam(gateway, gateway.admin).send(new GetAccountPasswordPolicyCommand({}));
  expect(PasswordPolicy).toMatchObject({ MinimumPasswordLength: 14, AllowUsersToChangePassword: true });
  const { AccountAliases } = await iam(gateway, gateway.admin).send(new ListAccountAliasesCommand({}));
  expect(AccountAliases).toEqual(["acme-test"]);
  await window.go("Events");
  await window.button("iam:UpdateAccountPasswordPolicy").first().click();
  await page.getByRole("dialog").getByText('"userName": "grace"').waitFor();
  await page.getByRole("dialog").getByText("Allowed by statement 1 of AdministratorAccess").waitFor();
  await page.getByRole("dialog").getByRole("button", { name: "Close" }).last().click();
  await page.getByRole("textbox", { name: "User or session name" }).fill("grace");
  await window.button("Find").click();
  await page.getByText("whose user or session name is exactly “grace”").waitFor();
  await window.button("iam:CreateAccountAlias").waitFor();
  await window.picture("events");
  await window.close();
});

test("a user limited to a prefix reaches the bucket and the prefix by name, and sees refusals as refusals", async () => {
  await makeConsoleUser(gateway, "liam", []);
  const policy = allow("s3:ListBucket", "arn:aws:s3:::reports", { StringLike: { "s3:prefix": "2026/*" } });
  await iam(gateway, gateway.admin).send(
    new PutUserPolicyCommand({ UserName: "liam", PolicyName: "prefix", PolicyDocument: JSON.stringify(policy) }),
  );
  const window = await signedIn("liam");
  const { page } = window;
  await window.go("Buckets");
  await page.getByText("You are not allowed to list the buckets").waitFor();
  await page.getByLabel("Open a bucket by its name").fill("reports");
  await page.keyboard.press("Enter");
  await page.getByText("You are not allowed to list the objects of this bucket").waitFor();
  await page.getByLabel("Begins with").fill("2026/");
  await page.keyboard.press("Enter");
  await page.getByText("january").waitFor();
  await window.close();
});

test("events are followed while the page is shown, and a hidden page asks for nothing; denials of objects are there", async () => {
  const window = await signedIn("grace");
  const { page } = window;
  let asked = 0;
  page.on("request", (request) => {
    if (request.url().includes("/aws/cloudtrail")) asked += 1;
  });
  await window.open("/events", "Events");
  await page.getByText("Follow", { exact: true }).click();
  const client = iam(gateway, gateway.admin);
  await client.send(new CreateUserCommand({ UserName: "seen-while-following" }));
  await page.getByRole("row").filter({ hasText: "seen-while-following" }).waitFor();
  const show = (state: "hidden" | "visible"): Promise<unknown> =>
    page.evaluate(`Object.defineProperty(document, "visibilityState", { value: "${state}", configurable: true });
      Object.defineProperty(document, "hidden", { value: ${state === "hidden"}, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"))`);
  await show("hidden");
  await page.waitForLoadState("networkidle");
  const before = asked;
  await page.waitForTimeout(5000); // more than two questions of a page that is shown
  expect(asked).toBe(before);
  await show("visible");
  await expect.poll(() => asked, { timeout: 20_000 }).toBeGreaterThan(before);

  const { keys } = await makeUser(gateway, "no-rights");
  const get = new GetObjectCommand({ Bucket: "reports", Key: "readme" });
  await expect(s3(gateway, keys).send(get)).rejects.toMatchObject({ name: "AccessDenied" });
  await page.getByRole("button", { name: "Objects", exact: true }).click();
  await page.getByText("Denied only", { exact: true }).click();
  await page.getByRole("row").filter({ hasText: "no-rights" }).getByRole("button").first().click();
  await page
    .getByRole("dialog")
    .getByText(/no identity policy allows it/)
    .waitFor();
  await window.checkAccess();
  await window.close();
});

/** `submit`: what is done on a page that reads nothing before. */
const refusals: readonly (readonly [path: string, task: string, submit?: (page: Page) => Promise<void>])[] = [
  ["/", "list the users"],
  ["/users/create", "list the policies"],
  ["/roles/create", "list the policies"],
  ["/policies/create", "create the policy", createPolicy],
  [
    "/switch-role?roleName=reader",
    "switch to the role reader",
    (page) => page.getByRole("button", { name: "Switch role", exact: true }).click(),
  ],
  ["/users", "list the users"],
  ["/users/grace", "read the user"],
  ["/groups", "list the groups"],
  ["/groups/nobodys", "read the group"],
  ["/roles", "list the roles"],
  ["/roles/nobodys", "read the role"],
  ["/policies", "list the policies"],
  ["/policies/arn%3Aaws%3Aiam%3A%3Aaws%3Apolicy%2FAdministratorAccess", "read the policy"],
  ["/credentials", "list the sessions"],
  ["/buckets", "list the buckets"],
  ["/buckets/reports", "list the objects of this bucket"],
  ["/buckets/reports/permissions", "read the bucket policy"],
  ["/buckets/reports/properties", "read the versioning"],
  ["/events", "read the events"],
  ["/accounts", "list the accounts"],
  ["/settings", "read the account's alias"],
];

test.each(["as a limited user", "as a role"])(
  "each page says what is refused, with code and request: %s",
  async (how) => {
    const name = how === "as a role" ? "rita" : "lena";
    await makeConsoleUser(gateway, name, []);
    const client = iam(gateway, gateway.admin);
    const window = await signedIn(name);
    const { page } = window;
    if (how === "as a role") {
      const AssumeRolePolicyDocument = JSON.stringify(trusting("rita"));
      await client.send(new CreateRoleCommand({ RoleName: "limited", AssumeRolePolicyDocument }));
      await window.open("/switch-role?roleName=limited", "Switch role");
      await window.button("Switch role").click();
      await window.title("You act as limited");
    }
    for (const [path, task, submit] of refusals) {
      await window.visit(path);
      await submit?.(page);
      const refusal = page.getByText(`You are not allowed to ${task}`);
      await refusal.waitFor();
      await page
        .getByText(/^Request /)
        .first()
        .waitFor();
      await page
        .getByText(/^Code AccessDenied/)
        .first()
        .waitFor();
    }
    await window.close();
  },
);

async function createPolicy(page: Page): Promise<void> {
  await page.getByLabel("Find an action").fill("ListAllMyBuckets");
  await page.getByLabel("ListAllMyBuckets", { exact: true }).check();
  await page.getByRole("button", { name: "Choose all resources" }).click();
  await page.getByLabel("Policy name").fill("refused");
  await page.getByRole("button", { name: "Create policy" }).click();
}

test("every route of the page is among those that are looked at, and among those that are refused", () => {
  const source = readFileSync("packages/console/src/routes.tsx", "utf8");
  const routes = [...source.matchAll(/path: "([^"*]+)"|index: true/g)].map(([, path = ""]) => path);
  expect(routes.length).toBeGreaterThan(15);
  for (const [what, paths] of Object.entries({ looked: pages, refused: refusals })) {
    const seen = paths.map(([path]) => path.replace(/^\/|\?.*/g, ""));
    const isSeen = (route: string): boolean => {
      const part = (name: string): string => (name.startsWith(":") ? "[^/]+" : name);
      const pattern = route.replace("/:tab?", "").split("/").map(part).join("/");
      return seen.some((path) => new RegExp(`^${pattern}$`).test(path) && (route === path || !routes.includes(path)));
    };
    expect([what, routes.filter((route) => !isSeen(route))]).toEqual([what, []]);
  }
});
