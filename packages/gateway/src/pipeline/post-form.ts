import {
  BodyFault,
  bodyPlanOf,
  checkPostPolicy,
  formBoundary,
  type FormFile,
  headerValue,
  type LengthRange,
  maxFormFieldBytes,
  parsePostAuth,
  parsePostPolicy,
  readForm,
  readXml,
  type VerifiedBody,
  verifiedBody,
} from "@s3-credentials/protocol";
import { authenticateForm } from "../authn/authenticate.ts";
import type { GatewayRequest } from "../authn/request.ts";
import { modelOf } from "../operations/members.ts";
import { isRefusal, type Refusal, refuse } from "../operations/operation.ts";
import { maxPutBytes } from "../operations/s3/put-object.ts";
import { tooLarge } from "../operations/s3/reply.ts";
import { readTagSet, tagHeader } from "../operations/s3/tag-sets.ts";
import { type Admitted, letIn } from "./admit.ts";
import type { GateState } from "./gate-state.ts";

/** What a form asks for, as the request that puts the same object. */
export interface PostForm {
  /** With the fields as headers. Whoever gets it ends it with `CallerLimits.leave`. */
  readonly request: GatewayRequest;
  readonly key: string;
  readonly authenticated: Admitted;
  /** Not read yet. */
  readonly body: VerifiedBody;
}

/** Of the HTTP request itself; whatever else it says in headers is nothing that the policy of the form covers. */
const keptHeaders = ["host", "origin", "referer", "user-agent"] as const;

/** Fields that are no headers of PutObject. */
const ownFields = ["success_action_redirect", "redirect", "success_action_status"] as const;

const putHeaders: ReadonlySet<string> = new Set(modelOf("s3", "PutObject").split(" "));

/** What describes the HTTP request, not the object. */
const framing: ReadonlySet<string> = new Set(["content-length"]);

/**
 * Reads the fields of a form, whose caller is known only by them, up to its file. The order of refusal is: the signature, the policy, and
 * then, by the pipeline, what every request is refused for. The file is read after all of it.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html
 */
export async function readPostForm(
  state: GateState,
  request: GatewayRequest,
  bucket: string,
): Promise<PostForm | Refusal> {
  if (request.auth.kind !== "anonymous")
    return refuse(
      "InvalidRequest",
      "A form is signed by its policy alone. Leave out the Authorization header and the signature in the URL.",
    );
  const boundary = formBoundary(request.headers.get("content-type") ?? "");
  if (boundary === undefined)
    return refuse("MalformedPOSTRequest", "The Content-Type of the form does not name its boundary.");
  const { length } = request.body;
  if (length === undefined) return refuse("MissingContentLength");
  if (length > maxPutBytes + 2 * maxFormFieldBytes) return tooLarge(length, maxPutBytes);
  const { fields: sent, file } = await readForm(boundary, request.body.bytes());
  const fields = new Map([...sent].map(([name, value]) => [name.toLowerCase(), value]));
  const auth = parsePostAuth(fields, request.now);
  if (auth !== undefined && "kind" in auth) return refuse(auth.code, auth.message);
  const policy = fields.get("policy") ?? "";
  const again = () => authenticateForm(state.authentication, request, auth, policy);
  const authenticated = await again();
  if (isRefusal(authenticated)) return authenticated;
  const key = keyOf(fields, file);
  if (isRefusal(key)) return key;
  const range =
    auth === undefined
      ? unlimited
      : rangeOf(policy, new Map([...fields, ["key", key], ["bucket", bucket]]), request.now);
  if (isRefusal(range)) return range;
  const headers = headersOf(request, fields);
  if (isRefusal(headers)) return headers;
  const body = bodyOf(auth, headers, file, length - file.before, range);
  if (isRefusal(body)) return body;
  const signed = auth === undefined ? request.auth : ({ kind: "signed", auth } as const);
  const described: GatewayRequest = { ...request, headers, auth: signed };
  state.callers.leave(request); // it counted for its address, as long as nobody knew who sent it
  const admitted = await letIn(state, described, "s3", { authenticated, again });
  return isRefusal(admitted) ? admitted : { request: described, key, authenticated: admitted, body };
}

/** "All variables within the form are expanded before the policy is validated." A path that some browsers send is left out. */
function keyOf(fields: ReadonlyMap<string, string>, { filename }: FormFile): string | Refusal {
  const template = fields.get("key");
  if (template === undefined)
    return refuse(
      "InvalidArgument",
      "Bucket POST must contain a field named 'key'.  If it is specified, please check the order of the fields.",
      { details: { ArgumentName: "key" } },
    );
  const key = template.replaceAll("${filename}", () =>
    filename.slice(1 + Math.max(filename.lastIndexOf("/"), filename.lastIndexOf("\\"))),
  );
  if (key === "" || key.includes("\0"))
    return refuse("InvalidArgument", "User key must have a length greater than 0.", {
      details: { ArgumentName: "key" },
    });
  return Buffer.byteLength(key) > 1024 ? refuse("KeyTooLongError") : key;
}

const unlimited: LengthRange = { min: 0, max: maxPutBytes };

function rangeOf(policy: string, fields: ReadonlyMap<string, string>, now: number): LengthRange | Refusal {
  const parsed = parsePostPolicy(policy);
  if ("kind" in parsed) return refuse(parsed.code, parsed.message);
  const range = checkPostPolicy(parsed, fields, now);
  return "kind" in range ? refuse(range.code, range.message) : range;
}

function headersOf(
  request: GatewayRequest,
  fields: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> | Refusal {
  const headers = new Map<string, string>();
  for (const name of keptHeaders) {
    const value = request.headers.get(name);
    if (value !== undefined) headers.set(name, value);
  }
  for (const [name, text] of fields) {
    const header = name === "acl" ? "x-amz-acl" : name;
    const isKnown =
      putHeaders.has(header) || header.startsWith("x-amz-meta-") || ownFields.some((own) => own === header);
    if (!isKnown || framing.has(header)) continue;
    const value = headerValue(text);
    if (value === undefined || !/^[\w-]+$/.test(header))
      return refuse("InvalidArgument", `The field ${name.slice(0, 128)} has a value that no header can have.`);
    if (headers.has(header)) return refuse("InvalidArgument", `The field ${name} is sent twice.`);
    headers.set(header, value);
  }
  const tagging = fields.get("tagging");
  if (tagging === undefined) return headers;
  const root = readXml(Buffer.from(tagging), { depth: 8, attributes: 16, elements: 64 });
  if ("error" in root || root.name !== "Tagging" || headers.has("x-amz-tagging")) return refuse("MalformedXML");
  const tags = readTagSet(root, "object");
  if (isRefusal(tags)) return tags;
  return headers.set("x-amz-tagging", tagHeader(tags));
}

const bodyFields = /^(content-md5|x-amz-sdk-checksum-algorithm|x-amz-checksum-\w+)$/;

/** The file of a form. Its length is not known beforehand, only the most that it can be: where it ends is found while it is read. */
function bodyOf(
  auth: Parameters<typeof bodyPlanOf>[0],
  headers: ReadonlyMap<string, string>,
  { chunks }: FormFile,
  left: number,
  range: LengthRange,
): VerifiedBody | Refusal {
  const length = Math.max(0, Math.min(left, range.max));
  const described = [...headers].filter(([name]) => bodyFields.test(name));
  const announced = headers.get("x-amz-sdk-checksum-algorithm");
  if (announced !== undefined && !headers.has(`x-amz-checksum-${announced.toLowerCase()}`))
    return refuse(
      "InvalidRequest",
      "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* field.",
    );
  const plan = bodyPlanOf(auth, [...described, ["content-length", String(length)]], undefined);
  if ("kind" in plan) return refuse(plan.code, plan.message, plan.details && { details: plan.details });
  return verifiedBody({ ...plan, atMost: true }, { bytes: () => within(chunks, range) });
}

async function* within(chunks: AsyncIterable<Buffer>, { min, max }: LengthRange): AsyncGenerator<Buffer> {
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    if (size > max)
      throw new BodyFault("EntityTooLarge", "Your proposed upload exceeds the maximum allowed size.", {
        ProposedSize: String(size),
        MaxSizeAllowed: String(max),
      });
    yield chunk;
  }
  if (size < min)
    throw new BodyFault("EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size", {
      ProposedSize: String(size),
      MinSizeAllowed: String(min),
    });
}
