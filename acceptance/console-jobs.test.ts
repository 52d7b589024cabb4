import {
  AttachUserPolicyCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  GetAccountPasswordPolicyCommand,
  GetGroupCommand,
  GetRoleCommand,
  ListAccountAliasesCommand,
  ListPolicyVersionsCommand,
} from "@aws-sdk/client-iam";
import {
  DeleteBucketPolicyCommand,
  GetBucketCorsCommand,
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketLoggingCommand,
  GetBucketNotificationConfigurationCommand,
  GetBucketOwnershipControlsCommand,
  GetBucketPolicyCommand,
  GetBucketRequestPaymentCommand,
  GetBucketTaggingCommand,
  GetBucketWebsiteCommand,
  GetPublicAccessBlockCommand,
  ListBucketInventoryConfigurationsCommand,
  PutBucketCorsCommand,
  PutBucketEncryptionCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketPolicyCommand,
} from "@aws-sdk/client-s3";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { iam, s3 } from "./clients.ts";
import { makeConsoleUser, useConsole } from "./console-browser.ts";
import { allow, makeBucket } from "./fixtures.ts";
import { startGatewayHere } from "./gateway-here.ts";

const home = mkdtempSync(join(tmpdir(), "s3-credentials-jobs-"));
const targets = join(home, "targets.json");
writeFileSync(targets, JSON.stringify({ targets: [{ name: "told", accounts: "all", file: "told.jsonl" }] }));
afterAll(() => rmSync(home, { recursive: true, force: true }));

const here = useConsole({
  start: () =>
    startGatewayHere({
      args: [
        "--console-port",
        "0",
        "--website-port",
        "0",
        "--notification-targets",
        targets,
        "--max-rate-per-caller",
        "10000",
      ],
    }),
  prepare: () => makeConsoleUser(here.gateway, "grace"),
});

test("groups: made, filled, emptied and undone, deleted; what happened is told on its page alone", async () => {
  const client = iam(here.gateway, here.gateway.admin);
  const window = await here.signedIn("grace");
  const { page } = window;
  const dialog = page.getByRole("dialog");
  await window.go("Groups");
  await window.button("Create group").click();
  await dialog.getByLabel("Group name").fill("größe 1");
  await dialog.getByText("ö is not allowed. Letters are A to Z and a to z.").waitFor();
  await dialog.getByLabel("Group name").fill("group 1");
  await dialog.getByText("Spaces are not allowed.").waitFor();
  expect(await dialog.getByRole("button", { name: "Create group" }).isDisabled()).toBe(true);
  await dialog.getByLabel("Group name").fill("readers");
  await page.keyboard.press("Enter");
  await window.title("readers");
  await window.notice("Group readers is created");
  const members = async () =>
    (await client.send(new GetGroupCommand({ GroupName: "readers" }))).Users?.map(({ UserName }) => UserName);
  await window.button("Add users").click();
  await dialog.getByRole("button", { name: "Users" }).click();
  await page.getByRole("option", { name: "grace" }).click();
  await page.keyboard.press("Escape");
  await dialog.getByRole("button", { name: "Add", exact: true }).click();
  await window.notice("grace added to readers");
  expect(await members()).toEqual(["grace"]);
  await window.button("Remove grace").click();
  await window.notice("grace is no longer in readers");
  expect(await members()).toEqual([]);
  await page.getByText("No members").waitFor();
  await window.button("Undo").click();
  await window.button("Remove grace").waitFor();
  expect(await members()).toEqual(["grace"]);
  // An address of a part that is not there shows the first.
  await window.visit("/users/grace/nothing");
  await page.getByRole("tab", { name: "Permissions", selected: true }).waitFor();
  await window.visit("/users/grace/groups");
  await page.getByRole("tabpanel").getByRole("link", { name: "readers" }).click();
  await window.title("readers");
  await window.button("Delete").click();
  await page.getByLabel("Type readers to confirm").fill("readers");
  await dialog.getByRole("button", { name: "Delete" }).click();
  await window.title("Groups");
  await window.notice("Group readers is deleted");
  await window.go("Users");
  await page.getByText("Group readers is deleted").waitFor({ state: "detached" });
  window.checkFaults();
});

test("a policy as JSON: completion and findings as one types, versions with what changed, where it is used", async () => {
  const client = iam(here.gateway, here.gateway.admin);
  const document = (action: string): string => JSON.stringify(allow(action, "arn:aws:s3:::reports/*"));
  const { Policy } = await client.send(
    new CreatePolicyCommand({ PolicyName: "versions", PolicyDocument: document("s3:GetObject") }),
  );
  const PolicyArn = Policy?.Arn ?? "";
  for (const action of ["PutObject", "DeleteObject", "GetObjectTagging", "PutObjectTagging"])
    await client.send(
      new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument: document(`s3:${action}`), SetAsDefault: true }),
    );
  const window = await here.signedIn("grace");
  const { page } = window;
  const dialog = page.getByRole("dialog");
  await window.visit(`/policies/${encodeURIComponent(PolicyArn)}`);
  const editor = page.getByRole("textbox", { name: "Policy document" });
  await editor.click();
  await page.keyboard.press("Control+A");
  await page.keyboard.insertText(
    `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Resource":"arn:aws:s3:::a/\u202E*","Action":"s3:NoSuch"}]}`,
  );
  await page
    .getByText(/NoSuch/)
    .first()
    .waitFor();
  await editor.getByText("<U+202E>", { exact: true }).waitFor();
  await page.getByText(/whose key begins with "<U\+202E>"/).waitFor();
  await page.getByRole("complementary", { name: "About the document" }).getByText("Error").first().waitFor();
  await expect.poll(() => page.getByRole("button", { name: /save/i }).isDisabled()).toBe(true);
  await page.keyboard.press("Control+A");
  await page.keyboard.insertText(
    `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Resource":"*","Action":"s3:ListAllMyB`,
  );
  await page.keyboard.press("Control+Space");
  await page.getByRole("option", { name: "s3:ListAllMyBuckets" }).click();
  await page.keyboard.insertText(`"}]}`);
  await page.getByText("A policy has at most 5 versions. Saving deletes the oldest, v1.").waitFor();
  await window.button("Delete v1 and save").click();
  await window.notice("The new version is saved and is the default now");
  await page.getByRole("tab", { name: "Versions" }).click();
  await page.getByRole("link", { name: "Compare v5" }).click();
  await window.title("Review a policy");
  await page.getByText(/Different: nothing of what was allowed .* They allow nothing in common/).waitFor();
  const differences = page.getByRole("list", { name: "Differences" });
  await differences.getByText(/Only versions v6 allows s3:ListAllMyBuckets on .* \(statement 1\)/).waitFor();
  await differences.getByText(/Only versions v5 allows s3:PutObjectTagging on .* \(statement 1\)/).waitFor();
  await page.getByRole("textbox", { name: "Text before" }).getByText("s3:PutObjectTagging").waitFor();
  await page.getByRole("textbox", { name: "Text after" }).getByText("s3:ListAllMyBuckets").waitFor();
  await window.picture("review");
  // The other document is pasted, and says the same in other letters.
  await window.button("Swap").click();
  await page.getByLabel(/^Policy before/).click();
  await page.getByRole("option", { name: "Text that I paste" }).click();
  await page.getByRole("textbox", { name: "Text before" }).last().click();
  await page.keyboard.insertText("{");
  await page.getByText("Could not read the text before").waitFor();
  await page.keyboard.press("Control+A");
  await page.keyboard.insertText(JSON.stringify(allow("s3:putobjecttagging", "arn:aws:s3:::reports/*")));
  await page.getByText(/Equal: the change gives nothing and takes nothing/).waitFor();
  await window.button("Copy the verdict").click();
  await page.goBack();
  await window.button("Make v2 the default").click();
  await window.notice("v2 is the default version now");
  await window.button("Delete v3").click();
  expect(await dialog.getByRole("button", { name: "Delete" }).isDisabled()).toBe(true);
  await page.getByLabel("Type v3 to confirm").fill("v3");
  await dialog.getByRole("button", { name: "Delete" }).click();
  await window.notice("The version is deleted");
  const { Versions = [] } = await client.send(new ListPolicyVersionsCommand({ PolicyArn }));
  expect(Versions.map(({ VersionId, IsDefaultVersion }) => `${VersionId} ${IsDefaultVersion}`)).toEqual([
    "v6 false",
    "v5 false",
    "v4 false",
    "v2 true",
  ]);
  await client.send(new AttachUserPolicyCommand({ UserName: "grace", PolicyArn }));
  await page.getByRole("tab", { name: "Attached to" }).click();
  await page.getByRole("tabpanel").getByRole("link", { name: "grace" }).waitFor();
  window.checkFaults();
});

test("a role by choosing whom it trusts; a trust policy that names nobody is refused at its place, one that is saved can be undone", async () => {
  const client = iam(here.gateway, here.gateway.admin);
  const window = await here.signedIn("grace");
  const { page } = window;
  await window.visit("/roles/create");
  await page
    .getByRole("button", { name: "User Choose a user" })
    .or(page.getByLabel("User", { exact: true }))
    .first()
    .click();
  await page.getByRole("option", { name: "grace" }).click();
  await page.getByLabel("Role name").fill("for-grace");
  await window.button("Create role").click();
  await window.title("for-grace");
  const trust = async (): Promise<string> =>
    decodeURIComponent(
      (await client.send(new GetRoleCommand({ RoleName: "for-grace" }))).Role?.AssumeRolePolicyDocument ?? "",
    );
  const before = await trust();
  expect(before).toContain(":user/grace");
  await page.getByRole("tab", { name: "Trust policy" }).click();
  const write = async (principal: string): Promise<void> => {
    const Principal = { AWS: `arn:aws:iam::${here.gateway.accountId}:${principal}` };
    await page.getByRole("textbox", { name: "Trust policy" }).click();
    await page.keyboard.press("Control+A");
    await page.keyboard.insertText(
      JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Principal, Action: "sts:AssumeRole" }] }),
    );
    await window.button("Save").click();
  };
  await write("user/nobody");
  await page.getByText("Could not save the trust policy").waitFor();
  await page
    .getByText(/user\/nobody/)
    .first()
    .waitFor();
  expect(await trust()).toBe(before);
  await write("root");
  await window.notice("The trust policy of for-grace is saved");
  expect(await trust()).not.toBe(before);
  await window.button("Undo").click();
  await expect.poll(async () => JSON.parse(await trust())).toEqual(JSON.parse(before));
  window.checkFaults();
});

test("a bucket's permissions: what is blocked, its policy and its CORS rules are saved, refused in words, and undone", async () => {
  await makeBucket(here.gateway, "shared");
  const client = s3(here.gateway, here.gateway.admin);
  const Bucket = "shared";
  const window = await here.signedIn("grace");
  const { page } = window;
  await window.visit("/buckets/shared/permissions");
  await window.button("Write a bucket policy").click();
  await window.button("Save").click();
  await window.notice("The bucket policy is saved");
  const policy = async (): Promise<string> => (await client.send(new GetBucketPolicyCommand({ Bucket }))).Policy ?? "";
  expect(await policy()).toContain("KeepTheArchive");
  // What somebody else writes while one types is not written over: both are shown, and one is chosen.
  const editor = page.getByRole("textbox", { name: "Bucket policy" });
  const write = async (Sid: string): Promise<string> => (await policy()).replace(/"Sid":\s*"\w+"/, `"Sid":"${Sid}"`);
  await editor.click();
  await page.keyboard.press("Control+A");
  await page.keyboard.insertText(await write("Mine"));
  await client.send(new PutBucketPolicyCommand({ Bucket, Policy: await write("Theirs") }));
  await window.button("Save").click();
  await page.getByText("The bucket policy of shared was changed by somebody else while you wrote").waitFor();
  await page.getByRole("textbox", { name: "Changes" }).getByText("Theirs").waitFor();
  await window.checkAccess();
  expect(await policy()).toContain("Theirs");
  await window.button("Discard mine").click();
  await editor.getByText("Theirs").waitFor();
  await editor.click();
  await page.keyboard.press("Control+A");
  await page.keyboard.insertText(await write("Mine"));
  await client.send(new DeleteBucketPolicyCommand({ Bucket }));
  await window.button("Save").click();
  await window.button("Save mine anew").click();
  // A notice of the first save may still be there, so it says nothing of this one.
  await expect.poll(() => policy().catch(() => "")).toContain("Mine");
  await window.button("Undo").click();
  await window.notice("It is as it was before");
  await window.button("Write a bucket policy").click();
  await window.button("Save").click();
  await window.notice("The bucket policy is saved");
  // One that makes the bucket public is refused while that is blocked.
  await page.getByRole("textbox", { name: "Bucket policy" }).click();
  await page.keyboard.press("Control+A");
  const Statement = [{ Effect: "Allow", Principal: "*", Action: "s3:GetObject", Resource: "arn:aws:s3:::shared/*" }];
  await page.keyboard.insertText(JSON.stringify({ Version: "2012-10-17", Statement }));
  await window.button("Save").click();
  await page.getByText("You are not allowed to save the bucket policy").waitFor();
  expect(await policy()).toContain("KeepTheArchive");
  await window.button("Discard changes").click();
  await page.getByRole("tabpanel").getByRole("button", { name: "Delete" }).click();
  await window.notice("The bucket policy is deleted");
  await window.button("Undo").click();
  await expect.poll(policy).toContain("KeepTheArchive");

  await page.getByLabel("Refuse a new bucket policy that is public").uncheck();
  await window.button("Save what public access shared blocks").click();
  await window.notice("What public access shared blocks: saved");
  const { PublicAccessBlockConfiguration } = await client.send(new GetPublicAccessBlockCommand({ Bucket }));
  expect(PublicAccessBlockConfiguration).toMatchObject({ BlockPublicPolicy: false, BlockPublicAcls: true });
  await window.button("Write rules").click();
  await window.button("Save the CORS rules of shared").click();
  await window.notice("The CORS rules of shared: saved");
  const cors = async () => (await client.send(new GetBucketCorsCommand({ Bucket }))).CORSRules;
  expect(await cors()).toMatchObject([{ AllowedOrigins: ["https://www.example.com"] }]);
  const rules = page.getByLabel("Rules, as JSON");
  await rules.fill(`[{"AllowedOrigins":["*"]}]`);
  await page.getByText("/0 needs AllowedMethods.").waitFor();
  await rules.fill(`[{"AllowedOrigins":["*"],"AllowedMethods":["GET"]}]`);
  // Meanwhile somebody else has set others: they stay.
  const theirs = [{ AllowedOrigins: ["https://theirs.example.com"], AllowedMethods: ["PUT"] }];
  await client.send(new PutBucketCorsCommand({ Bucket, CORSConfiguration: { CORSRules: theirs } }));
  await window.button("Save the CORS rules of shared").click();
  await page.getByText("Somebody has changed the CORS rules of shared since.").waitFor();
  expect(await cors()).toEqual(theirs);
  const ownership = async () =>
    (await client.send(new GetBucketOwnershipControlsCommand({ Bucket }))).OwnershipControls?.Rules;
  await page.getByRole("radio", { name: "ACLs; an object belongs to the account that writes it" }).check();
  await window.button("Save the object ownership of shared").click();
  await window.notice("The object ownership of shared: saved");
  expect(await ownership()).toEqual([{ ObjectOwnership: "ObjectWriter" }]);
  await window.button("Undo").click();
  await expect.poll(ownership).toEqual([{ ObjectOwnership: "BucketOwnerEnforced" }]);
  window.checkFaults();
});

test("a bucket's properties: its encryption, tags, website, payer and quota are saved and undone", async () => {
  await makeBucket(here.gateway, "kept");
  const client = s3(here.gateway, here.gateway.admin);
  const Bucket = "kept";
  const window = await here.signedIn("grace");
  const { page } = window;
  // What the page does not show stays: customers' keys are blocked.
  const BlockedEncryptionTypes = { EncryptionType: ["SSE-C" as const] };
  const rule = { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" as const }, BlockedEncryptionTypes };
  const ServerSideEncryptionConfiguration = { Rules: [rule] };
  await client.send(new PutBucketEncryptionCommand({ Bucket, ServerSideEncryptionConfiguration }));
  const stored = async () =>
    (await client.send(new GetBucketEncryptionCommand({ Bucket }))).ServerSideEncryptionConfiguration?.Rules?.[0];
  await window.visit("/buckets/kept/properties");
  await page.getByRole("radio", { name: "With a key of the operator (SSE-KMS)" }).check();
  await page.getByLabel("Key", { exact: true }).fill("alias/photos");
  await window.button("Save the default encryption of kept").click();
  await window.notice("The default encryption of kept: saved");
  expect(await stored()).toMatchObject({
    ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "aws:kms", KMSMasterKeyID: "alias/photos" },
    BlockedEncryptionTypes,
  });
  await window.button("Undo").click();
  await expect.poll(stored).toMatchObject(rule);

  await window.button("Add a tag").click();
  await page.getByLabel("Key of tag 1").fill("team");
  await page.getByLabel("Value of tag 1").fill("red");
  await window.button("Save tags").click();
  await window.notice("The tags are saved");
  const tags = async () =>
    (await client.send(new GetBucketTaggingCommand({ Bucket })).catch(() => undefined))?.TagSet ?? [];
  expect(await tags()).toEqual([{ Key: "team", Value: "red" }]);
  await window.button("Undo").click();
  await expect.poll(tags).toEqual([]);

  await page.getByRole("radio", { name: "A website of what is in the bucket" }).check();
  await page.getByLabel("Error document").fill("error.html");
  await page.getByLabel("Redirects, as JSON").fill(`[{"Redirect":{"ReplaceKeyPrefixWidth":"new/"}}]`);
  await page.getByText("/0/Redirect has ReplaceKeyPrefixWidth; it can have HostName,").waitFor();
  expect(await window.button("Save the website of kept").isDisabled()).toBe(true);
  await page.getByLabel("Redirects, as JSON").fill(`[{"Redirect":{"ReplaceKeyPrefixWith":"new/"}}]`);
  await window.button("Save the website of kept").click();
  await window.notice("The website of kept: saved");
  const { $metadata: _, ...website } = await client.send(new GetBucketWebsiteCommand({ Bucket }));
  expect(website).toEqual({
    ErrorDocument: { Key: "error.html" },
    IndexDocument: { Suffix: "index.html" },
    RoutingRules: [{ Redirect: { ReplaceKeyPrefixWith: "new/" } }],
  });
  await page
    .getByText(/^http:\/\/.*kept/)
    .first()
    .waitFor();

  await window.button("Edit the notifications of kept").click();
  const QueueArn = `arn:aws:sqs:us-east-1:${here.gateway.accountId}:told`;
  const Filter = { Key: { FilterRules: [{ Name: "prefix", Value: "incoming/" }] } };
  const QueueConfigurations = [{ Id: "new", QueueArn, Events: ["s3:ObjectCreated:*"], Filter }];
  await page.getByLabel("Notifications, as JSON").fill(JSON.stringify({ QueueConfigurations }));
  await page.getByText("Tells told of s3:ObjectCreated:*, of keys that begin with incoming/.").waitFor();
  await window.button("Save the notifications of kept").click();
  await window.notice("The notifications of kept: saved");
  const notifications = async () =>
    (await client.send(new GetBucketNotificationConfigurationCommand({ Bucket }))).QueueConfigurations;
  expect(await notifications()).toEqual(QueueConfigurations);
  await window.button("Undo").click();
  await expect.poll(notifications).toBeUndefined();

  await page.getByRole("checkbox", { name: "Access logs" }).check();
  expect(await window.button("Save the access logs of kept").isDisabled()).toBe(true);
  await page.getByLabel("To the bucket").fill("kept");
  await page.getByLabel("With keys that begin with").fill("logs/");
  await page.getByRole("radio", { name: "By account, region, bucket and day of the request" }).check();
  await window.button("Save the access logs of kept").click();
  await window.notice("The access logs of kept: saved");
  const logging = async () => (await client.send(new GetBucketLoggingCommand({ Bucket }))).LoggingEnabled;
  expect(await logging()).toEqual({
    TargetBucket: "kept",
    TargetPrefix: "logs/",
    TargetObjectKeyFormat: { PartitionedPrefix: { PartitionDateSource: "EventTime" } },
  });
  await page.getByRole("checkbox", { name: "Access logs" }).uncheck();
  await window.button("Save the access logs of kept").click();
  await expect.poll(logging).toBeUndefined();

  await window.button("Edit the inventories of kept").click();
  const inventory = {
    Id: "weekly",
    IsEnabled: true,
    IncludedObjectVersions: "All",
    Schedule: { Frequency: "Weekly" },
    OptionalFields: ["Size", "ETag"],
    Destination: {
      S3BucketDestination: { Bucket: "arn:aws:s3:::kept", Format: "CSV", Prefix: "lists", Encryption: { SSES3: {} } },
    },
  };
  const inventories = async () =>
    (await client.send(new ListBucketInventoryConfigurationsCommand({ Bucket }))).InventoryConfigurationList;
  await page.getByLabel("Inventories, as JSON").fill(JSON.stringify([inventory, inventory]));
  expect(await window.button("Save the inventories of kept").isDisabled()).toBe(true);
  await page.getByLabel("Inventories, as JSON").fill(JSON.stringify([inventory, { ...inventory, Id: "other" }]));
  await page.getByText("weekly: lists all versions in kept/lists each week.").waitFor();
  await window.button("Save the inventories of kept").click();
  await window.notice("The inventories of kept: saved");
  expect(await inventories()).toEqual([{ ...inventory, Id: "other" }, inventory]);
  await page.getByLabel("Inventories, as JSON").fill(JSON.stringify([inventory]));
  await window.button("Save the inventories of kept").click();
  await expect.poll(inventories).toEqual([inventory]);

  await page.getByRole("radio", { name: "Whoever asks" }).check();
  await window.button("Save who pays for requests to kept").click();
  await window.notice("Who pays for requests to kept: saved");
  const payer = async () => (await client.send(new GetBucketRequestPaymentCommand({ Bucket }))).Payer;
  expect(await payer()).toBe("Requester");
  await window.button("Undo").click();
  await expect.poll(payer).toBe("BucketOwner");

  await page.getByText("0 B, no limit").waitFor();
  await page.getByLabel("At most this size").fill("2 parsecs");
  expect(await window.button("Save the quota of kept").isDisabled()).toBe(true);
  await page.getByLabel("At most this size").fill("2 GiB");
  await window.button("Save the quota of kept").click();
  await page.getByText("0 B of 2.0 GiB").waitFor();
  window.checkFaults();
});

test("a lifecycle: said in sentences, as a form and as JSON, with what it would delete at once, and not over another's", async () => {
  const Bucket = "ending";
  await makeBucket(here.gateway, Bucket, ["logs/old", "kept"]);
  const client = s3(here.gateway, here.gateway.admin);
  const window = await here.signedIn("grace");
  const { page } = window;
  const dialog = page.getByRole("dialog");
  const lifecycle = () => client.send(new GetBucketLifecycleConfigurationCommand({ Bucket })).catch(() => undefined);
  const rules = async () => (await lifecycle())?.Rules;
  const save = async (): Promise<void> => {
    await window.button(`Save the lifecycle of ${Bucket}`).click();
    await dialog.getByText("Where the bucket keeps versions").waitFor();
  };
  await window.visit(`/buckets/${Bucket}/properties`);
  await window.button("Add a rule").click();
  await dialog.getByLabel("Name").fill("old-logs");
  await dialog.getByLabel("Objects that begin with").fill("logs/");
  await dialog.getByLabel("Larger than, in bytes").fill("1");
  await dialog.getByText("Deletes objects that begin with logs/ and are larger than 1 B 30 days after").waitFor();
  await dialog.getByRole("button", { name: "Objects end" }).click();
  await page.getByRole("option", { name: "From a date on" }).click();
  await dialog.getByLabel("Date, midnight UTC").fill("2020-01-31");
  await window.checkAccess();
  await dialog.getByRole("button", { name: "Use this rule" }).click();
  await page.getByText("from 2020-01-31 on.").waitFor();
  await save();
  await dialog.getByText("1 object and 0 older versions will be deleted. Among them: logs/old.").waitFor();
  await window.guidePicture("lifecycle");
  await dialog.getByRole("button", { name: "Cancel" }).click();
  expect(await rules()).toBeUndefined();
  await window.button("Edit old-logs").click();
  await dialog.getByLabel("Date, midnight UTC").fill("2099-01-31");
  await dialog.getByRole("button", { name: "Use this rule" }).click();
  await save();
  await dialog.getByText("No object or version is old enough to be deleted yet.").waitFor();
  await dialog.getByLabel(`Type ${Bucket} to confirm`).fill(Bucket);
  await dialog.getByRole("button", { name: "Save" }).click();
  await window.notice(`The lifecycle of ${Bucket}: saved`);
  const rule = {
    Expiration: { Date: new Date("2099-01-31") },
    Filter: { And: { ObjectSizeGreaterThan: 1, Prefix: "logs/" } },
    ID: "old-logs",
    Status: "Enabled",
  } as const;
  expect(await rules()).toEqual([rule]);
  // The same as JSON, in which a member that nobody knows is said.
  await window.button("Edit as JSON").click();
  const text = page.getByLabel("Rules, as JSON");
  await text.fill((await text.inputValue()).replace(`"Status"`, `"State"`));
  await page.getByText(/Rules\/0 has State; it can have ID, Status/).waitFor();
  await text.fill((await text.inputValue()).replace(`"State": "Enabled"`, `"Status": "Disabled"`));
  // Meanwhile somebody else has set another: it stays.
  const transition = { Date: new Date("2098-01-31"), StorageClass: "GLACIER_IR" } as const;
  const theirs = { ...rule, ID: "theirs", Transitions: [transition] };
  const size = { TransitionDefaultMinimumObjectSize: "varies_by_storage_class" } as const;
  const LifecycleConfiguration = { Rules: [theirs] };
  await client.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration, ...size }));
  await window.button(`Save the lifecycle of ${Bucket}`).click();
  await page.getByText(`Somebody has changed the lifecycle of ${Bucket} since.`).waitFor();
  expect(await rules()).toEqual([theirs]);
  await window.button(`Discard changes of the lifecycle of ${Bucket}`).click();
  await window.button("Edit as a form").click();
  await window.button("Remove theirs").click();
  // That of the first change has the same words.
  await window.button("Dismiss").click();
  await window.button(`Save the lifecycle of ${Bucket}`).click();
  await window.notice(`The lifecycle of ${Bucket}: saved`);
  expect(await rules()).toBeUndefined();
  await window.button("Undo").click();
  await expect.poll(rules).toEqual([theirs]);
  // The form keeps what it does not show: the transition, and from which size on objects have it.
  await window.button("Edit theirs").click();
  await dialog.getByText("the storage class GLACIER_IR from 2098-01-31 on.").waitFor();
  await dialog.getByLabel("Older versions end, days after a newer one came").fill("3");
  await dialog.getByRole("button", { name: "Use this rule" }).click();
  await save();
  await dialog.getByLabel(`Type ${Bucket} to confirm`).fill(Bucket);
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect.poll(rules).toEqual([{ ...theirs, NoncurrentVersionExpiration: { NoncurrentDays: 3 } }]);
  expect(await lifecycle()).toMatchObject(size);
  window.checkFaults();
});

test("settings are saved and hold; the events show who saved them, and what was denied", async () => {
  const window = await here.signedIn("grace");
  const { page } = window;
  await window.go("Settings");
  await page.getByText("10000 of one user, role or root", { exact: true }).waitFor();
  await page.getByText(/^\d+ objects?, no limit$/).waitFor();
  await page.getByLabel("Alias", { exact: true }).fill("acme-test");
  await window.button("Save alias").click();
  await window.notice("The alias is saved");
  await page.getByLabel("Shortest length").fill("14");
  await window.button("Save password policy").click();
  await window.notice("The password policy is saved");
  const { PasswordPolicy } = await iam(here.gateway, here.gateway.admin).send(new GetAccountPasswordPolicyCommand({}));
  expect(PasswordPolicy).toMatchObject({ MinimumPasswordLength: 14, AllowUsersToChangePassword: true });
  const { AccountAliases } = await iam(here.gateway, here.gateway.admin).send(new ListAccountAliasesCommand({}));
  expect(AccountAliases).toEqual(["acme-test"]);
  await window.go("Events");
  // Events may come a moment after what they report.
  await page.getByText("Follow", { exact: true }).click();
  await window.button("iam:UpdateAccountPasswordPolicy").waitFor();
  await page.getByText("Follow", { exact: true }).click();
  await window.button("iam:UpdateAccountPasswordPolicy").click();
  await page.getByRole("dialog").getByText('"userName": "grace"').waitFor();
  await page.getByRole("dialog").getByText("Allowed by statement 1 of AdministratorAccess").waitFor();
  await page.getByRole("dialog").getByRole("button", { name: "Close" }).last().click();
  await page.getByRole("textbox", { name: "User or session name" }).fill("grace");
  await window.button("Find").click();
  await page.getByText("whose user or session name is exactly “grace”").waitFor();
  await window.button("iam:CreateAccountAlias").waitFor();
  await window.picture("events");
  window.checkFaults();
});
