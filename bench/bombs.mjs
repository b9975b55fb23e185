// Requests of GraphQL that are made to be slow to judge, each of up to 100 KB, which is all that is read. The name says what is
// gone for; whether it is refused does not matter here.
const many = (n, each, between = ' ') => Array.from({ length: n }, (_, i) => each(i)).join(between);
const two = (i) => String(i).padStart(2, '0');
const spread = (i) => `...F${two(i)}`;
const fragments = (n, on, each) => many(n, (i) => `fragment F${two(i)} on ${on}{${each(i)}}`);
const flags = (n) => many(n, (i) => `$v${two(i)}:Boolean=true`);
const user = (id) => `{user(id:${id}){id}}`;
const custom = (members) => `updateUserPreferences(input:{custom:{${members}}}){theme}`;

export const bombs = {
	'a comment of 99 KB': `{__typename}#${'#'.repeat(99_000)}`,
	'99,000 commas': `{__typename}${','.repeat(99_000)}`,
	'a name of 99 KB': `{${'n'.repeat(99_000)}}`,
	'a number of 99 KB': user('7'.repeat(99_000)),
	'a text of 99 KB': user(`"${'x'.repeat(99_000)}"`),
	'a text of 16,400 escapes': user(`"${'\\u00e9'.repeat(16_400)}"`),
	'a block text of 33,000 lines': user(`"""${'\n \t'.repeat(33_000)}x"""`),
	'a text that does not end': `{user(id:"${'\\\\'.repeat(49_000)}`,
	'ten faults behind 98 KB': `#${'é'.repeat(49_000)}\n{${many(12, (i) => `x${i}`)}}`,
	'ten faults behind 49,000 lines': `${'#\n'.repeat(49_000)}{${many(12, (i) => `x${i}`)}}`,
	'a field 4,990 times': `{me{${'id '.repeat(4990)}}}`,
	'__typename 4,900 times': `{${'__typename '.repeat(4900)}}`,
	'2,000 fields that are not there': `{me{${many(2000, (i) => `no${i}`)}}}`,
	'2,000 fragments that are not there': `{me{${many(2000, (i) => `...No${i}`)}}}`,
	'selections in selections': '{me'.repeat(2400),
	'lists in lists': `{user(id:${'['.repeat(4900)}`,
	'lists in the type of a variable': `query($v:${'['.repeat(4900)}`,
	'95 things of one name': `{${many(95, (i) => `x:user(id:${i}){id}`)}}`,
	'90 times one thing with a long argument': `{${many(90, () => `user(id:"${'y'.repeat(1000)}"){id username}`)}}`,
	'800 inline fragments': `{me{${'...on User{id}'.repeat(800)}}}`,
	'inline fragments in each other': `{me{${many(40, () => '...on User{'.repeat(17) + 'id' + '}'.repeat(17))}}}`,
	'900 variables': `query(${many(900, (i) => `$v${i}:Int`)}){__typename}`,
	'100 variables, used 1,000 times': `mutation(${many(100, (i) => `$v${two(i)}:JSONObject`)}){updateUserPreferences(input:{custom:[${many(1000, (i) => `$v${two(i % 100)}`)}]}){theme}}`,
	'700 operations': many(700, (i) => `query Q${i}{__typename}`),
	'50 operations over 40 fragments':
		many(50, (i) => `query Q${two(i)}($v:ID!){${spread(0)}}`) + fragments(40, 'Query', (i) => many(9, () => 'user(id:$v){id}') + (i < 39 ? spread(i + 1) : '')),
	'an object of 1,200 members': `mutation{${custom(many(1200, (i) => `f${i}:1`))}}`,
	'objects that differ at their ends': `mutation{${many(20, (i) => custom(many(60, (k) => `f${k}:1`) + (i < 19 ? ' z:1' : ' z:2')))}}`,
	'objects in another order': `mutation{${many(20, (i) => custom(many(60, (k) => `f${two(i % 2 ? k : 59 - k)}:1`)))}}`,
	'fragments that multiply by eight': `{${spread(0)}}${fragments(12, 'Query', (i) => spread(i + 1).repeat(8))} fragment F12 on Query{me{id}}`,
	'60 fragments, each spread three times': `{me{${spread(0)}}}${fragments(60, 'User', (i) => (i < 59 ? spread(i + 1).repeat(3) : 'id'))}`,
	'fragments that meet under other names': `{me{${spread(0)}}}${fragments(9, 'User', (i) =>
		i < 8 ? `x:followers{data{${spread(i + 1)}}}y:followers{data{${spread(i + 1)}}}` : 'id',
	)}`,
	'the last of 64 fragments, 6,000 times': `{${spread(0).repeat(60)}}${fragments(64, 'Query', (i) =>
		i === 0 ? many(62, (k) => spread(k + 1)) + spread(63).repeat(100) : '__typename',
	)}`,
	'64 fragments in circles': `{me{${spread(0)}}}${fragments(64, 'User', (i) => many(36, (k) => spread((i + k + 1) % 64)))}`,
	'fields left out, spread 9,801 times':
		`query(${flags(1)}){${spread(0).repeat(99)}}` + fragments(2, 'Query', (i) => (i ? many(99, () => '__typename@skip(if:$v00)') : spread(1).repeat(99))),
	'fields left out by 100 variables, spread 3,600 times':
		`query(${flags(100)}){${spread(0).repeat(60)}}` +
		fragments(2, 'Query', (i) => (i ? many(100, (k) => `__typename@skip(if:$v${two(k)})`) : spread(1).repeat(60))),
	'introspection in circles': `{__schema{types{${'fields{type{'.repeat(8)}name${'}}'.repeat(8)}}}}`,
	'followers of followers': `{me{${'followers(limit:100){data{'.repeat(8)}id${'}}'.repeat(8)}}}`,
};
