import { describe, expect, test } from "vitest";
import { jsonObject, type JsonObject, textField } from "../formats/json.ts";
import { credentialSource } from "./credential-source.ts";
import { isForeign, isLoopback } from "./guard.ts";
import { isMetadataToken, metadataToken, tokenSeconds } from "./instance-metadata.ts";

const start = Date.UTC(2026, 0, 1);
const minutes = 60_000;

function credentials(id: string, end: number): JsonObject {
  return jsonObject({
    AccessKeyId: id,
    Expiration: new Date(end).toISOString().replace("T", " ").replace(".000Z", "+00:00"),
  });
}

describe("renewal", () => {
  test("credentials are renewed before clients would ask, once however many ask", async () => {
    let now = start;
    let issued = 0;
    const source = credentialSource(credentials("first", start + 60 * minutes), {
      issue: async () => {
        issued += 1;
        await new Promise((resolve) => setTimeout(resolve, 5));
        return credentials(`renewed-${issued}`, now + 60 * minutes);
      },
      now: () => now,
      warn: () => {},
    });
    const ask = async () => textField(await source.current(), "AccessKeyId");
    expect(await ask()).toBe("first");
    now += 53 * minutes;
    expect(await ask()).toBe("first");
    now += 2 * minutes;
    expect(await Promise.all([ask(), ask(), ask()])).toEqual(["renewed-1", "renewed-1", "renewed-1"]);
    expect(issued).toBe(1);
  });

  test("a failed renewal is a warning while the old credentials work, and an error afterwards", async () => {
    let now = start;
    const warnings: string[] = [];
    const source = credentialSource(credentials("first", start + 60 * minutes), {
      issue: () => Promise.reject(new Error("the service is away")),
      now: () => now,
      warn: (reason) => warnings.push(reason),
    });
    now += 57 * minutes;
    expect(textField(await source.current(), "AccessKeyId")).toBe("first");
    expect(warnings).toEqual(["the service is away"]);
    now += 3 * minutes;
    await expect(source.current()).rejects.toThrow("the service is away");
  });
});

describe("who may ask", () => {
  test.each([["localhost:8094"], ["127.0.0.1:8094"], ["[::1]:8094"], ["192.168.1.7"], ["dev-box:8094"], ["LOCALHOST"]])(
    "a program that says %s",
    (host) => {
      expect(isForeign({ host }, "dev-box")).toBe(false);
    },
  );

  test.each([
    [undefined],
    [""],
    ["evil.example:8094"],
    ["localhost.evil.example"],
    ["127.0.0.1.evil.example:8094"],
    ["localhost@evil.example"],
    ["localhost:8094:8094"],
  ])("not a page that says %s", (host) => {
    expect(isForeign({ host }, "dev-box")).toBe(true);
  });

  test("not a page of another origin, also with the right host", () => {
    const host = "localhost:8094";
    expect(isForeign({ host, origin: "https://evil.example" }, "localhost")).toBe(true);
    expect(isForeign({ host, origin: "null" }, "localhost")).toBe(true);
    expect(isForeign({ host, origin: "http://localhost:3000" }, "localhost")).toBe(true);
    expect(isForeign({ host, origin: "http://localhost:8094" }, "localhost")).toBe(false);
  });
});

test("only loopback addresses are this machine's alone", () => {
  for (const address of ["127.0.0.1", "127.8.8.8", "::1"]) expect(isLoopback(address)).toBe(true);
  for (const address of ["0.0.0.0", "::", "192.168.1.7", "fe80::1", "127.evil.example"])
    expect(isLoopback(address)).toBe(false);
});

describe("instance metadata tokens", () => {
  const key = Buffer.alloc(32, 7);
  test("hold until their end, and only as they were given", () => {
    const token = metadataToken(key, 60, start);
    expect(isMetadataToken(key, token, start + 59_999)).toBe(true);
    expect(isMetadataToken(key, token, start + 60_000)).toBe(false);
    expect(isMetadataToken(Buffer.alloc(32, 8), token, start)).toBe(false);
    const later = metadataToken(key, 600, start);
    expect(isMetadataToken(key, `${later.split(".")[0]}.${token.split(".")[1]}`, start)).toBe(false);
    for (const wrong of ["", ".", "x", "NaN.", `${token}x`]) expect(isMetadataToken(key, wrong, start)).toBe(false);
  });

  test("are asked for with 1 to 21600 seconds", () => {
    expect(tokenSeconds("21600")).toBe(21_600);
    for (const wrong of [undefined, "", "0", "21601", "-1", "1.5", "1e3"]) expect(tokenSeconds(wrong)).toBeUndefined();
  });
});
