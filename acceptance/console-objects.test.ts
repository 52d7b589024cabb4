import { closeSync, ftruncateSync, mkdirSync, openSync, writeFileSync, readdirSync, readFileSync } from "node:fs";
import { Agent } from "node:http";
import { join } from "node:path";
import { PutUserPolicyCommand } from "@aws-sdk/client-iam";
import {
  GetObjectCommand,
  GetObjectLegalHoldCommand,
  GetObjectLockConfigurationCommand,
  GetObjectRetentionCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import type { Locator, Page, Route } from "playwright-core";
import { expect, test } from "vitest";
import { iam, outcome, s3 } from "./clients.ts";
import { makeConsoleUser, useConsole } from "./console-browser.ts";
import { allow, makeBucket } from "./fixtures.ts";
import { startGateway } from "./gateway.ts";
import { send } from "./raw.ts";

const mebibyte = 1024 * 1024;
const here = useConsole({
  start: () => startGateway({ args: ["--console-port", "0"] }), // its memory is looked at
  prepare: () =>
    Promise.all([
      makeConsoleUser(here.gateway, "grace"),
      makeBucket(here.gateway, "uploads"),
      makeBucket(here.gateway, "reports", ["2026/january", "2026/february", "readme"]),
    ]),
});

/** A file of zeros, which takes no room on the disk. */
function emptyFile(name: string, bytes: number): string {
  const path = join(here.gateway.home, name);
  const file = openSync(path, "w");
  ftruncateSync(file, bytes);
  closeSync(file);
  return path;
}

/** What a process has in memory, in bytes. */
function memoryOf(pid: number): number {
  const [, kibibytes = "0"] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kibibytes) * 1024;
}

function gatewayPid(): number {
  const [file = ""] = readdirSync(join(here.gateway.home, "state/s3-credentials/gateways"));
  return Number(file.replace(".json", ""));
}

async function rendererPids(): Promise<readonly number[]> {
  const session = await here.browser.newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  await session.detach();
  return processInfo.filter(({ type }) => type === "renderer").map(({ id }) => id);
}

/** As the desktop gives them to the browser. */
async function dropFiles(page: Page, files: readonly string[], at: Locator): Promise<void> {
  const box = await at.boundingBox();
  const place = { x: (box?.x ?? 0) + 5, y: (box?.y ?? 0) + 5 };
  const session = await page.context().newCDPSession(page);
  for (const type of ["dragEnter", "dragOver", "drop"] as const)
    await session.send("Input.dispatchDragEvent", {
      type,
      ...place,
      data: { items: [], files: [...files], dragOperationsMask: 1 },
    });
  await session.detach();
}

test("100 MiB go up in parts: neither the page nor the gateway holds them", async () => {
  const window = await here.signedIn("grace");
  const { page } = window;
  await window.open("/buckets/uploads", "uploads");
  const small = emptyFile("small.bin", 20 * mebibyte); // what any upload needs is there before it is measured
  await page.getByLabel("Files to upload").setInputFiles([small]);
  await page.getByText("Uploaded").first().waitFor();
  const pids = [...(await rendererPids()), gatewayPid()];
  const before = pids.map(memoryOf);
  const most = [...before];
  const watch = setInterval(() => pids.forEach((pid, at) => (most[at] = Math.max(most[at] ?? 0, memoryOf(pid)))), 20);
  await page.getByLabel("Files to upload").setInputFiles([emptyFile("large.bin", 100 * mebibyte)]);
  await page.getByText("100.0 MiB of 100.0 MiB").waitFor({ timeout: 120_000 });
  await page.getByText("Uploaded").first().waitFor();
  clearInterval(watch);
  const growth = most.map((bytes, at) => (bytes - (before[at] ?? 0)) / mebibyte);
  expect(growth.length).toBeGreaterThan(1);
  for (const mebibytes of growth) expect(mebibytes).toBeLessThan(50);
  const stored = await s3(here.gateway, here.gateway.admin).send(
    new HeadObjectCommand({ Bucket: "uploads", Key: "large.bin" }),
  );
  expect(stored.ContentLength).toBe(100 * mebibyte);
  window.checkFaults();
});

test("an upload that fails goes on with the parts that are missing; one that is cancelled leaves nothing", async () => {
  const window = await here.signedIn("grace");
  const { page } = window;
  const sent = (): Promise<string[]> => page.evaluate("sent");
  await window.open("/buckets/uploads", "uploads");
  // The page's own requests, so that no part of a file goes through the test.
  await page.evaluate(`globalThis.sent = []; globalThis.refuse = true;
    const { open, send } = XMLHttpRequest.prototype;
    XMLHttpRequest.prototype.open = function (method, url) {
      const part = new URL(url, location.href).searchParams.get("partNumber");
      if (part !== null) sent.push(part);
      this.held = url.includes("/cancelled.bin");
      return open.call(this, method, part === "2" && refuse ? "/nowhere" : url);
    };
    XMLHttpRequest.prototype.send = function (body) { if (!this.held) send.call(this, body); };`);
  await page.getByLabel("Files to upload").setInputFiles([emptyFile("again.bin", 20 * mebibyte)]);
  await page
    .getByText(/Failed: The console has nothing at this path\. \(NotFound, request \w+\)/)
    .first()
    .waitFor();
  expect(await page.getByText(/^The console has nothing/).count()).toBe(0); // the reason is there once
  await expect.poll(async () => (await sent()).toSorted()).toEqual(["1", "2", "3"]);
  await page.evaluate("refuse = false");
  await window.button("Try again to upload again.bin").click();
  await page.getByText("Uploaded").first().waitFor();
  const all = await sent();
  expect(all.filter((part) => part === "2")).toHaveLength(2);
  expect(all.length).toBeLessThan(6); // a part that had arrived is not sent again
  const client = s3(here.gateway, here.gateway.admin);
  expect((await client.send(new HeadObjectCommand({ Bucket: "uploads", Key: "again.bin" }))).ContentLength).toBe(
    20 * mebibyte,
  );
  await page.getByLabel("Files to upload").setInputFiles([emptyFile("cancelled.bin", 20 * mebibyte)]);
  await expect.poll(async () => (await sent()).length).toBeGreaterThan(all.length);
  // It goes on beside another page, and the browser asks before it ends with that one.
  await window.visit("/users");
  expect(await page.evaluate('dispatchEvent(new Event("beforeunload", { cancelable: true }))')).toBe(false);
  await window.visit("/buckets/uploads");
  await window.button("Cancel the upload of cancelled.bin").click();
  expect(await page.evaluate('dispatchEvent(new Event("beforeunload", { cancelable: true }))')).toBe(true);
  const unfinished = async () =>
    (await client.send(new ListMultipartUploadsCommand({ Bucket: "uploads" }))).Uploads ?? [];
  await expect.poll(unfinished).toEqual([]);
  window.checkFaults();
});

test("a bucket of 5,000 keys is listed by one request a view", async () => {
  await makeBucket(here.gateway, "large");
  const names = Array.from({ length: 5000 }, (_, at) => `key-${String(at).padStart(5, "0")}`);
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  const body = Buffer.from("x");
  const put = async (name: string): Promise<number> => {
    const request = { method: "PUT", path: `/large/${name}`, body, keys: here.gateway.admin, agent };
    return (await send(here.gateway, request)).status;
  };
  expect(new Set(await Promise.all(names.map(put)))).toEqual(new Set([200]));
  agent.destroy();
  const window = await here.signedIn("grace");
  const { page } = window;
  const lists: string[] = [];
  page.on("request", (request) => {
    if (request.url().includes("list-type=2")) lists.push(request.url());
  });
  await window.open("/buckets/large", "large");
  await page.getByText("key-00000").waitFor();
  await page.getByText("(1000+)").waitFor();
  await window.settled();
  expect(lists).toHaveLength(1);
  await page.getByRole("button", { name: /next thousand/i }).click();
  await page.getByText("key-01000").waitFor();
  await window.settled();
  expect(lists).toHaveLength(2);
  await page.getByLabel("Begins with").fill("key-0499");
  await page.keyboard.press("Enter");
  await page.getByText("key-04999").waitFor();
  await window.settled();
  expect(lists).toHaveLength(3);
  window.checkFaults();
});

test("objects: a folder, an upload in parts, a link, versions, delete and undo; one list request a view", async () => {
  const window = await here.signedIn("grace");
  const { page } = window;
  const lists: string[] = [];
  page.on("request", (request) => {
    if (/\/aws\/s3\/reports\?(list-type|versions)/.test(request.url())) lists.push(request.url());
  });
  await window.open("/buckets/reports", "reports");
  await page.getByRole("link", { name: "2026/", exact: true }).click();
  await page.getByText("january").waitFor();
  await window.settled();
  expect(lists).toHaveLength(2);
  expect(page.url()).toContain("prefix=2026%2F");
  await page.reload();
  await page.getByText("january").waitFor();
  await window.picture("objects");

  const large = join(here.gateway.home, "large.bin");
  writeFileSync(large, Buffer.alloc(9 * mebibyte, "0123456789"));
  await page.getByLabel("Files to upload").setInputFiles([large]);
  await page.getByText("Uploaded").first().waitFor();
  const client = s3(here.gateway, here.gateway.admin);
  const stored = await client.send(new GetObjectCommand({ Bucket: "reports", Key: "2026/large.bin" }));
  expect([stored.ContentLength, stored.ETag]).toEqual([9 * mebibyte, expect.stringMatching(/-2"$/)]);
  stored.Body?.transformToByteArray().catch(() => undefined);
  const folder = join(here.gateway.home, "folder");
  mkdirSync(join(folder, "inner"), { recursive: true });
  writeFileSync(join(folder, "inner/one.txt"), "one");
  await page.getByLabel("Folder to upload").setInputFiles(folder);
  const keysOf = async (prefix: string): Promise<readonly (string | undefined)[]> => {
    const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: "reports", Prefix: prefix }));
    return Contents.map(({ Key }) => Key);
  };
  await expect.poll(() => keysOf("2026/folder/")).toEqual(["2026/folder/inner/one.txt"]);
  // A folder and a file, moved here from the desktop.
  const dropped = join(here.gateway.home, "dropped");
  mkdirSync(join(dropped, "deep/deeper"), { recursive: true });
  for (const name of ["top.txt", "deep/deeper/two.txt"]) writeFileSync(join(dropped, name), name);
  writeFileSync(join(here.gateway.home, "beside.txt"), "beside");
  await dropFiles(page, [dropped, join(here.gateway.home, "beside.txt")], page.getByText("january"));
  await expect
    .poll(() => keysOf("2026/dropped/"))
    .toEqual(["2026/dropped/deep/deeper/two.txt", "2026/dropped/top.txt"]);
  await expect.poll(() => keysOf("2026/beside")).toEqual(["2026/beside.txt"]);
  // What is there already is replaced when that is said, and not before.
  const beside = async (): Promise<string | undefined> =>
    (await client.send(new GetObjectCommand({ Bucket: "reports", Key: "2026/beside.txt" }))).Body?.transformToString();
  writeFileSync(join(here.gateway.home, "beside.txt"), "other");
  await page.getByLabel("Files to upload").setInputFiles([large, join(here.gateway.home, "beside.txt")]);
  const replaceAll = window.button("Replace all 2 objects");
  await replaceAll.waitFor();
  await page.getByText("Not uploaded: there is an object of this name").first().waitFor();
  expect(await beside()).toBe("beside");
  await replaceAll.click();
  await expect.poll(beside).toBe("other");
  const uploads = page.getByRole("region", { name: "Uploads" });
  await expect.poll(() => uploads.getByRole("button").count()).toBe(0);
  await uploads.getByText("9.0 MiB of 9.0 MiB").waitFor();
  // Where the storage cannot write under a condition, the page looks what is there.
  const refuseConditions = async (route: Route): Promise<void> =>
    "if-none-match" in route.request().headers()
      ? route.fulfill({ status: 501, json: { error: { code: "NotImplemented", message: "No conditions here." } } })
      : route.fallback();
  await page.route("**/aws/s3/reports/**", refuseConditions);
  for (const name of ["beside.txt", "fresh.txt"]) writeFileSync(join(here.gateway.home, name), "third");
  await page
    .getByLabel("Files to upload")
    .setInputFiles(["beside.txt", "fresh.txt"].map((name) => join(here.gateway.home, name)));
  const replaceOne = window.button("Replace 2026/beside.txt");
  await replaceOne.waitFor();
  await expect.poll(() => keysOf("2026/fresh")).toEqual(["2026/fresh.txt"]);
  expect(await beside()).toBe("other");
  await replaceOne.click();
  await expect.poll(beside).toBe("third");
  await page.unroute("**/aws/s3/reports/**", refuseConditions);
  // The browser reports the two answers.
  expect(window.faults.splice(0)).toEqual([expect.stringContaining("501"), expect.stringContaining("501")]);

  await page.getByRole("checkbox", { name: "Select 2026/january" }).check();
  await window.button("Link").click();
  await window.button("Make the link").click();
  const link = await page.getByRole("dialog").locator("dd code").textContent();
  expect(new URL(link ?? "").origin).toBe(here.gateway.endpoint);
  expect(await (await fetch(link ?? "")).text()).toBe("2026/january");
  await window.button("Cancel").click();

  await page.getByRole("tab", { name: "Properties" }).click();
  await page.getByRole("radio", { name: "On", exact: true }).check();
  await window.button("Save the versioning of reports").click();
  await window.notice("The versioning of reports: saved");
  await page.getByRole("tab", { name: "Objects" }).click();
  const deleteReadme = async (): Promise<void> => {
    await page.getByRole("checkbox", { name: "Select readme" }).check();
    await page.getByRole("group").or(page.locator("main")).getByRole("button", { name: "Delete" }).last().click();
    const confirm = page.getByRole("dialog").getByRole("button", { name: "Delete" });
    expect(await confirm.isDisabled()).toBe(true);
    await page.getByLabel("Type 1 to confirm").fill("1");
    await confirm.click();
    await window.notice("1 object deleted");
  };
  await deleteReadme();
  expect((await client.send(new ListObjectsV2Command({ Bucket: "reports", Prefix: "readme" }))).KeyCount).toBe(0);
  // Among the versions, its delete marker is what restoring takes away.
  await page.getByText("Show versions", { exact: true }).click();
  await page.getByRole("row").filter({ hasText: "delete marker" }).getByRole("checkbox").check();
  await window.button("Restore").click();
  await window.notice("The object is back");
  await page.getByText("delete marker").waitFor({ state: "detached" });
  await page
    .getByRole("row")
    .filter({ hasText: "current" })
    .filter({ hasText: "readme" })
    .getByRole("checkbox")
    .check();
  await window.button("Download").waitFor();
  await page.locator("main").getByRole("button", { name: "Delete" }).last().click();
  await window.notice("1 version will be deleted for good: this cannot be undone.");
  await page.getByRole("dialog").getByRole("button", { name: "Cancel" }).click();
  await page.getByText("Show versions", { exact: true }).click();
  await deleteReadme();
  await window.button("Undo").click();
  await window.notice("The objects are back");
  expect((await client.send(new ListObjectsV2Command({ Bucket: "reports", Prefix: "readme" }))).KeyCount).toBe(1);
  window.checkFaults();
});

test("Object Lock: of a bucket with its consequences, of a version with time left, bypassed when that is said", async () => {
  const Bucket = "vault";
  await makeBucket(here.gateway, Bucket);
  const client = s3(here.gateway, here.gateway.admin);
  const window = await here.signedIn("grace");
  const { page } = window;
  const dialog = page.getByRole("dialog");
  const lock = async () =>
    (await client.send(new GetObjectLockConfigurationCommand({ Bucket })).catch(() => undefined))
      ?.ObjectLockConfiguration;
  await window.visit(`/buckets/${Bucket}/properties`);
  await page.getByRole("radio", { name: "On", exact: true }).check();
  await window.button(`Save the versioning of ${Bucket}`).click();
  await window.notice(`The versioning of ${Bucket}: saved`);
  await page.getByRole("checkbox", { name: "Object Lock" }).check();
  await page.getByRole("radio", { name: "Compliance mode" }).check();
  await window.button(`Save the Object Lock of ${Bucket}`).click();
  await dialog.getByText("Nobody can delete it or shorten the time").waitFor();
  await window.checkAccess();
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await page.getByRole("radio", { name: "Governance mode" }).check();
  await page.getByLabel("For how long").fill("3");
  await window.button(`Save the Object Lock of ${Bucket}`).click();
  await dialog.getByText("Object Lock is never taken away from the bucket again").waitFor();
  await dialog.getByLabel(`Type ${Bucket} to confirm`).fill(Bucket);
  await dialog.getByRole("button", { name: "Save" }).click();
  await window.notice(`The Object Lock of ${Bucket}: saved`);
  expect(await lock()).toEqual({
    ObjectLockEnabled: "Enabled",
    Rule: { DefaultRetention: { Mode: "GOVERNANCE", Days: 3 } },
  });
  expect(await page.getByRole("checkbox", { name: "Object Lock" }).isDisabled()).toBe(true);
  // Suspending versions is asked for, and refused where there is a lock.
  await page.getByRole("radio", { name: "Suspended", exact: true }).check();
  await window.button(`Save the versioning of ${Bucket}`).click();
  await dialog.getByText("From now on an upload replaces the object for good").waitFor();
  await dialog.getByRole("button", { name: "Cancel" }).click();

  const { VersionId } = await client.send(new PutObjectCommand({ Bucket, Key: "ledger", Body: "1" }));
  await window.visit(`/buckets/${Bucket}?versions=1`);
  const open = async (): Promise<void> => {
    await page.getByRole("row").filter({ hasText: "ledger" }).getByRole("checkbox").check();
    await window.button("Lock").click();
  };
  const retention = async () => (await client.send(new GetObjectRetentionCommand({ Bucket, Key: "ledger" }))).Retention;
  await open();
  await dialog.getByText(/days left\)/).waitFor();
  await window.checkAccess();
  await window.guidePicture("object-lock");
  await dialog.getByRole("button", { name: "Set a legal hold" }).click();
  await dialog.getByText("Legal hold: it stays until somebody takes the hold away").waitFor();
  expect(await client.send(new GetObjectLegalHoldCommand({ Bucket, Key: "ledger", VersionId }))).toMatchObject({
    LegalHold: { Status: "ON" },
  });
  await dialog.getByRole("button", { name: "Take the legal hold away" }).click();
  await dialog.getByText("No legal hold").waitFor();
  await dialog.getByRole("radio", { name: /^Compliance mode/ }).check();
  await dialog.getByLabel("Until, midnight UTC").fill("2099-01-31");
  await dialog.getByText("Nobody can delete this version before that day").waitFor();
  const saveRetention = dialog.getByRole("button", { name: "Save retention" });
  expect(await saveRetention.isDisabled()).toBe(true);
  await dialog.getByRole("radio", { name: "No retention" }).check();
  expect(await saveRetention.isDisabled()).toBe(true);
  await dialog.getByLabel("Bypass governance mode").check();
  await saveRetention.click();
  await window.notice("The retention of ledger is saved");
  expect(await outcome(retention())).toBe("NoSuchObjectLockConfiguration");
  window.checkFaults();
});

test("a user limited to a prefix reaches the bucket and the prefix by name, and sees refusals as refusals", async () => {
  await makeConsoleUser(here.gateway, "liam", []);
  const policy = allow("s3:ListBucket", "arn:aws:s3:::reports", { StringLike: { "s3:prefix": "2026/*" } });
  await iam(here.gateway, here.gateway.admin).send(
    new PutUserPolicyCommand({ UserName: "liam", PolicyName: "prefix", PolicyDocument: JSON.stringify(policy) }),
  );
  const window = await here.signIn("liam");
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
