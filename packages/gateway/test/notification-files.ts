import { mkdtempSync, readFileSync, watch, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The account of the gateways of these tests, and one that is none of theirs. */
export const accountId = "111122223333";
export const otherAccountId = "444455556666";

export interface EventObject {
  readonly key: string;
  readonly size?: number;
  readonly eTag?: string;
  readonly versionId?: string;
  readonly sequencer: string;
}

export interface EventRecord {
  readonly eventVersion: string;
  readonly eventSource: string;
  readonly awsRegion: string;
  readonly eventTime: string;
  readonly eventName: string;
  readonly userIdentity: { readonly principalId: string };
  readonly requestParameters: { readonly sourceIPAddress: string };
  readonly responseElements: Readonly<Record<string, string>>;
  readonly s3: {
    readonly s3SchemaVersion: string;
    readonly configurationId: string;
    readonly bucket: {
      readonly name: string;
      readonly ownerIdentity: { readonly principalId: string };
      readonly arn: string;
    };
    readonly object: EventObject;
  };
}

/** A message with records, or a test event, which has none. */
export interface Message {
  readonly Records?: readonly EventRecord[];
  readonly Event?: string;
  readonly Bucket?: string;
}

/** The records of messages of a bucket. */
export function recordsOf(messages: readonly Message[], bucket: string): readonly EventRecord[] {
  return messages.flatMap(({ Records = [] }) => Records).filter(({ s3 }) => s3.bucket.name === bucket);
}

/** A folder for files of targets and of their events. */
export function targetFolder(): string {
  return mkdtempSync(join(tmpdir(), "notification-targets-"));
}

/** Writes a file of `--notification-targets`, and gives its path. */
export function writeTargets(folder: string, targets: readonly object[], mode = 0o600): string {
  const file = join(folder, "targets.json");
  writeFileSync(file, JSON.stringify({ targets }), { mode });
  return file;
}

/** The messages in the file of a target, which is in a folder of its own, once they are as `isThere` wants them. */
export async function messagesIn(
  folder: string,
  name: string,
  isThere: (messages: readonly Message[]) => boolean,
): Promise<readonly Message[]> {
  const read = (): readonly Message[] => {
    try {
      const lines = readFileSync(join(folder, name), "utf8").split("\n").slice(0, -1);
      return lines.map((line) => JSON.parse(line) as Message);
    } catch {
      return []; // nothing was written yet, or half a line
    }
  };
  return new Promise((resolve) => {
    const look = (): void => {
      const messages = read();
      if (!isThere(messages)) return;
      watcher.close();
      resolve(messages);
    };
    const watcher = watch(folder, look);
    look();
  });
}
