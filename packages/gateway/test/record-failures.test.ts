/** What becomes of a call whose event cannot be written. */
import { existsSync, mkdirSync, rmdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { openConnection } from "../src/stores/sqlite/connection.ts";
import { managementEvents, outboxEvents } from "./recorded-events.ts";
import { useS3Gateway } from "./s3-gateway.ts";

const gateway = useS3Gateway();

/** Until the test ends, the database of the running gateway refuses rows of this table. */
function refuseRows(file: "record.db" | "directory.db", table: string): () => void {
  const change = (sql: string): void => {
    const connection = openConnection(join(gateway.dataDir, file));
    connection.exec("PRAGMA busy_timeout = 5000"); // the gateway may be writing at this moment
    connection.exec(sql);
    connection.close();
  };
  change(`CREATE TRIGGER refuse_rows BEFORE INSERT ON ${table} BEGIN SELECT RAISE(ABORT, 'refused by the test'); END`);
  const end = (): void => change("DROP TRIGGER IF EXISTS refuse_rows");
  onTestFinished(end);
  return end;
}

/** Until it is called again, no event of a read can be written. */
async function refuseReads(): Promise<() => void> {
  const inTheWay = join(gateway.dataDir, "record-reads.log");
  await expect.poll(() => existsSync(inTheWay), { timeout: 30_000 }).toBe(false);
  mkdirSync(inTheWay);
  const end = (): void => {
    if (statSync(inTheWay, { throwIfNoEntry: false })?.isDirectory() === true) rmdirSync(inTheWay); // it is the journal when this was called before
  };
  onTestFinished(end);
  return end;
}

const lookUp = () =>
  gateway.send({
    method: "POST",
    target: "/",
    service: "cloudtrail",
    headers: {
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents",
    },
    body: "{}",
  });

const iam = (body: string, keys = gateway.admin) =>
  gateway.send({
    method: "POST",
    target: "/",
    service: "iam",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: `Version=2010-05-08&${body}`,
    keys,
  });

const eventNames = (): readonly string[] => managementEvents(gateway.dataDir).map(({ eventName }) => eventName);

test("a change whose event cannot be stored with it is undone, and answered with 503", async () => {
  refuseRows("directory.db", "event_outbox");
  expect(await iam("Action=CreateUser&UserName=never")).toMatchObject({ status: 503, code: "ServiceUnavailable" });
  expect(await iam("Action=GetUser&UserName=never")).toMatchObject({ status: 404, code: "NoSuchEntity" });
  const bucket = await gateway.send({ method: "PUT", target: "/never-made" });
  expect(bucket.code).toBe("OperationAborted"); // SQLite calls what the test does a conflict
  expect(await gateway.send({ method: "HEAD", target: "/never-made" })).toMatchObject({ status: 404 });
  expect(outboxEvents(gateway.dataDir)).toEqual([]);
});

test("a read that cannot be recorded is not answered; the same call is, once it can be", async () => {
  const read = "Action=GetUser&UserName=admin";
  await iam(read); // its policies are kept by now
  const before = eventNames();
  const end = await refuseReads();
  expect(await iam(read)).toMatchObject({
    status: 503,
    code: "ServiceUnavailable",
    body: expect.not.stringContaining("<Arn>"),
  });
  end();
  expect(await iam(read)).toMatchObject({ status: 200 });
  expect(eventNames().slice(before.length)).toEqual(["GetUser"]);
});

test("a read is answered when only record.db fails, and its event is found once it can be stored", async () => {
  await iam("Action=GetUser&UserName=admin");
  const change = refuseRows("record.db", "events");
  const { status, body } = await iam("Action=GetUser&UserName=admin");
  expect(status).toBe(200);
  expect(await lookUp()).toMatchObject({ status: expect.toSatisfy((code: number) => code >= 500) });
  change();
  const found = await lookUp();
  expect(found.body).toContain(/<RequestId>([^<]*)/.exec(body)?.[1]);
});

test("a read is not run when the policies that decided cannot be kept", async () => {
  const keys = await gateway.user("new-policy", { Effect: "Allow", Action: "iam:GetUser", Resource: "*" });
  refuseRows("record.db", "documents");
  expect(await iam("Action=GetUser", keys)).toMatchObject({ status: 503, code: "ServiceUnavailable" });
});

test("a denial that cannot be recorded is still a denial", async () => {
  const nobody = await gateway.user("nobody");
  await refuseReads();
  refuseRows("record.db", "events");
  expect(await iam("Action=DeleteUser&UserName=admin", nobody)).toMatchObject({ status: 403, code: "AccessDenied" });
  expect(await iam("Action=GetUser&UserName=not-there")).toMatchObject({ status: 404, code: "NoSuchEntity" });
});

test("a change that is stored with its event is answered when only record.db fails", async () => {
  await iam("Action=GetUser&UserName=admin");
  refuseRows("record.db", "events");
  expect(await iam("Action=CreateUser&UserName=kept")).toMatchObject({ status: 200 });
  expect(outboxEvents(gateway.dataDir)).toEqual([
    expect.objectContaining({ eventName: "CreateUser", requestParameters: { userName: "kept" } }),
  ]);
});
