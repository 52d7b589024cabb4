import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { documentedSettings, environment, output, run, type RunOptions } from "./clients.ts";
import type { RunningGateway } from "./gateway.ts";

/** A bucket as a folder of this machine. */
interface Mounted {
  readonly kind: "mounted";
  /**
   * What a shell in the folder prints; fails as the shell does. INVARIANT: nothing else of this process looks into the folder, because a
   * gateway that runs in this process could not answer meanwhile.
   */
  readonly sh: (script: string) => Promise<string>;
  unmount(): Promise<void>;
}

interface Mounting extends Pick<RunOptions, "keys" | "env"> {
  /** `BUCKET` or `BUCKET:/PREFIX`. */
  readonly bucket: string;
  /** As after `-o`, beside those of the guide. */
  readonly options?: readonly string[];
}

/** Why there is no folder: the kernel has no FUSE for us, or what s3fs says of the bucket. */
interface NotMounted {
  readonly kind: "no FUSE" | "refused";
  readonly why: string;
}

/** Mounts with the settings of the guide. */
export async function mountS3fs(gateway: RunningGateway, mounting: Mounting): Promise<Mounted | NotMounted> {
  const { bucket, options = [] } = mounting;
  const [, documented = ""] = /^s3fs photos \/mnt\/photos -o (\S+)\n$/.exec(documentedSettings(gateway, "s3fs")) ?? [];
  const settings = documented.replace("http:", new URL(gateway.endpoint).protocol);
  // Not below the home of the gateway: what removes that would remove the objects of a bucket that is still mounted.
  const folder = mkdtempSync(join(tmpdir(), "s3fs-"));
  const child = spawn("/usr/bin/s3fs", [bucket, folder, "-f", "-o", [settings, ...options, "retries=2"].join(",")], {
    env: environment(gateway, mounting),
    cwd: gateway.home,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = once(child, "close").then(() => true);
  const said = Promise.all([text(child.stdout), text(child.stderr)]).then((streams) => streams.join(""));
  const unmount = async (): Promise<void> => {
    await run(gateway, "/usr/bin/fusermount", ["-uz", folder]); // fails where s3fs has ended by itself
    await ended;
    rmdirSync(folder);
  };
  const isMounted = () => readFileSync("/proc/mounts", "utf8").includes(` ${folder} fuse.s3fs `);
  while (!isMounted()) if (await Promise.race([ended, sleep(20, false)])) break;
  const sh = (script: string) =>
    output(run(gateway, "/bin/sh", ["-ec", `cd "$0"\n${script}`, folder], { cwd: gateway.home }));
  // It is mounted before s3fs has looked at the bucket; what is asked of it waits until then, and s3fs may be gone afterwards.
  const { code } = await run(gateway, "/bin/ls", [folder]);
  if (code === 0 && isMounted()) return { kind: "mounted", sh, unmount };
  await unmount();
  const why = await said;
  return { kind: /^fuse(rmount)?: /m.test(why) ? "no FUSE" : "refused", why };
}

/** Runs with a bucket as a folder. Where the kernel lets nobody mount, the test is skipped, and says so. */
export async function withinS3fs<T>(
  gateway: RunningGateway,
  { skip, ...mounting }: Mounting & { readonly skip: (why: string) => never },
  use: (sh: Mounted["sh"]) => Promise<T>,
): Promise<T> {
  const mounted = await mountS3fs(gateway, mounting);
  if (mounted.kind === "no FUSE") skip(withoutFuse(mounted));
  if (mounted.kind !== "mounted") throw new Error(mounted.why);
  try {
    return await use(mounted.sh);
  } finally {
    await mounted.unmount();
  }
}

/** Why a test is skipped; printed too, because the list of tests does not say it. */
export function withoutFuse({ why }: NotMounted): string {
  const reason = `s3fs is not run: the kernel lets nobody mount here (${/^fuse.*/m.exec(why)?.[0] ?? why})`;
  console.warn(reason);
  return reason;
}
