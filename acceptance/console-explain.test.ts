import { readFileSync } from "node:fs";
import {
  AttachRolePolicyCommand,
  CreateRoleCommand,
  DeleteUserPolicyCommand,
  GetUserPolicyCommand,
  ListUsersCommand,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
import { GetBucketPolicyCommand, PutBucketPolicyCommand } from "@aws-sdk/client-s3";
import { AssumeRoleCommand, type STSServiceException as ServiceException } from "@aws-sdk/client-sts";
import { expect, test } from "vitest";
import { aws, iam, outcome, s3, sts } from "./clients.ts";
import { type ConsoleWindow, makeConsoleUser, useConsole } from "./console-browser.ts";
import { startGatewayHere } from "./gateway-here.ts";
import { makeBucket, makeUser, type MadeUser } from "./fixtures.ts";

let amelia: MadeUser;

const here = useConsole({
  // What was used is in the record only with all calls on objects.
  start: () => startGatewayHere({ args: ["--console-port", "0", "--data-events"] }),
  prepare: async () => {
    await makeConsoleUser(here.gateway, "grace");
    await makeBucket(here.gateway, "reports", ["public/a", "public/b"]);
    const Statement = [
      {
        Effect: "Allow",
        Action: "s3:ListBucket",
        Resource: "arn:aws:s3:::reports",
        Condition: { StringLike: { "s3:prefix": "public/*" } },
      },
      { Sid: "Read", Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::reports/*" },
    ];
    amelia = await makeUser(here.gateway, "amelia", { policy: { Version: "2012-10-17", Statement } });
    const client = iam(here.gateway, here.gateway.admin);
    const RoleName = "break-glass";
    const Principal = { AWS: `arn:aws:iam::${here.gateway.accountId}:user/grace` };
    const trust = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Principal, Action: "sts:AssumeRole" }] };
    await client.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: JSON.stringify(trust) }));
    const PolicyArn = "arn:aws:iam::aws:policy/AdministratorAccess";
    await client.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
    const deny = {
      Sid: "NoDeletes",
      Effect: "Deny",
      Principal: "*",
      Action: "s3:DeleteObject",
      Resource: "arn:aws:s3:::reports/*",
      Condition: { ArnNotEquals: { "aws:PrincipalArn": `arn:aws:iam::${here.gateway.accountId}:role/${RoleName}` } },
    };
    await s3(here.gateway, here.gateway.admin).send(
      new PutBucketPolicyCommand({
        Bucket: "reports",
        Policy: JSON.stringify({ Version: "2012-10-17", Statement: [deny] }),
      }),
    );
  },
});

const asAmelia = (...args: string[]) => aws(here.gateway, ["s3api", ...args], { keys: amelia.keys });
const put = () => asAmelia("put-object", "--bucket", "reports", "--key", "public/new");
const remove = () => asAmelia("delete-object", "--bucket", "reports", "--key", "public/b");

/** A call that was denied is on the page that follows the events; its explanation is opened. */
async function openExplanation({ page }: ConsoleWindow, event: string): Promise<void> {
  await page.getByRole("row").filter({ hasText: "amelia" }).getByRole("button", { name: event }).first().click();
  await page.getByRole("dialog").getByRole("link", { name: "Explain" }).click();
}

test("a denied call of the AWS CLI is explained, and the change that the page proposes allows it", async () => {
  const window = await here.signedIn("grace");
  const { page } = window;
  const dialog = page.getByRole("dialog");
  await window.visit("/events");
  await page.getByRole("button", { name: "Objects", exact: true }).click();
  await page.getByText("Follow", { exact: true }).click();
  expect((await put()).stderr).toContain("AccessDenied");
  await openExplanation(window, "s3:PutObject");
  await window.title("Explain a request");
  await page.getByText("Denied: nothing in the policies of the caller allows it").waitFor();
  await page.getByText("Still denied: the policies are what they were.").waitFor();
  await window.checkAccess();
  await window.guidePicture("explain-event");
  await page.emulateMedia({ colorScheme: "dark" });
  await page.setViewportSize({ width: 360, height: 800 });
  await window.settled();
  await window.checkAccess(["color-contrast", "scrollable-region-focusable", "target-size"]);
  await window.picture("explain-event-phone");
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize({ width: 1280, height: 800 });
  const change = `Add the action s3:PutObject to statement 2 (Read) of inline (inline)`;
  // By the keyboard alone.
  await window.tabTo(`Try it: ${change}`);
  await page.keyboard.press("Enter");
  await dialog.getByText("With it, the request is allowed").waitFor();
  await dialog.getByText(/^s3:PutObject on arn:aws:s3:::reports\/.* by .*user\/amelia$/).waitFor();
  await window.settled();
  await window.checkAccess();
  await window.guidePicture("try-change");
  await window.tabTo("Make this change");
  await page.keyboard.press("Enter");
  await window.notice("The change is made");
  await page.getByText("Now allowed: policies have changed since.").waitFor();
  await page
    .getByRole("list", { name: "Policies that have changed" })
    .getByText("inline (inline) is changed")
    .waitFor();
  expect((await put()).stderr).toBe("");
  await window.button("Undo").click();
  await window.notice("It is as it was before");
  await page.getByText("Still denied: the policies are what they were.").waitFor();
  expect((await put()).stderr).toContain("AccessDenied");
  // The link opens it again, as it was then.
  await page.reload();
  await page.getByText("Still denied: the policies are what they were.").waitFor();
  window.checkFaults();
});

test("a denial by two policies takes two changes at once; who may not make them is told so; a role that may is named", async () => {
  const window = await here.signedIn("grace");
  const { page } = window;
  const dialog = page.getByRole("dialog");
  await window.visit("/events");
  await page.getByRole("button", { name: "Objects", exact: true }).click();
  await page.getByText("Follow", { exact: true }).click();
  expect((await remove()).stderr).toContain("AccessDenied");
  await openExplanation(window, "s3:DeleteObject");
  await page.getByText("Denied by the policy of the resource").waitFor();
  await page.getByText("Statement 1 (NoDeletes) Deny applies decided").waitFor();
  // The condition has both values.
  await page.getByText(/^ArnNotEquals aws:PrincipalArn "arn:aws:iam::\d+:role\/break-glass"$/).waitFor();
  await page.getByText(JSON.stringify(amelia.arn), { exact: true }).waitFor();
  await page.getByText("It takes two changes at once.").waitFor();
  const roles = page.getByRole("list", { name: "Roles that may do it" });
  await roles.getByText(/break-glass may do it, and who asked may not take it, because no .* policy allows/).waitFor();
  const pair =
    /^Try it: Remove statement 1 \(NoDeletes\) of bucket policy of reports, which denies it, and add the action/;
  await page.getByRole("button", { name: pair }).click();
  await dialog.getByText("The bucket policy of reports does not count any more").waitFor();
  await dialog.getByText(/^s3:DeleteObject on arn:aws:s3:::reports\/.*, where another policy allows it$/).waitFor();
  const client = iam(here.gateway, here.gateway.admin);
  const deny = { Version: "2012-10-17", Statement: { Effect: "Deny", Action: "iam:PutUserPolicy", Resource: "*" } };
  const inline = { UserName: "grace", PolicyName: "no-policies" };
  await client.send(new PutUserPolicyCommand({ ...inline, PolicyDocument: JSON.stringify(deny) }));
  await dialog.getByRole("button", { name: "Make this change" }).click();
  await dialog.getByText("You are not allowed to make the change").waitFor();
  // The first of the two was made, and is taken back.
  const admin = s3(here.gateway, here.gateway.admin);
  expect((await admin.send(new GetBucketPolicyCommand({ Bucket: "reports" }))).Policy).toContain("NoDeletes");
  await client.send(new DeleteUserPolicyCommand(inline));
  // What somebody wrote while the dialog was open stays, and is what the dialog shows then.
  const { Policy } = await admin.send(new GetBucketPolicyCommand({ Bucket: "reports" }));
  const stricter = { Bucket: "reports", Policy: `${Policy}`.replace("s3:DeleteObject", "s3:*") };
  await admin.send(new PutBucketPolicyCommand(stricter));
  await dialog.getByRole("button", { name: "Make this change" }).click();
  await dialog.getByText("Somebody has changed the bucket policy of reports since.").waitFor();
  const now = await admin.send(new GetBucketPolicyCommand({ Bucket: "reports" }));
  expect(now.Policy).toBe(stricter.Policy);
  await dialog.getByRole("button", { name: "Make this change" }).click();
  await window.notice("The change is made");
  expect((await remove()).stderr).toBe("");
  window.checkFaults();
});

test("a role that somebody was not let into, and an action that no policy is near to: a statement is added, in a new policy too", async () => {
  const window = await here.signedIn("grace");
  const { page } = window;
  const dialog = page.getByRole("dialog");
  const RoleArn = `arn:aws:iam::${here.gateway.accountId}:role/break-glass`;
  const take = () => sts(here.gateway, amelia.keys).send(new AssumeRoleCommand({ RoleArn, RoleSessionName: "tried" }));
  const list = () => iam(here.gateway, amelia.keys).send(new ListUsersCommand({}));
  const change = async (denied: ServiceException, layer: RegExp, effect: string): Promise<void> => {
    await window.visit(`/events/${denied.$metadata.requestId ?? ""}`);
    await page.getByText("Still denied: the policies are what they were.").waitFor();
    await page.getByRole("button", { name: layer }).click();
    await dialog.getByText(effect).waitFor();
    await dialog.getByRole("button", { name: "Make this change" }).click();
    await page.getByText("Now allowed: policies have changed since.").waitFor();
  };
  const refused = (sent: Promise<unknown>) =>
    sent.then(
      () => expect.fail("allowed"),
      (error: ServiceException) => error,
    );
  await change(
    await refused(take()),
    /^Try it: In policy of the resource, add a statement/,
    "The trust policy of break-glass changes",
  );
  expect(await outcome(take())).toBe("allowed");
  await change(
    await refused(list()),
    /^Try it: In policies of the caller, add a statement/,
    "The policy allow-iam-ListUsers of the user amelia is new",
  );
  expect(await outcome(list())).toBe("allowed");
  window.checkFaults();
});

test("a request as a picture: the path that decides, where it ends, each box a page; saved as a file that needs nothing else", async () => {
  const window = await here.signedIn("grace");
  const { page } = window;
  const ways = page.getByRole("list", { name: "Ways to the bucket" }).getByRole("listitem");
  const search = new URLSearchParams({ principal: amelia.arn, bucket: "reports", key: "public/a" });
  await window.visit(`/picture?${search.toString()}`);
  await page.getByText("s3:GetObject is allowed").waitFor();
  await window.guidePicture("picture-of-why");
  await expect.poll(() => ways.first().textContent()).toMatch(/^user amelia → policy inline → statement 2, Allow Read/);
  await page.reload();
  await page.getByText("s3:GetObject is allowed").waitFor();
  await page.getByLabel("Action").click();
  await page
    .getByRole("option", { name: /^s3:PutObject\b/ })
    .first()
    .click();
  await page.getByText("s3:PutObject is denied").waitFor();
  await expect.poll(() => ways.first().textContent()).toMatch(/^user amelia: nothing allows it/);
  await window.checkAccess();
  await window.picture("picture");
  const download = page.waitForEvent("download");
  await window.button("Save as SVG").click();
  const saved = await (await download).path();
  expect((await download).suggestedFilename()).toBe("amelia-s3-PutObject-reports.svg");
  const text = readFileSync(saved, "utf8");
  expect(text).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
  expect(text).not.toMatch(/var\(|class=|url\(|<style/);
  expect(text).toContain(`href="${here.origin}/users/amelia"`);
  await ways.first().getByRole("link", { name: "amelia" }).click();
  await window.title("amelia");
  window.checkFaults();
});

test("rights that nobody used are found in the record; the narrower policy is given, and taken back", async () => {
  const window = await here.signedIn("grace");
  const { page } = window;
  const dialog = page.getByRole("dialog");
  const get = () => asAmelia("get-object", "--bucket", "reports", "--key", "public/a", "/dev/null");
  const list = () => asAmelia("list-objects-v2", "--bucket", "reports", "--prefix", "public/");
  expect((await get()).stderr).toBe("");
  await window.visit("/unused?days=1");
  // The events of calls on objects are written a little later than the calls are answered.
  const look = page.getByRole("button", { name: "Look at the policy for amelia" });
  await expect
    .poll(async () => {
      await window.button("Find unused access").click();
      await page.getByText("Every key and every role that was made before that time was used.").waitFor();
      await look.click();
      const text = (await dialog.getByLabel("Narrower policy").textContent()) ?? "";
      if (!text.includes("s3:GetObject")) await dialog.getByRole("button", { name: "Cancel" }).click();
      return text;
    })
    .toContain("s3:GetObject");
  await window.checkAccess();
  await window.picture("unused");
  expect(await dialog.getByRole("button", { name: "Give it this policy" }).isDisabled()).toBe(true);
  await dialog.getByText("Calls that are not in the record may be refused afterwards").click();
  // Somebody who gives it the same is faster, just before this page takes away what was there.
  const client = iam(here.gateway, here.gateway.admin);
  const own = { UserName: "amelia", PolicyName: "inline" };
  const { PolicyDocument } = await client.send(new GetUserPolicyCommand(own));
  await page.route("**/aws/iam", async (route) => {
    if (!/\bDeleteUserPolicy\b.*\binline\b/.test(route.request().postData() ?? "")) return route.fallback();
    await client.send(new DeleteUserPolicyCommand(own));
    return route.continue();
  });
  await dialog.getByRole("button", { name: "Give it this policy" }).click();
  await dialog.getByText("Somebody has changed the policies of amelia since.").waitFor();
  expect((await get()).stderr).toBe("");
  await page.unroute("**/aws/iam");
  await client.send(new PutUserPolicyCommand({ ...own, PolicyDocument: decodeURIComponent(PolicyDocument ?? "") }));
  await client.send(new DeleteUserPolicyCommand({ ...own, PolicyName: "access-report" }));
  await dialog.getByRole("button", { name: "Give it this policy" }).click();
  await window.notice("amelia has what it used, and nothing else");
  expect([(await get()).stderr, (await list()).stderr]).toEqual(["", expect.stringContaining("AccessDenied")]);
  await window.button("Undo").click();
  await window.notice("It is as it was before");
  expect([(await get()).stderr, (await list()).stderr]).toEqual(["", ""]);
  window.checkFaults();
});
