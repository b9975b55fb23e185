// Documents for a GraphQL server: made from its own schema, right ones and ones with mistakes of every kind. The same seed
// gives the same documents.
import { getNamedType, isCompositeType, isEnumType, isInputObjectType, isListType, isNonNullType } from 'graphql';

export function corpus(schema, count, first = 1) {
  let seed = first;
  const random = (n) => {
    seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
    return Math.floor(seed / 65536) % n;
  };
  const pick = (list) => list[random(list.length)];
  const composites = Object.values(schema.getTypeMap()).filter((type) => isCompositeType(type) && !type.name.startsWith('__'));
  const everyField = composites.flatMap((type) => Object.keys(type.getFields()));
  const wrongValues = ['1', '1.5', '"s"', 'true', 'null', 'NOBODY', '[]', '{}', '$nowhere', '{x: 1}', '[null]'];
  let variables;

  // A literal of that type, or a variable that is then declared; now and then one of another type.
  function value(type, depth = 0) {
    if (!random(40)) return pick(wrongValues);
    if (!random(5)) {
      const name = `v${variables.length}`;
      variables.push(`$${name}: ${random(12) ? type : getNamedType(type)}${random(6) || isNonNullType(type) ? '' : ' = null'}`);
      return `$${name}`;
    }
    if (isNonNullType(type)) return value(type.ofType, depth);
    if (!random(12)) return 'null';
    if (isListType(type)) return random(4) ? `[${Array.from({ length: random(3) }, () => value(type.ofType, depth + 1)).join(', ')}]` : value(type.ofType, depth + 1);
    if (isEnumType(type)) return pick(type.getValues()).name;
    if (isInputObjectType(type)) return depth > 3 ? '{}' : `{${given(Object.values(type.getFields()), depth + 1)}}`;
    const scalars = { Int: ['1', '-7', '2147483647'], Float: ['1.5', '2'], Boolean: ['true', 'false'], ID: ['"a"', '7'], String: ['"text"', '"""block"""', '"\\u00e9"'], Word: ['ADMIN', '"x"'], JSONObject: ['{a: [1, {b: "c"}]}', '1'] };
    return pick(scalars[type.name] ?? ['"2026-01-01T00:00:00Z"']);
  }
  const given = (fields, depth) =>
    fields
      .filter((field) => (isNonNullType(field.type) ? random(50) : !random(3)))
      .map((field) => `${random(60) ? field.name : 'nothing'}: ${value(field.type, depth)}`)
      .join(', ');
  const directive = () => pick(['@skip(if: true)', '@include(if: false)', '@include(if: $flag)', '@skip', '@nowhere', '@deprecated', '@skip(if: true) @skip(if: false)']);

  function selections(type, depth) {
    const fields = Object.values(type.getFields?.() ?? {});
    const out = [];
    for (let i = 0; i < 1 + random(4); i++) {
      const what = random(24);
      if (what === 0) out.push(`...${pick(['F', 'G', 'H'])}`);
      else if (what === 1) out.push(`... ${random(2) ? `on ${random(4) ? type.name : pick(composites).name}` : ''}{ ${selections(type, depth + 1)} }`);
      else if (what === 2 || !fields.length) out.push('__typename');
      else {
        const field = pick(fields);
        let text = (random(6) ? '' : `${pick(['a', 'b', 'id', 'x'])}: `) + (random(70) ? field.name : pick(everyField));
        const args = given(field.args, 0);
        if (args) text += `(${args})`;
        if (!random(25)) text += ` ${directive()}`;
        const inner = getNamedType(field.type);
        if (isCompositeType(inner) ? random(60) : !random(80)) text += ` { ${depth < 4 && isCompositeType(inner) ? selections(inner, depth + 1) : '__typename'} }`;
        out.push(text);
      }
    }
    return out.join(' ');
  }

  function document() {
    variables = [];
    const kind = random(4) ? 'query' : 'mutation';
    const body = selections(kind === 'query' ? schema.getQueryType() : schema.getMutationType(), 0);
    if (body.includes('$flag')) variables.push('$flag: Boolean!');
    if (!random(20)) variables.push(pick(['$unused: Int', '$v0: String', '$t: User', '$d: Int = "x"']));
    let text = `${kind} Q${variables.length ? `(${variables.join(', ')})` : ''} { ${body} }`;
    for (const name of ['F', 'G', 'H']) {
      if (!(text.includes(`...${name}`) ? random(25) : !random(40))) continue;
      const type = pick(random(3) ? composites.filter((one) => text.includes(one.name)).concat(schema.getQueryType()) : composites);
      text += ` fragment ${name} on ${type.name} { ${selections(type, 3)} }`;
    }
    return random(25) ? text : `${text} query ${pick(['Q', 'R'])} { __typename }`;
  }

  // Broken with its letters.
  function garble(text) {
    for (let i = 0; i < 1 + random(3); i++) {
      const at = random(text.length + 1);
      text = text.slice(0, at) + pick(['{', '}', '(', ')', '"', '"""', '\\', '\n', '#', '@', '$', '0', '.', '...', '-', 'e', '!', 'é', ' on ', '&', '😀']) + text.slice(at + random(4));
    }
    return text;
  }
  return Array.from({ length: count }, () => (random(5) ? document() : garble(document())));
}

// What people write, and the corners of the rules.
export const picked = [
  '{ me { id } }',
  'query GetUser($id: ID!) { user(id: $id) { id username displayName avatarUrl followersCount followingCount } }',
  'query SearchUsers($query: String!) { searchUsers(query: $query, pagination: { limit: 10 }) { data { id username displayName avatarUrl } pagination { total pages } } }',
  'query($filters: UserFilters, $p: PaginationInput) { users(filters: $filters, pagination: $p) { data { email role status } } }',
  '{ users(filters: {role: ADMIN, status: ACTIVE, visibility: PUBLIC, gender: "FEMALE"}) { data { id } } }',
  'mutation($input: UpdateUserInput!) { updateProfile(input: $input) { ...P } } fragment P on User { id bio }',
  'mutation { a: unfollowUser(followingId: "x") b: unfollowUser(followingId: "y") }',
  '{ a: user(id: 1) { id } a: user(id: 2) { id } }',
  '{ me { id: username id } }',
  '{ me { ...F } } fragment F on User { ...F }',
  '{ me { ...F } } fragment F on User { ...G } fragment G on User { ...F }',
  '{ me { followers { data { ...on User { id } ...on Query { me { id } } } } } }',
  'query($x: Int) { user(id: $x) { id } }',
  'query($x: ID) { user(id: $x) { id } }',
  'query($x: ID = "a") { user(id: $x) { id } }',
  'query($x: [ID!]!) { user(id: $x) { id } }',
  '{ user { id } }',
  '{ user(id: null) { id } }',
  '{ user(id: "a" id: "b") { id } }',
  '{ me }',
  '{ me { id { x } } }',
  '{ __schema { types { name } } __type(name: "User") { fields { name } } }',
  'mutation { __schema { types { name } } }',
  '{ ...on Mutation { logout } }',
  '{ me @include(if: true) @include(if: false) { id } }',
  'query @skip(if: true) { me { id } }',
  'type Query { a: Int }',
  'query A { me { id } } query A { me { id } }',
  '{ me { id } } query B { me { id } }',
  '{ followStatus(followerId: "a", followingId: "b") { x } }',
  '{ user(id: """block "quotes" \\""" end""") { id } }',
  '{ user(id: "\\ud83d\\ude00") { id } }',
  '{ user(id: "\\ud83d") { id } }',
  '{ user(id: "\\u{1F600}") { id } }',
  '{ userStats { byRole { x } } }',
  '',
  '{}',
  '#only a comment',
  '\ufeff{ me { id } }',
];
