import { readdirSync, readFileSync } from "node:fs";
import { extname } from "node:path";
import {
  CreateGroupCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeleteUserCommand,
  DeleteUserPolicyCommand,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
import {
  DeletePublicAccessBlockCommand,
  GetObjectCommand,
  PutBucketAclCommand,
  PutBucketOwnershipControlsCommand,
  PutBucketPolicyCommand,
} from "@aws-sdk/client-s3";
import { GetSessionTokenCommand } from "@aws-sdk/client-sts";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { iam, s3, sts } from "./clients.ts";
import { makeConsoleUser, useConsole } from "./console-browser.ts";
import { allow, makeBucket, makeUser } from "./fixtures.ts";

const here = useConsole({
  prepare: async () => {
    await makeConsoleUser(here.gateway, "grace");
    const client = iam(here.gateway, here.gateway.admin);
    await client.send(new CreateGroupCommand({ GroupName: "analysts" }));
    const AssumeRolePolicyDocument = JSON.stringify(trusting("grace"));
    await client.send(new CreateRoleCommand({ RoleName: "reader", AssumeRolePolicyDocument }));
    await makeBucket(here.gateway, "reports", ["2026/january", "2026/february", "readme"]);
  },
});

function trusting(user: string): unknown {
  const Principal = { AWS: `arn:aws:iam::${here.gateway.accountId}:user/${user}` };
  return { Version: "2012-10-17", Statement: [{ Effect: "Allow", Principal, Action: "sts:AssumeRole" }] };
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
  ["/users/grace/can", "grace"],
  ["/groups", "Groups"],
  ["/groups/analysts", "analysts"],
  ["/roles", "Roles"],
  ["/roles/reader", "reader"],
  ["/roles/create", "Create role"],
  ["/policies", "Policies"],
  ["/policies/create", "Create policy"],
  ["/policies/arn%3Aaws%3Aiam%3A%3Aaws%3Apolicy%2FAdministratorAccess", "AdministratorAccess"],
  ["/policies/arn%3Aaws%3Aiam%3A%3Aaws%3Apolicy%2FAdministratorAccess/allows", "AdministratorAccess"],
  [
    "/review?before=arn%3Aaws%3Aiam%3A%3Aaws%3Apolicy%2FAmazonS3ReadOnlyAccess&after=arn%3Aaws%3Aiam%3A%3Aaws%3Apolicy%2FAmazonS3FullAccess",
    "Review a policy",
  ],
  ["/credentials", "Temporary credentials"],
  ["/buckets", "Buckets"],
  ["/buckets/reports", "reports"],
  ["/buckets/reports/permissions", "reports"],
  ["/buckets/reports/properties", "reports"],
  ["/can", "What a principal may do"],
  ["/access", "Access map"],
  ["/picture", "Picture of why"],
  ["/unused", "Unused access"],
  ["/who-can?action=s3%3AGetObject&resource=arn%3Aaws%3As3%3A%3A%3Areports%2Freadme", "Who can"],
  ["/access/reports", "Who may do what in reports"],
  ["/events", "Events"],
  ["/events/0000000000000000", "Explain a request"],
  ["/accounts", "Accounts"],
  ["/settings", "Settings"],
  ["/switch-role", "Switch role"],
  ["/nowhere", "There is no such page"],
];

/** In parts, because looking at a page takes its time. */
const perPart = 7;
const parts = Array.from({ length: Math.ceil(pages.length / perPart) }, (_, part) =>
  pages.slice(part * perPart, (part + 1) * perPart),
);

test.each([...parts.entries()])(
  "every page can be read: by a screen reader, in light and in dark, and on a phone (%i)",
  async (part, some) => {
    const window = await here.signedIn("grace");
    const { page } = window;
    await page.clock.install();
    for (const [path, title] of some) {
      await window.visit(path);
      await window.title(title);
      await window.checkAccess();
      await window.picture(`page${path}`.replace(/[^a-z]+/gi, "-"));
      await window.checkHidden();
      await page.emulateMedia({ colorScheme: "dark" });
      await page.setViewportSize({ width: 360, height: 800 });
      await window.settled();
      // The words and their order are the same: what can differ is contrast, and what does not fit.
      await window.checkAccess(["color-contrast", "scrollable-region-focusable", "target-size"]);
      await window.picture(`phone${path}`.replace(/[^a-z]+/gi, "-"));
      await page.emulateMedia({ colorScheme: "light" });
      await page.setViewportSize({ width: 1280, height: 800 });
    }
    if (part === parts.length - 1) {
      for (const tab of ["permissions", "properties"]) {
        await window.visit(`/buckets/no-such-bucket/${tab}`);
        await page.getByText("Could not open no-such-bucket").waitFor();
        await window.settled();
        expect(await page.getByText(/^Code NoSuchBucket/).count(), "said once").toBe(1);
      }
      // What is not there can neither be deleted nor switched to.
      const missing = [
        "/buckets/no-such-bucket",
        "/users/nobody",
        "/users/no%20body",
        "/roles/nobody",
        "/groups/nobody",
      ];
      for (const path of missing) {
        await window.visit(path);
        await page.getByText(/^Code (NoSuch|ValidationError)/).waitFor();
        expect([path, await page.getByRole("button", { name: /^(Delete|Switch to this role)$/ }).count()]).toEqual([
          path,
          0,
        ]);
      }
      await window.visit("/buckets/reports");
      await window.button("Delete").waitFor();
    }
    if (part === 0) {
      const menu = page.getByRole("button", { name: "Account menu of grace" });
      await menu.click();
      await window.checkAccess();
      await window.picture("account-menu");
      // A choice of the browser, that stays.
      const theme = (): Promise<unknown> => page.evaluate("document.documentElement.dataset.theme");
      await page.getByRole("menuitemcheckbox", { name: "Dark", exact: true }).click();
      await page.reload();
      await window.title(some.at(-1)?.[1] ?? "");
      expect(await theme()).toBe("dark");
      await menu.click();
      await page.getByRole("menuitemcheckbox", { name: "As the system", exact: true }).click();
      // In a low window, the last link is reached without the end of the page.
      await page.setViewportSize({ width: 1280, height: 400 });
      const last = page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Settings" });
      await last.focus();
      const { y = 0, height = 0 } = (await last.boundingBox()) ?? {};
      expect(y + height).toBeLessThanOrEqual(400);
      expect(await page.evaluate("scrollY")).toBe(0);
    }
    window.checkFaults();
  },
);

test("the browser keeps the files of the page for good, and asks for the page itself each time", async () => {
  const files = readdirSync("packages/console/dist/assets").filter((name) => !/\.(br|gz|txt)$/.test(name));
  expect(new Set(files.map((name) => extname(name)))).toEqual(new Set([".css", ".js", ".svg", ".woff2"]));
  for (const name of files) {
    const { status, headers } = await fetch(`${here.origin}/assets/${name}`, { method: "HEAD" });
    const cache = headers.get("cache-control");
    expect([name, status, cache]).toEqual([name, 200, "public, max-age=31536000, immutable"]);
  }
  const { page } = await here.signedIn("grace");
  const html = await page.context().request.get(`${here.origin}/users`, { headers: { accept: "text/html" } });
  expect([html.status(), html.headers()["cache-control"]]).toEqual([200, "no-store"]);
  // What the page names is among them, so that a new version has new names.
  const named = [...(await html.text()).matchAll(/(?:src|href)="\/assets\/([^"]+)"/g)].map(([, name = ""]) => name);
  expect(named.length).toBeGreaterThan(1);
  expect(named.filter((name) => !files.includes(name))).toEqual([]);
});

test("a policy is made with the keyboard alone", async () => {
  const window = await here.signedIn("grace");
  const { page } = window;
  const { keyboard } = page;
  const tabTo = (name: string): Promise<void> => window.tabTo(name);
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
  window.checkFaults();
});

test("events are followed while the page is shown, and a hidden page asks for nothing; denials of objects are there", async () => {
  const window = await here.signedIn("grace");
  const { page } = window;
  let asked = 0;
  page.on("request", (request) => {
    if (request.url().includes("/aws/cloudtrail")) asked += 1;
  });
  await page.clock.install();
  await window.open("/events", "Events");
  await page.getByText("Follow", { exact: true }).click();
  const client = iam(here.gateway, here.gateway.admin);
  await client.send(new CreateUserCommand({ UserName: "seen-while-following" }));
  await page.getByRole("row").filter({ hasText: "seen-while-following" }).waitFor();
  await window.checkHidden();
  const before = asked;
  await expect.poll(() => asked, { timeout: 20_000 }).toBeGreaterThan(before);

  // When following fails, the page says so and still shows the events that it had.
  const deny = { Version: "2012-10-17", Statement: [{ Effect: "Deny", Action: "cloudtrail:*", Resource: "*" }] };
  const inline = { UserName: "grace", PolicyName: "no-events" };
  await client.send(new PutUserPolicyCommand({ ...inline, PolicyDocument: JSON.stringify(deny) }));
  await page.getByText("You are not allowed to read the events").waitFor();
  await page.getByText(/^Code AccessDenied/).waitFor();
  await page.getByRole("row").filter({ hasText: "seen-while-following" }).waitFor();
  await client.send(new DeleteUserPolicyCommand(inline));
  await page.getByText("You are not allowed to read the events").waitFor({ state: "detached" });

  const { keys } = await makeUser(here.gateway, "no-rights");
  // Whoever is denied chooses what stands in the events.
  const get = new GetObjectCommand({ Bucket: "reports", Key: "report\u202Efdp.exe" });
  await expect(s3(here.gateway, keys).send(get)).rejects.toMatchObject({ name: "AccessDenied" });
  await page.getByRole("button", { name: "Objects", exact: true }).click();
  await page.getByText("Denied only", { exact: true }).click();
  await page.getByRole("row").filter({ hasText: "no-rights" }).getByRole("button").first().click();
  await page
    .getByRole("dialog")
    .getByText(/no identity policy allows it/)
    .waitFor();
  expect(await page.getByRole("dialog").innerText()).toMatch(
    /Resource\s+arn:aws:s3:::reports\/report<U\+202E>fdp\.exe[^]*"key": "report\\u202efdp\.exe"/,
  );
  expect(await page.evaluate("document.body.innerText.includes('\\u202e')")).toBe(false);
  await window.checkAccess();
  window.checkFaults();
});

test("the home page names what is unfinished: an old key, a role without a taker, a public bucket, a dangerous policy", async () => {
  const client = iam(here.gateway, here.gateway.admin);
  await client.send(new CreateUserCommand({ UserName: "gone" }));
  const Principal = { AWS: `arn:aws:iam::${here.gateway.accountId}:user/gone` };
  const trust = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Principal, Action: "sts:AssumeRole" }] };
  await client.send(new CreateRoleCommand({ RoleName: "orphan", AssumeRolePolicyDocument: JSON.stringify(trust) }));
  await client.send(new DeleteUserCommand({ UserName: "gone" }));
  const everything = JSON.stringify(allow("*", "*"));
  await client.send(new CreatePolicyCommand({ PolicyName: "everything", PolicyDocument: everything }));
  await makeBucket(here.gateway, "open");
  const asAdmin = s3(here.gateway, here.gateway.admin);
  await asAdmin.send(new DeletePublicAccessBlockCommand({ Bucket: "open" }));
  // Everybody but one is everybody.
  const NotPrincipal = { AWS: `arn:aws:iam::${here.gateway.accountId}:user/grace` };
  const Statement = [{ Effect: "Allow", NotPrincipal, Action: "s3:GetObject", Resource: "arn:aws:s3:::open/*" }];
  await asAdmin.send(
    new PutBucketPolicyCommand({ Bucket: "open", Policy: JSON.stringify({ Version: "2012-10-17", Statement }) }),
  );
  await makeBucket(here.gateway, "listed");
  const ObjectOwnership = "ObjectWriter";
  await asAdmin.send(
    new PutBucketOwnershipControlsCommand({ Bucket: "listed", OwnershipControls: { Rules: [{ ObjectOwnership }] } }),
  );
  await asAdmin.send(new DeletePublicAccessBlockCommand({ Bucket: "listed" }));
  await asAdmin.send(new PutBucketAclCommand({ Bucket: "listed", ACL: "public-read" }));
  await sts(here.gateway, here.gateway.admin).send(new GetSessionTokenCommand({}));
  const window = await here.signedIn("grace");
  const { page } = window;
  for (const words of [
    /^\d+ temporary credentials? ends? within 24 hours$/,
    "Nobody can take the role orphan",
    "The bucket open is public by its policy",
    "The bucket listed is public by its ACL",
    "The policy everything is dangerous",
  ])
    await page.getByText(words).waitFor();
  // A hundred days later.
  await window.visit("/users");
  await window.title("Users");
  await page.evaluate("globalThis.now = Date.now; Date.now = () => now() + 100 * 86400000");
  await window.visit("/");
  await page.getByText("An access key of admin is 100 days old").waitFor();
  await window.visit("/credentials");
  await page.getByRole("button", { name: "Of the account", exact: true }).click();
  const old = page.getByRole("listitem").filter({ hasText: "Key of admin" });
  await old.getByText("100 days old, without an end").waitFor();
  await old.getByText("Replace it").waitFor();
  await page.getByText(/^\d+ keys? older than 90 days · /).waitFor();
  await page.getByRole("heading", { name: "Sessions" }).scrollIntoViewIfNeeded();
  await window.picture("timeline");
  await page.evaluate("Date.now = now");
  window.checkFaults();
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
  ["/review", "list the policies"],
  ["/credentials", "list the sessions"],
  ["/buckets", "list the buckets"],
  ["/buckets/reports", "list the objects of this bucket"],
  ["/buckets/reports/permissions", "read the bucket policy"],
  ["/buckets/reports/properties", "read the versioning of reports"],
  ["/access/reports", "read who is in the account"],
  ["/who-can?action=s3%3AGetObject&resource=arn%3Aaws%3As3%3A%3A%3Areports%2Freadme", "read who is in the account"],
  ["/can/arn%3Aaws%3Aiam%3A%3A123456789012%3Auser%2Fgrace", "read who is in the account"],
  ["/picture", "read who is in the account"],
  ["/unused", "read who is in the account"],
  ["/events", "read the events"],
  ["/events/0000000000000000", "read the event"],
  ["/accounts", "list the accounts"],
  ["/settings", "read the account's alias"],
];

test("each page says what is refused, with code and request: to a limited user, and to a role", async () => {
  await makeConsoleUser(here.gateway, "rita", []);
  const AssumeRolePolicyDocument = JSON.stringify(trusting("rita"));
  await iam(here.gateway, here.gateway.admin).send(
    new CreateRoleCommand({ RoleName: "limited", AssumeRolePolicyDocument }),
  );
  const window = await here.signIn("rita");
  const { page } = window;
  const look = async (pages: typeof refusals): Promise<void> => {
    for (const [path, task, submit] of pages) {
      await window.visit(path);
      await submit?.(page);
      await page.getByText(`You are not allowed to ${task}`).waitFor();
      for (const words of [/^Request /, /^Code AccessDenied/]) await page.getByText(words).first().waitFor();
    }
  };
  await look(refusals);
  // What may not be read is not counted as none.
  await window.visit("/credentials");
  await page.getByText("You are not allowed to list what expires").waitFor();
  await window.settled();
  expect(await page.getByText(/0 keys|0 sessions/).count()).toBe(0);
  // The answer to a button is in view, in a small window too, and a screen reader says it.
  await page.setViewportSize({ width: 640, height: 400 });
  await window.visit("/switch-role?roleName=misspelt");
  await window.button("Switch role").click();
  await page.getByRole("alert").getByText("a role that is not there is answered the same way").waitFor();
  const isInView = async (): Promise<unknown> =>
    page.evaluate(`(({ top, bottom }) => top >= 0 && bottom <= innerHeight)(
      document.querySelector("[role=alert]").getBoundingClientRect())`);
  await expect.poll(isInView).toBe(true);
  await page.setViewportSize({ width: 1280, height: 800 });
  await window.visit("/switch-role?roleName=limited");
  await page.getByLabel("Role", { exact: true }).fill("limited");
  await window.button("Switch role").click();
  await window.title("You act as limited");
  // The same pages with other keys: of each kind one.
  await look(refusals.filter(([path]) => /^\/(users|policies\/create|buckets\/reports|events)$/.test(path)));
  await window.close();
});

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
      const pattern = route.replaceAll(/\/:\w+\?/g, "(?:/[^/]+)?").replaceAll(/:\w+/g, "[^/]+");
      return seen.some((path) => new RegExp(`^${pattern}$`).test(path) && (route === path || !routes.includes(path)));
    };
    expect([what, routes.filter((route) => !isSeen(route))]).toEqual([what, []]);
  }
});
