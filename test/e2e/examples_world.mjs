// The small world in which the examples of the API are run: an administrator, Ann and Bob, a service, and as many others as an
// example wants to spoil.
import { cheap, eventually, start, startWithAdmin } from './lib.mjs';
import { letter, manyLetters } from './letters.mjs';
import { receiver } from './receiver.mjs';

export const password = 'three blue herons';

export class World {
  texts = []; // [what was sent, what is shown instead]
  #others = [];
  #made = 0;

  async start() {
    this.hook = await receiver();
    const hooks = { ROSTER_WEBHOOKS_ALLOW_HTTP: 'on', ROSTER_WEBHOOKS_ALLOWED_NETWORKS: '127.0.0.1' };
    this.roster = await startWithAdmin({ env: { ...cheap, ...manyLetters, ...hooks } });
    this.texts.push([`http://127.0.0.1:${this.hook.port}`, 'https://hooks.example.org']);
    this.admin = this.roster.admin;
    this.ann = await this.register({ email: 'ann@example.org', username: 'ann', name: 'Ann Example', device: 'Laptop' });
    this.bob = await this.register({ email: 'bob@example.org', username: 'bob', name: 'Bob Example' });
    const asAnn = { token: this.ann.access_token, status: 200 };
    await this.roster.patch('/api/v1/users/me', { bio: 'Keeps bees', location: 'Berlin', website: 'https://ann.example.org/' }, asAnn);
    await this.roster.patch('/api/v1/users/me/preferences', { theme: 'dark', language: 'de', timezone: 'Europe/Berlin' }, asAnn);
    await this.roster.post('/api/v1/users/me/push-tokens', { token: 'fcm-token-of-ann', platform: 'fcm', device: 'Phone' }, { ...asAnn, status: 201 });
    await this.roster.post('/api/v1/invitations', { email: 'dora@example.org', name: 'Dora Example' }, { token: this.admin.access_token, status: 201 });
    this.service = await this.credentials('contact.read token.check');
    await this.webhook(); // and so /health tells of webhooks, once they were counted
    const counted = () => this.roster.get('/health/services', { status: 200 }).then(({ body }) => body.services.webhooks);
    await eventually(counted, Boolean, 10_000);
    this.ids = [this.admin, this.ann, this.bob].map(({ user }) => user.id).concat(this.service.id);
    return this;
  }

  async register(fields) {
    return this.roster.register({ password, ...fields });
  }

  // Somebody new, shown as Carol: whoever it is, an example may change or end the account.
  async somebody(more = {}) {
    const username = `carol${++this.#made}`;
    return this.register({ email: `${username}@example.org`, username, name: 'Carol Example', ...more });
  }

  // An address and a name that nobody has, shown as Carol's.
  nobody() {
    const username = `carol${++this.#made}`;
    return { username, email: `${username}@example.org` };
  }

  // Service credentials with a token: { id, secret, access_token }.
  async credentials(scope) {
    const { body } = await this.roster.post('/oauth/clients', { name: 'Letters', scope }, { token: this.admin.access_token, status: 201 });
    const { id, secret } = body.data;
    const form = { grant_type: 'client_credentials', client_id: id, client_secret: secret };
    return { id, secret, ...(await this.roster.form('/oauth/token', form, { status: 200 })).body };
  }

  // What a letter brings that was sent to somebody: its token and code, which are shown as others.
  async letter(email, template) {
    const found = await letter(this.roster, email, template);
    if (found.token) this.texts.push([found.token, 'Zk3vT0w1Jq8sXn5bC7mR2yL4hF6gD9pA1eU3iO5tK0Y']);
    if (found.code) this.texts.push([found.code, '402917']);
    return found;
  }

  // A server that waits for its first administrator: { roster, token }.
  async empty() {
    const roster = await start({ env: { ROSTER_PASSWORD_MEMORY: '8MiB', ROSTER_PASSWORD_PASSES: '1' } });
    this.#others.push(roster);
    const line = await eventually(() => roster.output.find((text) => text.includes('/setup#token=')), Boolean);
    const token = line.split('#token=')[1].trim();
    this.texts.push([token, 'Zk3vT0w1Jq8sXn5bC7mR2yL4hF6gD9pA1eU3iO5tK0Y']);
    return { roster, token };
  }

  // A server whose letters and events wait, since nobody answers where its SMTP server and its broker should be.
  async waiting() {
    const roster = await startWithAdmin({ env: { ...cheap, ROSTER_MAIL_SMTP_URL: 'smtp://127.0.0.1:9', ROSTER_RABBITMQ_URL: 'amqp://127.0.0.1:9', ROSTER_MAIL_FROM: 'id@example.org' } });
    this.#others.push(roster);
    const { user } = await roster.register({ email: 'ann@example.org', username: 'ann', name: 'Ann Example', password });
    const token = roster.admin.access_token;
    const ask = () => roster.get('/api/v1/mail?limit=100', { token, status: 200 }).then(({ body }) => body.data.find(({ user_id: id }) => id === user.id));
    return { roster, admin: roster.admin, letter: await eventually(ask, Boolean) };
  }

  // A webhook: { id, secret ... }.
  async webhook() {
    const json = { url: this.hook.url, types: ['user.deleted'], description: 'Newsletter: forget who is gone' };
    return (await this.roster.post('/api/v1/webhooks', json, { token: this.admin.access_token, status: 201 })).body.data;
  }

  // One that was sent a test: its delivery.
  async delivery() {
    const { id } = await this.webhook();
    const token = this.admin.access_token;
    await this.roster.post(`/api/v1/webhooks/${id}/ping`, undefined, { token, status: 202 });
    const ask = () => this.roster.get(`/api/v1/webhooks/${id}/deliveries`, { token, status: 200 }).then(({ body }) => body.data[0]);
    const { event_id: eventId } = await eventually(ask, (one) => one?.status === 'delivered');
    return { id, event_id: eventId };
  }

  async stop() {
    await this.hook?.stop();
    for (const roster of [...this.#others, this.roster]) await roster?.stop();
  }
}
