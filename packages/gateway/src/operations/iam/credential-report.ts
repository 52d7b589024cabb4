import { element } from "@s3-credentials/protocol";
import { refuse } from "../operation.ts";
import { defineIam } from "./define-iam.ts";
import { accountOf } from "./identities.ts";
import { iamTime } from "./shapes.ts";

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_GenerateCredentialReport.html */
export const generateCredentialReport = defineIam({
  name: "GenerateCredentialReport",
  resource: "none",
  fields: {},
  target: async () => ({ resource: undefined }),
  async run(grant, _values, context) {
    const state = await context.ports.reports.generate(grant, accountOf(context));
    const description = element("Description", "No report exists. Starting a new report generation task");
    return [element("State", state), ...(state === "STARTED" ? [description] : [])];
  },
});

const refusals = {
  "in-progress": refuse("ReportInProgress"),
  expired: refuse("ReportExpired"),
  missing: refuse("ReportNotPresent"),
} as const;

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetCredentialReport.html */
export const getCredentialReport = defineIam({
  name: "GetCredentialReport",
  resource: "none",
  fields: {},
  target: async () => ({ resource: undefined }),
  async run(_grant, _values, context) {
    const report = await context.ports.reports.find(accountOf(context));
    if (typeof report === "string") return refusals[report];
    return [
      element("Content", Buffer.from(report.content).toString("base64")),
      element("ReportFormat", "text/csv"),
      element("GeneratedTime", iamTime(report.generatedAt)),
    ];
  },
});
