// Shows what happens in a thread, from its beginning on, for as long as it runs.
import {GotthardClient} from "@gotthard/client";

const client = new GotthardClient({
  url: process.env.GOTTHARD_URL ?? "http://127.0.0.1:8080",
  token: process.env.GOTTHARD_KEY,
});
for await (const event of client.events({thread: process.argv[2]})) {
  console.log(event.seq, event.type, JSON.stringify(event.data));
}
