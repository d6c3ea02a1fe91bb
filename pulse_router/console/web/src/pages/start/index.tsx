import { Bare } from "../../app/bare.tsx";
import { titles } from "../../words/en/titles.ts";

export default function StartPage() {
  return <Bare title={titles.start} />;
}
