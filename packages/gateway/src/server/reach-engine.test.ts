import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { answer, scriptedEngine } from "../../test/scripted-engine.ts";
import { temporaryFolder } from "../../test/temporary-folder.ts";
import { reachEngine } from "./reach-engine.ts";
import { systemClock } from "./system-clock.ts";

const missing = answer("404 Not Found", {}, "<Error><Code>NoSuchBucket</Code></Error>");
const denied = answer("403 Forbidden", {}, "<Error><Code>AccessDenied</Code></Error>");
const unknownKey = answer("403 Forbidden", {}, "<Error><Code>InvalidAccessKeyId</Code></Error>");
const away = answer("502 Bad Gateway", {}, "<html>proxy</html>");
const refused = /^it refuses the keys of \S+: 403 /;

test.each([
  ["keys that it knows", [missing], undefined],
  ["keys that may do nothing here, for all that is known", [denied, denied], undefined],
  ["keys that it does not know", [unknownKey], refused],
  ["keys that it knew, where that looks like a denial", [missing, denied], refused],
  ["a proxy before it that finds nobody", [missing, away], /^it answers 502$/],
])("an engine with %s", async (_name, answers, why) => {
  const { endpoint, heard } = await scriptedEngine(
    (socket, _head, request) => void socket.end(answers[request - 1] ?? ""),
  );
  const credentials = join(await temporaryFolder(), "keys");
  writeFileSync(credentials, "aws_access_key_id=AKIAENGINE\naws_secret_access_key=b3JkaW5hcnk\n", { mode: 0o600 });
  const settings = { name: "ceph", url: endpoint, credentials, region: "us-east-1", ca: undefined, probe: undefined };
  const check = reachEngine({ ...settings, prefix: "gw-", style: "path" }, systemClock);
  const { signal } = new AbortController();
  for (const _earlier of answers.slice(1)) await check(signal);
  if (why === undefined) await check(signal);
  else await expect(check(signal)).rejects.toThrow(why);
  expect(heard.head).toMatch(/^GET \/gw-probe-[0-9a-f]{16}\/probe-readiness HTTP/);
  expect(heard.head).toContain("Credential=AKIAENGINE/");
});
