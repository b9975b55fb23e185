// The SQL that fills a database with N people of realistic shape. The n-th person has the number n, and everything about him
// follows from it, so that each table is made by one statement without a join. Names, keys and words must be what the program
// would have made of them: scale.mjs registers some of the same people through the API and compares.

const GIVEN = [
	'Anna', 'Björn', 'Chloé', 'Dana', 'Émile', 'François', 'Gül', 'Henry', 'Íñigo', 'José', 'Kasia', 'Lena', 'Márta', 'Nguyễn', 'Olga', 'Piotr',
	'Renée', 'Stefan', 'Sibel', 'Thomas', 'Ürsula', 'Václav', 'William', 'Ximena', 'Yasmin', 'Zoë', 'Liam', 'Olivia', 'Noah', 'Emma', 'Lucas', 'Sofia',
];
const BEGIN = [
	'Berg', 'Stein', 'Mar', 'Lind', 'Kov', 'San', 'Fer', 'Gar', 'Pet', 'Iv', 'Nov', 'Hol', 'Ander', 'Tor', 'Val', 'Ros', 'Mac', 'Sil', 'Cost', 'Mor', 'Bau',
	'Krau', 'Schu', 'Wal', 'Zim', 'Han', 'Jen', 'Lar', 'Ol', 'Eri', 'Dub', 'Quin',
];
const MIDDLE = [
	'a', 'e', 'i', 'o', 'en', 'er', 'an', 'in', 'ul', 'or', 'ar', 'el', 'on', 'ig', 'ber', 'der', 'man', 'ken', 'lo', 'ri', 'ta', 'ne', 'vi', 'sa', 'do', 'be',
	're', 'ti', 'mo', 'ka', 'zu', 'fe',
];
const END = ['son', 'sen', 'mann', 'berg', 'ez', 'ova', 'ski', 'ini', 'eau', 'field', 'ton', 'holm', 'wicz', 'ard', 'ides', 'quist'];

const DAY = 86400e3;
const plain = (text) => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
const text = (value) => `'${String(value).replaceAll("'", "''")}'`;
const pick = (list, n, seed) => `(ARRAY[${list.map(text).join(',')}])[1 + filler.h(${n}, ${seed}) % ${list.length}]`;
const define = (name, args, type, body) => `CREATE FUNCTION filler.${name}(${args}) RETURNS ${type} LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $f$ SELECT ${body} $f$;\n`;

// h: a number that looks random; id: an identifier as src/base/id.c makes them (UUIDv7), of a time and of n.
const BASICS =
	'CREATE SCHEMA filler;\n' +
	define('h', 'n BIGINT, seed BIGINT', 'BIGINT', 'hashint8extended(n, seed) & 9223372036854775807') +
	define(
		'id',
		'ms BIGINT, n BIGINT, seed BIGINT',
		'TEXT',
		`left(lpad(to_hex(ms), 12, '0'), 8) || '-' || right(lpad(to_hex(ms), 12, '0'), 4)
		|| '-7' || lpad(to_hex(filler.h(n, seed) & 4095), 3, '0') || '-' || to_hex(32768 + (filler.h(n, seed + 1) & 16383))
		|| '-' || lpad(to_hex(filler.h(n, seed + 2) & 281474976710655), 12, '0')`,
	) +
	define('given', 'n BIGINT', 'TEXT', pick(GIVEN, 'n', 1)) +
	define('given_plain', 'n BIGINT', 'TEXT', pick(GIVEN.map(plain), 'n', 1)) +
	define('family', 'n BIGINT', 'TEXT', `${pick(BEGIN, 'n', 2)} || ${pick(MIDDLE, 'n', 3)} || ${pick(END, 'n', 4)}`) +
	define('username', 'n BIGINT', 'TEXT', "filler.given_plain(n) || '.' || lower(filler.family(n)) || n") +
	define('email', 'n BIGINT', 'TEXT', `filler.username(n) || '@' || ${pick(['example.org', 'example.com', 'mail.example.net', 'post.example.de', 'correo.example.es'], 'n', 5)}`) +
	// 85 of 100 profiles are public; the words of a limited one are for those alone who may see it.
	define('visibility', 'n BIGINT', 'TEXT', "CASE WHEN filler.h(n, 6) % 100 < 85 THEN 'public' WHEN filler.h(n, 6) % 100 < 95 THEN 'followers' ELSE 'private' END");

// Registered one after the other in three years; sessions are of the last thirty days.
function moments(people, now) {
	const step = Math.max(1, Math.floor((3 * 365 * DAY) / people));
	return (
		define('created', 'n BIGINT', 'BIGINT', `${now - 3 * 365 * DAY} + n * ${step}`) +
		define('user_id', 'n BIGINT', 'TEXT', 'filler.id(filler.created(n), n, 10)') +
		define('session_at', 'n BIGINT, which BIGINT', 'BIGINT', `${now} - 3600000 - filler.h(n, 20 + which) % ${25 * DAY}`) +
		define('session_id', 'n BIGINT, which BIGINT', 'TEXT', 'filler.id(filler.session_at(n, which), n, 30 + 10 * which)')
	);
}

const AGENT = 'Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0.0.0 Mobile Safari/537.36';
const ADDRESS = (n, seed) => `'198.51.' || filler.h(${n}, ${seed}) % 256 || '.' || filler.h(${n}, ${seed + 1}) % 256`;
const maybe = (per, seed, value) => `CASE WHEN filler.h(n, ${seed}) % 100 < ${per} THEN ${value} END`;

// Table, columns, what to select for each n, which n (all: the whole of the people).
function tables({ people, kept, now, hash, event, entry }) {
	const all = 'filler.person';
	const some = (rest) => `${all} WHERE ${rest}`;
	const session = (which, from) => `SELECT filler.session_id(n, ${which}), user_id, 1 + filler.h(n, 50) % 20, filler.h(n, 50) % 20, 1,
		filler.session_at(n, ${which}), filler.session_at(n, ${which}) + 1800000, filler.session_at(n, ${which}) + 1800000,
		filler.session_at(n, ${which}) + ${30 * DAY}, filler.session_at(n, ${which}) + ${90 * DAY}, ${maybe(10, 51, `${now} - 1800000`)}, ${maybe(10, 51, "'logout'")},
		${maybe(40, 52, "'Pixel 8'")}, ${ADDRESS('n', 53)}, ${text(AGENT)} FROM ${from}`;
	// What an event and an entry of the audit say is taken from the program's own, about another person.
	const about = (row, column, id) => `replace(${text(row[column])}, ${text(row.about)}, ${id})`;
	const whom = `filler.user_id(1 + filler.h(n, 60) % ${people})`;
	const recent = `generate_series(1::bigint, ${kept}) AS n`;
	const at = `${now - 6 * DAY} + n * ${Math.max(1, Math.floor((6 * DAY) / kept))}`;
	return [
		['users', 'number, id, username, email, email_verified, name, first_name, last_name, display_name, bio, website, location, avatar_url, role, status, visibility,' +
			' followers_count, following_count, posts_count, created_at, updated_at, last_login_at, last_active_at',
			`SELECT n, user_id, username, email, filler.h(n, 70) % 5 <> 0, given || ' ' || family, given,
			family, given || ' ' || family, ${maybe(30, 71, "'Reads a lot, cooks now and then, and has been riding the same bicycle for years. ' || n")},
			${maybe(10, 72, "'https://www.example.org/~' || n")}, ${maybe(40, 73, pick(['Berlin', 'São Paulo', 'Kraków', 'Lyon', 'Osaka', 'Austin'], 'n', 74))},
			${maybe(20, 75, "'/media/avatars/' || user_id || '-' || filler.h(n, 76) % 100000 || '.webp'")},
			CASE WHEN filler.h(n, 77) % 10000 = 0 THEN 'moderator' ELSE 'user' END,
			CASE filler.h(n, 78) % 100 WHEN 96 THEN 'inactive' WHEN 97 THEN 'suspended' WHEN 98 THEN 'banned' WHEN 99 THEN 'pending' ELSE 'active' END,
			visibility, filler.h(n, 79) % 300, filler.h(n, 80) % 300, filler.h(n, 81) % 90, filler.created(n), filler.created(n) + ${DAY},
			filler.session_at(n, 0), filler.session_at(n, 0) + 1800000 FROM ${all}`],
		['login_name', 'key, user_id', `SELECT 'e:' || email, user_id FROM ${all} UNION ALL SELECT 'u:' || username, user_id FROM ${all}`],
		['user_search', 'number, words', `SELECT n, username || repeat(' ' || given_plain || ' ' || family_plain, 2) FROM ${all}`],
		['user_word', 'word, number, shown', `SELECT word, n, shown OR visibility = 'public' FROM ${all}, LATERAL (VALUES (username, TRUE),
			(given_plain, FALSE), (family_plain, FALSE)) AS w (word, shown)`],
		['password', 'user_id, hash, changed_at', `SELECT user_id, ${text(hash)}, filler.created(n) FROM ${all}`],
		['session', 'id, user_id, counter, used_counter, credential_version, created_at, last_used_at, rotated_at, expires_at, ends_at, ended_at, end_reason, device, ip, user_agent',
			`${session(0, all)} UNION ALL ${session(1, some('filler.h(n, 40) % 10 < 3'))}`],
		['preference', 'user_id, theme, language, timezone, date_format, time_format, sms_notifications, marketing_emails, activity_visibility, allow_data_collection, custom, updated_at',
			`SELECT user_id, 'dark', ${pick(['en', 'de', 'pt-BR'], 'n', 90)}, ${pick(['Europe/Berlin', 'America/Sao_Paulo', 'UTC'], 'n', 91)}, 'YYYY-MM-DD', '24h', FALSE, FALSE,
			'public', TRUE, '{"sidebar":"left","density":' || n % 3 || ',"pinned":["a' || n % 100 || '","b"]}', filler.created(n) FROM ${some('filler.h(n, 92) % 3 = 0')}`],
		['push_token', 'id, user_id, key, token, platform, device, session_id, by_profile, created_at, used_at',
			`SELECT filler.id(filler.session_at(n, 0), n, 93), user_id, token, token, 'fcm', 'Pixel 8', filler.session_id(n, 0), FALSE, filler.session_at(n, 0), filler.session_at(n, 0)
			FROM ${all}, LATERAL (SELECT left(md5(n::text), 22) || ':APA91b' || md5('a' || n) || md5('b' || n) || md5('c' || n) || md5('d' || n) AS token) AS t WHERE filler.h(n, 94) % 5 = 0`],
		['login_place', 'user_id, address, at',
			`SELECT user_id, '198.51.' || filler.h(n, 95) % 256 || '.0/24', filler.session_at(n, 0) FROM ${all}
			UNION ALL SELECT user_id, '203.0.' || filler.h(n, 96) % 256 || '.0/24', filler.session_at(n, 0) FROM ${some('filler.h(n, 97) % 5 = 0')}`],
		['outbox', 'id, seq, event_id, type, at, subject_type, subject_id, actor_kind, actor_id, ip, correlation_id, node, data, person',
			`SELECT n, n, filler.id(${at}, n, 100), ${text(event.type)}, ${at}, 'user', who, 'user', who, ${ADDRESS('n', 104)}, filler.id(${at}, n, 106), ${text(event.node)},
			${about(event, 'data', 'who')}, who FROM ${recent}, LATERAL (SELECT ${whom} AS who) AS w`],
		['audit', 'id, seq, at, actor_kind, actor_id, ip, operation, subject_type, subject_id, outcome, changes, correlation_id, hash, salt',
			`SELECT n, n, ${at}, 'user', who, ${ADDRESS('n', 110)}, ${text(entry.operation)}, 'user', who, 'ok', ${about(entry, 'changes', 'who')}, filler.id(${at}, n, 112),
			repeat(md5(n::text), 2), left(md5('s' || n), ${entry.salt.length}) FROM ${recent}, LATERAL (SELECT ${whom} AS who) AS w`],
	];
}

// What several tables hold is computed once.
const persons = (people) => `CREATE UNLOGGED TABLE filler.person AS SELECT n, filler.user_id(n) AS user_id, filler.username(n) AS username, filler.email(n) AS email,
	filler.given(n) AS given, filler.given_plain(n) AS given_plain, lower(filler.family(n)) AS family_plain, filler.family(n) AS family, filler.visibility(n) AS visibility
	FROM generate_series(1::bigint, ${people}) AS n`;

export const functions = (people, now) => BASICS + moments(people, now);
export const statements = (shape) => [{ sql: persons(shape.people) }, ...tables(shape).map(([table, columns, select]) => ({ table, sql: `INSERT INTO ${table} (${columns}) ${select}` }))];
