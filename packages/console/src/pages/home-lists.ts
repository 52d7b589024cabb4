import { queryOptions } from "@tanstack/react-query";
import { listPolicies } from "../api/iam/policies.ts";
import { listRoles } from "../api/iam/roles.ts";
import { listUsers } from "../api/iam/users.ts";
import { listBuckets } from "../api/s3.ts";

/** The lists that several parts of the home page need: each is asked for once. */
export const accountLists = {
  users: queryOptions({ queryKey: ["users"], queryFn: listUsers }),
  roles: queryOptions({ queryKey: ["roles"], queryFn: listRoles }),
  buckets: queryOptions({ queryKey: ["buckets"], queryFn: listBuckets }),
  policies: queryOptions({ queryKey: ["policies", "Local"], queryFn: () => listPolicies("Local") }),
} as const;
