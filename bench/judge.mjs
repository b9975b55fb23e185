// The reference of row graphql_parse: graphql-js reads a document and holds it against a schema, over and over.
//	node bench/judge.mjs SCHEMA.graphql SECONDS FILE	the first line of FILE is the body of a request
import fs from 'node:fs';
import { buildSchema, parse, validate } from 'graphql';

const [, , schemaFile, seconds, file] = process.argv;
const schema = buildSchema(fs.readFileSync(schemaFile, 'utf8'));
const { query } = JSON.parse(fs.readFileSync(file, 'utf8').split('\n')[0]);

function once() {
	const faults = validate(schema, parse(query));
	if (faults.length) throw new Error(faults[0].message);
}

function repeat(ms) {
	const began = performance.now();
	let times = 0;
	for (; performance.now() - began < ms; times++) once();
	return (times * 1000) / (performance.now() - began);
}

repeat(1000); // compiled by then
console.log(JSON.stringify({ program: 'graphql-js', rate: repeat(seconds * 1000) }));
