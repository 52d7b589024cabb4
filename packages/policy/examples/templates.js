import { checkBucketName, readOnlyPolicy } from "@s3-credentials/policy/templates";

console.log(checkBucketName("my-bucket")); // → undefined
const { Statement } = readOnlyPolicy("my-bucket", { prefix: "docs/" });
console.log(Statement.map(({ Action }) => Action.join(" ")).join("\n"));
// → s3:GetBucketLocation
// → s3:ListBucket
// → s3:GetObject s3:GetObjectAcl s3:GetObjectLegalHold s3:GetObjectRetention s3:GetObjectTagging
