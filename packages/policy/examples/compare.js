import { checkAccess, comparePolicies, witnessText } from "@s3-credentials/policy/compare";
import { parsePolicy } from "@s3-credentials/policy/parse";
import { readOnlyPolicy, readWritePolicy } from "@s3-credentials/policy/templates";

const read = (document) => parsePolicy(JSON.stringify(document), "identity").policy;
const reader = read(readOnlyPolicy("my-bucket"));
const writer = read(readWritePolicy("my-bucket", { prefix: "uploads/" }));

const { relation, inside } = comparePolicies(reader, writer);
console.log(relation); // → incomparable
console.log(witnessText(inside.differences[0].witness));
// → s3:ListBucket on arn:aws:s3:::my-bucket by arn:aws:iam::999988887777:user/x, without s3:prefix
console.log(checkAccess(writer, { buckets: ["my-bucket"], prefixes: ["uploads/"] }).answer); // → yes
