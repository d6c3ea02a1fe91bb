import { Bare } from "../../app/bare.tsx";
import { titles } from "../../words/en/titles.ts";

export default function AboutPage() {
  return <Bare title={titles.about} />;
}
