import { setTimeout as sleep } from "node:timers/promises";
import { type JsonObject, textField } from "../../formats/json.ts";
import { failedWith, serviceFailure } from "../../output/errors.ts";
import { CommandError } from "../../command-line/failures.ts";
import type { Keys } from "../../service/auth-file.ts";
import { verificationLines } from "../../verify/report.ts";
import { tryCredentials, verdictOf } from "../../verify/try-credentials.ts";
import type { ActionContext, Outcome } from "../action.ts";
import type { StepOf } from "../steps.ts";

/** Seconds that a change may take to be known everywhere, as IAM says; usually it is a tenth of that. */
const timeoutSeconds = 120;

function keysOf(credentials: JsonObject | undefined): Keys {
  const text = (name: string): string => (credentials === undefined ? "" : textField(credentials, name));
  const sessionToken = text("SessionToken");
  return {
    accessKeyId: text("AccessKeyId"),
    secretAccessKey: text("SecretAccessKey"),
    ...(sessionToken === "" ? {} : { sessionToken }),
  };
}

const unknownKey = ["InvalidClientTokenId", "InvalidAccessKeyId", "UnrecognizedClientException", "InvalidToken"];

/** Asks who the new credentials are until the service knows; a service without STS is asked for the buckets. */
export async function waitForCredentials(_step: StepOf<"wait">, context: ActionContext): Promise<Outcome> {
  const { s3, sts } = await context.services.as(keysOf(context.credentials));
  const { GetCallerIdentityCommand } = await import("@aws-sdk/client-sts");
  const { ListBucketsCommand } = await import("@aws-sdk/client-s3");
  const start = Date.now();
  for (let pause = 1; ; pause = Math.min(pause + 1, 5)) {
    try {
      await sts.send(new GetCallerIdentityCommand({}));
      break;
    } catch (error) {
      if (!failedWith(error, ...unknownKey)) {
        // This answer says nothing about the key, so S3 is asked. When S3 refuses for a missing right, it knows the key.
        const known = await s3.send(new ListBucketsCommand({})).then(
          () => true,
          (failure: unknown) => !failedWith(failure, ...unknownKey) && serviceFailure(failure).status === 403,
        );
        if (known) break;
      }
      if (Date.now() - start > timeoutSeconds * 1000)
        throw new CommandError(`the new credentials do not work after ${timeoutSeconds} seconds`, { cause: error });
    }
    context.progress(`Waiting for the new credentials to work: ${Math.round((Date.now() - start) / 1000)}s`);
    await sleep(pause * 1000, undefined, { signal: context.signal });
  }
  context.progress("");
  return { message: `Credentials work after ${Math.round((Date.now() - start) / 1000)}s` };
}

/** Prints what it found, and fails when that is not what the policies say. A change that is still spreading gets time. */
export async function verifyCredentials(step: StepOf<"verify">, context: ActionContext): Promise<Outcome> {
  const { services, credentials } = context;
  const { s3 } = await services.as(keysOf(credentials));
  const start = Date.now();
  for (;;) {
    const verification = await tryCredentials({
      tried: s3,
      creator: services.s3,
      buckets: step.buckets,
      prefixes: step.prefixes,
      policies: step.policies,
      partition: services.partition,
      secure: services.secure,
      signal: context.signal,
      progress: (done, total) => context.progress(done === total ? "" : `Trying the credentials: ${done} of ${total}`),
    });
    const wrong = verification.findings.filter((finding) => verdictOf(finding) === "mismatch");
    const spreading = wrong.every(({ expected }) => expected.kind === "allowed");
    if (wrong.length === 0 || !spreading || Date.now() - start > spreadTime) {
      for (const line of verificationLines(verification)) context.report(line);
      if (wrong.length === 0) return {};
      throw new CommandError(
        `${wrong.length} of ${verification.findings.length} requests were not answered as the policy says; the credentials are not handed over`,
      );
    }
    context.progress("Waiting for the policy to take effect");
    await sleep(2000, undefined, { signal: context.signal });
  }
}

/** Milliseconds in which a right may still arrive. */
const spreadTime = 20_000;
