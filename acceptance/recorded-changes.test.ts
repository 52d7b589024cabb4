import { CreateUserCommand, type IAMClient, ListUsersCommand } from "@aws-sdk/client-iam";
import { expect, test } from "vitest";
import { managementEvents } from "../packages/gateway/test/recorded-events.ts";
import { seededRandom } from "../packages/gateway/test/seeded-random.mjs";
import { iam } from "./clients.ts";
import { type RunningGateway, startGateway } from "./gateway.ts";

const loops = Number(process.env["KILL_LOOPS"] ?? 3);
const writers = 8;

/** Makes users until the gateway is gone; gives the names of those that were acknowledged. */
async function makeUsers(client: IAMClient, prefix: string, made: () => void): Promise<readonly string[]> {
  const acknowledged: string[] = [];
  for (let at = 0; ; at += 1) {
    const name = `${prefix}-${at}`;
    try {
      await client.send(new CreateUserCommand({ UserName: name }));
      acknowledged.push(name);
      made();
    } catch {
      return acknowledged;
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

test("a killed gateway has an event of every change that is there, one each, and none of a change that is not", async () => {
  const random = seededRandom("recorded changes", 1);
  let gateway = await startGateway();
  const { home } = gateway;
  const acknowledged: string[] = [];
  for (let loop = 0; loop < loops; loop += 1) {
    const client = iam(gateway, gateway.admin);
    let left = 20 + random(100);
    let made: readonly Promise<readonly string[]>[] = [];
    await new Promise<void>((enough) => {
      const count = (): void => {
        left -= 1;
        if (left === 0) enough();
      };
      made = Array.from({ length: writers }, (_, writer) => makeUsers(client, `user-${loop}-${writer}`, count));
    });
    await gateway.stop("SIGKILL");
    const done = (await Promise.all(made)).flat();
    acknowledged.push(...done);
    gateway = await startGateway({ home });
    const users = (await userNames(iam(gateway, gateway.admin))).filter((name) => name.startsWith("user-"));
    expect(users).toEqual(expect.arrayContaining(acknowledged));
    expect([...recordedNames(gateway)].toSorted()).toEqual([...users].toSorted());
  }
  await gateway.stop();
});
