import { Bare } from "../../app/bare.tsx";
import { titles } from "../../words/en/titles.ts";

export default function OverviewPage() {
  return <Bare title={titles.overview} />;
}
