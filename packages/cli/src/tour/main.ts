import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import {
  bucket,
  readOnlyAttempts,
  readWriteAttempts,
  type Row,
  tryAll,
  withoutTokenAttempts,
  writeOnlyAttempts,
} from "./attempts.ts";
import { bin, type GatewayProcess, startGatewayProcess } from "./gateway-process.ts";
import { type Keys, parseAuthFile } from "../service/auth-file.ts";

// Advice to change the version of Node is for who installs the tool.
process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";

// `npm start`: the main job on the embedded store. Everything is done as a user would: by the command and the AWS SDK.

/** Runs the command, showing what it says; its standard output, or an error when it fails. */
function command(...args: readonly string[]): Promise<string> {
  console.log(`$ s3-credentials ${args.join(" ")}`);
  return new Promise((done, failed) => {
    execFile(process.execPath, [bin, ...args], { encoding: "utf8" }, (error, stdout, stderr) => {
      for (const line of stderr.split("\n").filter(Boolean)) console.log(`  ${line}`);
      if (error === null) done(stdout);
      else failed(new Error(`s3-credentials ${args[0] ?? ""} failed`));
    });
  });
}

/** Permanent keys: those of an earlier start when they are still there, else new ones. */
async function permanentKeys(
  gateway: GatewayProcess,
  name: "read-write" | "write-only",
  ...options: readonly string[]
): Promise<Keys> {
  const folder = join(gateway.dataDir, "tour");
  const file = join(folder, `${name}.ini`);
  if (existsSync(file)) {
    console.log(`found the ${name} keys of an earlier start in ${file}`);
  } else {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(file, await command("--local", "create", bucket, ...options, "--format", "ini"), { mode: 0o600 });
  }
  return parseAuthFile(readFileSync(file, "utf8"), file);
}

async function temporaryKeys(): Promise<Keys> {
  const text = await command("--local", "create", bucket, "--read-only", "--prefix", "reports/", "--duration", "15m");
  return parseAuthFile(text, "what create printed");
}

async function walk(gateway: GatewayProcess): Promise<readonly Row[]> {
  const readWrite = await permanentKeys(gateway, "read-write", "--create-bucket");
  const writeOnly = await permanentKeys(gateway, "write-only", "--write-only");
  const readOnly = await temporaryKeys();
  const { sessionToken: _left, ...withoutToken } = readOnly;
  return [
    ...(await tryAll(gateway, "read-write", readWrite, readWriteAttempts)),
    ...(await tryAll(gateway, "read-only, reports/, 15 minutes", readOnly, readOnlyAttempts)),
    ...(await tryAll(gateway, "the same without its token", withoutToken, withoutTokenAttempts)),
    ...(await tryAll(gateway, "write-only", writeOnly, writeOnlyAttempts)),
  ];
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

function printHowToUse(gateway: GatewayProcess): void {
  console.log(`\nThe gateway is up at ${gateway.endpoint}, its data in ${gateway.dataDir}. Ctrl-C stops it.`);
  console.log("In another terminal, for any AWS tool:\n");
  console.log(`  export AWS_ENDPOINT_URL=${gateway.endpoint} AWS_REGION=${gateway.region}`);
  console.log(`  export AWS_SHARED_CREDENTIALS_FILE=${gateway.adminCredentialsFile}\n`);
  console.log("or without any setting: npx s3-credentials --local whoami");
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { once: { type: "boolean", default: false }, data: { type: "string" }, port: { type: "string" } },
  });
  const args = [
    ...(values.data === undefined ? [] : ["--data", values.data]),
    ...(values.port === undefined ? [] : ["--port", values.port]),
  ];
  let interrupted = false;
  const gateway = await startGatewayProcess(args);
  const interrupt = (): void => {
    interrupted = true;
    void gateway.stop();
  };
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", interrupt);
  try {
    const rows = await walk(gateway);
    printTable(rows);
    const asExpected = rows.every(({ expected, observed }) => expected === observed);
    if (!asExpected) console.log("\nNot every row is as expected.");
    if (values.once) {
      await gateway.stop();
      return asExpected ? 0 : 1;
    }
    printHowToUse(gateway);
    return (await gateway.ended) === 0 && asExpected ? 0 : 1;
  } catch (error) {
    await gateway.stop();
    if (interrupted) return 130;
    throw error;
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(`npm start: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
