export { Cancelled, HttpError, Permanent, RetryAfter, Retryable, Snooze, TaskError, WaitForEvent, WaitForJobs } from "./src/errors.js";
export { Headers, Response } from "./src/http.js";
export { Job } from "./src/job.js";
export { task } from "./src/task.js";
export { jobForTest, TIMED_OUT } from "./src/testing.js";
