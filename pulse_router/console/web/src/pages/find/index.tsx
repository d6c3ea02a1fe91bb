import { Bare } from "../../app/bare.tsx";
import { titles } from "../../words/en/titles.ts";

export default function FindPage() {
  return <Bare title={titles.find} />;
}
