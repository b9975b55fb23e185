// The manual's chapters, followed to the letter: every block of code is run against a fresh server, and prints what the page
// shows. How blocks are marked: manual.mjs.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Reader, chapter } from './manual.mjs';

const skip = process.env.ROSTER_TEST_DB === 'postgres' && 'the pages show a data folder with SQLite';

// Chapters, and whether they begin with a server that runs already.
for (const [name, begun] of [['start.md', false], ['configure.md', false], ['integrate.md', true], ['graphql.md', true], ['webhooks.md', false]])
  describe(name, { skip }, () => {
    let reader;
    after(() => reader?.close());

    test('says what is so, step by step', { timeout: 60_000 }, async (t) => {
      const blocks = await chapter(name);
      assert.ok(blocks.length > 3);
      reader = await new Reader().open();
      if (begun) await reader.startServer();
      for (const block of blocks) await t.test(block.title, () => reader.run(block));
    });
  });

test('every page that a page or the README links to is there', async () => {
  const root = new URL('../../', import.meta.url);
  const pages = ['README.md', ...['start', 'configure', 'integrate', 'graphql', 'realtime', 'accounts', 'people', 'deployment', 'command-line', 'mail', 'security', 'events', 'webhooks', 'social', 'notifications'].map((p) => `doc/manual/${p}.md`)];
  for (const page of pages) {
    const text = await readFile(new URL(page, root), 'utf8');
    for (const [, target] of text.matchAll(/\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)/g)) {
      const file = new URL(target, new URL(page, root));
      if (!target.endsWith('/')) await assert.doesNotReject(readFile(file), `${page} links to ${fileURLToPath(file)}`);
    }
  }
});
