// node plain.mjs URL FILE http|https|fetch|agent|undici: asks URL?by=get, posts FILE to URL, prints "api status body" for each. Knows nothing of proxies.
import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';

const [url, path, api] = process.argv.slice(2);
const file = readFileSync(path);
const agent = api === 'agent' ? new https.Agent({ keepAlive: true, maxSockets: 1 }) : undefined;

function ask(target, method, body) {
  if (api === 'fetch') return fetch(target, { method, body }).then(async response => [response.status, await response.text()]);
  return new Promise((resolve, reject) => {
    const { request } = target.startsWith('https:') ? https : http;
    request(target, { method, agent, headers: body ? { 'Content-Length': body.length } : {} }, async response => {
      const parts = [];
      for await (const part of response) parts.push(part);
      resolve([response.statusCode, Buffer.concat(parts).toString()]);
    }).on('error', reject).end(body);
  });
}

console.log(api, ...await ask(`${url}?by=get`, 'GET'));
console.log(api, ...await ask(url, 'POST', file));
agent?.destroy();
