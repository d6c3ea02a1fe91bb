import { Bare } from "../../app/bare.tsx";
import { titles } from "../../words/en/titles.ts";

export default function EditorPage() {
  return <Bare title={titles.editor} />;
}
