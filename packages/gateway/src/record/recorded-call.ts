import type { XmlNode } from "@s3-credentials/protocol";
import type { GatewayRequest, Service } from "../authn/request.ts";
import type { JsonResult } from "../operations/json/json-value.ts";
import type { Refusal, Reply } from "../operations/operation.ts";
import type { Grant } from "../ports/grant.ts";
import type { Caller } from "../ports/principal-directory.ts";
import type { LoggedDecision } from "../ports/request-log.ts";

/** A resource that a call is on, and whose it is. */
export interface CalledResource {
  readonly arn: string;
  readonly accountId: string | undefined;
}

/** What is known of a call, so far as it came on its way through the gateway. */
export interface CallFacts {
  readonly operation: string | undefined;
  /** Only once the signature has verified. */
  readonly caller: Caller | undefined;
  readonly decision: LoggedDecision | undefined;
  /** Absent: nothing was granted. */
  readonly grant: Grant | undefined;
  /** The parameters of a form. */
  readonly parameters: ReadonlyMap<string, string> | undefined;
  /** The document of a body: XML, a text, or the members of JSON. */
  readonly document: unknown;
  readonly resources: readonly CalledResource[];
  /** What a form said of an upload, as the request that it stands for. */
  readonly form: { readonly request: GatewayRequest; readonly key: string } | undefined;
}

export interface Call {
  readonly request: GatewayRequest;
  readonly service: Service;
  /** The names of the path of a request to S3. */
  readonly bucket?: string | undefined;
  readonly key?: string | undefined;
}

export type Outcome =
  | Reply
  | Refusal
  | { readonly kind: "query-result"; readonly action: string; readonly children: readonly XmlNode[] | undefined }
  | { readonly kind: "json-result"; readonly members: JsonResult };
