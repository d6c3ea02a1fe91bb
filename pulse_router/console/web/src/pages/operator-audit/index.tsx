import { Bare } from "../../app/bare.tsx";
import { titles } from "../../words/en/titles.ts";

export default function OperatorAuditPage() {
  return <Bare title={titles.operatorAudit} />;
}
