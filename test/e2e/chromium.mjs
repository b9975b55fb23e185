// A browser without a window: chromium with a profile of its own, spoken to by the DevTools protocol, ended by its pid.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { eventually } from './lib.mjs';

const program = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((file) => existsSync(file));
// Why there is none, for tests that skip; undefined when there is one.
export const missing = program ? undefined : 'there is no chromium on this machine: script/bootstrap --test installs it';

const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync',
  '--disable-breakpad', '--disable-crash-reporter', '--remote-debugging-port=0'];
const startMs = 30_000;

const running = new Set();
const end = (child) => {
  try {
    process.kill(-child.pid, 'SIGKILL'); // its own group: it and what it started
  } catch {
    // it ended by itself
  }
};
process.on('exit', () => running.forEach(end));

// A tab: { errors, what the console was told that is none of the page's good; requests, URLs that it asked for }.
class Page {
  errors = [];
  requests = [];

  constructor(browser, session) {
    Object.assign(this, { browser, session });
  }

  send(method, params) {
    return this.browser.send(method, params, this.session);
  }

  heard({ method, params }) {
    if (method === 'Page.frameNavigated' && !params.frame.parentId) this.url = params.frame.url;
    if (method === 'Page.loadEventFired') this.loaded = this.url;
    if (method === 'Network.requestWillBeSent') this.requests.push(params.request.url);
    if (method === 'Network.webSocketCreated') this.requests.push(params.url);
    if (method === 'Runtime.exceptionThrown') this.errors.push(params.exceptionDetails.exception?.description ?? params.exceptionDetails.text);
    if (method === 'Runtime.consoleAPICalled' && ['error', 'assert'].includes(params.type)) this.errors.push(params.args.map((one) => one.value ?? one.description).join(' '));
    if (method === 'Log.entryAdded' && params.entry.level === 'error') this.errors.push(`${params.entry.text} ${params.entry.url ?? ''}`);
  }

  // Runs a function there, with values that JSON holds, and gives what it resolves to.
  async run(what, ...args) {
    const expression = `(${what})(...${JSON.stringify(args)})`;
    const { result, exceptionDetails } = await this.send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true });
    assert.equal(exceptionDetails, undefined, exceptionDetails?.exception?.description ?? exceptionDetails?.text);
    return result.value;
  }

  // Until the page has something that fits the selector.
  async until(selector, ms = 20_000) {
    const has = () => this.run((one) => Boolean(document.querySelector(one)), selector);
    for (const last = Date.now() + ms; !(await has()); await sleep(100)) assert.ok(Date.now() < last, `no ${selector} within ${ms} ms; the console: ${this.errors.join('\n')}`);
  }
}

class Browser {
  #calls = new Map();
  #pages = new Map();
  #count = 0;

  async start() {
    this.profile = await mkdtemp(path.join(tmpdir(), 'roster-chromium-'));
    this.child = spawn(program, [...flags, `--user-data-dir=${this.profile}`, 'about:blank'], { stdio: ['ignore', 'ignore', 'pipe'], detached: true });
    running.add(this.child);
    this.ended = once(this.child, 'close').finally(() => running.delete(this.child));
    try {
      this.socket = new WebSocket(await this.#address(), { perMessageDeflate: false });
      this.socket.on('message', (text) => this.#hear(JSON.parse(text)));
      await once(this.socket, 'open');
    } catch (error) {
      await this.stop();
      throw error;
    }
    return this;
  }

  #address() {
    return new Promise((resolve, reject) => {
      let said = '';
      const timer = setTimeout(() => reject(new Error(`chromium did not begin within ${startMs} ms\n${said}`)), startMs);
      this.ended.then(() => reject(new Error(`chromium ended\n${said}`)), reject);
      this.child.stderr.setEncoding('utf8').on('data', (text) => {
        said = (said + text).slice(-10_000);
        const [, url] = /DevTools listening on (ws:\S+)/.exec(said) ?? [];
        if (!url) return;
        clearTimeout(timer);
        resolve(url);
      });
    });
  }

  #hear(message) {
    const call = this.#calls.get(message.id);
    if (!call) return this.#pages.get(message.sessionId)?.heard(message);
    this.#calls.delete(message.id);
    if (message.error) call.reject(new Error(message.error.message));
    else call.resolve(message.result);
  }

  send(method, params = {}, sessionId = undefined) {
    const id = ++this.#count;
    return new Promise((resolve, reject) => {
      this.#calls.set(id, { resolve, reject });
      this.socket.send(JSON.stringify({ id, method, params, sessionId }));
    });
  }

  async open(url) {
    const { targetId } = await this.send('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await this.send('Target.attachToTarget', { targetId, flatten: true });
    const page = new Page(this, sessionId);
    this.#pages.set(sessionId, page);
    for (const domain of ['Network', 'Runtime', 'Log', 'Page']) await page.send(`${domain}.enable`);
    await page.send('Page.navigate', { url });
    await eventually(() => page.loaded, (loaded) => loaded?.startsWith('http'), 20_000);
    return page;
  }

  async stop() {
    this.socket?.terminate();
    end(this.child);
    await this.ended;
    await rm(this.profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
}

export const chromium = () => new Browser().start();
