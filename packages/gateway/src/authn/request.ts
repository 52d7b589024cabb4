import type { AuthOutcome, BodySource, RequestAuth, RequestAuthV2, WireRequest } from "@s3-credentials/protocol";
import type { S3OperationName } from "../ports/operation-name.ts";

/** A body as it comes off the wire; `100 Continue` goes out when the first byte is asked for, so not before authorization. */
export interface IncomingBody extends BodySource {
  /** `Content-Length`; undefined for chunked transfer, 0 when there is no body. */
  readonly length: number | undefined;
}

/** The client went away before its body had come: nobody is left to answer. */
export class ClientGone extends Error {}

/** An HTTP request after parsing, before anything is believed. */
export interface GatewayRequest {
  readonly requestId: string;
  /** As sent; with a Signature Version 2, its headers are those that `AuthOutcome` has. */
  readonly wire: WireRequest;
  /** The bucket that the host names; undefined when the path names it. */
  readonly hostBucket: string | undefined;
  /** Lower-case names; repeated headers joined with `,`. */
  readonly headers: ReadonlyMap<string, string>;
  /** Decoded; the first of each name. */
  readonly query: ReadonlyMap<string, string>;
  /** What its credentials claim, not yet verified. */
  readonly auth: AuthOutcome;
  /** The client's address: the socket's, or what a trusted proxy says. */
  readonly sourceIp: string;
  /** Who counts as one client by address: see `clientNetwork`. */
  readonly clientNetwork: string;
  readonly secure: boolean;
  /** See `ClientAddress`. */
  readonly tlsVersion?: string | undefined;
  /** ms since the epoch, one for the whole request. */
  readonly now: number;
  /** `http://HOST`, or `https://HOST`. */
  readonly origin: string;
  readonly body: IncomingBody;
  /** Aborts when the connection ends before the answer is sent whole: work nobody waits for can stop. */
  readonly signal: AbortSignal;
}

/** The services of the gateway, by the name that a credential scope has. */
export const services = [
  "s3",
  "iam",
  "sts",
  "organizations",
  "cloudtrail",
  "account",
  "access-analyzer",
  "s3-credentials",
] as const;
export type Service = (typeof services)[number];

export type Route =
  | {
      readonly service: "s3";
      readonly operation: S3OperationName;
      readonly bucket: string | undefined;
      readonly key: string | undefined;
    }
  | { readonly service: Exclude<Service, "s3"> };

/** What a verified signature said about itself; undefined for an anonymous request. */
export type Verified = RequestAuth | RequestAuthV2 | undefined;
