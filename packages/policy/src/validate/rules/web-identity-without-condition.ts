import type { Check } from "../rule.ts";

/**
 * A role any token of an identity provider can assume: its audience and subject are not asked for. Public providers (Google, GitHub)
 * give tokens to everybody.
 */
export const checkWebIdentity: Check = ({ kind, statements }) =>
  kind !== "trust"
    ? []
    : statements.flatMap(({ statement: { effect, principal, conditions }, element }) => {
        const providers = (principal?.entries ?? []).flatMap((entry) =>
          entry.kind === "federated" && !entry.provider.includes(":saml-provider/") ? [entry.provider] : [],
        );
        const asks = conditions.some(({ key }) => /:(aud|sub|oaud|amr|app_id|user_id|id)$/i.test(key));
        if (effect !== "Allow" || asks) return [];
        return providers.map((provider) => ({
          place: element("Principal"),
          message: `any token of \`${provider}\` may assume the role`,
          help: "add conditions on the token's audience and subject, such as `accounts.google.com:aud` and `…:sub`",
        }));
      });
