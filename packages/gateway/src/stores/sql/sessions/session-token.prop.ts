/** A session token is what was issued, byte for byte, or it is nothing. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  account,
  issueSession,
  type TestDirectory,
  testDirectory,
  waitingKey,
} from "../../../../test/test-directory.ts";
import type { TemporaryCredentials } from "../../../ports/session-issuer.ts";

const runs = Number(process.env["TEST_RUNS"] ?? 200);
const headLength = 1 + 4 + 16;

async function issue(directory: TestDirectory, userId = "AIDAUSERUSERUSERUSER"): Promise<TemporaryCredentials> {
  const arn = `arn:aws:iam::${account}:user/ann`;
  const principal = { kind: "user-session", accountId: account, arn, userId, userName: "ann" } as const;
  return issueSession(directory, { principal, expiresAt: directory.clock.time + 900_000 });
}

const bytes = ({ sessionToken }: TemporaryCredentials): Buffer => Buffer.from(sessionToken, "base64");

/** How a token of these bytes opens. */
async function outcome({ sessions }: TestDirectory, accessKeyId: string, token: Uint8Array): Promise<string> {
  const opened = await sessions.open(accessKeyId, Buffer.from(token).toString("base64"));
  return typeof opened === "string" ? opened : opened.kind;
}

describe("a session token", () => {
  test("with any one byte made any other is refused", async () => {
    const directory = await testDirectory();
    const session = await issue(directory);
    const token = bytes(session);
    for (let at = 0; at < token.length; at += 1) {
      for (const change of [1, 2, 4, 8, 16, 32, 64, 128, 255]) {
        const altered = Buffer.from(token);
        altered.writeUInt8(altered.readUInt8(at) ^ change, at);
        expect([at, change, await outcome(directory, session.accessKeyId, altered)]).toEqual([at, change, "invalid"]);
      }
    }
    expect(await outcome(directory, session.accessKeyId, token)).toBe("opened");
  });

  test("cut anywhere, at either end or in the middle, is refused", async () => {
    const directory = await testDirectory();
    const session = await issue(directory);
    const token = bytes(session);
    for (let at = 0; at < token.length; at += 1) {
      const [before, after] = [token.subarray(0, at), token.subarray(at + 1)];
      for (const cut of [before, after, Buffer.concat([before, after])])
        expect(await outcome(directory, session.accessKeyId, cut)).toBe("invalid");
    }
  });

  test("with bytes put in anywhere is refused", async () => {
    const directory = await testDirectory();
    const session = await issue(directory);
    const token = bytes(session);
    const more = fc.uint8Array({ minLength: 1, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: token.length }), more, async (at, put) => {
        const longer = Buffer.concat([token.subarray(0, at), put, token.subarray(at)]);
        expect(await outcome(directory, session.accessKeyId, longer)).toBe("invalid");
      }),
      { numRuns: runs },
    );
  });

  test("put together from two is refused under the key ids of both", async () => {
    const directory = await testDirectory();
    const [one, other] = [await issue(directory), await issue(directory)];
    const [left, right] = [bytes(one), bytes(other)];
    expect(left.length).toBe(right.length);
    for (let at = 1; at < left.length; at += 1) {
      const mixed = Buffer.concat([left.subarray(0, at), right.subarray(at)]);
      if (mixed.equals(left) || mixed.equals(right)) continue;
      for (const { accessKeyId } of [one, other])
        expect([at, await outcome(directory, accessKeyId, mixed)]).toEqual([at, "invalid"]);
    }
  });

  test("opens under its own key id only", async () => {
    const directory = await testDirectory();
    const session = await issue(directory);
    const others = [
      (await issue(directory)).accessKeyId,
      session.accessKeyId.toLowerCase(),
      `${session.accessKeyId} `,
      session.accessKeyId.slice(0, -1),
      session.accessKeyId.replace("ASIA", "AKIA"),
      "",
      "ASIA",
    ];
    for (const accessKeyId of others)
      expect(await directory.sessions.open(accessKeyId, session.sessionToken)).toBe("invalid");
    await fc.assert(
      fc.asyncProperty(
        fc.nat({ max: 15 }),
        fc.constantFrom(..."ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"),
        async (at, letter) => {
          const altered = session.accessKeyId.slice(0, at + 4) + letter + session.accessKeyId.slice(at + 5);
          const expected = altered === session.accessKeyId ? "opened" : "invalid";
          expect(await outcome(directory, altered, bytes(session))).toBe(expected);
        },
      ),
      { numRuns: runs },
    );
  });

  test("opens in its own spelling only", async () => {
    const directory = await testDirectory();
    const session = await issue(directory);
    const { accessKeyId, sessionToken } = session;
    const text = sessionToken;
    const spellings = [
      text.replaceAll("+", "-").replaceAll("/", "_"),
      text.replaceAll("=", ""),
      `${text}=`,
      `${text}\n`,
      `\n${text}`,
      `${text.slice(0, 76)}\r\n${text.slice(76)}`,
      `${text.slice(0, 8)} ${text.slice(8)}`,
      `${text}\0`,
      `${text}.`,
      `data:${text}`,
      text + text,
      encodeURIComponent(text),
      bytes(session).toString("hex"),
      bytes(session).toString("latin1"),
    ].filter((spelling) => spelling !== text);
    for (const spelling of spellings) expect(await directory.sessions.open(accessKeyId, spelling)).toBe("invalid");
    // The bits a last letter has to spare must be zero.
    for (const letter of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") {
      const altered = text.replace(/[^=](=*)$/, `${letter}$1`);
      const expected = altered === text ? "opened" : "invalid";
      const opened = await directory.sessions.open(accessKeyId, altered);
      expect(typeof opened === "string" ? opened : opened.kind).toBe(expected);
    }
  });

  test("names the keyring key it was sealed with, and opens with no other", async () => {
    const directory = await testDirectory();
    const { keyring } = directory;
    const session = await issue(directory);
    const token = bytes(session);
    const waiting = await waitingKey(directory);
    expect(token.subarray(1, 5).toString("hex")).toBe((await keyring.sealing()).id);
    for (const id of [waiting, "00000000", "ffffffff"]) {
      const renamed = Buffer.concat([token.subarray(0, 1), Buffer.from(id, "hex"), token.subarray(5)]);
      expect(await outcome(directory, session.accessKeyId, renamed)).toBe("invalid");
    }
  });

  test("of another version, or with nothing in it, is refused", async () => {
    const directory = await testDirectory();
    const session = await issue(directory);
    const token = bytes(session);
    for (let version = 0; version < 256; version += 1) {
      const expected = version === 2 ? "opened" : "invalid";
      const written = Buffer.concat([Buffer.from([version]), token.subarray(1)]);
      expect(await outcome(directory, session.accessKeyId, written)).toBe(expected);
    }
    expect(await outcome(directory, session.accessKeyId, token.subarray(0, headLength))).toBe("invalid");
  });

  test("made up from any bytes is refused, not thrown at", async () => {
    const directory = await testDirectory();
    const session = await issue(directory);
    const head = bytes(session).subarray(0, headLength);
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), async (made) => {
        expect(await outcome(directory, session.accessKeyId, made)).toBe("invalid");
        expect(await outcome(directory, session.accessKeyId, Buffer.concat([head, made]))).toBe("invalid");
      }),
      { numRuns: runs },
    );
  });
});
