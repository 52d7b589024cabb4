/** Work that the server does by itself, again and again. */
export interface Job {
  readonly name: string;
  /** From the end of one run to the start of the next, ms. */
  readonly every: number;
  readonly run: () => Promise<unknown>;
}

export interface Jobs {
  /** No new run begins; waits for those under way. */
  stop(): Promise<void>;
}

/** Each job runs at once, then at its interval; never twice at a time. A failed run is reported and tried again. */
export function startJobs(jobs: readonly Job[], failed: (name: string, error: unknown) => void): Jobs {
  const stops = jobs.map((job) => startJob(job, failed));
  return {
    stop: async () => {
      await Promise.all(stops.map((stop) => stop()));
    },
  };
}

function startJob(job: Job, failed: (name: string, error: unknown) => void): () => Promise<void> {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  const once = async (): Promise<void> => {
    try {
      await job.run();
    } catch (error) {
      failed(job.name, error);
    }
    // unref: a process that has nothing else to do may end
    if (!stopped) timer = setTimeout(again, job.every).unref();
  };
  const again = (): void => {
    running = once();
  };
  let running = once();
  return async () => {
    stopped = true;
    clearTimeout(timer);
    await running;
  };
}
