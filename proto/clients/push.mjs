// Pushes JSON Lines to newsmill, each article acknowledged: node push.mjs [ENDPOINT [KEY SERVER_KEY]] < articles.jsonl
//
// Up to WINDOW articles are in flight. One without an answer is sent again: ingest was restarted, or a connection was
// cut; copies are found and stored once. "overloaded" is waited out. Exit code 0: all are acknowledged, 1: some were
// refused, 3: nothing answers. KEY and SERVER_KEY are files of `newsmill keys make`, for an ingest with keys.
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { decode, encode } from "@msgpack/msgpack";
import { Dealer } from "zeromq";

const WINDOW = 256, RESEND_MS = 5000, GIVE_UP_MS = 30000, BACKOFF_MS = [50, 5000], LOOK_MS = 20;
const now = () => performance.now();
const readKey = (path) => Object.fromEntries(readFileSync(path, "utf8").split("\n")
  .filter((line) => !line.startsWith("#") && line.includes(" = ")).map((line) => line.split(/ = (.*)/s, 2)));

class Client {
  // answered(tag, reply) is called once for each article that was pushed, in any order.
  constructor(endpoint, answered, key, serverKey) {
    this.answered = answered;
    this.inFlight = new Map(); // tag -> { frame, due, putOff }
    this.heard = now();
    this.socket = new Dealer({
      linger: 0, sendHighWaterMark: WINDOW, sendTimeout: 0, reconnectInterval: 50, reconnectMaxInterval: 2000,
      heartbeatInterval: 2000, heartbeatTimeout: 6000, // a cut connection ends, and is made anew
    });
    if (key) {
      const ours = readKey(key);
      this.socket.curvePublicKey = ours.public;
      this.socket.curveSecretKey = ours.secret;
      this.socket.curveServerKey = readKey(serverKey).public;
    }
    this.socket.connect(endpoint);
    this.receiving = this.receive();
    this.sending = this.send();
  }

  // Waits while the window is full: that is how slow storage slows its producers.
  async push(tag, article) {
    const frame = encode(article);
    while (this.inFlight.size >= WINDOW) await this.step();
    if (this.inFlight.size === 0) this.heard = now();
    this.inFlight.set(tag, { frame, due: 0, putOff: 0 });
  }

  async step() {
    if (this.inFlight.size > 0 && now() - this.heard > GIVE_UP_MS)
      throw new Error(`nothing has answered for ${GIVE_UP_MS / 1000} s: does ingest run there, and does it know our key?`);
    await pause(LOOK_MS);
  }

  // Sends what is due, and again what was not answered.
  async send() {
    for (; !this.socket.closed; await pause(LOOK_MS))
      for (const [tag, entry] of this.inFlight) {
        if (entry.due > now()) continue;
        try { // what stands before the article comes back before its answer
          await this.socket.send([String(tag), entry.frame]);
          entry.due = now() + RESEND_MS;
        } catch { // nobody is connected and the queue is full; or we are done
          break;
        }
      }
  }

  async receive() {
    for await (const frames of this.socket) {
      const tag = Number(frames[0].toString()), entry = this.inFlight.get(tag), reply = decode(frames.at(-1));
      this.heard = now();
      if (entry && (reply.ok || !reply.retry)) {
        this.inFlight.delete(tag);
        this.answered(tag, reply);
      } else if (entry) { // overloaded: not before it says, and not all at once
        const most = Math.min(BACKOFF_MS[1], BACKOFF_MS[0] * 2 ** entry.putOff++);
        entry.due = now() + (reply.retry_after_ms ?? 0) + Math.random() * most;
      }
    }
  }
}

const count = { acknowledged: 0, refused: 0 };
const refuse = (line, why) => { count.refused++; console.error(`line ${line}: ${why}`); };
const [endpoint = "tcp://127.0.0.1:5552", key, serverKey] = process.argv.slice(2);
try {
  const client = new Client(endpoint, (line, reply) => {
    if (reply.ok) count.acknowledged++; else refuse(line, `${reply.error}: ${reply.message}`);
  }, key, serverKey);
  let number = 0;
  for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
    let article;
    try { article = JSON.parse(line); } catch (error) { refuse(++number, `not-json: ${error.message}`); continue; }
    await client.push(++number, article);
  }
  while (client.inFlight.size > 0) await client.step();
  console.error(`${count.acknowledged} acknowledged, ${count.refused} refused`);
  process.exit(count.refused ? 1 : 0);
} catch (error) { console.error(`push.mjs: ${error.message}`); process.exit(3); }
