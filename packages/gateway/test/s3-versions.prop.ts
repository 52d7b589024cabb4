import { createHash } from "node:crypto";
import { uriEncode } from "@s3-credentials/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import { useS3Gateway } from "./s3-gateway.ts";

/**
 * Versions against a model of the documentation: any sequence of requests gets the answers of the model, and leaves its versions.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/manage-objects-versioned-bucket.html
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/manage-objects-versionsuspended.html
 */
const gateway = useS3Gateway();
const { send } = gateway;
const runs = Math.trunc(Number(process.env["TEST_RUNS"] ?? 300) / 25);

interface Version {
  readonly id: string;
  /** Undefined: a delete marker. */
  readonly body: string | undefined;
}

type Versioning = "Enabled" | "Suspended" | undefined;

/** One bucket. The versions of each key, newest first. */
class Model {
  versioning: Versioning;
  readonly #keys = new Map<string, Version[]>();

  constructor(versioning: Versioning) {
    this.versioning = versioning;
  }

  get keys(): readonly string[] {
    return [...this.#keys.keys()].toSorted((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)));
  }

  of(key: string): readonly Version[] {
    return this.#keys.get(key) ?? [];
  }

  /** "S3 automatically adds a version ID of null", which replaces the null version that is there. */
  add(key: string, body: string | undefined, freshId: string): string {
    const id = this.versioning === "Enabled" ? freshId : "null";
    this.#keys.set(key, [{ id, body }, ...this.of(key).filter((one) => one.id !== id)]);
    return id;
  }

  remove(key: string, id: string): void {
    const left = this.of(key).filter((one) => one.id !== id);
    if (left.length === 0) this.#keys.delete(key);
    else this.#keys.set(key, left);
  }
}

const keys = ["a", "a/1", "a/2", "a/b/c", "ü"];
const key = fc.constantFrom(...keys);
const body = fc.constantFrom("one", "two", "three");
/** Of a key's versions: `current`, one that is there (by its place), or one that never was. */
const which = fc.oneof(fc.constant("current" as const), fc.nat(3), fc.constant("absent" as const));
type Which = "current" | "absent" | number;
const condition = fc.constantFrom("none", "none", "absent", "right", "wrong");

const step = fc.oneof(
  fc.record({ do: fc.constant("put" as const), key, body, condition }),
  fc.record({ do: fc.constant("upload" as const), key, body, condition }),
  fc.record({ do: fc.constant("copy" as const), key, from: key, which, condition }),
  fc.record({ do: fc.constant("delete" as const), key, which, condition }),
  fc.record({
    do: fc.constant("delete many" as const),
    items: fc.uniqueArray(fc.tuple(key, which), { selector: ([name]) => name, minLength: 1 }),
  }),
  fc.record({ do: fc.constant("read" as const), key, which }),
  fc.record({
    do: fc.constant("versioning" as const),
    status: fc.constantFrom("Enabled" as const, "Suspended" as const),
  }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;
type Of<Name extends Step["do"]> = Extract<Step, { readonly do: Name }>;

const absentId = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const md5 = (text: string, form: "hex" | "base64" = "hex") => createHash("md5").update(text).digest(form);
const pathOf = (bucket: string, name: string) => `/${bucket}/${uriEncode(Buffer.from(name), true)}`;

class Run {
  readonly bucket: string;
  readonly model: Model;

  constructor(bucket: string, model: Model) {
    this.bucket = bucket;
    this.model = model;
  }

  /** The version id that the request names, and the version that is found. */
  pick(name: string, wanted: Which): { readonly id: string | undefined; readonly version: Version | undefined } {
    const versions = this.model.of(name);
    if (wanted === "current") return { id: undefined, version: versions[0] };
    const version = wanted === "absent" ? undefined : versions[wanted];
    return { id: version?.id ?? absentId, version };
  }

  /** Headers of a condition on the current object, and whether it is met. No object meets `wrong`. */
  condition(
    name: string,
    kind: string,
  ): { readonly headers: Record<string, string>; readonly refused: string | undefined } {
    const current = this.model.of(name)[0]?.body;
    switch (kind) {
      case "absent":
        return { headers: { "if-none-match": "*" }, refused: current === undefined ? undefined : "PreconditionFailed" };
      case "right":
        return {
          headers: { "if-match": `"${etagOf(current ?? "")}"` },
          refused: current === undefined ? "NoSuchKey" : undefined,
        };
      case "wrong":
        return {
          headers: { "if-match": `"${"0".repeat(32)}"` },
          refused: current === undefined ? "NoSuchKey" : "PreconditionFailed",
        };
      default:
        return { headers: {}, refused: undefined };
    }
  }

  /** What a write answers with its version, which the model gets. */
  written(name: string, text: string, { status, headers }: Awaited<ReturnType<typeof send>>): void {
    const answered = headers["x-amz-version-id"];
    expect(status).toBe(200);
    const freshId = String(answered);
    expect(keys.flatMap((one) => this.model.of(one)).map(({ id }) => id)).not.toContain(
      freshId === "null" ? "" : freshId,
    );
    const id = this.model.add(name, text, freshId);
    expect(answered).toBe(this.model.versioning === undefined ? undefined : id);
  }

  async put({ key: name, body: text, condition: kind }: Of<"put">): Promise<void> {
    const { headers, refused } = this.condition(name, kind);
    const sent = await send({ method: "PUT", target: pathOf(this.bucket, name), body: text, headers });
    if (refused !== undefined) return expect(sent.code).toBe(refused);
    expect(sent.headers["etag"]).toBe(`"${etagOf(text)}"`);
    this.written(name, text, sent);
  }

  /** A version of an upload gets its id when it is completed. Its ETag is that of its parts, so the model knows its body by a mark. */
  async upload({ key: name, body: text, condition: kind }: Of<"upload">): Promise<void> {
    const target = pathOf(this.bucket, name);
    const begun = await send({ method: "POST", target: `${target}?uploads` });
    const id = /<UploadId>([^<]+)</.exec(begun.body)?.[1] ?? "";
    const whole = `${text}${uploaded}`;
    const part = await send({ method: "PUT", target: `${target}?uploadId=${id}&partNumber=7`, body: whole });
    const { headers, refused } = this.condition(name, kind);
    const list = `<Part><PartNumber>7</PartNumber><ETag>${String(part.headers["etag"])}</ETag></Part>`;
    const document = `<CompleteMultipartUpload>${list}</CompleteMultipartUpload>`;
    const sent = await send({ method: "POST", target: `${target}?uploadId=${id}`, body: document, headers });
    if (refused !== undefined) return expect(sent.code).toBe(refused);
    this.written(name, whole, sent);
  }

  async copy({ key: name, from, which: wanted, condition: kind }: Of<"copy">): Promise<void> {
    const { id, version } = this.pick(from, wanted);
    const source = pathOf(this.bucket, from) + (id === undefined ? "" : `?versionId=${id}`);
    const { headers, refused } = this.condition(name, kind);
    const more = { "x-amz-copy-source": source, "x-amz-metadata-directive": "REPLACE", ...headers };
    const sent = await send({ method: "PUT", target: pathOf(this.bucket, name), headers: more });
    if (version === undefined) return expect(sent.code).toBe(id === undefined ? "NoSuchKey" : "NoSuchVersion");
    if (version.body === undefined) return expect(sent.code).toBe(id === undefined ? "NoSuchKey" : "InvalidRequest");
    if (refused !== undefined) return expect(sent.code).toBe(refused);
    expect(sent.headers["x-amz-copy-source-version-id"]).toBe(this.model.versioning && version.id);
    this.written(name, version.body, sent);
  }

  async delete({ key: name, which: wanted, condition: kind }: Of<"delete">): Promise<void> {
    const { id, version } = this.pick(name, wanted);
    const current = this.model.of(name)[0];
    const { headers, refused } = kind === "absent" ? this.condition(name, "none") : this.condition(name, kind);
    const target = pathOf(this.bucket, name) + (id === undefined ? "" : `?versionId=${id}`);
    const sent = await send({ method: "DELETE", target, headers });
    // "Conditional delete evaluations only apply to the current version of the object."
    if ("if-match" in headers && id !== undefined && id !== current?.id)
      return expect(sent.code).toBe("PreconditionFailed");
    if (refused !== undefined) return expect(sent.code).toBe(refused);
    expect(sent.status).toBe(204);
    const { id: gone, marker } = this.deleted(name, id, version, String(sent.headers["x-amz-version-id"]));
    expect(sent.headers["x-amz-version-id"]).toBe(gone);
    expect(sent.headers["x-amz-delete-marker"]).toBe(marker ? "true" : undefined);
  }

  async "delete many"({ items }: Of<"delete many">): Promise<void> {
    const picked = items.map(([name, wanted]) => ({ name, ...this.pick(name, wanted) }));
    const objects = picked.map(
      ({ name, id }) => `<Object><Key>${name}</Key>${id === undefined ? "" : `<VersionId>${id}</VersionId>`}</Object>`,
    );
    const document = `<Delete>${objects.join("")}</Delete>`;
    const headers = { "content-md5": md5(document, "base64") };
    const sent = await send({ method: "POST", target: `/${this.bucket}?delete`, body: document, headers });
    for (const { name, id, version } of picked) {
      const answer = new RegExp(`<Deleted><Key>${name}</Key>(.*?)</Deleted>`).exec(sent.body)?.[1] ?? "none";
      const markerId = /<DeleteMarkerVersionId>([^<]+)</.exec(answer)?.[1];
      const done = this.deleted(name, id, version, String(markerId));
      expect(answer).toBe(
        (id === undefined ? "" : `<VersionId>${id}</VersionId>`) +
          (done.marker
            ? `<DeleteMarker>true</DeleteMarker><DeleteMarkerVersionId>${done.id}</DeleteMarkerVersionId>`
            : ""),
      );
    }
  }

  /** Deletes in the model. `freshId`: that of the delete marker, when one is made. */
  deleted(name: string, id: string | undefined, version: Version | undefined, freshId: string) {
    if (id !== undefined) {
      this.model.remove(name, id);
      return { id, marker: version !== undefined && version.body === undefined };
    }
    if (this.model.versioning !== undefined) return { id: this.model.add(name, undefined, freshId), marker: true };
    this.model.remove(name, "null");
    return { id: undefined, marker: false };
  }

  async read({ key: name, which: wanted }: Of<"read">): Promise<void> {
    const { id, version } = this.pick(name, wanted);
    const target = pathOf(this.bucket, name) + (id === undefined ? "" : `?versionId=${id}`);
    for (const method of ["GET", "HEAD"]) {
      const { status, headers, code, body: text } = await send({ method, target });
      const about = {
        status,
        id: headers["x-amz-version-id"],
        marker: headers["x-amz-delete-marker"],
        allow: headers["allow"],
      };
      if (version?.body !== undefined) {
        expect(about).toEqual({ status: 200, id: this.model.versioning && version.id });
        expect(headers["content-length"]).toBe(String(version.body.length));
        if (method === "GET") expect(text).toBe(version.body);
        continue;
      }
      const none = { NoSuchKey: 404, NoSuchVersion: 404, MethodNotAllowed: 405 };
      const expected = id === undefined ? "NoSuchKey" : version === undefined ? "NoSuchVersion" : "MethodNotAllowed";
      expect(about).toEqual({
        status: none[expected],
        ...(version === undefined ? {} : { id: version.id, marker: "true" }),
        ...(expected === "MethodNotAllowed" ? { allow: "DELETE" } : {}),
      });
      expect(headers["last-modified"] !== undefined).toBe(expected === "MethodNotAllowed");
      if (method === "GET") expect(code).toBe(expected);
    }
  }

  async versioning({ status }: Of<"versioning">): Promise<void> {
    const document = `<VersioningConfiguration><Status>${status}</Status></VersioningConfiguration>`;
    expect((await send({ method: "PUT", target: `/${this.bucket}?versioning`, body: document })).status).toBe(200);
    this.model.versioning = status;
  }

  /** All pages of ListObjectVersions or ListObjectsV2, each entry as one line. */
  async listed(
    kind: "versions" | "objects",
    query: { prefix: string; delimiter: string; size: number },
  ): Promise<readonly string[]> {
    const lines: string[] = [];
    const common: string[] = [];
    let marker = "";
    for (let page = 0; page < 100; page += 1) {
      const asked = `prefix=${encodeURIComponent(query.prefix)}&delimiter=${encodeURIComponent(query.delimiter)}&max-keys=${query.size}&encoding-type=url`;
      const target = `/${this.bucket}?${kind === "versions" ? "versions" : "list-type=2"}&${asked}${marker}`;
      const { body: text } = await send({ target });
      const entry =
        /<(Version|DeleteMarker)><Key>([^<]*)<\/Key><VersionId>([^<]*)<\/VersionId><IsLatest>(\w+)<|<(Contents)><Key>([^<]*)</g;
      const found = [...text.matchAll(entry)].map(([, type, name, id, latest, contents, object]) =>
        contents === undefined
          ? `${type} ${decodeURIComponent(name ?? "")} ${id} ${latest}`
          : decodeURIComponent(object ?? ""),
      );
      const prefixes = [...text.matchAll(/<CommonPrefixes><Prefix>([^<]*)</g)].map(([, name]) =>
        decodeURIComponent(name ?? ""),
      );
      lines.push(...found);
      common.push(...prefixes);
      if (text.includes("<IsTruncated>false<")) return [...lines, ...common.map((name) => `prefix ${name}`)];
      expect(found.length + prefixes.length).toBe(query.size);
      const next = (name: string) => /([^<]*)</.exec(text.split(`<${name}>`)[1] ?? "<")?.[1] ?? "";
      const id = next("NextVersionIdMarker");
      marker =
        kind === "versions"
          ? `&key-marker=${next("NextKeyMarker")}${id === "" ? "" : `&version-id-marker=${id}`}`
          : `&continuation-token=${next("NextContinuationToken")}`;
    }
    throw new Error("a listing without an end");
  }

  /** The same by the model. */
  expected(
    kind: "versions" | "objects",
    { prefix, delimiter }: { prefix: string; delimiter: string },
  ): readonly string[] {
    const lines: string[] = [];
    const common = new Set<string>();
    for (const name of this.model.keys.filter((one) => one.startsWith(prefix))) {
      const versions = this.model.of(name);
      if (kind === "objects" && versions[0]?.body === undefined) continue;
      const at = delimiter === "" ? -1 : name.indexOf(delimiter, prefix.length);
      if (at >= 0) common.add(name.slice(0, at + delimiter.length));
      else if (kind === "objects") lines.push(name);
      else
        for (const [index, { id, body: text }] of versions.entries())
          lines.push(`${text === undefined ? "DeleteMarker" : "Version"} ${name} ${id} ${index === 0}`);
    }
    return [...lines, ...[...common].map((name) => `prefix ${name}`)];
  }
}

const uploaded = " (in parts)";

/** Of an object of one part the ETag is that of its parts. */
function etagOf(text: string): string {
  if (!text.endsWith(uploaded)) return md5(text);
  return `${createHash("md5")
    .update(Buffer.from(md5(text), "hex"))
    .digest("hex")}-1`;
}

test("puts, uploads, copies, deletions and reads, in any order and state of versioning", async () => {
  const input = fc.record({
    versioning: fc.constantFrom(undefined, "Enabled" as const, "Suspended" as const),
    steps: fc.array(step, { minLength: 5, maxLength: 25, size: "max" }),
    prefix: fc.constantFrom("", "a", "a/"),
    delimiter: fc.constantFrom("", "/"),
    size: fc.integer({ min: 1, max: 5 }),
  });
  await fc.assert(
    fc.asyncProperty(input, async ({ versioning, steps, ...query }) => {
      const run = new Run(await gateway.bucket(versioning), new Model(versioning));
      for (const one of steps) await (run[one.do] as (step: Step) => Promise<void>)(one);
      for (const name of run.model.keys)
        for (const [index] of run.model.of(name).entries()) await run.read({ do: "read", key: name, which: index });
      for (const kind of ["versions", "objects"] as const) {
        expect(await run.listed(kind, query)).toEqual(run.expected(kind, query));
        expect(await run.listed(kind, { prefix: "", delimiter: "", size: 1000 })).toEqual(
          run.expected(kind, { prefix: "", delimiter: "" }),
        );
      }
    }),
    { numRuns: runs },
  );
});
