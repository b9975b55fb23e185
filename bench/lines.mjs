// Lines of the page's table.
import { median } from './lab.mjs';

export const fixed = (v, n = 0) => v.toLocaleString('en-US', { minimumFractionDigits: n, maximumFractionDigits: n });
export const rates = (list) => median(list.map((r) => r.rate));

// A line of the table: `ratio` is measured / reference, `wanted` says when it is met.
export function line(what, ours, reference, ratio, target, met) {
	return { what, ours, reference, ratio: ratio === null ? '' : ratio.toFixed(2), target, met };
}
export const atLeast = (what, ours, reference, target, unit) =>
	line(
		what,
		`${fixed(ours)} ${unit}`,
		`${fixed(reference)} ${unit}`,
		ours / reference,
		`≥ ${target}`,
		ours / reference >= target,
	);
export const atMost = (what, value, unit, target) =>
	line(what, `${fixed(value, 1)} ${unit}`, '', null, `≤ ${target} ${unit}`, value <= target);
