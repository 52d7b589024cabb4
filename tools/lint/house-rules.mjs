/** The rules of this repository that oxlint does not have. .oxlintrc.json loads them as the plugin `house`. */

/** Old words of this project. The field's terms are byte, reported, identity, lease, writer, lower case, attachments, max. */
const oldWords =
  /[oO]ctet|^[tT]old|[a-z]Told|(?<!place)[hH]older|^pins?$|[a-z]Pins?$|^boots?$|[bB]ootId|[fF]olded|[bB]elongings|[lL]ostDirectory|^(?:most|longest)[A-Z]/;

/** `allow`: words that are a term in these files, as an IPv4 address has octets. */
const plainWords = {
  meta: { schema: [{ type: "object" }] },
  create(context) {
    const allowed = context.options[0]?.allow ?? [];
    const check = (node) => {
      const word = oldWords.exec(node.name)?.[0].toLowerCase();
      if (word !== undefined && !allowed.includes(word))
        context.report({ node, message: `"${node.name}" is not the field's term.` });
    };
    return { Identifier: check, PrivateIdentifier: check };
  },
};

/** A Grant proves that the policies were asked and allowed the operation, so only authz/, which asks them, makes one. */
const noGrantAssertion = {
  create(context) {
    return {
      TSAsExpression(node) {
        const { typeName } = node.typeAnnotation;
        if (typeName?.name === "Grant") context.report({ node, message: "Only authz/ makes a Grant." });
      },
    };
  },
};

/** The policy language takes the time from the request's context, so it reads no clock. */
const noClock = {
  create(context) {
    const report = (node) => context.report({ node, message: "The policy language has no clock." });
    return {
      MemberExpression(node) {
        const isClock = node.object.name === "Date" && node.property.name === "now";
        if (isClock || node.object.name === "performance") report(node);
      },
      NewExpression(node) {
        if (node.callee.name === "Date" && node.arguments.length === 0) report(node);
      },
    };
  },
};

export default {
  meta: { name: "house" },
  rules: { "plain-words": plainWords, "no-grant-assertion": noGrantAssertion, "no-clock": noClock },
};
