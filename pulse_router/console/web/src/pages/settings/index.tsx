import { Bare } from "../../app/bare.tsx";
import { titles } from "../../words/en/titles.ts";

export default function SettingsPage() {
  return <Bare title={titles.settings} />;
}
