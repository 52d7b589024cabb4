import { addEvent, emptyUsage, recordedQuestion } from "@s3-credentials/policy/record";

const event = {
  eventTime: "2026-11-30T04:00:00Z",
  userIdentity: { arn: "arn:aws:iam::123456789012:user/ann" },
  additionalEventData: {
    decision: {
      allowed: true,
      layer: "identity",
      action: "s3:GetObject",
      resource: "arn:aws:s3:::data/a",
      context: {},
    },
  },
};
console.log(recordedQuestion(event.additionalEventData.decision, event.userIdentity.arn)?.reported?.reason); // → allowed by identity
const usage = emptyUsage();
addEvent(usage, event);
console.log([...usage.used.get("users/ann").keys()]); // → [ 's3:GetObject arn:aws:s3:::data/a' ]
