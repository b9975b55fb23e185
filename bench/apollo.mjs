// The reference of row graphql: Apollo Server over plain node:http, without Express, with people in a Map. It authenticates
// nobody, writes no log, and keeps what it has parsed and judged.
//	node bench/apollo.mjs PEOPLE.json
import { createServer } from 'node:http';
import fs from 'node:fs';
import { ApolloServer, HeaderMap } from '@apollo/server';

const people = new Map(JSON.parse(fs.readFileSync(process.argv[2], 'utf8')).map((person) => [person.id, person]));

const typeDefs = `
	type User {
		id: ID!
		username: String
		displayName: String
		bio: String
		avatarUrl: String
		followersCount: Int
		followingCount: Int
		postsCount: Int
	}
	type Query {
		user(id: ID!): User
	}
`;

const apollo = new ApolloServer({ typeDefs, resolvers: { Query: { user: (_, { id }) => people.get(id) } } });
await apollo.start();

async function answer(request, response, text) {
	const headers = new HeaderMap();
	for (const [name, value] of Object.entries(request.headers)) headers.set(name, value);
	const { status, headers: more, body } = await apollo.executeHTTPGraphQLRequest({
		httpGraphQLRequest: { method: request.method, headers, search: '', body: JSON.parse(text) },
		context: async () => ({}),
	});
	for (const [name, value] of more) response.setHeader(name, value);
	response.statusCode = status ?? 200;
	response.end(body.string);
}

const server = createServer((request, response) => {
	let text = '';
	request.setEncoding('utf8');
	request.on('data', (more) => (text += more));
	request.on('end', () => answer(request, response, text));
});
server.keepAliveTimeout = 600_000;
server.listen(0, '127.0.0.1', () => console.log(`listening on 127.0.0.1:${server.address().port}`));
process.on('SIGTERM', () => process.exit(0));
