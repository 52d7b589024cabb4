import { AccessAnalyzerClient } from "@aws-sdk/client-accessanalyzer";
import type { SigningKeys } from "@s3-credentials/protocol";
import { onTestFinished } from "vitest";
import type { S3Gateway } from "./s3-gateway.ts";

/** A client of a test, with the administrator's keys or those that are given. */
export function analyzerClient(gateway: S3Gateway, keys: SigningKeys = gateway.admin): AccessAnalyzerClient {
  const endpoint = `http://127.0.0.1:${gateway.port}`;
  const client = new AccessAnalyzerClient({ endpoint, region: "us-east-1", credentials: keys, maxAttempts: 1 });
  onTestFinished(() => client.destroy());
  return client;
}

export function document(...statements: readonly object[]): string {
  return JSON.stringify({ Version: "2012-10-17", Statement: statements });
}
