import { KeyWriter } from "./key-writer.ts";
import { KeyringWriter } from "./keyring-writer.ts";
import { accountLives } from "./lives/account-lives.ts";
import { analyzerLife } from "./lives/analyzer-life.ts";
import { bucketLives } from "./lives/bucket-lives.ts";
import { identityLives } from "./lives/identity-lives.ts";
import type { Life, Surroundings } from "./lives/life.ts";
import { LifeWriter } from "./lives/life-writer.ts";
import { moveLives } from "./lives/move-lives.ts";
import { sessionLives } from "./lives/session-lives.ts";
import { signInLives } from "./lives/sign-in-lives.ts";
import { OrderWriter } from "./order-writer.ts";
import { PutWriter } from "./put-writer.ts";
import { UploadWriter } from "./upload-writer.ts";
import { VersionWriter } from "./version-writer.ts";
import type { CopiedWriter, Writer } from "./writer.ts";

interface Work<W extends Writer> {
  readonly writer: W;
  /** How many of them work at a time. */
  readonly workers: number;
}

/** New ones that write as much as they can. `putters`: of those that write most. */
export function busyWriters(putters: number): readonly Work<CopiedWriter>[] {
  return [
    { writer: new PutWriter(), workers: putters },
    { writer: new UploadWriter(), workers: 1 },
    { writer: new VersionWriter(), workers: 1 },
    { writer: new KeyWriter(), workers: 1 },
    { writer: new OrderWriter(), workers: 1 },
  ];
}

export const lives: readonly Life[] = [
  ...bucketLives,
  ...moveLives,
  ...identityLives,
  ...signInLives,
  ...sessionLives,
  ...accountLives,
  analyzerLife,
];

/** New ones that try every operation that changes something. */
export function lifeWriters(surroundings: Surroundings, isLong: boolean): readonly Work<Writer>[] {
  const led = lives.filter(({ costly }) => isLong || costly !== true);
  return [
    ...led.map((life) => ({ writer: new LifeWriter(life, surroundings), workers: 1 })),
    { writer: new KeyringWriter(), workers: 1 },
  ];
}
