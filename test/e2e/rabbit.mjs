// A RabbitMQ of the test's own: started on free ports, stopped by its pid, and a client to see what it was given.
import { spawn } from 'node:child_process';
import { chown, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import amqp from 'amqplib';
import { eventually, run, sleep } from './lib.mjs';

const server = '/usr/lib/rabbitmq/bin/rabbitmq-server';
const control = '/usr/lib/rabbitmq/bin/rabbitmqctl';
const running = new Set();
process.on('exit', () => running.forEach((broker) => broker.killNow()));

const freePort = () =>
  new Promise((resolve, reject) => {
    const s = createServer().once('error', reject).listen(0, '127.0.0.1', () => {
      const { port } = s.address();
      s.close(() => resolve(port));
    });
  });

async function idsOf(user) {
  const [, , uid, gid] = (await readFile('/etc/passwd', 'utf8')).split('\n').find((line) => line.startsWith(`${user}:`)).split(':');
  return [Number(uid), Number(gid)];
}

export class Broker {
  // `tls`: { cert, key } files, for a further address, `amqps://localhost:{tlsPort}`.
  async start({ tls } = {}) {
    this.dir = await mkdtemp('/tmp/roster-rabbit-');
    [this.port, this.dist, this.epmd] = [await freePort(), await freePort(), await freePort()];
    const file = (name) => path.join(this.dir, name);
    await writeFile(file('rabbitmq.conf'), `listeners.tcp.1 = 127.0.0.1:${this.port}\nloopback_users.guest = true\nlog.console = false\n${await this.#tls(tls, file)}`);
    await writeFile(file('plugins'), '[].\n');
    await mkdir(file('mnesia'));
    const [uid, gid] = await idsOf('rabbitmq');
    for (const name of ['', 'mnesia', 'rabbitmq.conf', 'plugins', ...(tls ? ['cert.pem', 'key.pem'] : [])]) await chown(file(name), uid, gid);
    this.env = {
      PATH: process.env.PATH,
      HOME: this.dir,
      RABBITMQ_NODENAME: `roster${this.port}@localhost`,
      RABBITMQ_NODE_PORT: String(this.port),
      RABBITMQ_DIST_PORT: String(this.dist),
      ERL_EPMD_PORT: String(this.epmd),
      ERL_EPMD_ADDRESS: '127.0.0.1',
      RABBITMQ_MNESIA_BASE: file('mnesia'),
      RABBITMQ_LOG_BASE: this.dir,
      RABBITMQ_CONFIG_FILE: file('rabbitmq.conf'),
      RABBITMQ_ENABLED_PLUGINS_FILE: file('plugins'),
      RABBITMQ_PID_FILE: file('pid'),
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '+S 1:1',
    };
    this.args = ['--reuid', 'rabbitmq', '--regid', 'rabbitmq', '--clear-groups'];
    // The port mapper that the node would start by itself would outlive it.
    this.mapper = spawn('setpriv', [...this.args, '/usr/bin/epmd', '-port', String(this.epmd), '-address', '127.0.0.1'], { env: this.env, stdio: 'ignore' });
    this.child = spawn('setpriv', [...this.args, server], { env: this.env, stdio: 'ignore', detached: true });
    running.add(this);
    this.url = `amqp://guest:guest@127.0.0.1:${this.port}`;
    await eventually(() => amqp.connect(this.url).then((c) => c.close().then(() => true), () => false), Boolean, 60_000);
    return this;
  }

  async #tls(tls, file) {
    if (!tls) return '';
    this.tlsPort = await freePort();
    for (const name of ['cert', 'key']) await copyFile(tls[name], file(`${name}.pem`));
    return `listeners.ssl.1 = 127.0.0.1:${this.tlsPort}\nssl_options.certfile = ${file('cert.pem')}\nssl_options.keyfile = ${file('key.pem')}\nssl_options.verify = verify_none\n`;
  }

  // "stop_app" and "start_app" are the outage.
  async ctl(...words) {
    const { code, stdout, stderr } = await run('setpriv', [...this.args, control, '-n', this.env.RABBITMQ_NODENAME, ...words], { env: this.env });
    if (code !== 0) throw new Error(`rabbitmqctl ${words.join(' ')}: ${stdout}${stderr}`);
    return stdout;
  }

  // A queue bound to an exchange; `messages` grows as they come.
  async listen(exchange, key = '#') {
    const connection = await amqp.connect(this.url);
    connection.on('error', () => {}); // an outage is what tests make
    const channel = await connection.createChannel();
    await channel.assertExchange(exchange, 'topic', { durable: true });
    const { queue } = await channel.assertQueue('', { exclusive: true });
    await channel.bindQueue(queue, exchange, key);
    const messages = [];
    await channel.consume(queue, (m) => m && messages.push({ ...m, json: JSON.parse(m.content.toString()) }), { noAck: true });
    return { messages, close: () => connection.close().catch(() => {}) };
  }

  // A channel that confirms, for whoever sends requests; ended by the test.
  async sender() {
    const connection = await amqp.connect(this.url);
    connection.on('error', () => {});
    const channel = await connection.createConfirmChannel();
    const send = (exchange, key, body, options = {}) =>
      new Promise((resolve, reject) => {
        const content = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
        channel.publish(exchange, key, content, { persistent: true, ...options }, (e) => (e ? reject(e) : resolve()));
      });
    return { channel, send, close: () => connection.close().catch(() => {}) };
  }

  // All that comes into a queue that is there; `messages` grows.
  async drain(queue) {
    const connection = await amqp.connect(this.url);
    connection.on('error', () => {});
    const channel = await connection.createChannel();
    const messages = [];
    await channel.consume(queue, (m) => m && messages.push({ ...m, text: m.content.toString() }), { noAck: true });
    return { messages, close: () => connection.close().catch(() => {}) };
  }

  killNow() {
    this.mapper.kill('SIGKILL');
    try {
      process.kill(-this.child.pid, 'SIGKILL');
    } catch {
      // it is gone already
    }
  }

  async stop() {
    const ended = new Promise((resolve) => this.child.once('close', resolve));
    this.killNow();
    await ended;
    running.delete(this);
    await sleep(50);
    await rm(this.dir, { recursive: true, force: true });
  }
}

export const broker = (options) => new Broker().start(options);
