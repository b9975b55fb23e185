// The rows with a real RabbitMQ: what is given to it, and what is taken from it.
import fs from 'node:fs';
import { BIN, alternate, databaseOf, roster, run, sleep, sql, startRoster } from './lab.mjs';
import { broker } from '../test/e2e/rabbit.mjs';
import { atLeast, fixed, line, rates } from './lines.mjs';
import { makePeople, people, renew } from './people.mjs';

// A broker, and a server with its people on it; `env` for the server's settings.
async function withBroker(work) {
	const rabbit = await broker();
	const channel = await rabbit.sender();
	try {
		return await work(rabbit, channel.channel);
	} finally {
		await channel.close();
		await rabbit.stop();
	}
}

const untilAll = async (ask, wanted) => {
	while ((await ask()) < wanted) await sleep(50); // the broker stops for each answer
};

// All events that there are, sent again from the first one; the reference sends as many, as large, in batches as large.
export async function outbox({ rounds }) {
	await makePeople();
	return withBroker(async (rabbit, channel) => {
		await channel.assertExchange('user-service-exchange', 'topic', { durable: true });
		await channel.assertQueue('bench', { durable: true });
		await channel.bindQueue('bench', 'user-service-exchange', '#');
		const server = await startRoster(people.data, { RABBITMQ_URL: rabbit.url, ROSTER_PUSH_QUEUE: '', ROSTER_INBOX_QUEUE: '' });
		try {
			await renew(server);
			const behind = () => Number(sql(databaseOf(people.data), "SELECT (SELECT MAX(seq) FROM outbox) - position FROM sink WHERE name = 'rabbitmq'"));
			const caughtUp = async () => {
				while (behind() > 0) await sleep(50);
			};
			await sleep(3000);
			await caughtUp();
			await channel.purgeQueue('bench');
			const first = sql(databaseOf(people.data), 'SELECT MIN(seq) FROM outbox');
			const events = Number(sql(databaseOf(people.data), 'SELECT COUNT(*) FROM outbox'));
			// From the first ones on: the command that asks for them is not what is measured. The broker is not asked meanwhile: it
			// would stop for each answer.
			const ours = async () => {
				await channel.purgeQueue('bench');
				await run(roster, ['events', 'replay', '--data', people.data, '--sink', 'rabbitmq', '--from', first, '--format', 'json']);
				while (behind() === events) await sleep(10);
				const [left, began] = [behind(), performance.now()];
				await caughtUp();
				return { rate: left / ((performance.now() - began) / 1000) };
			};
			await ours();
			const sizes = await meanSize(rabbit, events);
			const bare = async () => {
				await channel.purgeQueue('bench');
				return run(`${BIN}/rabbit`, ['publish', rabbit.port, 'user-service-exchange', 'user.updated', Math.round(sizes), events, 500]);
			};
			const [mine, reference] = await alternate(rounds, [ours, bare]);
			return {
				lines: [atLeast('events to RabbitMQ, confirmed', rates(mine), rates(reference), 0.7, '/s')],
				notes: [
					`${fixed(events)} events of ${fixed(sizes)} bytes at the mean, sent again from the first one; ours are read from the database, and their place is written to it. Both send 500 and wait for their confirmations.`,
				],
			};
		} finally {
			await server.stop();
		}
	});
}

async function meanSize(rabbit, n) {
	const { messages, close } = await rabbit.drain('bench');
	while (messages.length < n) await sleep(20);
	await close();
	return messages.reduce((sum, m) => sum + m.content.length, 0) / n;
}

// Requests that wait in push.queue when the server starts to take them; the reference acknowledges them and does nothing else.
export async function push({ rounds }) {
	const count = 20000, prefetch = 500;
	await makePeople();
	const file = databaseOf(people.data), requests = `${BIN}/requests.ndjson`;
	sql(file, `INSERT OR IGNORE INTO push_token (id, user_id, key, token, platform, session_id, by_profile, created_at, used_at)
		SELECT u.id, u.id, 'bench-' || u.id, 'device-' || u.id, 'fcm', (SELECT id FROM session s WHERE s.user_id = u.id AND ended_at IS NULL LIMIT 1), 0, 1, 1 FROM users u WHERE username LIKE 'p%' LIMIT 10000`);
	const ids = sql(file, 'SELECT user_id FROM push_token LIMIT 10000').split('\n');
	return withBroker(async (rabbit, channel) => {
		let made = 0;
		const fill = async () => {
			const body = (id) => JSON.stringify({ notification_type: 'push', user_id: id, template_code: 'welcome', variables: { link: 'https://example.org/' }, request_id: `r-${process.pid}-${made++}`, priority: 5, metadata: {} });
			fs.writeFileSync(requests, Array.from({ length: 10000 }, (_, i) => body(ids[i % ids.length])).join('\n') + '\n');
			await run(`${BIN}/rabbit`, ['fill', rabbit.port, '', 'push.queue', requests, 10000]);
		};
		const ours = async () => {
			for (let i = 0; i < count; i += 10000) await fill();
			const server = await startRoster(people.data, { RABBITMQ_URL: rabbit.url, ROSTER_PUSH_PREFETCH: prefetch, ROSTER_INBOX_QUEUE: '', ROSTER_EVENTS_EXCHANGE: '' });
			try {
				const done = async () => (await channel.checkQueue('push.enriched.queue')).messageCount;
				while ((await done()) === 0) await sleep(2);
				const [before, began] = [await done(), performance.now()];
				await untilAll(done, count);
				const rate = (count - before) / ((performance.now() - began) / 1000);
				await channel.purgeQueue('push.enriched.queue');
				return { rate };
			} finally {
				await server.stop();
			}
		};
		await channel.assertQueue('push.queue', { durable: true, deadLetterExchange: 'notifications.dlx', deadLetterRoutingKey: 'failed', maxPriority: 10 });
		await channel.assertQueue('push.enriched.queue', { durable: true });
		const bare = async () => {
			for (let i = 0; i < count; i += 10000) await fill();
			return run(`${BIN}/rabbit`, ['consume', rabbit.port, 'push.queue', count, prefetch]);
		};
		const [mine, reference] = await alternate(rounds, [ours, bare]);
		const ok = rates(mine) >= 5000 || rates(mine) >= 0.5 * rates(reference);
		return {
			lines: [line('requests for push notifications, worked on', `${fixed(rates(mine))} /s`, `${fixed(rates(reference))} /s`, rates(mine) / rates(reference), '≥ 5,000 /s or ≥ 0.5', ok)],
			notes: [
				`${fixed(count)} requests that wait in the queue, ${prefetch} taken at once. Ours are completed with the person, noted on disk, published with confirmation and acknowledged; the reference acknowledges them. The broker is on the same two cores.`,
			],
		};
	});
}
