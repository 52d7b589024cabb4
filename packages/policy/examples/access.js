import { accessMap, accountPrincipals } from "@s3-credentials/policy/access";

const policy = (Action, Resource) =>
  JSON.stringify({ Version: "2012-10-17", Statement: { Effect: "Allow", Action, Resource } });
/** As GetAccountAuthorizationDetails answers. */
const details = {
  UserDetailList: [
    {
      UserName: "ann",
      UserId: "AIDAANN",
      Arn: "arn:aws:iam::123456789012:user/ann",
      UserPolicyList: [
        { PolicyName: "reports", PolicyDocument: policy("s3:GetObject", "arn:aws:s3:::data/reports/*") },
      ],
    },
  ],
  GroupDetailList: [],
  RoleDetailList: [],
  Policies: [],
};
const question = {
  bucket: "data",
  keys: "*",
  account: "123456789012",
  partition: "aws",
  actions: ["s3:GetObject", "s3:PutObject"],
  now: new Date(),
};
const nothing = { layer: "none", outside: "none", ownerId: undefined };
for (const { who, cells } of accessMap(question, accountPrincipals(details), () => nothing)) {
  const answers = cells.map(({ answer }) => answer);
  console.log(`${who}: ${answers.join(", ")}`); // → arn:aws:iam::123456789012:user/ann: depends, never
}
