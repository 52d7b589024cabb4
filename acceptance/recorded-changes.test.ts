import { CreateUserCommand, GetUserCommand, type IAMClient, ListUsersCommand } from "@aws-sdk/client-iam";
import { expect, test } from "vitest";
import { managementEvents } from "../packages/gateway/test/recorded-events.ts";
import { seededRandom } from "../packages/gateway/test/seeded-random.mjs";
import { iam } from "./clients.ts";
import { type RunningGateway, startGateway } from "./gateway.ts";

const loops = Number(process.env["KILL_LOOPS"] ?? 2);
const writers = 8;

interface Answered {
  readonly users: string[];
  /** Request ids of reads. */
  readonly reads: string[];
}

/** Makes users and reads them until the gateway is gone; gives what was answered. */
async function makeUsers(client: IAMClient, prefix: string, made: () => void): Promise<Answered> {
  const answered: Answered = { users: [], reads: [] };
  for (let at = 0; ; at += 1) {
    const UserName = `${prefix}-${at}`;
    try {
      await client.send(new CreateUserCommand({ UserName }));
      answered.users.push(UserName);
      made();
      const { $metadata } = await client.send(new GetUserCommand({ UserName }));
      answered.reads.push($metadata.requestId ?? "");
    } catch {
      return answered;
    }
  }
}

async function userNames(client: IAMClient): Promise<readonly string[]> {
  const names: string[] = [];
  let marker: string | undefined;
  do {
    const page = await client.send(new ListUsersCommand({ MaxItems: 1000, Marker: marker }));
    names.push(...(page.Users ?? []).map(({ UserName }) => UserName ?? ""));
    marker = page.Marker;
  } while (marker !== undefined);
  return names;
}

/** Names that events say were made. */
function recordedNames({ dataDir }: RunningGateway): readonly string[] {
  return managementEvents(dataDir)
    .filter(({ eventName, errorCode }) => eventName === "CreateUser" && errorCode === undefined)
    .map(({ requestParameters }) => String(requestParameters?.["userName"]));
}

test("a killed gateway has one event of every change that is there, none of another, and one of every answered read", async () => {
  const random = seededRandom("recorded changes", 1);
  let gateway = await startGateway();
  const { home } = gateway;
  const acknowledged: string[] = [];
  const reads: string[] = [];
  for (let loop = 0; loop < loops; loop += 1) {
    const client = iam(gateway, gateway.admin);
    let left = 20 + random(100);
    let made: readonly Promise<Answered>[] = [];
    await new Promise<void>((enough) => {
      const count = (): void => {
        left -= 1;
        if (left === 0) enough();
      };
      made = Array.from({ length: writers }, (_, writer) => makeUsers(client, `user-${loop}-${writer}`, count));
    });
    await gateway.stop("SIGKILL");
    for (const answered of await Promise.all(made)) {
      acknowledged.push(...answered.users);
      reads.push(...answered.reads);
    }
    gateway = await startGateway({ home });
    const users = (await userNames(iam(gateway, gateway.admin))).filter((name) => name.startsWith("user-"));
    expect(users).toEqual(expect.arrayContaining(acknowledged));
    expect([...recordedNames(gateway)].toSorted()).toEqual([...users].toSorted());
    const recorded = managementEvents(gateway.dataDir).filter(({ eventName }) => eventName === "GetUser");
    expect(recorded.map(({ requestID }) => requestID)).toEqual(expect.arrayContaining(reads));
    expect(reads.length).toBeGreaterThan(0);
  }
  await gateway.stop();
});
