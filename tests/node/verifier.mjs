// A receiver of webhooks that tells what is genuine, by the library of Standard Webhooks or by a
// module that exports `isGenuine` (the second argument, if there is one).
//
// The first argument is JSON, a list of secrets: {"secret": "…", "is_raw": true}. A request to /n is
// judged by the nth of them: 204 when it is genuine, 401 otherwise. It prints its port when it listens.
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { Webhook } from "standardwebhooks";

const secrets = JSON.parse(process.argv[2]);
const { isGenuine } = process.argv[3] ? createRequire(import.meta.url)(process.argv[3]) : {};

function judge({ secret, is_raw }, headers, body) {
  if (isGenuine !== undefined) {
    if (!isGenuine(secret, headers, body)) throw new Error("not genuine");
    return;
  }
  const webhook = is_raw ? new Webhook(Buffer.from(secret), { format: "raw" }) : new Webhook(secret);
  webhook.verify(body, headers);
}

const server = createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  try {
    judge(secrets[Number(request.url.slice(1))], request.headers, Buffer.concat(chunks));
    response.writeHead(204).end();
  } catch (error) {
    response.writeHead(401).end(String(error));
  }
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
