// How long a person waits for the console: Debian's chromium, over loopback. Aims: a list in one second, the sign-in form in 300 ms.
import {
  AttachUserPolicyCommand,
  CreateLoginProfileCommand,
  CreateUserCommand,
  IAMClient,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
import { CreateBucketCommand, PutBucketPolicyCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { loadavg } from "node:os";
import { chromium } from "playwright-core";
import { startGateway } from "./gateway.mjs";
import { compare, printTable } from "./measure.mjs";

const password = "Correct-horse-7";
const lists = { users: "/users", buckets: "/buckets", objects: "/buckets/bench-bucket-00" };
const counts = { users: 50, buckets: 20, objects: 1000 };
/** Columns of the access map of the first bucket. */
const mapActions = `ListBucket GetObject PutObject DeleteObject GetObjectVersion DeleteObjectVersion PutObjectAcl
  GetBucketPolicy PutBucketPolicy DeleteBucket GetObjectTagging PutObjectTagging GetBucketAcl PutBucketAcl
  GetBucketVersioning PutBucketVersioning ListBucketVersions AbortMultipartUpload GetBucketCORS PutBucketCORS`
  .split(/\s+/)
  .map((name) => `s3:${name}`);
const number = (at) => String(at).padStart(2, "0");

async function fill({ endpoint, env }) {
  const credentials = { accessKeyId: env.AWS_ACCESS_KEY_ID, secretAccessKey: env.AWS_SECRET_ACCESS_KEY };
  const iam = new IAMClient({ endpoint, region: "us-east-1", credentials });
  const s3 = new S3Client({ endpoint, region: "us-east-1", credentials, forcePathStyle: true });
  for (let at = 0; at < counts.users; at += 1) {
    const UserName = `bench-user-${number(at)}`;
    await iam.send(new CreateUserCommand({ UserName }));
    const PolicyDocument = JSON.stringify(policyOf(at));
    await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: "own", PolicyDocument }));
  }
  const UserName = "bench-user-00";
  const PolicyArn = "arn:aws:iam::aws:policy/AdministratorAccess";
  await iam.send(new AttachUserPolicyCommand({ UserName, PolicyArn }));
  await iam.send(new CreateLoginProfileCommand({ UserName, Password: password }));
  for (let at = 0; at < counts.buckets; at += 1)
    await s3.send(new CreateBucketCommand({ Bucket: `bench-bucket-${number(at)}` }));
  const Policy = JSON.stringify(bucketPolicy);
  await s3.send(new PutBucketPolicyCommand({ Bucket: "bench-bucket-00", Policy }));
  for (let at = 0; at < counts.objects; at += 1)
    await s3.send(new PutObjectCommand({ Bucket: "bench-bucket-00", Key: `bench-object-${number(at)}`, Body: "x" }));
}

const bucket = "arn:aws:s3:::bench-bucket-00";

/** Each user has another one: a prefix of its own, an address range, an ACL that has to be named. */
function policyOf(at) {
  const inOffice = { IpAddress: { "aws:SourceIp": `10.${at}.0.0/16` } };
  return {
    Version: "2012-10-17",
    Statement: [
      { Effect: "Allow", Action: ["s3:Get*", "s3:List*"], Resource: [bucket, `${bucket}/team-${at}/*`] },
      { Effect: "Allow", Action: "s3:PutObject", Resource: `${bucket}/*`, Condition: inOffice },
      { Effect: "Deny", Action: "s3:Delete*", Resource: "*" },
    ],
  };
}

const bucketPolicy = {
  Version: "2012-10-17",
  Statement: [
    {
      Effect: "Deny",
      Principal: "*",
      Action: "s3:*",
      Resource: [bucket, `${bucket}/*`],
      Condition: { Bool: { "aws:SecureTransport": "true" } },
    },
  ],
};

/** In the page: the first paint, and when the list has its first row, in ms since the navigation began. */
const watch = `(() => {
  globalThis.shown = new Promise((done) => {
    const look = () => {
      const table = document.querySelector("main table tbody");
      if (!/bench-(user|bucket|object)/.test(table?.textContent ?? "")) return;
      observer.disconnect();
      requestAnimationFrame(() => done(performance.now()));
    };
    const observer = new MutationObserver(look);
    observer.observe(document, { childList: true, subtree: true, characterData: true });
  });
})()`;
const firstPaint = `new Promise((done) => {
  const found = performance.getEntriesByName("first-contentful-paint")[0];
  if (found) return done(found.startTime);
  new PerformanceObserver((list) => list.getEntriesByName("first-contentful-paint").forEach(({ startTime }) => done(startTime)))
    .observe({ type: "paint", buffered: true });
})`;

/** In the page of the access map: when the last cell is there, and then how long the page did not answer at most. */
const mapIsThere = `new Promise((done) => {
  const look = () =>
    /principals, ${mapActions.length} actions/.test(document.querySelector("main")?.textContent ?? "")
      ? requestAnimationFrame(() => done(performance.now()))
      : setTimeout(look, 5);
  look();
})`;
const longTask = `new Promise((done) => {
  new PerformanceObserver((list) => done(Math.max(...list.getEntries().map(({ duration }) => duration))))
    .observe({ type: "longtask", buffered: true });
  setTimeout(() => done(0), 1000); // none
})`;

async function open(context, url, measures) {
  const page = await context.newPage();
  await page.bringToFront(); // a page behind another is not painted
  await page.goto(url);
  const taken = [];
  for (const measure of measures) taken.push(await page.evaluate(measure));
  await page.close();
  return taken;
}

export async function run() {
  const gateway = await startGateway(undefined, ["--console-port", "0"]);
  await fill(gateway);
  const asRoot = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  const browser = await chromium.launch({ executablePath: "/usr/bin/chromium-headless-shell", args: [...asRoot] });
  const fresh = async (options = {}) => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
    await context.addInitScript(watch);
    return context;
  };
  const signIn = async (page) => {
    await page.goto(`${gateway.console}/signin`);
    await page.getByLabel("Account ID or alias").fill(gateway.accountId);
    await page.getByLabel("User name").fill("bench-user-00");
    await page.getByLabel("Password").fill(password);
    const begun = performance.now();
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("heading", { level: 1 }).filter({ hasText: "Hello" }).waitFor();
    return performance.now() - begun;
  };
  const known = await fresh();
  await signIn(await known.newPage());
  const storageState = await known.storageState();

  /** Opens the page in the first rival, and gives what the other measured in the second. */
  const pair = (name, openOnce) => {
    let second = 0;
    const first = async () => {
      const [paint, list] = await openOnce();
      second = list;
      return paint;
    };
    return { [`${name}: first paint`]: first, [`${name}: list is there`]: async () => second };
  };
  const rivals = {
    "sign-in form: first paint": async () => {
      const context = await fresh();
      const [paint] = await open(context, `${gateway.console}/signin`, [firstPaint]);
      await context.close();
      return paint;
    },
    "signing in: home page is there": async () => {
      const context = await fresh();
      const taken = await signIn(await context.newPage());
      await context.close();
      return taken;
    },
  };
  for (const [name, path] of Object.entries(lists)) {
    const url = `${gateway.console}${path}`;
    const label = `${counts[name]} ${name}`;
    Object.assign(
      rivals,
      pair(`${label}, browser's first visit`, async () => {
        const context = await fresh({ storageState });
        const taken = await open(context, url, [firstPaint, "shown"]);
        await context.close();
        return taken;
      }),
      pair(label, () => open(known, url, [firstPaint, "shown"])),
    );
  }
  const mapUrl = `${gateway.console}/access/bench-bucket-00?level=chosen&actions=${mapActions.join(",")}`;
  let longest = 0;
  const map = `access map, ${counts.users + 1} principals by ${mapActions.length} actions`;
  rivals[`${map}: all cells are there`] = async () => {
    const [taken, blocked] = await open(known, mapUrl, [mapIsThere, longTask]);
    longest = blocked;
    return taken;
  };
  rivals[`${map}: longest time without an answer to keys`] = async () => longest;
  const medians = await compare(rivals, 7);
  printTable("console, over loopback", "ms", medians);
  console.log(`${loadavg()[0].toFixed(0)} processes wanted to run at the end (load average of a minute)`);
  await browser.close();
  await gateway.stop();
}
