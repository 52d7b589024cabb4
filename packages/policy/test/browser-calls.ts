import type * as Library from "../src/index.ts";

/**
 * One real policy through every way of reading it. Self-contained: the browser gets this function's source text, so it
 * may use nothing but its argument. What it returns is plain JSON.
 */
export function everyCall(library: typeof Library): unknown {
  const text = JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      { Sid: "List", Effect: "Allow", Action: "s3:ListBucket", Resource: "arn:aws:s3:::data" },
      {
        Sid: "Home",
        Effect: "Allow",
        Action: ["s3:GetObject", "s3:PutObject"],
        Resource: "arn:aws:s3:::data/home/${aws:username}/*",
        Condition: { IpAddress: { "aws:SourceIp": "192.0.2.0/24" } },
      },
      { Effect: "Deny", Action: "s3:*", Resource: "*", Condition: { Bool: { "aws:SecureTransport": "false" } } },
    ],
  });
  const { policy, diagnostics } = library.parsePolicy(text, "identity");
  if (policy === undefined) return diagnostics;
  const rest = { guardrails: [], boundary: "none", sessions: [], resource: "none" } as const;
  const layers = { ...rest, identity: [{ name: "home", program: library.compilePolicy(policy) }] };
  const context = (address: string, secure: string) => (key: string) =>
    ({ "aws:username": "ann", "aws:sourceip": address, "aws:securetransport": secure })[key.toLowerCase()];
  const asked = [
    ["s3:GetObject", "arn:aws:s3:::data/home/ann/a", "192.0.2.7", "true"],
    ["s3:GetObject", "arn:aws:s3:::data/home/bob/a", "192.0.2.7", "true"],
    ["s3:GetObject", "arn:aws:s3:::data/home/ann/a", "198.51.100.1", "true"],
    ["s3:ListBucket", "arn:aws:s3:::data", "198.51.100.1", "false"],
    ["s3:ListBucket", "arn:aws:s3:::data", "198.51.100.1", "true"],
  ] as const;
  const decisions = asked.map(([action, resource, address, secure]) => {
    const request = {
      principal: {
        kind: "user",
        accountId: "123456789012",
        arn: "arn:aws:iam::123456789012:user/ann",
        userId: "AIDA1",
        userName: "ann",
      },
      action,
      resource,
      resourceAccount: "123456789012",
      context: context(address, secure),
    } as const;
    const explanation = library.explain(layers, request);
    return {
      decided: library.readRuling(layers, library.decide(layers, request)),
      explained: library.explanationData(explanation),
      lines: library.explanationLines(explanation),
    };
  });
  return {
    policy: library.printPolicy(policy),
    decisions,
    findings: library.validatePolicy(text.replace("s3:GetObject", "s3:GetObjekt"), { kind: "identity" }),
    template: library.readOnlyPolicy("data", {}),
    document: library.policyDocument(policy),
    catalog: library.findAction("s3:getobject"),
    compared: library.comparePolicies(policy, { ...policy, statements: policy.statements.slice(1) }),
  };
}
