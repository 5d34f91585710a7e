// What sdk_test.go says of the host that is asked.
import assert from 'node:assert/strict';

const { OMAKASE_URL, OMAKASE_KEY, OMAKASE_TOOLS, OMAKASE_PRODUCT } = process.env;

export const base = OMAKASE_URL; // https://…/v1
export const socket = `${OMAKASE_URL.replace(/^http/, 'ws')}/realtime`;
export const key = OMAKASE_KEY;
export const product = OMAKASE_PRODUCT; // stands in the catalogue
export const hostTools = OMAKASE_TOOLS.split(',');
export const wrongKey = 'sk-nobody-0123456789';
export const patience = { timeout: 30_000 };

// showsNothing holds that no tool of the host is seen in what a client was sent.
export function showsNothing(events) {
  const text = JSON.stringify(events);
  for (const name of hostTools) assert.ok(!text.includes(name), `${name} shows`);
  const calls = events.flatMap((event) => [event.item, ...(event.response?.output ?? [])])
    .filter((item) => item?.type === 'function_call').map((item) => item.id);
  for (const event of events) {
    if (event.type?.startsWith('response.function_call')) assert.ok(calls.includes(event.item_id), 'a call shows that has no name');
  }
}
