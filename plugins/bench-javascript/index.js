// The tasks of the bench in JavaScript.

import { task } from "taskbox-task";

const PATIENCE = 240_000;

task({ name: "noop", description: "Does nothing" }, () => null);

task({ name: "wait", description: "Waits for a server to answer" }, (job, server) => job.fetch(server.url, { timeout: PATIENCE }).status);
