import { setTimeout as sleep } from "node:timers/promises";
import { type Life, type Memory, readOf, type Send, type Step, step } from "./life.ts";

/** A bucket that the engine has, with one object. It is adopted under one name at a time. */
export const UpstreamBucket = "adopted";
export const Key = "one";
export const kmsKey = "sealing";

interface Move {
  readonly Phase: string;
  readonly RemovesSource?: boolean;
  readonly Problem?: string;
}

/** How the move of a bucket stands when it goes on no longer by itself. */
async function settledMove(BucketName: string, send: Send): Promise<unknown> {
  for (;;) {
    const found = await readOf(send, "s3-credentials", "DescribeBucketMove", { BucketName });
    if (typeof found === "string") return found; // no bucket
    const move = found as Move;
    const { Phase, RemovesSource, Problem } = move;
    const isMoved = Phase === "Moved" && RemovesSource !== true;
    // A run counts what it copied itself, and after a kill another one goes on.
    if (Phase === "None" || isMoved || Problem !== undefined) return { ...move, Objects: undefined, Bytes: undefined };
    await sleep(100);
  }
}

async function read(Bucket: string, send: Send): Promise<unknown> {
  const move = await settledMove(Bucket, send);
  return {
    move,
    listed: await readOf(send, "S3", "ListObjectVersions", { Bucket }),
    object: await readOf(send, "S3", "GetObject", { Bucket, Key }),
  };
}

const AcceptLosses = ["times", "uploads"];

/** A step that begins when the move does not go on. */
function settledStep(operation: string, input: (name: string) => object): Step {
  return step(operation, async (name: string, _memory: Memory, send: Send) => {
    await settledMove(name, send);
    return input(name);
  });
}

const inS3 = (one: Step): Step => ({ service: "S3", ...one });

const deletions = [
  inS3(settledStep("DeleteObject", (Bucket) => ({ Bucket, Key }))),
  inS3(step("DeleteBucket", (Bucket) => ({ Bucket }))),
];

const adopt = step("AdoptBucket", (BucketName) => ({ BucketName, UpstreamBucket }));

/** Comes from the engine, which keeps what it has. */
const adopted: Life = {
  service: "s3-credentials",
  kind: "adopted-life",
  few: true,
  read,
  steps: [
    adopt,
    step("ReleaseBucket", (BucketName) => ({ BucketName })),
    adopt,
    step("MoveBucket", (BucketName) => ({ BucketName, To: "local", AcceptLosses })),
    settledStep("EndBucketMove", (BucketName) => ({ BucketName })),
    ...deletions,
  ],
};

const encrypted = { ServerSideEncryption: "aws:kms", SSEKMSKeyId: `alias/${kmsKey}` };

/** Goes to the engine, at first in vain: its object is encrypted with a key of the gateway, which no copy there is. */
const moved: Life = {
  service: "s3-credentials",
  kind: "moved-life",
  read,
  steps: [
    inS3(step("CreateBucket", (Bucket) => ({ Bucket }))),
    inS3(step("PutObject", (Bucket) => ({ Bucket, Key, Body: "sealed", ...encrypted }))),
    step("MoveBucket", (BucketName) => ({ BucketName, To: "engine", AcceptLosses })),
    settledStep("EndBucketMove", (BucketName) => ({ BucketName })),
    settledStep("MoveBucket", (BucketName) => ({
      BucketName,
      To: "engine",
      AcceptLosses: [...AcceptLosses, "encryption", "etags"],
      RemoveSource: true,
    })),
    ...deletions,
  ],
};

export const moveLives = [adopted, moved] as const;
