/** The directory of a data folder goes into a PostgreSQL, and back: with all that a fixture has, and cut off on the way. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { CreateUserCommand } from "@aws-sdk/client-iam";
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { GetSessionTokenCommand } from "@aws-sdk/client-sts";
import { parseConfig, startGateway } from "@s3-credentials/gateway";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { writeDatabaseMark } from "../packages/gateway/src/data-folder/database-mark.ts";
import { openConnection } from "../packages/gateway/src/stores/sqlite/connection.ts";
import { text } from "../packages/gateway/src/stores/sql/sql-value.ts";
import { Browser } from "../packages/gateway/test/console-gateway.ts";
import { keepRecordsUnder } from "../packages/gateway/test/kept-records.ts";
import { seededRandom, testSeed } from "../packages/gateway/test/seeded-random.mjs";
import { administer } from "../packages/gateway/test/stores/postgres-items.ts";
import { type PostgresServer, startPostgres } from "../packages/gateway/test/stores/postgres-server.ts";
import { cliHere, iam, outcome, output, s3 } from "./clients.ts";
import { accountSnapshot, clientsAt, type Expected, rightsOf, snapshot, totp } from "./fixtures/data-snapshot.mjs";
import { allow, makeBucket, makeUser } from "./fixtures.ts";
import { cleanEnvironment, command, type Keys } from "./gateway.ts";
import { type GatewayHere, startGatewayHere } from "./gateway-here.ts";
import { keysFile } from "./upstream-runs.ts";

const fixture = "acceptance/fixtures/data-0.1.0-federation";
const expected = JSON.parse(readFileSync(join(fixture, "expected.json"), "utf8")) as Expected;

let folder: string;
let postgres: PostgresServer;
let engine: GatewayHere;
let upstream: readonly string[];
let databases = 0;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "s3-credentials-move-"));
  [postgres, engine] = await Promise.all([startPostgres(), startGatewayHere()]);
  upstream = ["--upstream", engine.endpoint, "--upstream-credentials", keysFile(folder, engine.admin)];
});
afterAll(async () => {
  await engine.stop();
  await postgres.stop();
  keepRecordsUnder(folder);
  rmSync(folder, { recursive: true, force: true });
});

function newHome(): string {
  const home = mkdtempSync(join(folder, "home-"));
  mkdirSync(join(home, "data"), { mode: 0o700 });
  return home;
}

/** An empty database, as an option. */
async function newDatabase(): Promise<{ readonly name: string; readonly option: readonly string[] }> {
  const name = `moved${(databases += 1)}`;
  await administer(postgres.address, "public", `CREATE DATABASE ${name}`);
  return { name, option: ["--database", `postgres:///${name}?host=${postgres.address.host}&user=postgres`] };
}

const move = (home: string, ...more: readonly string[]) =>
  cliHere({ home }, ["migrate-directory", "--data", join(home, "data"), ...more]);

/** What the database has of a table: the number of rows, or that there is no such table. */
function count(database: string, table: string): Promise<unknown> {
  return administer({ ...postgres.address, database }, "public", `SELECT count(*)::int AS rows FROM ${table}`).then(
    ([row]) => (row as { readonly rows: number }).rows,
    () => "no table",
  );
}

/** The line of a start that is refused. */
function refusal(home: string, args: readonly string[]): Promise<string> {
  return startGatewayHere({ home, args: [...upstream, ...args] }).then(
    async (gateway) => `${String(await gateway.stop())}: it started`,
    (error: Error) => error.message,
  );
}

const read = (gateway: GatewayHere, keys: Keys) =>
  outcome(s3(gateway, keys).send(new GetObjectCommand({ Bucket: "kept", Key: "key" })));

function filesIn(path: string): Readonly<Record<string, string>> {
  const files = readdirSync(path, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
  const paths = files.map(({ parentPath, name }) => join(parentPath, name));
  return Object.fromEntries(paths.map((file) => [relative(path, file), readFileSync(file, "utf8")]));
}

/** The fixture, served as of a minute after it was made. */
async function serveFixture(home: string, args: readonly string[]) {
  const argv = ["--port", "0", "--console-port", "0", "--data", join(home, "data"), "--log-level", "silent"];
  const parsed = parseConfig([...argv, ...upstream, ...args], { HOME: home });
  if (parsed.kind !== "config") throw new Error(JSON.stringify(parsed));
  const begun = performance.now();
  const monotonic = (): number => Math.floor(performance.now() - begun);
  const clock = { now: () => expected.now + 60_000 + monotonic(), monotonic };
  const gateway = await startGateway(parsed.config, { clock });
  const as = (who: string) =>
    clientsAt(gateway.endpoint, expected.callers[who]?.keys ?? { accessKeyId: "", secretAccessKey: "" }, clock.now);
  return { gateway, as, now: clock.now };
}

/** What each caller of the fixture may do, and whether passwords and codes are taken. */
async function trials({ gateway, as, now }: Awaited<ReturnType<typeof serveFixture>>) {
  const rights: Record<string, unknown> = {};
  for (const who of Object.keys(expected.callers)) rights[who] = await rightsOf(as(who));
  const { who = "", serial, secret = "" } = expected.mfa ?? {};
  const code = (TokenCode: string) =>
    outcome(as(who).sts.send(new GetSessionTokenCommand({ SerialNumber: serial, TokenCode })));
  const signIn = async (password: string) => {
    const fields = { account: expected.accountId, user: "alice", password };
    const { status, headers } = await new Browser(gateway.console ?? "").submit("/session", fields);
    return [status, headers.location?.replace(/\?.*/, "")];
  };
  return {
    rights,
    codes: [await code(totp(secret, now())), await code("000000")],
    signIns: [await signIn("Battery-Staple-10"), await signIn("Battery-Staple-11")],
  };
}

/** As if the buckets of the fixture had been made on the engine: what they are here is not what is moved. */
async function putBucketsOnEngine(dataDir: string): Promise<void> {
  const connection = openConnection(join(dataDir, "directory.db"));
  const ids = connection.all("SELECT id FROM buckets", [], ([id]) => text(id));
  connection.run("UPDATE buckets SET place = 'default/moved-' || lower(id)", []);
  const plain = connection.get("SELECT id FROM buckets WHERE name = ?", [Buffer.from("plain")], ([id]) => text(id));
  // With an analyzer there, triggers write what the copy has already.
  connection.run(
    "INSERT INTO analyzers (id, account_id, name, created_at, tags) SELECT 'analyzer', id, 'outside', 1, x'7b7d' FROM accounts WHERE id = ?",
    [expected.accountId],
  );
  connection.close();
  const client = s3(engine, engine.admin);
  for (const id of ids) await client.send(new CreateBucketCommand({ Bucket: `moved-${id.toLowerCase()}` }));
  for (const Key of ["small.txt", "file.bin", "team/one.txt", "other/two.txt"])
    await client.send(new PutObjectCommand({ Bucket: `moved-${(plain ?? "").toLowerCase()}`, Key, Body: Key }));
}

test("two accounts with all that a directory can have: each key, session, code, password and event is as before", async () => {
  const home = newHome();
  const dataDir = join(home, "data");
  const archive = join(fixture, "stopped.tar.gz");
  expect(spawnSync("tar", ["-xzf", archive, "-C", dataDir]).status).toBe(0);
  const { name, option } = await newDatabase();
  expect(await move(home, ...option)).toMatchObject({
    code: 1,
    stdout: "",
    stderr: expect.stringMatching(
      /^Error: gateways that share a database keep no objects, and buckets have theirs in \S+: configured, of-the-second, plain, scratch, suspended and 1 more; start the gateway, and move them with: s3-credentials migrate BUCKET --to ENGINE\n$/,
    ),
  });
  expect(await count(name, "directory.accounts"), "refused before anything is done there").toBe("no table");
  await putBucketsOnEngine(dataDir);

  const before = await serveFixture(home, []);
  const tried = await trials(before);
  await before.gateway.close(); // which writes what was used last
  const again = await serveFixture(home, []);
  const seen = [await snapshot(again.as("admin")), await accountSnapshot(again.as("admin"))];
  await again.gateway.close();
  expect(tried.codes).toEqual(["allowed", "AccessDenied"]);

  const { code, stdout, stderr } = await move(home, ...option);
  expect([code, stdout]).toEqual([
    0,
    `key file: ${join(dataDir, "keyfile")} (each gateway on the database needs a copy in its --data folder)\n`,
  ]);
  expect(stderr).toMatch(/^Moved \d{3,} rows of \d+ tables into the database moved\d+ of postgres at .*, and compared/);
  const after = await serveFixture(home, option);
  onTestFinished(() => after.gateway.close());
  expect([await snapshot(after.as("admin")), await accountSnapshot(after.as("admin"))]).toEqual(seen);
  // The code of before was used up, which the database knows too.
  expect(await trials(after)).toEqual({ ...tried, codes: ["AccessDenied", "AccessDenied"] });
});

/** Runs the command in a process of its own, and kills that after so many milliseconds. */
async function killedAfter(ms: number, home: string, ...words: readonly string[]): Promise<void> {
  const args = [command, "migrate-directory", "--data", join(home, "data"), ...words];
  const child = spawn(process.execPath, args, { env: cleanEnvironment(home), stdio: "ignore" });
  const timer = setTimeout(() => child.kill("SIGKILL"), ms);
  await once(child, "exit");
  clearTimeout(timer);
}

/** Runs the move in a process that is killed when it reports a line that begins so. Resolves to the signal that ended it. */
async function killedAt(line: string, home: string, [, url]: readonly string[]): Promise<unknown> {
  const request = { dataDir: join(home, "data"), database: { url, env: {} } };
  const program = `
    const { moveDirectory } = await import("@s3-credentials/gateway");
    const report = (line) => line.startsWith("${line}") && process.kill(process.pid, "SIGKILL");
    await moveDirectory({ ...${JSON.stringify(request)}, report });`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", program], { stdio: "inherit" });
  const [, signal] = (await once(child, "exit")) as readonly unknown[];
  return signal;
}

test("killed in the middle, out of space, cut off: nothing is there; then it is moved, and what the folder is good for is said", async () => {
  const home = newHome();
  const dataDir = join(home, "data");
  const first = await startGatewayHere({ home, args: upstream });
  await makeBucket(first, "kept", ["key"]);
  const alice = await makeUser(first, "alice", { policy: allow("s3:GetObject", "*") });
  expect(await move(home, ...(await newDatabase()).option)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(`the data folder ${dataDir} is in use by another gateway; stop that one`),
  });
  const exported = async (gateway: GatewayHere, name: string) => {
    await output(cliHere(gateway, ["export", join(folder, name), "--local"]));
    return filesIn(join(folder, name));
  };
  const files = await exported(first, "before");
  expect(Object.keys(files).join()).toMatch(/alice/);
  await first.stop();

  const { name, option } = await newDatabase();
  const keyFile = join(dataDir, "keyfile");
  chmodSync(keyFile, 0o644);
  expect((await move(home, ...option)).stderr).toMatch(
    /^Error: others than its owner may read the key file .*; run: chmod/,
  );
  chmodSync(keyFile, 0o600);
  const connection = openConnection(join(dataDir, "directory.db"));
  connection.run(
    "INSERT INTO bucket_moves SELECT id, place, 'here', 'copying', '', 0, 1 FROM buckets WHERE state = 'active'",
    [],
  );
  expect((await move(home, ...option)).stderr).toMatch(
    /^Error: buckets are being moved: kept; start the gateway, and let that end, or give it up with: s3-credentials mig/,
  );
  connection.run("DELETE FROM bucket_moves", []);
  connection.close();

  const owner = { ...postgres.address, database: name };
  const accounts = () => count(name, "directory.accounts");
  const isUntouched = async () => [await accounts(), existsSync(join(dataDir, "database.json"))];
  for (const line of ["directory.accounts", "comparing"]) {
    expect(await killedAt(line, home, option)).toBe("SIGKILL");
    expect(await isUntouched()).toEqual([0, false]);
  }
  for (const [failure, why] of [
    ["RAISE EXCEPTION 'no space left' USING ERRCODE = '53100'", "no space left \\(53100\\); make room on its disk"],
    ["PERFORM pg_terminate_backend(pg_backend_pid())", "terminating connection .*; see that it runs .*"],
  ] as const) {
    const make = `CREATE FUNCTION fails() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN ${failure}; RETURN true; END $$`;
    await administer(owner, "record", `${make}; ALTER TABLE events ADD CONSTRAINT fails CHECK (fails())`);
    const { code, stderr } = await move(home, ...option);
    expect([code, await isUntouched()]).toEqual([1, [0, false]]);
    expect(stderr).toMatch(
      new RegExp(
        `^Error: the database .* failed: ${why}; nothing was changed there or in ${dataDir}, so run this again`,
      ),
    );
    await administer(owner, "record", "ALTER TABLE events DROP CONSTRAINT fails; DROP FUNCTION fails()");
  }

  // Killed before the commit, and after it, of which the folder knows the same.
  const moving = {
    state: "moving",
    database: `${name} of postgres at the socket in ${owner.host}, port 5432`,
  } as const;
  writeDatabaseMark(dataDir, moving);
  for (const args of [[], option])
    expect(await refusal(home, args)).toMatch(/^the move of the directory of .* was cut off: finish it with: s3-cred/);
  const backup = () => cliHere({ home }, ["backup", "--data", dataDir, "--to", join(home, "backup")]);
  expect((await backup()).stderr).toMatch(
    /^Error: the move of the directory of .* was cut off: finish it with: s3-cred/,
  );
  expect((await move(home, ...(await newDatabase()).option)).stderr).toMatch(
    /^Error: the directory of \S+ may be in the database moved\d+ of .*, and not in moved\d+ of .*: give that one\n$/,
  );
  expect((await move(home, ...option)).stderr).toMatch(/^Moved \d+ rows/);
  writeDatabaseMark(dataDir, moving);
  expect((await move(home, ...option)).stderr).toMatch(/^Everything was in the database moved\d+ of .* already\n/);
  expect((await backup()).stderr).toMatch(
    /^Copied 3 databases .*\nUsers, policies, .* events are in the database moved\d+ of .*: back that up with pg_dump\n$/,
  );
  expect((await move(home, ...option)).stderr).toMatch(
    /^Error: the directory of \S+ is in the database .* already: serve it with --database\n$/,
  );
  const elsewhere =
    /^(Error: )?the directory of \S+ is in the database .*: give --database, or take it back, as long as/;
  expect(await refusal(home, [])).toMatch(elsewhere);
  expect((await cliHere({ home }, ["recover", "--data", dataDir])).stderr).toMatch(elsewhere);

  await administer(owner, "record", "CREATE TABLE sales (id INTEGER)");
  expect((await move(home, "--undo", ...option)).stderr).toMatch(
    /^Error: the schema record of the database has tables of another program \(sales\), which would be deleted too; move/,
  );
  await administer(owner, "record", "DROP TABLE sales");
  expect(await move(home, "--undo", ...option)).toMatchObject({
    code: 0,
    stderr: expect.stringMatching(/^Deleted the directory in the database .*\nThe data folder is served without/),
  });
  expect(await accounts()).toBe("no table");
  expect((await move(home, "--undo", ...option)).stderr).toMatch(/has no directory that was moved/);
  const back = await startGatewayHere({ home, args: upstream });
  expect(await read(back, alice.keys)).toBe("allowed");
  await back.stop();

  expect(await move(home, ...option)).toMatchObject({ code: 0 });
  const last = await startGatewayHere({ home, args: [...upstream, ...option] });
  onTestFinished(async () => void (await last.stop()));
  expect(await read(last, alice.keys)).toBe("allowed");
  expect(await exported(last, "after")).toEqual(files);
  const events = await output(cliHere(last, ["events", "--event", "CreateUser", "--local"]));
  expect(events).toContain("alice");
  await iam(last, last.admin).send(new CreateUserCommand({ UserName: "bob" }));
  await last.stop();
  expect((await move(home, "--undo", ...option)).stderr).toMatch(
    /^Error: the database .* was changed since the move \(directory\.\w+.*\), and \S+ knows nothing of that: go on with the database\n$/,
  );
});

test.runIf(process.env["TEST_RUNS"] !== undefined)("killed at any moment, there and back", async () => {
  const home = newHome();
  const gateway = await startGatewayHere({ home, args: upstream });
  await gateway.stop();
  const { name, option } = await newDatabase();
  const random = seededRandom("moves of a directory");
  const begun = performance.now();
  await killedAfter(600_000, home, ...option);
  const usual = performance.now() - begun;
  for (let loop = 0; loop < 40; loop += 1) {
    const [words, done] = loop % 2 === 0 ? [["--undo"], "no table"] : [[], 1];
    await killedAfter(random(Math.ceil(usual)), home, ...words, ...option);
    // Again is enough, whatever was done of it; what is done already is said.
    const { code, stderr } = await move(home, ...words, ...option);
    expect([code, stderr], `loop ${loop}, seed ${testSeed}`).toEqual([
      /is in the database|nothing to take back/.test(stderr) ? 1 : 0,
      expect.not.stringContaining("failed"),
    ]);
    expect(await count(name, "directory.accounts")).toBe(done);
    const isServed = await refusal(home, []);
    expect(isServed, `loop ${loop}`).toMatch(done === 1 ? /is in the database .*: give --database/ : /it started$/);
  }
});
