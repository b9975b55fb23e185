// Every operation of the document has an example that was run: it is sent again here, answered as the document says, and
// what the document shows is what this run would show. With ROSTER_RECORD (make examples) it is written instead.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { documented, keyOf, record, runExample, written } from './examples.mjs';
import { World } from './examples_world.mjs';

const recording = Boolean(process.env.ROSTER_RECORD);
const world = new World();
let operations;
let examples;
const ran = [];
before(async () => {
  examples = await written();
  await world.start();
  // What reads comes first: it sees the world as it was made.
  operations = (await world.roster.contract()).operations().sort(([a], [b]) => (b === 'GET') - (a === 'GET'));
});
after(async () => {
  await world.stop();
  if (recording) await record(ran);
});

test('every operation of the document has an example, and every example an operation', () => {
  const used = new Set();
  const missing = operations.flatMap(([method, path, operation]) => {
    const key = keyOf(examples, method, path, operation);
    used.add(key);
    return key ? [] : [`${method} ${path} (${operation['x-operation'] ?? operation.operationId}): write one in test/e2e/examples/, then run 'make examples'`];
  });
  assert.deepEqual(missing, []);
  assert.deepEqual([...examples.keys()].filter((key) => !used.has(key)), []);
});

test('each example is answered as the document says, and the document shows what was answered', async (t) => {
  for (const [method, path, operation] of operations) {
    const found = examples.get(keyOf(examples, method, path, operation));
    if (!found) continue; // said above
    await t.test(`${method} ${path}`, async () => {
      const got = await runExample(world, found.example, method, path, operation);
      ran.push({ feature: found.feature, route: `${method} ${path}`, ran: { ...got } });
      if (got.type) assert.ok(operation.requestBody.content[got.type], `${got.type} is not documented`);
      // A file: the document cannot hold it.
      if (got.body === undefined) got.type = undefined;
      if (got.answer === undefined) got.answerType = undefined;
      if (!recording) assert.deepEqual(documented(operation, got.status), got, "run 'make examples' and read the difference");
    });
  }
});
