import { responseBytes } from "./response-body.ts";

/** The part of an SDK client's middleware stack that is used here. */
interface Stack {
  add(
    middleware: unknown,
    options: { readonly step: "deserialize"; readonly name: string; readonly priority: "low" },
  ): void;
}

interface HttpResponse {
  readonly statusCode: number;
  body: unknown;
}

/**
 * Ceph answers IAM and STS calls with S3's bare `<Error>`, in which the SDK finds neither code nor message; put into the
 * element it expects they are read as everybody's. https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html
 */
export function understandBareErrors(client: { readonly middlewareStack: unknown }): void {
  const wrap =
    (next: (args: unknown) => Promise<{ readonly response: HttpResponse }>) =>
    async (args: unknown): Promise<{ readonly response: HttpResponse }> => {
      const result = await next(args);
      if (result.response.statusCode < 400) return result;
      const text = (await responseBytes(result.response.body)).toString("utf8");
      const bare = /^(?:<\?xml[^>]*\?>)?\s*(<Error>[\s\S]*<\/Error>)\s*$/.exec(text)?.[1];
      result.response.body = Buffer.from(bare === undefined ? text : `<ErrorResponse>${bare}</ErrorResponse>`);
      return result;
    };
  // The type of a stack is bound to one client's commands; what is added here looks at none.
  (client.middlewareStack as Stack).add(wrap, { step: "deserialize", name: "understandBareErrors", priority: "low" });
}
