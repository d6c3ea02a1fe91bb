import { Bare } from "../../app/bare.tsx";
import { titles } from "../../words/en/titles.ts";

export default function OperatorPage() {
  return <Bare title={titles.operator} />;
}
