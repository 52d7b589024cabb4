import fc from "fast-check";
import { expect, test } from "vitest";
import type { AccessEntry } from "../ports/access-log.ts";
import { accessLogLine } from "./access-log-line.ts";

const numRuns = Number(process.env["TEST_RUNS"] ?? 500);

/** The pattern that the documentation reads lines with. https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-s3-access-logs-to-identify-requests.html */
const documented =
  /^([^ ]*) ([^ ]*) \[(.*?)\] ([^ ]*) ([^ ]*) ([^ ]*) ([^ ]*) ([^ ]*) ("[^"]*"|-) (-|[0-9]*) ([^ ]*) ([^ ]*) ([^ ]*) ([^ ]*) ([^ ]*) ([^ ]*) ("[^"]*"|-) ([^ ]*)(?: ([^ ]*) ([^ ]*) ([^ ]*) ([^ ]*) ([^ ]*) ([^ ]*))?(?: ([^ ]*))?(?: ([^ ]*))?(?: ([^ ]*))?\n$/;

const hostile = fc
  .array(
    fc.oneof(fc.constantFrom('"', " ", "\n", "\r\n", "\\", "-", '" "', "\u2028", "%22"), fc.string({ unit: "binary" })),
  )
  .map((parts) => parts.join(""));
const known = fc.option(hostile, { nil: undefined });

const entries: fc.Arbitrary<AccessEntry> = fc.record({
  time: fc.constant(Date.UTC(2019, 1, 6, 0, 0, 38)),
  remote: fc.constantFrom("192.0.2.3", "2001:db8::1"),
  requester: known,
  requestId: fc.constant("3E57427F3EXAMPLE"),
  key: known,
  method: fc.constant("GET"),
  uri: hostile,
  httpVersion: fc.constant("1.1"),
  status: fc.constantFrom(200, 404),
  code: fc.constantFrom(undefined, "NoSuchKey"),
  sent: fc.constantFrom(0, 113),
  objectSize: fc.constantFrom(undefined, 0, 5),
  totalMs: fc.constant(7.4),
  turnAroundMs: fc.constantFrom(undefined, 6.6),
  referer: known,
  userAgent: known,
  versionId: known,
  hostId: fc.constant("s9lzHYrFp76="),
  signature: fc.constantFrom(undefined, "SigV4" as const),
  cipher: fc.constantFrom(undefined, "ECDHE-RSA-AES128-GCM-SHA256"),
  authType: fc.constantFrom(undefined, "AuthHeader" as const),
  host: known,
  tlsVersion: fc.constantFrom(undefined, "1.2"),
});

const subject = { bucketName: "b", region: "us-east-1", ownerId: "79a59df9", operation: "REST.GET.OBJECT" };

/** What a reader makes of a field. */
const decoded = (field: string | undefined = ""): string => decodeURIComponent(field.replace(/^"|"$/g, ""));
const isPlain = (text: string | undefined): text is string => text !== undefined && text !== "" && !text.includes("%");

test("a line is one line of 27 fields, whatever a client sends, and what it sent is read back", () => {
  fc.assert(
    fc.property(entries, (entry) => {
      const fields = documented.exec(accessLogLine(subject, entry));
      expect(fields).not.toBeNull();
      expect(fields?.slice(1, 4)).toEqual(["79a59df9", "b", "06/Feb/2019:00:00:38 +0000"]);
      expect(fields?.[27]).toBe("us-east-1");
      const wellFormed = (text: string | undefined): boolean => isPlain(text) && Buffer.from(text).toString() === text;
      if (wellFormed(entry.userAgent)) expect(decoded(fields?.[17])).toBe(entry.userAgent);
      if (wellFormed(entry.key)) expect(decoded(fields?.[8])).toBe(entry.key);
      if (wellFormed(entry.requester)) expect(decoded(fields?.[5])).toBe(entry.requester);
    }),
    { numRuns },
  );
});

test("no value of a credential or a customer's key is in a line, however its name is written", () => {
  const names = fc.constantFrom("X-Amz-Signature", "signature", "x-amz-security-token", "X-Amz-Server-Side-Encryption-Customer-Key"); // prettier-ignore
  const spelled = fc
    .tuple(names, fc.array(fc.boolean(), { minLength: 50, maxLength: 50 }))
    .map(([name, escapes]) =>
      [...name].map((letter, at) => (escapes[at] === true ? `%${letter.charCodeAt(0).toString(16)}` : letter)).join(""),
    );
  fc.assert(
    fc.property(entries, spelled, fc.constantFrom("/b/k?", "/b/k?x-id=1&"), (entry, name, start) => {
      const uri = `${start}${name}=s3cr3t&x-own=kept`;
      const line = accessLogLine(subject, { ...entry, uri, referer: `https://h${uri}` });
      expect(line).not.toContain("s3cr3t");
      expect(line.split("x-own=kept")).toHaveLength(3);
    }),
    { numRuns },
  );
});
