import { Bare } from "../../app/bare.tsx";
import { titles } from "../../words/en/titles.ts";

export default function RoutePage() {
  return <Bare title={titles.route} />;
}
