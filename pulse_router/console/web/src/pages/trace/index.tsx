import { Bare } from "../../app/bare.tsx";
import { titles } from "../../words/en/titles.ts";

export default function TracePage() {
  return <Bare title={titles.trace} />;
}
