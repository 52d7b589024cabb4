/** The data folder that the tests of `fsck` damage: made once, copied for each damage. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteBucketCommand,
  GetObjectCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { openConnection } from "../packages/gateway/src/stores/sqlite/connection.ts";
import { integer, text } from "../packages/gateway/src/stores/sql/sql-value.ts";
import { s3 } from "./clients.ts";
import { writeTargets } from "../packages/gateway/test/notification-files.ts";
import { startGatewayHere } from "./gateway-here.ts";

/** Long enough to be in a file of its own. */
const large = (name: string): Buffer => Buffer.alloc(20_000, name);

/** One object for each damage that takes one, so that any of them can come together. */
const smallKeys = ["small-body", "metadata", "class", "marked", "healed", "listed", "alive", "ownerless"];
const largeKeys = ["missing", "length", "unreadable", "linked", "flipped", "dead", "counted", "shared"];

export interface MadeFolder {
  readonly home: string;
  /** See `contentsOf`. */
  readonly contents: ReadonlyMap<string, string>;
}

/** A home folder whose `data` is what a gateway left of the folder of an earlier version and of what it wrote itself. */
export async function makeFolder(): Promise<MadeFolder> {
  const home = mkdtempSync(join(tmpdir(), "s3-credentials-fsck-"));
  const data = join(home, "data");
  mkdirSync(data, { mode: 0o700 });
  const archive = "acceptance/fixtures/data-0.1.0-parts/stopped.tar.gz";
  const { status, stderr } = spawnSync("tar", ["-xzf", archive, "-C", data], { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  chmodSync(data, 0o700);
  const targets = writeTargets(home, [{ name: "events", accounts: ["123456789012"], file: "events.jsonl" }]);
  const args = ["--trusted-proxy", "127.0.0.1", "--notification-targets", targets];
  const gateway = await startGatewayHere({ home, args });
  const client = s3(gateway, gateway.admin);
  await fill(client);
  await putForCustomer(client);
  const contents = await contentsOf(s3(gateway, gateway.admin));
  await gateway.stop();
  rmSync(join(data, "reserve")); // 16 MiB that every start makes again
  return { home, contents };
}

async function fill(client: S3Client): Promise<void> {
  const put = (Key: string, Body: string | Buffer, more: object = {}): Promise<unknown> =>
    client.send(new PutObjectCommand({ Bucket: "checked", Key, Body, ...more }));
  for (const Bucket of ["checked", "unsettled", "closed", "unowned", "unknown", "emptied"])
    await client.send(new CreateBucketCommand({ Bucket }));
  await client.send(new DeleteBucketCommand({ Bucket: "emptied" }));
  await client.send(new PutObjectCommand({ Bucket: "unknown", Key: "lost", Body: "lost" }));
  for (const key of smallKeys) await put(key, key, { ChecksumAlgorithm: "SHA256" });
  for (const key of largeKeys) await put(key, large(key), { ChecksumAlgorithm: "CRC64NVME" });
  await client.send(new CopyObjectCommand({ Bucket: "checked", Key: "shared copy", CopySource: "checked/shared" }));
  const sealed = { ServerSideEncryption: "AES256" };
  for (const key of ["sealed", "sealed flipped", "sealed otherwise"]) await put(key, large(key), sealed);
  await put("sealed small", "sealed small", sealed);
  const VersioningConfiguration = { Status: "Enabled" } as const;
  await client.send(new PutBucketVersioningCommand({ Bucket: "checked", VersioningConfiguration }));
  await put("versions", "first");
  await put("versions", large("second"));
}

/** As behind a proxy with TLS, because customers' keys go over no other connection. */
async function putForCustomer(client: S3Client): Promise<void> {
  client.middlewareStack.add(
    (next) => (args) => {
      const { headers } = args.request as { readonly headers: Record<string, string> };
      Object.assign(headers, { "x-forwarded-proto": "https", "x-forwarded-for": "192.0.2.1" });
      return next(args);
    },
    { step: "build" },
  );
  const key = createHash("sha256").update("the customer's key of the test").digest();
  await client.send(
    new PutObjectCommand({
      Bucket: "checked",
      Key: "of a customer",
      Body: large("of a customer"),
      SSECustomerAlgorithm: "AES256",
      SSECustomerKey: key.toString("base64"),
      SSECustomerKeyMD5: createHash("md5").update(key).digest("base64"),
    }),
  );
}

/** A copy of the folder; what is stored in it is found by key. */
export class CopiedFolder {
  readonly home: string;

  constructor(from: string) {
    this.home = mkdtempSync(join(tmpdir(), "s3-credentials-fsck-"));
    cpSync(from, this.home, { recursive: true });
  }

  get data(): string {
    return join(this.home, "data");
  }

  path(...names: readonly string[]): string {
    return join(this.data, ...names);
  }

  /** `statements`: those of SQLite, without parameters. */
  sql(file: "directory" | "objects" | "record" | "notifications", statements: string): void {
    const connection = openConnection(this.path(`${file}.db`));
    connection.exec("PRAGMA foreign_keys = OFF");
    connection.exec(statements);
    connection.close();
  }

  number(select: string): number {
    return this.#one(select, (value) => integer(value as number));
  }

  /** The file with the bytes of the newest version of a key in the bucket `checked`. */
  blob(key: string): string {
    const of = `(SELECT seq FROM versions WHERE key = CAST('${key}' AS BLOB) ORDER BY seq DESC LIMIT 1)`;
    const select = `SELECT file FROM bodies WHERE id = (SELECT body FROM segments WHERE content = ${of})`;
    return this.path(
      "blobs",
      this.#one(select, (value) => text(value as string)),
    );
  }

  #one<T>(select: string, read: (value: unknown) => T): T {
    const connection = openConnection(this.path("objects.db"));
    try {
      const [found] = connection.all(select, [], ([value]) => read(value));
      if (found === undefined) throw new Error(`nothing found: ${select}`);
      return found;
    } finally {
      connection.close();
    }
  }

  remove(): void {
    rmSync(this.home, { recursive: true, force: true });
  }
}

/** What every version answers, by bucket, key and version; `error`: the name of the error. */
export async function contentsOf(client: S3Client): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const Bucket of ["checked", "plain", "versioned", "suspended", "locked"]) {
    const { Versions = [] } = await client.send(new ListObjectVersionsCommand({ Bucket }));
    for (const { Key = "", VersionId } of Versions) {
      const content = await client
        .send(new GetObjectCommand({ Bucket, Key, VersionId }))
        .then(async ({ Body }) =>
          createHash("sha256")
            .update((await Body?.transformToByteArray()) ?? "")
            .digest("hex"),
        )
        .catch((error: unknown) => `error ${error instanceof Error ? error.name : "unknown"}`);
      found.set(Bucket === "checked" && VersionId === "null" ? Key : `${Bucket}/${Key} ${VersionId}`, content);
    }
  }
  return found;
}
