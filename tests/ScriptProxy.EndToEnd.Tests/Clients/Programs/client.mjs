// node client.mjs URL FILE https|http2|fetch: asks URL?by=get, posts FILE to URL, prints "protocol status body" for each.
// Node has no proxy support of its own before version 24, so CONNECT is sent by hand; TLS and HTTP are Node's.
import { readFileSync } from 'node:fs';
import http from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import tls from 'node:tls';

const [url, path, api] = process.argv.slice(2);
const { hostname, pathname, port } = new URL(url);
const file = readFileSync(path);

function connect(protocol) {
  const proxy = new URL(process.env.HTTPS_PROXY);
  return new Promise((resolve, reject) => {
    http.request({ host: proxy.hostname, port: proxy.port, method: 'CONNECT', path: `${hostname}:${port || 443}` })
      .on('connect', (answer, socket) => {
        if (answer.statusCode !== 200) return reject(new Error(`CONNECT was answered ${answer.statusCode}`));
        const secure = tls.connect({ socket, servername: hostname, ALPNProtocols: [protocol] }, () => resolve(secure)).on('error', reject);
      })
      .on('error', reject)
      .end();
  });
}

async function text(stream) {
  const parts = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts).toString();
}

const clients = {
  async https(method, target, body) {
    const socket = await connect('http/1.1');
    const response = await new Promise((resolve, reject) => {
      const headers = body ? { 'Content-Length': body.length } : {};
      https.request({ hostname, path: target, method, headers, createConnection: () => socket }, resolve).on('error', reject).end(body);
    });
    return `HTTP/${response.httpVersion} ${response.statusCode} ${await text(response)}`;
  },

  async http2(method, target, body) {
    const socket = await connect('h2');
    const session = http2.connect(`https://${hostname}`, { createConnection: () => socket });
    const stream = session.request({ ':method': method, ':path': target });
    stream.end(body);
    const headers = await new Promise((resolve, reject) => stream.on('response', resolve).on('error', reject));
    const answer = await text(stream);
    session.close();
    return `HTTP/2 ${headers[':status']} ${answer}`;
  },

  async fetch(method, target, body) {
    // The class behind fetch's connections is not exported, but the one that is in use can be had.
    await fetch('data:,').catch(() => {});
    const { constructor: Agent } = globalThis[Symbol.for('undici.globalDispatcher.1')];
    const dispatcher = new Agent({ connect: (_, callback) => connect('http/1.1').then(socket => callback(null, socket), callback) });
    const response = await fetch(`https://${hostname}${target}`, { method, body, dispatcher });
    const answer = await response.text();
    await dispatcher.close();
    return `fetch ${response.status} ${answer}`;
  },
};

console.log(await clients[api]('GET', `${pathname}?by=get`));
console.log(await clients[api]('POST', pathname, file));
