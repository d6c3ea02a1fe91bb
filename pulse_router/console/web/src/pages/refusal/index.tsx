import { Bare } from "../../app/bare.tsx";
import { titles } from "../../words/en/titles.ts";

export default function RefusalPage() {
  return <Bare title={titles.refusal} />;
}
