import type { BodyDigests, VerifiedBody } from "@s3-credentials/protocol";
import type { Abilities } from "./abilities.ts";
import type { EngineReply } from "./answer.ts";
import type { EngineRequest } from "./engine-connections.ts";
import type { Answered, UpstreamClient } from "./upstream-client.ts";
import { checksumHeader, unquoted } from "./object-headers.ts";
import { withTrailer } from "./trailing-checksum.ts";

/** Bodies up to this are verified before the engine hears of them: one write, and a body that does not verify costs it nothing. */
const wholeLimit = 128 * 1024;

interface SentBody {
  readonly reply: Answered<EngineReply>;
  /** Of the body; undefined when the engine answered before it was sent. */
  readonly digests: BodyDigests | undefined;
}

/** Sends a PUT with a body that is verified while it passes. Rejects with the body's own error when it does not verify. */
export async function sendBody(
  client: UpstreamClient,
  abilities: Abilities,
  body: VerifiedBody,
  request: EngineRequest,
): Promise<SentBody> {
  if (body.length <= wholeLimit) return sendWhole(client, abilities, body, request);
  if (body.isAtMost === true) {
    // The file of a form: its length is known at its end alone, and an engine asks for it before.
    const release = client.hold("forms");
    try {
      return await sendWhole(client, abilities, body, request);
    } finally {
      release();
    }
  }
  const { sha256, checksum, trailer } = body.promised ?? {};
  const framed =
    abilities.trailers && trailer !== undefined
      ? withTrailer(trailer, body.length, request.headers?.["content-encoding"])
      : undefined;
  const held = new HeldBody(body, framed);
  const headers = {
    ...request.headers,
    ...(abilities.checksums && checksum ? checksumHeader(checksum) : {}),
    ...framed?.headers,
  };
  try {
    const reply = await client.sendForHead({
      ...request,
      headers,
      body: { length: framed?.length ?? body.length, chunks: held },
      sha256: framed?.sha256 ?? sha256,
    });
    if (!("kind" in reply) && !held.isSent) throw client.error("corrupt", "took a body before its end");
    return { reply, digests: held.isSent ? body.digests() : undefined };
  } catch (error) {
    throw held.failure ?? error;
  }
}

async function sendWhole(
  client: UpstreamClient,
  abilities: Abilities,
  body: VerifiedBody,
  request: EngineRequest,
): Promise<SentBody> {
  const bytes = await body.whole();
  const digests = body.digests();
  const headers = {
    ...request.headers,
    "content-md5": digests.md5.toString("base64"),
    ...(abilities.checksums ? checksumHeader(digests.checksum) : {}),
  };
  const sha256 = body.promised?.sha256;
  return { reply: await client.sendForHead({ ...request, headers, body: bytes, sha256 }), digests };
}

/**
 * The bytes of a body, of which the last piece is held back until the body has verified. INVARIANT: a body that does not verify never
 * reaches the engine whole, so that the engine stores nothing.
 */
class HeldBody implements AsyncIterable<Buffer> {
  /** Why the body did not verify. */
  failure: unknown;
  isSent = false;
  readonly #body: VerifiedBody;
  readonly #framed: ReturnType<typeof withTrailer> | undefined;

  constructor(body: VerifiedBody, framed: ReturnType<typeof withTrailer> | undefined) {
    this.#body = body;
    this.#framed = framed;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    let held = this.#framed?.before;
    try {
      for await (const chunk of this.#body) {
        if (chunk.length === 0) continue;
        if (held !== undefined) yield held;
        held = chunk;
      }
    } catch (error) {
      this.failure = error;
      throw error;
    }
    this.isSent = true;
    if (held !== undefined) yield held;
    if (this.#framed !== undefined) yield this.#framed.after(this.#body.digests().checksum);
  }
}

/** The ETag that the engine gave. Where it has to be the MD5 of the bytes and is not, other bytes were stored than those that were sent. */
export function storedEtag(
  client: UpstreamClient,
  { headers }: EngineReply,
  digests: Pick<BodyDigests, "md5"> | undefined,
): string {
  const etag = unquoted(headers.get("etag"));
  // "Objects encrypted by SSE-C or SSE-KMS have ETags that are not an MD5 digest": https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html
  const isDigest = !(headers.get("x-amz-server-side-encryption") ?? "").startsWith("aws:kms");
  if (etag === "" || (isDigest && etag !== digests?.md5.toString("hex")))
    throw client.error("corrupt", "stored other bytes than were sent: the ETag is not that of the body");
  return etag;
}
