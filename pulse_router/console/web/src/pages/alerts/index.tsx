import { Bare } from "../../app/bare.tsx";
import { titles } from "../../words/en/titles.ts";

export default function AlertsPage() {
  return <Bare title={titles.alerts} />;
}
