// The rows on GraphQL: one person and a page of people over HTTP, and what it costs to judge a document.
import fs from 'node:fs';
import { execFileSync } from 'node:child_process';
import { BIN, alternate, ask, cpuSeconds, databaseOf, load, median, roster, run, serve, sql, userList } from './lab.mjs';
import { bombs } from './bombs.mjs';
import { atLeast, fixed, line, rates } from './lines.mjs';
import { install } from './modules.mjs';
import { PEOPLE, people, withPeople } from './people.mjs';

function bodies(name, list) {
	const file = `${BIN}/${name}`;
	fs.writeFileSync(file, list.map((body) => JSON.stringify(body) + '\n').join(''));
	return file;
}

// A run of the client, with the processor time that the server spent on each request, in µs.
async function timed(mode, server, args) {
	const before = cpuSeconds(server.pid);
	const result = await load(mode, server, args);
	return { ...result, each: ((cpuSeconds(server.pid) - before) / result.good) * 1e6 };
}

const each = (list) => median(list.map((r) => r.each));
const micros = (v) => `${fixed(v, 1)} µs`;

// --- one person ------------------------------------------------------------------------------------------------------

const FIELDS = 'id username displayName bio avatarUrl followersCount followingCount postsCount';
const COLUMNS = FIELDS.split(' ')
	.map((name) => `'${name}', ${name.replace(/[A-Z]/g, (c) => '_' + c.toLowerCase())}`)
	.join(', ');

const everybody = () => JSON.parse(sql(databaseOf(people.data), `SELECT json_group_array(json_object(${COLUMNS})) FROM users`));

// Both sides must say the same of the same person.
async function same(sides, body) {
	const [ours, theirs] = await Promise.all(sides.map((server) => ask(server, '/graphql', { method: 'POST', body })));
	if (!ours.data?.user || JSON.stringify(ours) !== JSON.stringify(theirs))
		throw new Error(`the two sides differ:\n${JSON.stringify(ours)}\n${JSON.stringify(theirs)}`);
}

async function compare(what, name, list, sides, { rounds, seconds }) {
	const args = ['--paths', bodies(name, list), '--seconds', seconds];
	await same(sides, list[0]);
	for (const server of sides) await load('graphql', server, args); // compiled, and in memory
	const results = await alternate(rounds, sides.map((server) => () => timed('graphql', server, args)));
	const asOne = [...args, '--users', people.users];
	await load('graphql', sides[0], asOne);
	const [known] = await alternate(rounds, [() => timed('graphql', sides[0], asOne)]);
	const [ours, apollo] = results;
	const less = each(apollo) / each(ours);
	return {
		lines: [
			line(`${what}: processor time`, micros(each(ours)), micros(each(apollo)), less, '10 times less', less >= 10),
			atLeast(`${what}: answers`, rates(ours), rates(apollo), 10, '/s'),
		],
		notes: [`With ${what.replace(/.*, /, '')}, asked by people who are logged in, each with a token: ${micros(each(known))} of processor time, ${fixed(rates(known))} /s.`],
	};
}

export async function graphql(o) {
	install();
	return withPeople(async (server) => {
		const all = everybody(),
			file = `${BIN}/graphql-people.json`;
		fs.writeFileSync(file, JSON.stringify(all));
		const apollo = await serve('node', ['bench/apollo.mjs', file], { NODE_ENV: 'production' });
		try {
			const some = all.slice(0, PEOPLE);
			const written = some.map(({ id }) => ({ query: `query{user(id:"${id}"){${FIELDS}}}` }));
			const given = some.map(({ id }) => ({ query: `query($id:ID!){user(id:$id){${FIELDS}}}`, variables: { id } }));
			const parts = [
				await compare('a person by GraphQL, the id in the document', 'graphql-written', written, [server, apollo], o),
				await compare('a person by GraphQL, the id in a variable', 'graphql-given', given, [server, apollo], o),
			];
			const paths = `${BIN}/rest-people`;
			fs.writeFileSync(paths, some.map(({ id }) => `/api/v1/users/${id}\n`).join(''));
			const [rest] = await alternate(o.rounds, [() => timed('get', server, ['--paths', paths, '--seconds', o.seconds])]);
			return {
				lines: parts.flatMap((part) => part.lines),
				notes: [
					'The reference is Apollo Server over plain node:http with the same people in a Map: it knows of no tokens, and writes no log. Nobody is logged in.',
					...parts.flatMap((part) => part.notes),
					`The same people by REST, whole: ${micros(each(rest))} of processor time, ${fixed(rates(rest))} /s.`,
					'Processor time is that of the server, user and system, by /proc. The client shares the cores, and Node uses one of them; so the answers a second say less.',
				],
			};
		} finally {
			await apollo.stop();
		}
	});
}

// --- a page of people ------------------------------------------------------------------------------------------------

const PAGE = 100;

// More people follow the first than a page holds, and each of them is followed by some.
async function crowd(server) {
	const list = userList(people.users);
	const ids = new Map(everybody().map(({ id, username }) => [username, id]));
	const star = ids.get(list[0].username);
	const follow = (who, id) => ask(server, `/api/v1/users/${id}/follow`, { method: 'POST', token: who.access });
	const fans = list.slice(1, 2 * PAGE + 1);
	for (const [i, who] of fans.entries()) await Promise.all([follow(who, star), follow(who, ids.get(fans[(i + 1) % fans.length].username))]);
	return { star, token: list[1000].access };
}

export async function graphqlPage({ rounds, seconds }) {
	return withPeople(async (server) => {
		const { star, token } = await crowd(server);
		const fields = 'data{id username displayName avatarUrl followersCount followingCount postsCount}';
		const path = `/api/v1/users/${star}/followers?limit=${PAGE}`,
			edge = { query: `{user(id:"${star}"){followers(limit:${PAGE}){${fields}}}}` },
			field = { query: `{followFollowers(id:"${star}",limit:${PAGE}){${fields}}}` };
		const post = (body) => ask(server, '/graphql', { method: 'POST', token, body });
		const rest = await ask(server, path, { token });
		const found = [rest.data, (await post(edge)).data.user.followers.data, (await post(field)).data.followFollowers.data];
		for (const page of found)
			if (page.length !== PAGE || page.some(({ id }, i) => id !== found[0][i].id)) throw new Error('the pages are not the same');
		fs.writeFileSync(`${BIN}/rest-page`, path + '\n');
		const args = ['--token', token, '--connections', 16, '--seconds', seconds];
		const sides = [
			['get', [...args, '--paths', `${BIN}/rest-page`]],
			['graphql', [...args, '--paths', bodies('graphql-edge', [edge])]],
			['graphql', [...args, '--paths', bodies('graphql-field', [field])]],
		].map(([mode, given]) => () => timed(mode, server, given));
		for (const side of sides) await side();
		const [plain, ...ours] = await alternate(rounds, sides);
		const names = ['100 followers with their numbers by `user.followers`', 'the same by `followFollowers`'];
		return {
			lines: ours.flatMap((list, i) => {
				const more = each(list) / each(plain);
				return [
					line(`${names[i]}: processor time`, micros(each(list)), micros(each(plain)), more, '≤ 2', more <= 2),
					atLeast(`${names[i]}: answers`, rates(list), rates(plain), 0.5, '/s'),
				];
			}),
			notes: [
				`The reference is the same page of the same server by REST: all fields of a person there, ${JSON.stringify(rest).length} bytes, seven of them here, ${JSON.stringify(await post(edge)).length}.`,
			],
		};
	});
}

// --- judging -----------------------------------------------------------------------------------------------------------

const judge = async (seconds, file) => (await run(`${BIN}/judge`, [seconds, file])).documents;

export async function graphqlParse({ rounds, seconds }) {
	install();
	const { getIntrospectionQuery } = await import('graphql');
	const file = bodies('graphql-introspection', [{ query: getIntrospectionQuery() }]),
		schema = `${BIN}/schema.graphql`;
	fs.writeFileSync(schema, execFileSync(roster, ['schema']));
	const [ours, node] = await alternate(rounds, [
		async () => (await judge(seconds, file))[0],
		() => run('env', ['NODE_ENV=production', 'node', 'bench/judge.mjs', schema, seconds, file]),
	]);
	if (ours[0].refusal) throw new Error(ours[0].refusal);
	return {
		lines: [atLeast('the introspection query, read and judged', rates(ours), rates(node), 10, '/s')],
		notes: [
			'The reference is parse() and validate() of graphql-js with the same schema. Ours also takes the variables in, adds up the cost, and makes and wipes the memory of a request.',
		],
	};
}

export async function graphqlRefuse({ seconds }) {
	const names = Object.keys(bombs);
	const documents = await judge(seconds / 8, bodies('graphql-bombs', names.map((name) => ({ query: bombs[name] }))));
	const sorted = documents.map((d, i) => ({ ...d, name: names[i] })).sort((a, b) => b.us - a.us);
	const over = sorted.filter((d) => d.us >= 1000);
	return {
		lines: [line('the slowest of the documents that are made to be slow, judged', micros(sorted[0].us), '', null, '< 1,000 µs', !over.length)],
		notes: [
			`${names.length} documents of up to 100 KB, see \`bench/bombs.mjs\`; of each the median time is taken. The slowest: ${sorted
				.slice(0, 5)
				.map((d) => `${d.name} ${micros(d.us)}`)
				.join(', ')}.`,
		],
	};
}
