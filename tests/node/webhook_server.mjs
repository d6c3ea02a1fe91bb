// A receiver of webhooks, in Node's own `http` or in Express: writes down what it takes and answers.
import { openSync, writeSync } from "node:fs";
import { createServer } from "node:http";

const [kind, port, journal] = process.argv.slice(2);
const file = openSync(journal, "a");
const note = (...words) => writeSync(file, words.join(" ") + "\n");

function take(request, response) {
  const number = request.headers["webhook-id"];
  note("taken", number);
  response.on("finish", () => note("answered", number, response.statusCode));
}

let server;
if (kind === "express") {
  const { default: express } = await import("express");
  const app = express();
  app.use(express.json());
  app.post("/hook", (request, response) => {
    take(request, response);
    response.json({ taken: request.headers["webhook-id"] });
  });
  server = createServer(app);
} else {
  server = createServer((request, response) => {
    request.resume();
    request.on("end", () => {
      take(request, response);
      response.end("ok"); // chunked: it says no length
    });
  });
  server.maxRequestsPerSocket = 10;
}
server.keepAliveTimeout = 700; // announced as `Keep-Alive: timeout=1`, or not at all
server.listen(Number(port), "127.0.0.1");
process.on("SIGTERM", () => {
  server.close(() => process.exit(0)); // what is under way ends; idle connections are closed
});
