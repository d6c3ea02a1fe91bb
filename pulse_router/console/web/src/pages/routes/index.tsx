import { Bare } from "../../app/bare.tsx";
import { titles } from "../../words/en/titles.ts";

export default function RoutesPage() {
  return <Bare title={titles.routes} />;
}
