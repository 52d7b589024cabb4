import { actionsMatching } from "../statement-actions.ts";
import type { Check } from "../rule.ts";

/** The actions a role can be asked with. */
const onRoles: ReadonlySet<string> = new Set([
  "sts:AssumeRole",
  "sts:AssumeRoleWithSAML",
  "sts:AssumeRoleWithWebIdentity",
  "sts:SetContext",
  "sts:SetSourceIdentity",
  "sts:TagSession",
]);

/** A trust policy's action that is not asked on roles: `sts:GetCallerIdentity` in a trust policy allows nothing. */
export const checkTrustActions: Check = ({ kind, statements }) =>
  kind !== "trust"
    ? []
    : statements.flatMap(({ actions }) =>
        actions.flatMap(({ pattern, place }) => {
          const meant = actionsMatching(pattern);
          if (meant.length === 0 || meant.some(({ name }) => onRoles.has(name))) return [];
          return [
            {
              place,
              message: `\`${pattern.text}\` is not asked on a role, so it does nothing in a trust policy`,
              help: "write `sts:AssumeRole`, `sts:AssumeRoleWithSAML` or `sts:AssumeRoleWithWebIdentity`",
            },
          ];
        }),
      );
