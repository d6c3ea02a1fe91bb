import { Bare } from "../../app/bare.tsx";
import { titles } from "../../words/en/titles.ts";

export default function JobPage() {
  return <Bare title={titles.job} />;
}
