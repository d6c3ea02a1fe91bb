import { Bare } from "../../app/bare.tsx";
import { titles } from "../../words/en/titles.ts";

export default function NotFoundPage() {
  return <Bare title={titles.notFound} />;
}
