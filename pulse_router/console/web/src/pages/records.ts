/** What became of messages: stored, refused, given up, and the work on many of them. They are loaded together. */

export { default as DeadLetter } from "./dead-letter/index.tsx";
export { default as DeadLetters } from "./dead-letters/index.tsx";
export { default as Find } from "./find/index.tsx";
export { default as Job } from "./job/index.tsx";
export { default as Jobs } from "./jobs/index.tsx";
export { default as Messages } from "./messages/index.tsx";
export { default as Refusal } from "./refusal/index.tsx";
export { default as Rejected } from "./rejected/index.tsx";
export { default as Trace } from "./trace/index.tsx";
