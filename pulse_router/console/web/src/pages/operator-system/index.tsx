import { Bare } from "../../app/bare.tsx";
import { titles } from "../../words/en/titles.ts";

export default function OperatorSystemPage() {
  return <Bare title={titles.operatorSystem} />;
}
