// Answers questions in SMT-LIB, one JSON string a line, with what Z3 prints. A process of its own, because Z3 starts threads that never end.
import { createInterface } from "node:readline";
import { init } from "z3-solver";

const { Z3, em } = await init();
for await (const line of createInterface({ input: process.stdin })) {
  const configuration = Z3.mk_config();
  const context = Z3.mk_context(configuration);
  const answer = await Z3.eval_smtlib2_string(context, JSON.parse(line)).catch((error) => String(error));
  Z3.del_context(context);
  Z3.del_config(configuration);
  process.stdout.write(`${JSON.stringify(answer.trim())}\n`);
}
em.PThread.terminateAllThreads();
process.exit(0);
