// Letters that a server without SMTP keeps in its mailbox, read as its operator reads them: by the command line.
import assert from 'node:assert/strict';
import { eventually } from './lib.mjs';

// Settings that let many letters be asked for at once.
export const manyLetters = { ROSTER_FLOW_PAUSE: '0', ROSTER_FLOW_HOURLY: '0', ROSTER_FLOW_HOURLY_FROM: '0' };

const given = new WeakMap(); // by server: ids of letters that letter() gave before

async function run(roster, ...args) {
  const { code, stdout, stderr } = await roster.cli([...args, '--format', 'json']);
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout);
}

// All letters to an address, oldest first, without what they say.
export async function letters(roster, to) {
  const all = await run(roster, 'mail', 'list', '--limit', '100');
  return all.filter((l) => l.recipient === to.toLowerCase()).reverse();
}

// The oldest letter of a template to an address that was not given before, waited for: { text, html, link, token, code ... }.
export async function letter(roster, to, template) {
  const seen = given.get(roster) ?? given.set(roster, new Set()).get(roster);
  const isNew = (l) => l.template === template && !seen.has(l.id);
  const found = (await eventually(() => letters(roster, to), (all) => all.some(isNew))).find(isNew);
  seen.add(found.id);
  const whole = await run(roster, 'mail', 'show', found.id);
  const link = /https?:\/\/\S+/.exec(whole.text)?.[0];
  const token = link?.split('#token=')[1];
  if (token) roster.secrets.add(token);
  return { ...whole, link, token, code: /\b\d{6}\b/.exec(whole.text)?.[0] };
}
