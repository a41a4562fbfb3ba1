// node http2proxy.mjs PROXY_HOST:PORT UPLOAD: speaks HTTP/2 with the proxy itself over TLS. A tunnel on one stream carries HTTP/2 to origin.test, another HTTP/1.1; a
// plain request goes beside them. Prints a line for each answer: "protocol status body".
import fs from "node:fs";
import http2 from "node:http2";
import https from "node:https";
import tls from "node:tls";

const [proxy, uploadPath] = process.argv.slice(2);
const session = http2.connect(`https://${proxy}`);
session.on("error", fail);

function fail(error) {
  console.error(error);
  process.exit(1);
}

function open(headers, body) {
  return new Promise((resolve, reject) => {
    const stream = session.request(headers, { endStream: headers[":method"] !== "CONNECT" });
    stream.on("error", reject);
    stream.on("response", (answer) => resolve([stream, answer]));
  });
}

async function text(stream) {
  let all = "";
  for await (const piece of stream.setEncoding("utf8")) all += piece;
  return all;
}

async function tunnel(protocols) {
  const [stream, answer] = await open({ ":method": "CONNECT", ":authority": "origin.test:443" });
  if (answer[":status"] !== 200) throw new Error(`CONNECT was answered with ${answer[":status"]}`);
  return tls.connect({ socket: stream, servername: "origin.test", ALPNProtocols: protocols });
}

async function overHttp2() {
  const socket = await tunnel(["h2"]);
  const inner = http2.connect("https://origin.test", { createConnection: () => socket });
  inner.on("error", fail);
  const answers = [request(inner, { ":path": "/echo?by=get" }), request(inner, { ":method": "POST", ":path": "/echo" }, fs.readFileSync(uploadPath))];
  for (const [status, body] of await Promise.all(answers)) console.log(`HTTP/2 ${status} ${body}`);
  inner.close();
}

function request(inner, headers, body) {
  return new Promise((resolve, reject) => {
    const stream = inner.request(headers);
    stream.on("error", reject);
    stream.on("response", async (answer) => resolve([answer[":status"], await text(stream)]));
    stream.end(body);
  });
}

async function overHttp1() {
  const socket = await tunnel(["http/1.1"]);
  await new Promise((resolve, reject) => {
    https.get("https://origin.test/echo?by=get", { createConnection: () => socket }, async (answer) => {
      console.log(`HTTP/${answer.httpVersion} ${answer.statusCode} ${await text(answer)}`);
      resolve();
    }).on("error", reject);
  });
}

async function plain() {
  const [stream, answer] = await open({ ":method": "GET", ":scheme": "http", ":authority": "origin.test", ":path": "/echo?by=get" });
  console.log(`plain ${answer[":status"]} ${await text(stream)}`);
}

Promise.all([overHttp2(), overHttp1(), plain()]).then(() => { session.close(); process.exit(0); }, fail);
