import { IAMClient } from "@aws-sdk/client-iam";
import { S3Client } from "@aws-sdk/client-s3";
import { STSClient } from "@aws-sdk/client-sts";
import type { Keys } from "../gateway.ts";

/** An attempt of a request that failed; a client with the SDK's usual retries makes up to three. Whether a 4xx is right, who asked says. */
export interface Failure {
  readonly what: string;
  /** `performance.now()` */
  readonly begun: number;
  readonly ended: number;
  /** `503 SlowDown`, or `connection: ECONNRESET`. */
  readonly how: string;
}

/** What a command ended with, after its retries. */
export interface Ended<Output> {
  /** `allowed`, or the name of the error. */
  readonly outcome: string;
  readonly output?: Output;
  /** More than one: an earlier one may have been done, or be done late. */
  readonly attempts: number;
  /** The connection broke, or a gateway said that it cannot serve now: whether it was done is not known. */
  readonly isRetryable: boolean;
}

/** Clients of one address whose every attempt is watched. */
export class WatchedClients {
  readonly failures: Failure[] = [];
  answered = 0;
  readonly #endpoint: string;
  readonly #all = new Map<string, { s3: S3Client; iam: IAMClient; sts: STSClient }>();

  constructor(endpoint: string) {
    this.#endpoint = endpoint;
  }

  /** They share the connections of the first one. */
  of(keys: Keys): { readonly s3: S3Client; readonly iam: IAMClient; readonly sts: STSClient } {
    const known = this.#all.get(keys.accessKeyId);
    if (known !== undefined) return known;
    const [shared] = this.#all.values();
    const configuration = {
      endpoint: this.#endpoint,
      region: "us-east-1",
      credentials: { ...keys },
      ...(shared === undefined ? {} : { requestHandler: shared.s3.config.requestHandler }),
    };
    const s3 = new S3Client({ ...configuration, forcePathStyle: true });
    const requestHandler = s3.config.requestHandler;
    const made = {
      s3,
      iam: new IAMClient({ ...configuration, requestHandler }),
      sts: new STSClient({ ...configuration, requestHandler }),
    };
    const place = { step: "finalizeRequest", priority: "low", name: "watched" } as const;
    for (const { middlewareStack } of Object.values(made) as S3Client[])
      middlewareStack.add(
        (next, { commandName = "" }) =>
          (args) =>
            this.#watch(commandName, next(args)),
        place,
      );
    this.#all.set(keys.accessKeyId, made);
    return made;
  }

  destroy(): void {
    for (const { s3 } of this.#all.values()) s3.destroy();
  }

  async #watch<Output>(what: string, attempt: Promise<Output>): Promise<Output> {
    const begun = performance.now();
    try {
      const output = await attempt;
      this.answered += 1;
      return output;
    } catch (error) {
      const how = howItFailed(error);
      if (!how.startsWith("4")) this.failures.push({ what, begun, ended: performance.now(), how });
      throw error;
    }
  }
}

interface SdkError extends Error {
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number; readonly attempts?: number };
}

function howItFailed(error: unknown): string {
  const { name, message, code, $metadata } = error as SdkError;
  const status = $metadata?.httpStatusCode;
  return status === undefined ? `connection: ${code ?? `${name} ${message}`}` : `${status} ${name}`;
}

export async function ended<Output extends { readonly $metadata: { readonly attempts?: number } }>(
  sent: Promise<Output>,
): Promise<Ended<Output>> {
  try {
    const output = await sent;
    return { outcome: "allowed", output, attempts: output.$metadata.attempts ?? 1, isRetryable: false };
  } catch (error) {
    const { name, $metadata } = error as SdkError;
    const status = $metadata?.httpStatusCode;
    return { outcome: name, attempts: $metadata?.attempts ?? 1, isRetryable: status === undefined || status === 503 };
  }
}
