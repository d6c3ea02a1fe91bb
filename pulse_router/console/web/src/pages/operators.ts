/** What operators see. They are loaded together. */

export { default as Operator } from "./operator/index.tsx";
export { default as OperatorAudit } from "./operator-audit/index.tsx";
export { default as OperatorSystem } from "./operator-system/index.tsx";
