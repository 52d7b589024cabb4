import { useQuery } from "@tanstack/react-query";
import { managementAccount } from "../api/organization.ts";
import { useAccountId } from "../shell/session-context.tsx";
import { accountAccessKey } from "./account-key.ts";

/**
 * What an answer about access in this account leaves out, as a sentence: only the management account of an organization may read the control
 * policies that limit its members, and none limits itself. Undefined: nothing.
 */
export function useControlsNote(): string | undefined {
  const accountId = useAccountId();
  const management = useQuery({
    queryKey: [accountAccessKey, "management"],
    queryFn: managementAccount,
  });
  if (management.data === accountId || management.isPending) return undefined;
  return "Control policies of the organization may deny more: only its management account can read them, so they are not counted.";
}
