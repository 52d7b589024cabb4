// What a command costs that does nearly nothing, against Node doing nothing: CPU time.
import { command, startGateway } from "./gateway.mjs";
import { compare, printTable, timeProgram } from "./measure.mjs";

export async function run() {
  const gateway = await startGateway();
  const node = (...args) => timeProgram(process.execPath, args, { env: gateway.env }).cpu;
  const medians = await compare(
    {
      "node -e 0": () => node("-e", "0"),
      "s3-credentials policy": () => node(command, "policy", "my-bucket"),
      "s3-credentials whoami": () => node(command, "whoami", "--endpoint-url", gateway.endpoint),
    },
    15,
  );
  printTable("start", "CPU ms", medians);
  await gateway.stop();
}
