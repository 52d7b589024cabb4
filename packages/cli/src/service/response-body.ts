import { CommandError } from "../command-line/failures.ts";

/** The part of the middleware stack of an SDK client or command that is used here. */
interface Stack {
  add(
    middleware: unknown,
    options: { readonly step: "deserialize"; readonly name: string; readonly priority: "low" },
  ): void;
}

interface HttpResponse {
  readonly statusCode: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  body: unknown;
}

/** Lets `change` see the body of every answer, and give the SDK another one in its place. */
export function changeResponseBody(
  owner: { readonly middlewareStack: unknown },
  name: string,
  change: (body: Buffer, statusCode: number, headers: HttpResponse["headers"]) => Buffer,
): void {
  const middleware =
    (next: (args: unknown) => Promise<{ readonly response: HttpResponse }>) =>
    async (args: unknown): Promise<{ readonly response: HttpResponse }> => {
      const result = await next(args);
      const { response } = result;
      response.body = change(await responseBytes(response.body), response.statusCode, response.headers);
      return result;
    };
  // The type of a stack is bound to one client's or command's input and output; what is added here looks at neither.
  (owner.middlewareStack as Stack).add(middleware, { step: "deserialize", name, priority: "low" });
}

/**
 * Ceph answers IAM and STS calls with S3's bare `<Error>`, in which the SDK finds neither code nor message. It finds them
 * inside the element it expects. https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html
 */
export function understandBareErrors(client: { readonly middlewareStack: unknown }): void {
  changeResponseBody(client, "understandBareErrors", (body, statusCode) => {
    const bare =
      statusCode < 400
        ? undefined
        : /^(?:<\?xml[^>]*\?>)?\s*(<Error>[\s\S]*<\/Error>)\s*$/.exec(body.toString("utf8"))?.[1];
    return bare === undefined ? body : Buffer.from(`<ErrorResponse>${bare}</ErrorResponse>`);
  });
}

/** Far more than the largest document of a service, which is a page of everything in an account; objects are not read so. */
const maxMebibytes = 64;

/**
 * The bytes of an answer, whatever an SDK's HTTP handler or an earlier middleware made of them. An answer that does not end would
 * fill the memory of the machine.
 */
export async function responseBytes(body: unknown): Promise<Buffer> {
  if (body === undefined || body === null) return Buffer.alloc(0);
  if (typeof body === "string" || body instanceof Uint8Array) return Buffer.from(body);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > maxMebibytes * 2 ** 20)
      throw new CommandError(`the service's answer is larger than ${maxMebibytes} MiB; check the endpoint`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
