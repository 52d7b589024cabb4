// How long a person waits for the console: Debian's chromium, over loopback. Aims: a list in one second, the sign-in form in 300 ms.
import { AttachUserPolicyCommand, CreateLoginProfileCommand, CreateUserCommand, IAMClient } from "@aws-sdk/client-iam";
import { CreateBucketCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { loadavg } from "node:os";
import { chromium } from "playwright-core";
import { startGateway } from "./gateway.mjs";
import { compare, printTable } from "./measure.mjs";

const password = "Correct-horse-7";
const lists = { users: "/users", buckets: "/buckets", objects: "/buckets/bench-bucket-00" };
const counts = { users: 50, buckets: 20, objects: 1000 };
const number = (at) => String(at).padStart(2, "0");

async function fill({ endpoint, env }) {
  const credentials = { accessKeyId: env.AWS_ACCESS_KEY_ID, secretAccessKey: env.AWS_SECRET_ACCESS_KEY };
  const iam = new IAMClient({ endpoint, region: "us-east-1", credentials });
  const s3 = new S3Client({ endpoint, region: "us-east-1", credentials, forcePathStyle: true });
  for (let at = 0; at < counts.users; at += 1)
    await iam.send(new CreateUserCommand({ UserName: `bench-user-${number(at)}` }));
  const UserName = "bench-user-00";
  const PolicyArn = "arn:aws:iam::aws:policy/AdministratorAccess";
  await iam.send(new AttachUserPolicyCommand({ UserName, PolicyArn }));
  await iam.send(new CreateLoginProfileCommand({ UserName, Password: password }));
  for (let at = 0; at < counts.buckets; at += 1)
    await s3.send(new CreateBucketCommand({ Bucket: `bench-bucket-${number(at)}` }));
  for (let at = 0; at < counts.objects; at += 1)
    await s3.send(new PutObjectCommand({ Bucket: "bench-bucket-00", Key: `bench-object-${number(at)}`, Body: "x" }));
}

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
  const medians = await compare(rivals, 7);
  printTable("console, over loopback", "ms", medians);
  console.log(`${loadavg()[0].toFixed(0)} processes wanted to run at the end (load average of a minute)`);
  await browser.close();
  await gateway.stop();
}
