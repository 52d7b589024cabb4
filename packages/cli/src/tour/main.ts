import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  bucket,
  putPage,
  readOnlyAttempts,
  readWriteAttempts,
  siteBucket,
  type Row,
  tryAll,
  withoutTokenAttempts,
  writeOnlyAttempts,
} from "./attempts.ts";
import { bin, type GatewayProcess, StartFailure, startGatewayProcess } from "./gateway-process.ts";
import { parseTour, type TourOptions } from "./options.ts";
import { type Keys, parseAuthFile } from "../service/auth-file.ts";
import { type LocalGateway, runningGateways } from "../service/local-gateway.ts";

// Advice to change the version of Node is for who installs the tool.
process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";

// `npm start`: the main job on the embedded store. Everything is done as a user would: by the command and the AWS SDK.

/** Chooses this gateway for `--local`, where others run too. */
let choice: readonly string[] = [];

/** Runs the command, showing what it says; its standard output, or an error when it fails. */
function command(...words: readonly string[]): Promise<string> {
  const args = ["--local", ...words, ...choice];
  console.log(`$ s3-credentials ${args.join(" ")}`);
  return new Promise((done, failed) => {
    execFile(process.execPath, [bin, ...args], { encoding: "utf8" }, (error, stdout, stderr) => {
      for (const line of stderr.split("\n").filter(Boolean)) console.log(`  ${line}`);
      if (error === null) done(stdout);
      else failed(new Error(`s3-credentials ${words[0] ?? ""} failed`));
    });
  });
}

/** Permanent keys: those of an earlier start when they are still there, else new ones. */
async function permanentKeys(
  gateway: GatewayProcess,
  name: "read-write" | "write-only" | "website",
  ...createArguments: readonly string[]
): Promise<Keys> {
  const folder = join(gateway.dataDir, "tour");
  const file = join(folder, `${name}.ini`);
  if (existsSync(file)) {
    console.log(`found the ${name} keys of an earlier start in ${file}`);
  } else {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(file, await command("create", ...createArguments, "--format", "ini"), { mode: 0o600 });
  }
  return parseAuthFile(readFileSync(file, "utf8"), file);
}

async function temporaryKeys(): Promise<Keys> {
  const text = await command("create", bucket, "--read-only", "--prefix", "reports/", "--duration", "15m");
  return parseAuthFile(text, "what create printed");
}

async function walk(gateway: GatewayProcess): Promise<readonly Row[]> {
  const readWrite = await permanentKeys(gateway, "read-write", bucket, "--create-bucket");
  const writeOnly = await permanentKeys(gateway, "write-only", bucket, "--write-only");
  const readOnly = await temporaryKeys();
  const { sessionToken: _left, ...withoutToken } = readOnly;
  return [
    ...(await tryAll(gateway, "read-write", readWrite, readWriteAttempts)),
    ...(await tryAll(gateway, "read-only, reports/, 15 minutes", readOnly, readOnlyAttempts)),
    ...(await tryAll(gateway, "the same without its token", withoutToken, withoutTokenAttempts)),
    ...(await tryAll(gateway, "write-only", writeOnly, writeOnlyAttempts)),
  ];
}

/** A website that everyone may read; gives its address. */
async function makeWebsite(gateway: GatewayProcess): Promise<string> {
  const keys = await permanentKeys(gateway, "website", siteBucket, "--create-bucket", "--website");
  await putPage(gateway, keys);
  const details = await command("list-buckets", siteBucket, "--details");
  const [site] = JSON.parse(details) as readonly { readonly bucket_website: { readonly url: string } }[];
  if (site === undefined) throw new Error(`the gateway does not list ${siteBucket}, which was just made`);
  return site.bucket_website.url;
}

function printTable(rows: readonly Row[]): void {
  const cells = rows.map(({ who, what, expected, observed, by }) => [
    who,
    what,
    observed,
    observed === expected ? by : `expected: ${expected}; ${by}`,
  ]);
  const table = [["credentials", "request", "", "decided by"], ...cells];
  const widths = [0, 1, 2].map((column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  console.log();
  for (const row of table) {
    console.log(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    );
  }
}

async function printHowToUse(gateway: GatewayProcess, { website }: Pick<TourOptions, "website">): Promise<void> {
  const { region } = gateway;
  console.log();
  if (website) console.log(`\nA website, for everyone who can reach it: ${await makeWebsite(gateway)}\n`);
  const link = await command("console", "--no-browser");
  console.log(`\nThe console, in your browser (the link works once; the line above makes another):\n\n  ${link}`);
  console.log(`The gateway is up at ${gateway.endpoint}, its data in ${gateway.dataDir}. Ctrl-C stops it.`);
  console.log("In another terminal, for any AWS tool:\n");
  console.log(`  export AWS_ENDPOINT_URL=${gateway.endpoint} AWS_REGION=${region} AWS_DEFAULT_REGION=${region}`);
  console.log(`  export AWS_SHARED_CREDENTIALS_FILE="${gateway.adminCredentialsFile}"\n`);
  console.log(
    `or, in this folder and without any settings: npx s3-credentials ${["--local", "whoami", ...choice].join(" ")}`,
  );
}

/** Resolves with the exit code once it has ended, was interrupted, or nobody reads what it prints any more. */
async function tour({ once, website, serveArgs }: TourOptions): Promise<number> {
  const gateway = await startGatewayProcess(serveArgs);
  let stopped: "interrupted" | "unread" | undefined;
  const stop = (why: "interrupted" | "unread"): void => {
    stopped ??= why;
    void gateway.stop();
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => stop("interrupted"));
  // `npm start | head`: without a listener the closed pipe would end this process alone.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => stop("unread"));
  try {
    if ((await runningGateways(process.env)).length > 1) choice = ["--endpoint-url", gateway.endpoint];
    const rows = await walk(gateway);
    printTable(rows);
    const asExpected = rows.every(({ expected, observed }) => expected === observed);
    if (!asExpected) console.log("\nNot every row is as expected.");
    if (once) await gateway.stop();
    else await printHowToUse(gateway, { website });
    const code = await gateway.ended;
    if (stopped === "unread") return 0;
    if (stopped === "interrupted") console.log("stopped");
    return code === 0 && asExpected ? 0 : 1;
  } catch (error) {
    await gateway.stop();
    if (stopped === "unread") return 0;
    if (stopped === undefined) throw error;
    console.log("stopped");
    return 130;
  }
}

/** What `serve` says, and what it means for who typed `npm start`. */
async function startAdvice({ message }: StartFailure): Promise<string> {
  if (!/is in use/.test(message)) return message;
  const taken = ({ endpoint, console, dataDir }: LocalGateway): boolean =>
    message.includes(`the data folder ${dataDir} `) ||
    [endpoint, console].some((url) => url !== undefined && message.includes(` port ${new URL(url).port}:`));
  const running = (await runningGateways(process.env)).find(taken);
  const other = "start another with npm start -- --port 9010 --data ./other-data";
  if (running === undefined) return `${message.split(";")[0] ?? ""}; ${other}`;
  const what = `${message.split(";")[0] ?? ""}; a gateway is up at ${running.endpoint}, its data in ${running.dataDir}`;
  return `${what}: use it (npx s3-credentials --local whoami), stop it with Ctrl-C where it runs, or ${other}`;
}

async function main(): Promise<number> {
  const parsed = parseTour(process.argv.slice(2));
  if (parsed.kind === "help") {
    process.stdout.write(parsed.text);
    return 0;
  }
  if (parsed.kind === "usage-error") {
    console.error(`Error: ${parsed.message}`);
    return 2;
  }
  try {
    return await tour(parsed.options);
  } catch (error) {
    if (!(error instanceof StartFailure)) throw error;
    console.error(`Error: ${await startAdvice(error)}`);
    return error.exitCode;
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(`Error: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
