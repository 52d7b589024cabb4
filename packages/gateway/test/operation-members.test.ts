import { IAMClient } from "@aws-sdk/client-iam";
import { S3Client } from "@aws-sdk/client-s3";
import { STSClient } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { modelledMembers } from "../src/operations/modelled-members.ts";
import { noOps } from "../src/operations/members.ts";
import { operationTables } from "../src/operations/table.ts";
import { useS3Gateway } from "./s3-gateway.ts";
import { sampleBucket, sdkCommand, type Service } from "./sdk-models.ts";

const gateway = useS3Gateway();

type Send = (command: never) => Promise<unknown>;
const send: Partial<Record<Service, Send>> = {};
const clients: { destroy: () => void }[] = [];
beforeAll(async () => {
  await gateway.send({ method: "PUT", target: `/${sampleBucket}` });
  const options = {
    endpoint: `http://127.0.0.1:${gateway.port}`,
    region: "us-east-1",
    credentials: gateway.admin,
    maxAttempts: 1,
  };
  const s3 = new S3Client({ ...options, forcePathStyle: true });
  const iam = new IAMClient(options);
  const sts = new STSClient(options);
  clients.push(s3, iam, sts);
  send.s3 = (command) => s3.send(command);
  send.iam = (command) => iam.send(command);
  send.sts = (command) => sts.send(command);
});
afterAll(() => {
  for (const client of clients) client.destroy();
});

const services = { S3: "s3", IAM: "iam", STS: "sts" } as const;

const rows = Object.entries(operationTables).flatMap(([word, table]) =>
  Object.values(table).flatMap((row) =>
    "refuses" in row ? [{ service: services[word as keyof typeof services], row }] : [],
  ),
);

describe("the operations that are here", () => {
  test.each(rows)("$service $row.name has a model, all of which is read, no-op or refused", ({ service, row }) => {
    const models: Readonly<Record<string, string>> = modelledMembers[service];
    const modelled = new Set((models[row.name] ?? "no model").split(" ").filter((name) => name !== ""));
    // Encryption is refused by operations too that have none.
    const said = [...row.reads, ...row.refuses].filter((name) => modelled.has(name) || !/-encryption/.test(name));
    expect(new Set(said).size).toBe(said.length);
    expect(new Set([...said, ...Object.keys(noOps).filter((name) => modelled.has(name))])).toEqual(modelled);
    // What begins with a prefix would not be found by its name.
    expect([...row.refuses].filter((name) => name.endsWith("*"))).toEqual([]);
  });

  test("every no-op is a member of some operation that is here", () => {
    const all = new Set(
      rows.flatMap(({ service, row }) =>
        (modelledMembers[service] as Readonly<Record<string, string>>)[row.name]?.split(" "),
      ),
    );
    expect(Object.keys(noOps).filter((name) => !all.has(name))).toEqual([]);
  });
});

function isModelled(service: Service, name: string, member: string): boolean {
  const models: Readonly<Record<string, string>> = modelledMembers[service];
  return models[name]?.split(" ").includes(member) === true;
}

const refusals = rows.flatMap(({ service, row }) =>
  [...row.refuses].flatMap((member) => (isModelled(service, row.name, member) ? [{ service, row, member }] : [])),
);

describe("what an operation does not read is refused by name", () => {
  test.each(refusals)("$service $row.name $member", async ({ service, row, member }) => {
    const answer = send[service]?.(sdkCommand(service, row.name).withMember(member) as never);
    // Of an element in another one that is refused, the outer one is named.
    const outermost = member.startsWith("/")
      ? [...row.refuses].find((one) => member === one || member.startsWith(`${one}/`))
      : member;
    const name = (outermost ?? member).replace(/^\?|^.*\//, "");
    // An answer to HEAD has no body to say it in.
    if (row.name.startsWith("Head")) await expect(answer).rejects.toMatchObject({ $metadata: { httpStatusCode: 501 } });
    else await expect(answer).rejects.toMatchObject({ name: "NotImplemented", message: `${name} is not implemented.` });
  });
});
