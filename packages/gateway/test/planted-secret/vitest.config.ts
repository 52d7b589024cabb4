import whole from "../../../../vitest.config.ts";

/** A run of one file, which keeps a log that has a secret in it. `kept-records.test.ts` shows that the run fails. */
export default { ...whole, test: { ...whole.test, include: ["packages/gateway/test/planted-secret/planted.ts"] } };
