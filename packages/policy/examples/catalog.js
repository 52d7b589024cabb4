import { conditionKeyType, findAction, nearestAction } from "@s3-credentials/policy/catalog";

console.log(findAction("s3:listbucket").name); // → s3:ListBucket
console.log(findAction("s3:ListBucket").conditionKeys.includes("s3:prefix")); // → true
console.log(conditionKeyType("s3:max-keys").type); // → Numeric
console.log(nearestAction("s3:GetObjct")); // → s3:GetObject
