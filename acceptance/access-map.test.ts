import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreateUserCommand,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
import * as org from "@aws-sdk/client-organizations";
import { DeletePublicAccessBlockCommand, PutBucketPolicyCommand } from "@aws-sdk/client-s3";
import { serviceActions } from "@s3-credentials/policy";
import { expect, test } from "vitest";
import { rootKeysOf } from "../packages/gateway/test/organization-accounts.ts";
import { cliHere, iam, organizations, s3 } from "./clients.ts";
import { makeConsoleUser, useConsole } from "./console-browser.ts";
import { allow, makeBucket } from "./fixtures.ts";
import type { Keys } from "./gateway.ts";
import { send } from "./raw.ts";
import {
  actions,
  ask,
  type Asked,
  bucket,
  type KeysByPrincipal,
  makePlansAccount,
  objectActions,
  stranger,
} from "./plans-account.ts";

/** Each cell of the map is what the gateway answers to the real request. */
const here = useConsole({
  prepare: async () => {
    keysOf = await makePlansAccount(here.gateway);
  },
});
let keysOf: KeysByPrincipal = new Map();

const map = (...args: readonly string[]) => cliHere(here.gateway, ["--local", "access-map", "plans", ...args]);

interface Cell {
  readonly Access: string;
  readonly On?: readonly string[];
  readonly Allowed?: Asked;
  readonly Refused?: Asked;
}

interface Row {
  readonly Principal: string;
  readonly Access: Readonly<Record<string, Cell>>;
}

async function rows(...args: readonly string[]): Promise<readonly Row[]> {
  const { stdout, stderr, code } = await map("--format", "json", ...args);
  expect([code, stderr]).toEqual([0, ""]);
  return stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Row);
}

/** What the gateway answers to the real requests: one for each cell, and both of one that depends. */
async function replay(all: readonly Row[]): Promise<void> {
  const seen = new Set<string>();
  let replayed = 0;
  for (const { Principal, Access } of all) {
    if (!keysOf.has(Principal)) continue;
    replayed += 1;
    const keys = keysOf.get(Principal);
    for (const action of actions) {
      const cell = Access[action];
      seen.add(cell?.Access ?? "");
      const on = objectActions.includes(action) ? `${bucket}/secret/a` : bucket;
      const plain = { action, resource: on, context: {} };
      const asked: readonly (readonly [Asked, boolean])[] =
        cell?.Access === "depends" && cell.Allowed !== undefined && cell.Refused !== undefined
          ? [
              [cell.Allowed, true],
              [cell.Refused, false],
            ]
          : [[plain, cell?.Access === "always"]];
      for (const [one, isAllowed] of asked) {
        const { status } = await ask(here.gateway, one, keys);
        expect([Principal, one, status !== 403]).toEqual([Principal, one, isAllowed]);
      }
    }
  }
  expect([...seen].toSorted()).toEqual(["always", "depends", "never"]);
  // All but the one who signs in by a password alone.
  expect(replayed).toBe(9);
}

test("every cell is what the gateway answers: the command's, and those that the page of the console shows and exports", async () => {
  const ofCommand = await rows("--actions", actions.join(","));
  await replay(ofCommand);
  const window = await here.signedIn("grace");
  const { page } = window;
  await window.open(`/access/plans?level=chosen&actions=${actions.join(",")}`, "Who may do what in plans");
  await page.getByText("10 principals, 12 actions").waitFor();
  const cells = await page.evaluate(`[...document.querySelectorAll("[role=grid] tbody tr")].map((row) =>
    [...row.querySelectorAll("td")].map((cell) => cell.innerText.split(" ").at(-1)))`);
  const answers = ({ Access }: Row): readonly string[] => actions.map((action) => Access[action]?.Access ?? "");
  const [download] = await Promise.all([page.waitForEvent("download"), window.button("JSON").click()]);
  const ofPage = JSON.parse(readFileSync(await download.path(), "utf8")) as readonly Row[];
  expect(cells).toEqual(ofPage.map(answers));
  expect(ofPage.map((row) => [row.Principal, answers(row)])).toEqual(
    ofCommand.map((row) => [row.Principal, answers(row)]),
  );
  expect([ofPage.length, actions.length]).toEqual([10, 12]);
  await replay(ofPage);
  window.checkFaults();
});

test("whom a condition on the caller lets in, or the name of a session, is listed by who can as the gateway lets it in", async () => {
  const { gateway } = here;
  await makeBucket(gateway, "loans", ["sessions/a", "accounts/a"]);
  const client = s3(gateway, gateway.admin);
  await client.send(new DeletePublicAccessBlockCommand({ Bucket: "loans" }));
  const [auditor = ""] = [...keysOf.keys()].filter((who) => who.endsWith("role/auditor"));
  const { Accounts = [] } = await organizations(gateway, gateway.admin).send(new org.ListAccountsCommand());
  const other = Accounts.find(({ Id }) => Id !== gateway.accountId)?.Id ?? "";
  const lets = (Principal: unknown, folder: string, Condition = {}) => ({
    Effect: "Allow",
    Principal,
    Action: "s3:GetObject",
    Resource: `arn:aws:s3:::loans/${folder}/*`,
    Condition,
  });
  const Statement = [
    lets({ AWS: `arn:aws:sts::${gateway.accountId}:assumed-role/auditor/audit` }, "sessions"),
    lets("*", "accounts", { StringEquals: { "aws:PrincipalAccount": other } }),
  ];
  const Policy = JSON.stringify({ Version: "2012-10-17", Statement });
  await client.send(new PutBucketPolicyCommand({ Bucket: "loans", Policy }));
  for (const [folder, asked, listed] of [
    ["sessions", keysOf.get(auditor), `${auditor}\tbucket policy of loans, statement 1, depending on aws:userid`],
    [
      "accounts",
      keysOf.get(stranger),
      `anybody of the account ${other} whose policies allow it\tbucket policy of loans`,
    ],
  ] as const) {
    const { status } = await send(gateway, { method: "GET", path: `/loans/${folder}/a`, keys: asked });
    const question = ["--action", "s3:GetObject", "--resource", `arn:aws:s3:::loans/${folder}/a`];
    const { stdout } = await cliHere(gateway, ["--local", "explain", "--who-can", ...question]);
    expect([status, stdout]).toEqual([200, expect.stringContaining(listed)]);
  }
});

test("a prefix and a key narrow what is asked, and actions are checked", async () => {
  const at = async (...args: readonly string[]): Promise<string | undefined> =>
    (await rows("--actions", "s3:GetObject", ...args)).find(({ Principal }) => Principal.startsWith("everyone"))
      ?.Access["s3:GetObject"]?.Access;
  expect([await at(), await at("--prefix", "public/"), await at("--key", "secret/a")]).toEqual([
    "depends",
    "always",
    "never",
  ]);
  expect(await map("--actions", "s3:GetObjekt")).toMatchObject({ code: 2, stdout: "" });
  expect((await map("--prefix", "a", "--key", "b")).stderr).toContain("--prefix and --key cannot be used together");
});

test("a bucket that is not there, and one of another account, have no map", async () => {
  const missing = await cliHere(here.gateway, ["--local", "access-map", "no-such-plans"]);
  expect(missing).toMatchObject({
    code: 1,
    stdout: "",
    stderr: "Error: there is no bucket no-such-plans; check the name; list-buckets shows what is there\n",
  });
  const other = keysOf.get(stranger);
  const asThem = ["--access-key", other?.accessKeyId ?? "", "--secret-key", other?.secretAccessKey ?? ""];
  const theirs = await cliHere(here.gateway, ["--local", "access-map", "plans", ...asThem]);
  expect(theirs).toMatchObject({ code: 1, stdout: "" });
  expect(theirs.stderr).toContain("the policy of plans cannot be read: Access Denied");
});

test("the map as text and as a table", async () => {
  const { stdout, stderr } = await map("--actions", "s3:GetObject,s3:DeleteObject", "--details");
  expect(stdout).toMatch(/^GetObject {2}DeleteObject\b/);
  expect(stdout).toMatch(/^yes +- +arn:aws:iam::\d{12}:user\/all$/m);
  expect(stdout).toMatch(/^~ +- +everyone, including anonymous callers$/m);
  expect(stdout).toMatch(/^everyone, including anonymous callers s3:GetObject: depends on resource$/m);
  expect(stderr).toContain("~: depends on the request");
  expect((await map("--actions", "s3:GetObject", "--format", "csv")).stdout).toMatch(/^Principal,s3:GetObject\r\n/);
});

test("in the page one Tab leads to the map, arrows move in it, and Enter explains a cell; a phone has a list", async () => {
  const window = await here.signedIn("grace");
  const { page } = window;
  const { keyboard } = page;
  await window.open("/access/plans?kind=user", "Who may do what in plans");
  await window.settled();
  await window.tabTo("admin");
  await keyboard.press("PageDown");
  await keyboard.press("ArrowUp");
  for (let step = 0; step < 2; step += 1) await keyboard.press("ArrowRight");
  const focused = (): Promise<unknown> => page.evaluate("document.activeElement.innerText");
  expect(await focused()).toBe("◐ depends");
  await keyboard.press("Enter");
  const dialog = page.getByRole("dialog");
  await dialog.getByText("A request that is refused").waitFor();
  expect(await dialog.innerText()).toMatch(
    /May member do s3:GetObject\?[^]*bucket policy of plans[^]*Statement 1 Allow applies/,
  );
  await window.checkAccess();
  await window.guidePicture("access-explained");
  await keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  expect(await focused()).toBe("◐ depends");
  await keyboard.press("Control+End");
  expect(await focused()).toBe("– never");
  // From there Tab leaves the map.
  await keyboard.press("Tab");
  expect(await page.evaluate("document.activeElement.closest('[role=grid]')")).toBe(null);
  await window.open("/access/plans", "Who may do what in plans");
  await window.guidePicture("access-map");
  // The same on the page of the bucket.
  await window.open("/buckets/plans/access", "plans");
  await page.setViewportSize({ width: 390, height: 800 });
  const everyone = page.getByRole("listitem").filter({ hasText: "everyone, including anonymous callers" });
  await everyone.getByRole("button", { name: "GetObject", exact: true }).click();
  await dialog.getByText("May everyone, including anonymous callers do s3:GetObject?").waitFor();
  await window.checkAccess();
  await window.picture("access-map-phone");
  window.checkFaults();
});

test("who can: the page has those that the command has, through the same, and who may take a role", async () => {
  const window = await here.signedIn("grace");
  const { page } = window;
  const shown = (): Promise<readonly (readonly string[])[]> =>
    page.evaluate(`[...document.querySelectorAll("main tbody tr")].map((row) =>
      [...row.cells].map((cell) => cell.innerText.replace(/\\s*may with [^]*/, "").replace(/ (?:user|role)$/, "").replace(/^[✓◐] /, "")))`);
  /** Who, whether always, through what, depending on what. */
  const ofCommand = async (...asked: readonly string[]): Promise<readonly (readonly string[])[]> => {
    const { stdout, code } = await cliHere(here.gateway, ["--local", "explain", "--who-can", "--json", ...asked]);
    expect(code).toBe(0);
    const plain = (text: string): string => text.replace(/^arn:\S+\//, "");
    return stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Readonly<Record<string, string>> & { readonly On?: readonly string[] })
      .map(({ Principal = "", Access = "always", Through = "", On }) => [
        plain(Principal),
        Access,
        plain(Through),
        On?.join(", ") ?? "–",
      ]);
  };
  const byName = (all: readonly (readonly string[])[]) =>
    all.map((row) => row.slice(0, 4)).toSorted(([one = ""], [other = ""]) => one.localeCompare(other));
  await window.open("/who-can", "Who can");
  await window.tabTo("Action");
  await page.keyboard.type("s3:GetObjekt");
  await window.tabTo("Resource");
  await page.keyboard.type(`${bucket}/*`);
  await page.keyboard.press("Enter");
  await page.getByText("Unknown action s3:GetObjekt: did you mean s3:GetObject?").waitFor();
  await page.getByRole("combobox", { name: "Action" }).fill("s3:GetObject");
  await window.tabTo("Ask");
  await page.keyboard.press("Enter");
  await page.getByText("principals of the account may").waitFor();
  await window.settled();
  const found = await shown();
  expect(byName(found)).toEqual(byName(await ofCommand("--action", "s3:GetObject", "--resource", `${bucket}/*`)));
  expect(found.find(([who]) => who === "auditor")?.at(-1)).toBe("user member");
  await window.checkAccess();
  await window.picture("who-can");
  await page.getByRole("button", { name: "depends: why lists may" }).click();
  await page.getByRole("dialog").getByText("A request that is allowed").waitFor();
  await page.keyboard.press("Escape");
  const known = ["--context", "s3:prefix=reports/x", "--context", "aws:SourceIp=192.0.2.7"];
  const listing = new URLSearchParams({ action: "s3:ListBucket", resource: bucket, address: "192.0.2.7" });
  await window.open(`/who-can?${listing.toString()}&context=s3:prefix%3Dreports/x`, "Who can");
  await page.getByText("principals of the account may").waitFor();
  await window.settled();
  expect(byName(await shown())).toEqual(
    byName(await ofCommand("--action", "s3:ListBucket", "--resource", bucket, ...known)),
  );
  window.checkFaults();
});

test("what a user may do, what its boundary takes away, and what one would be able to do who is not made yet", async () => {
  const window = await here.signedIn("grace");
  const { page } = window;
  const services = page.locator(".services");
  const bounded = `arn:aws:iam::${here.gateway.accountId}:user/bounded`;
  await window.open(`/can/${encodeURIComponent(bounded)}`, "What bounded may do");
  const count = serviceActions("s3")?.length ?? 0;
  const boundary = `53 under conditions, ${count - 53} denied by the boundary, of ${count} actions`;
  await services.getByText(boundary).click();
  await page.getByText("limited by the permissions boundary").first().waitFor();
  await page.getByRole("searchbox", { name: "Action" }).fill("s3:PutObjectTagging");
  await services.getByRole("button", { name: "PutObjectTagging", exact: true }).click();
  await page.getByRole("dialog").getByText("Denied: nothing in the permissions boundary allows it").waitFor();
  await page.keyboard.press("Escape");
  await window.checkAccess();
  await window.picture("can");
  await window.open("/users/create", "Create user");
  await page.getByLabel("User name").fill("new");
  await page.getByText("What this user will be able to do").click();
  await services.getByText(`none of ${count} actions`).waitFor();
  await page.getByRole("button", { name: /^Groups/ }).click();
  await page.getByRole("option", { name: "writers" }).click();
  await services.getByText(`2 under conditions, of ${count} actions`).waitFor();
  await window.open("/policies/arn%3Aaws%3Aiam%3A%3Aaws%3Apolicy%2FAdministratorAccess/allows", "AdministratorAccess");
  await page.getByText("1: Allows every action of every service, on everything.").waitFor();
  window.checkFaults();
});

test("who may not read the account is told which right to ask for", async () => {
  await makeConsoleUser(here.gateway, "guest", []);
  const { page } = await here.signIn("guest");
  await page.goto(`${here.origin}/access/plans`);
  await page.getByText("You are not allowed to read who is in the account").waitFor();
  await page.getByText("ask an administrator for iam:GetAccountAuthorizationDetails").waitFor();
  const PolicyArn = "arn:aws:iam::aws:policy/IAMReadOnlyAccess";
  await iam(here.gateway, here.gateway.admin).send(new AttachUserPolicyCommand({ UserName: "guest", PolicyArn }));
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByText("You are not allowed to read who may reach the bucket plans").waitFor();
  await page.getByText("ask an administrator for s3:GetBucketPolicy").waitFor();
});

test("in a member account, control policies count for whoever has the organization's profile; without it the map says so", async () => {
  const { gateway } = here;
  const management = organizations(gateway, gateway.admin);
  const made = await management.send(new org.CreateAccountCommand({ AccountName: "limited", Email: "l@example.com" }));
  const accountId = made.CreateAccountStatus?.AccountId ?? "";
  const root = rootKeysOf(gateway.dataDir, accountId);
  const theirs = iam(gateway, root);
  for (const [UserName, document] of [
    ["ann", allow("*", "*")],
    ["bob", allow("s3:GetObject", "*")],
  ] as const) {
    const PolicyDocument = JSON.stringify(document);
    await theirs.send(new CreateUserCommand({ UserName }));
    await theirs.send(new PutUserPolicyCommand({ UserName, PolicyName: "own", PolicyDocument }));
  }
  const { AccessKey } = await theirs.send(new CreateAccessKeyCommand({ UserName: "ann" }));
  const ann = { accessKeyId: AccessKey?.AccessKeyId ?? "", secretAccessKey: AccessKey?.SecretAccessKey ?? "" };
  const [limited, key] = ["arn:aws:s3:::limited-plans", "arn:aws:s3:::limited-plans/kept/a"];
  for (const path of ["/limited-plans", "/limited-plans/kept/a"])
    await send(gateway, { method: "PUT", path, keys: root });
  const RootId = (await management.send(new org.ListRootsCommand())).Roots?.[0]?.Id ?? "";
  const Type = "RESOURCE_CONTROL_POLICY";
  await management.send(new org.EnablePolicyTypeCommand({ RootId, PolicyType: Type }));
  const deny = { Effect: "Deny", Resource: "*" };
  for (const [type, statement] of [
    ["SERVICE_CONTROL_POLICY", { ...deny, Action: "s3:DeleteObject" }],
    [Type, { ...deny, Action: "s3:PutObject", Principal: "*", Resource: `${limited}/kept/*` }],
  ] as const) {
    const Content = JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
    const policy = new org.CreatePolicyCommand({ Name: `limit ${type}`, Description: "", Content, Type: type });
    const PolicyId = (await management.send(policy)).Policy?.PolicySummary?.Id ?? "";
    await management.send(new org.AttachPolicyCommand({ PolicyId, TargetId: accountId }));
  }
  const profiles = join(gateway.home, "profiles");
  writeFileSync(
    profiles,
    [["member", ann] as const, ["organization", gateway.admin] as const].map(profileText).join(""),
  );
  const asMember = async (...args: readonly string[]) =>
    cliHere(gateway, [...args, "--endpoint-url", gateway.endpoint, "--profile", "member"], {
      env: { AWS_SHARED_CREDENTIALS_FILE: profiles },
    });
  const organization = ["--organization-profile", "organization"];
  const actions = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket"];
  const asked = ["access-map", "limited-plans", "--format", "json", "--actions", actions.join(","), "--key", "kept/a"];
  const answers = ({ stdout }: { readonly stdout: string }): readonly unknown[] => {
    const row = stdout.split("\n").find((line) => line.includes(":user/ann"));
    const { Access } = JSON.parse(row ?? "{}") as Row;
    return actions.map((action) => Access[action]?.Access);
  };
  const counted = await asMember(...asked, ...organization);
  expect([counted.stderr, answers(counted)]).toEqual(["", ["always", "never", "never", "always"]]);
  for (const [at, action] of actions.entries()) {
    const resource = action === "s3:ListBucket" ? limited : key;
    const { status } = await ask(gateway, { action, resource, context: {} }, ann, root);
    expect([action, status !== 403]).toEqual([action, answers(counted)[at] === "always"]);
  }
  const alone = await asMember(...asked);
  expect(answers(alone)).toEqual(["always", "always", "always", "always"]);
  expect(alone.stderr).toBe(
    `Control policies of the organization are not counted: what they deny account ${accountId} is not known. Its management account ${gateway.accountId} may read them: --organization-profile\n`,
  );
  const whoCan = ["explain", "--who-can", "--action", "s3:DeleteObject", "--resource", key];
  expect((await asMember(...whoCan)).stdout).toContain(":user/ann\t");
  expect((await asMember(...whoCan, ...organization)).stdout).not.toContain(":user/ann\t");
  // What a change widens is judged within them.
  const folder = join(gateway.home, "limited");
  expect((await asMember("export", folder)).code).toBe(0);
  const file = join(folder, "users", "bob.json");
  writeFileSync(file, readFileSync(file, "utf8").replace('"s3:GetObject"', '["s3:GetObject", "s3:DeleteObject"]'));
  const dryRun = ["apply", "-f", folder, "--dry-run"];
  expect((await asMember(...dryRun)).stdout).toMatch(/^this widens: user bob, .*\nControl policies of the org/m);
  const within = await asMember(...dryRun, ...organization);
  expect(within.stdout).toMatch(/^same: user bob\n\n/m);
});

test("in a large account the map says how many it asked about, and its files have everybody or are not made", async () => {
  const admin = iam(here.gateway, here.gateway.admin);
  for (let made = 0; made < 101; made += 1) await admin.send(new CreateUserCommand({ UserName: `many-${made}` }));
  const window = await here.signedIn("grace");
  const { page } = window;
  await window.open("/access/plans?level=chosen&actions=s3:GetObject", "Who may do what in plans");
  const only = page.getByText(/^Only the first 100 of \d{3} users and roles were asked about/);
  await only.waitFor();
  expect(await window.button("CSV").getAttribute("aria-disabled")).toBe("true");
  await page.getByRole("button", { name: /^Ask about the other \d+ too$/ }).click();
  await page.getByText(/^1\d\d principals, 1 action/).waitFor();
  const [download] = await Promise.all([page.waitForEvent("download"), window.button("CSV").click()]);
  expect(readFileSync(await download.path(), "utf8").match(/role\/auditor|user\/many-\d/g)).toHaveLength(102);
  // On paper nothing is cut off, and nothing is white on white.
  await page.emulateMedia({ media: "print", colorScheme: "dark" });
  const hidden = `(({ scrollHeight, clientHeight }) => scrollHeight - clientHeight)(document.querySelector(".grid-frame"))`;
  expect(await page.evaluate(hidden)).toBe(0);
  const theme = (event: string): Promise<unknown> =>
    page.evaluate(`dispatchEvent(new Event("${event}")) && document.documentElement.dataset.theme`);
  expect([await theme("beforeprint"), await theme("afterprint")]).toEqual(["light", "dark"]);
  await page.emulateMedia({ media: "screen", colorScheme: "light" });
  window.checkFaults();
});

function profileText([name, { accessKeyId, secretAccessKey }]: readonly [string, Keys]): string {
  return `[${name}]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`;
}
