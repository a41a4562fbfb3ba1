// node --require node-proxy.cjs: HTTP_PROXY, HTTPS_PROXY and NO_PROXY for the Node.js versions that do not know them: http, https and fetch go
// through the proxy. Newer ones (22.21, 24.5) do it themselves when NODE_USE_ENV_PROXY=1, and this does nothing.
// Agents and dispatchers of a program's own that make their connections themselves are left alone, and so are net, tls and http2.
'use strict';

const installed = Symbol.for('scriptproxy.node-proxy');
const [major, minor] = process.versions.node.split('.').map(Number);
const knowsProxies = major > 24 || (major === 24 && minor >= 5) || (major === 22 && minor >= 21);

function variable(name) {
  return process.env[name.toLowerCase()] || process.env[name.toUpperCase()] || '';
}

const isWanted = ['http_proxy', 'https_proxy', 'all_proxy'].some(name => variable(name) !== '');
if (isWanted && !globalThis[installed] && !(knowsProxies && process.env.NODE_USE_ENV_PROXY === '1')) {
  Object.defineProperty(globalThis, installed, { value: true });
  install();
}

function install() {
  const http = require('node:http');
  const https = require('node:https');
  const net = require('node:net');
  const tls = require('node:tls');
  const direct = { net: net.connect, tls: tls.connect };

  patchHttp(http.Agent.prototype);
  patchHttps(https.Agent.prototype);
  patchFetch();

  /** Lets an agent ask the proxy for absolute URLs. Agents that connect in ways of their own, those of proxy packages among them, are left alone. */
  function patchHttp(prototype) {
    const original = prototype.addRequest;
    prototype.addRequest = function addRequest(request, options, ...more) {
      const isOrdinary = request.protocol === 'http:' && request.path.startsWith('/') && !options.socketPath
        && this.createSocket === prototype.createSocket && this.createConnection === prototype.createConnection;
      const host = options.host || options.hostname || 'localhost';
      const port = Number(options.port) || 80;
      const proxy = isOrdinary ? proxyFor('http:', host, port) : null;
      if (!proxy || proxy.protocol !== 'http:') return original.call(this, request, options, ...more);
      const path = `http://${bracketed(host)}${port === 80 ? '' : `:${port}`}${request.path}`;
      const credentials = credentialsOf(proxy);
      if (request._header) {
        // Headers given as an array have been put together already.
        request._header = request._header.replace(request.path, () => path);
        if (credentials) request._header = request._header.replace('\r\n', `\r\nProxy-Authorization: ${credentials}\r\n`);
      } else if (credentials) {
        request.setHeader('Proxy-Authorization', credentials);
      }

      request.path = path;
      return original.call(this, request, { ...options, ...addressOf(proxy), hostname: undefined }, ...more);
    };
  }

  /** Lets an agent's connections begin with CONNECT. What it does with them is its own affair: TLS, sessions, keep-alive. */
  function patchHttps(prototype) {
    const original = prototype.createConnection;
    prototype.createConnection = function createConnection(options, callback) {
      const isOrdinary = options !== null && typeof options === 'object' && typeof callback === 'function' && !options.socketPath && !options.socket;
      const host = isOrdinary ? options.host || options.hostname || 'localhost' : '';
      const port = isOrdinary ? Number(options.port) || 443 : 0;
      const proxy = isOrdinary ? proxyFor('https:', host, port) : null;
      if (!proxy) return original.apply(this, arguments);
      connect(proxy, host, port, (error, socket) => {
        if (error) return callback(error);
        try {
          return callback(null, original.call(this, { ...options, socket }));
        } catch (failure) {
          socket.destroy();
          return callback(failure);
        }
      });
      return undefined;
    };
  }

  /** fetch, WebSocket and the package undici share one dispatcher, whose class is not exported. Touching Headers makes it. */
  function patchFetch() {
    const symbol = Symbol.for('undici.globalDispatcher.1');
    void globalThis.Headers;
    const present = globalThis[symbol];
    if (present === undefined || present.constructor.name !== 'Agent') return;
    globalThis[symbol] = new class Agent extends present.constructor {
      dispatch(options, handler) {
        const origin = new URL(options.origin);
        const proxy = origin.protocol === 'http:' ? proxyFor('http:', origin.hostname, Number(origin.port) || 80) : null;
        if (!proxy || proxy.protocol !== 'http:') return super.dispatch(options, handler);
        const headers = pairs(options.headers);
        if (!headers.some((name, index) => index % 2 === 0 && String(name).toLowerCase() === 'host')) headers.push('host', origin.host);
        const credentials = credentialsOf(proxy);
        if (credentials) headers.push('proxy-authorization', credentials);
        return super.dispatch({ ...options, origin: `http://${proxy.host}`, path: `${origin.origin}${options.path}`, headers }, handler);
      }
    }({ connect: connectForFetch });
  }

  /** Header fields in a form that undici takes: name, value, name, value. */
  function pairs(headers) {
    if (!headers) return [];
    if (Array.isArray(headers)) return [...headers];
    return [...(typeof headers[Symbol.iterator] === 'function' ? headers : Object.entries(headers))].flat();
  }

  function connectForFetch(options, callback) {
    const isTls = options.protocol === 'https:';
    const port = Number(options.port) || (isTls ? 443 : 80);
    const host = bare(options.hostname);
    const proxy = isTls ? proxyFor(options.protocol, host, port) : null;
    if (!proxy) return open(undefined);
    return connect(proxy, host, port, (error, socket) => (error ? callback(error, null) : open(socket)));

    function open(tunnel) {
      const servername = options.servername || (net.isIP(host) ? '' : host);
      const socket = isTls
        ? direct.tls({ host, port, socket: tunnel, servername, ALPNProtocols: ['http/1.1'], localAddress: options.localAddress })
        : direct.net({ host, port, localAddress: options.localAddress });
      const fail = error => callback(error, null);
      socket.setNoDelay(true);
      socket.once('error', fail);
      socket.once(isTls ? 'secureConnect' : 'connect', () => {
        socket.removeListener('error', fail);
        callback(null, socket);
      });
      return socket;
    }
  }

  function connect(proxy, host, port, done) {
    let isDone = false;
    const finish = (error, socket) => {
      if (isDone) return;
      isDone = true;
      done(error, socket);
    };
    const authority = `${bracketed(host)}:${port}`;
    const credentials = credentialsOf(proxy);
    const headers = credentials ? { Host: authority, 'Proxy-Authorization': credentials } : { Host: authority };
    const address = addressOf(proxy);
    const request = http.request({
      method: 'CONNECT',
      path: authority,
      headers,
      // Its own connection, so that asking for it does not lead here again.
      createConnection: () => (proxy.protocol === 'https:'
        ? direct.tls({ ...address, servername: net.isIP(address.host) ? '' : address.host, ALPNProtocols: ['http/1.1'] })
        : direct.net(address)),
    });
    request.once('connect', (response, socket, head) => {
      if (response.statusCode !== 200) {
        socket.destroy();
        return finish(Object.assign(new Error(`The proxy ${proxy.host} answered CONNECT ${authority} with ${response.statusCode}`), { code: 'ERR_PROXY_TUNNEL' }));
      }

      if (head.length > 0) socket.unshift(head);
      return finish(null, socket);
    });
    request.once('response', response => {
      response.destroy();
      finish(Object.assign(new Error(`The proxy ${proxy.host} answered CONNECT ${authority} with ${response.statusCode}`), { code: 'ERR_PROXY_TUNNEL' }));
    });
    request.once('error', finish);
    request.end();
  }

  /** The proxy for a host; null when it is to be reached directly. Variables are read each time: programs change them. */
  function proxyFor(protocol, host, port) {
    const text = variable(protocol === 'https:' ? 'https_proxy' : 'http_proxy') || variable('all_proxy');
    if (!text || isExempt(bare(host).toLowerCase(), port)) return null;
    try {
      const proxy = new URL(text.includes('://') ? text : `http://${text}`);
      return proxy.protocol === 'http:' || proxy.protocol === 'https:' ? proxy : null;
    } catch {
      // No URL: as if it were not set, which is what other programs do.
      return null;
    }
  }

  function isExempt(host, port) {
    for (const entry of variable('no_proxy').toLowerCase().split(/[\s,]+/)) {
      if (entry === '') continue;
      if (entry === '*' || matches(entry, host, port)) return true;
    }

    return false;
  }

  function matches(entry, host, port) {
    const [, bracketed, plain, entryPort] = /^(?:\[([^\]]*)\]|([^:]*|.*:.*:.*?))(?::(\d+))?$/.exec(entry) ?? [];
    const name = bracketed ?? plain;
    if (name === undefined || (entryPort !== undefined && Number(entryPort) !== port)) return false;
    if (name.includes('/')) return isWithin(name, host);
    if (net.isIP(host)) return net.isIP(name) !== 0 && isWithin(`${name}/${net.isIPv6(name) ? 128 : 32}`, host);
    const domain = name.replace(/^\*?\./, '');
    return domain !== '' && (host === domain || host.endsWith(`.${domain}`));
  }

  function isWithin(network, host) {
    const [address, length] = network.split('/');
    const family = net.isIP(host);
    if (family === 0 || net.isIP(address) !== family) return false;
    try {
      const list = new net.BlockList();
      list.addSubnet(address, Number(length), family === 6 ? 'ipv6' : 'ipv4');
      return list.check(host, family === 6 ? 'ipv6' : 'ipv4');
    } catch {
      // Not a length: matches nothing.
      return false;
    }
  }

  function addressOf(proxy) {
    return { host: bare(proxy.hostname), port: Number(proxy.port) || (proxy.protocol === 'https:' ? 443 : 80) };
  }

  function credentialsOf(proxy) {
    if (!proxy.username) return null;
    return `Basic ${Buffer.from(`${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`).toString('base64')}`;
  }

  function bracketed(host) {
    return net.isIPv6(bare(host)) ? `[${bare(host)}]` : host;
  }

  function bare(host) {
    return host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
  }
}
