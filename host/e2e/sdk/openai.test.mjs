// OpenAIRealtimeWS of the package openai, against a host.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import OpenAI from 'openai';
import { OpenAIRealtimeWS } from 'openai/realtime/ws';
import { base, hostTools, key, patience, product, showsNothing, wrongKey } from './host.mjs';

const model = 'gpt-realtime-2.1';

const weather = {
  type: 'function',
  name: 'get_weather',
  description: 'The weather outside of the shop.',
  parameters: { type: 'object', properties: {} },
};

// open dials the host for a test, and collects what it says.
function open(t, apiKey) {
  const rt = new OpenAIRealtimeWS({ model }, new OpenAI({ apiKey, baseURL: base }));
  t.after(() => rt.socket.terminate());
  const events = [];
  const errors = [];
  let wake = () => {};
  rt.on('event', (event) => { events.push(event); wake(); });
  rt.on('error', (error) => { errors.push(error); wake(); });
  const closed = new Promise((resolve) => {
    rt.socket.on('close', (code, reason) => { resolve({ code, reason: reason.toString() }); wake(); });
  });
  let at = 0;
  // until returns the next event that is meant, and fails on an error that is
  // not waited for.
  async function until(is) {
    for (;;) {
      while (at < events.length) {
        const event = events[at++];
        if (is(event)) return event;
      }
      assert.deepEqual(errors, []);
      await new Promise((resolve) => { wake = resolve; });
    }
  }
  const say = (text) => {
    rt.send({ type: 'conversation.item.create', item: { type: 'message', role: 'user', content: [{ type: 'input_text', text }] } });
    rt.send({ type: 'response.create' });
  };
  return { rt, events, errors, closed, until, say, type: (type) => until((event) => event.type === type) };
}

// spoken is what a response says.
const spoken = (response) => response.output.flatMap((item) => item.content ?? []).map((part) => part.transcript ?? part.text).join('');

// answer waits for the response in which the product is named: the first may
// say that the shop looks it up.
const answer = (c) => c.until((event) => event.type === 'response.done' && spoken(event.response).includes(product));

test('a conversation, in which the host sells', patience, async (t) => {
  const c = open(t, key);
  const created = await c.type('session.created');
  assert.equal(created.session.model, model);
  c.rt.send({ type: 'session.update', session: { type: 'realtime', instructions: 'Be brief.', output_modalities: ['audio'] } });
  const updated = await c.type('session.updated');
  assert.equal(updated.session.instructions, 'Be brief.');
  assert.deepEqual(updated.session.tools ?? [], []);

  c.say(`Please find ${product}`);
  const done = await answer(c);
  assert.equal(done.response.status, 'completed');
  assert.ok(done.response.output.every((item) => item.type === 'message'));
  const audio = c.events.filter((event) => event.type === 'response.output_audio.delta');
  assert.ok(Buffer.concat(audio.map((event) => Buffer.from(event.delta, 'base64'))).length > 24_000, 'there is hardly a sound');
  for (const type of ['conversation.item.added', 'response.created', 'response.output_item.added', 'response.content_part.added',
    'response.output_audio_transcript.delta', 'response.output_audio_transcript.done', 'response.output_item.done']) {
    assert.ok(c.events.some((event) => event.type === type), `no ${type}`);
  }

  c.rt.send({ type: 'session.update', session: { type: 'realtime', output_modalities: ['text'] } });
  await c.type('session.updated');
  c.say('Hello');
  const written = await c.type('response.done');
  assert.equal(written.response.output[0].content[0].type, 'output_text');
  assert.notEqual(spoken(written.response), '');

  c.rt.close();
  assert.equal((await c.closed).code, 1000);
  assert.deepEqual(c.errors, []);
  showsNothing(c.events);
});

test("the client's tool beside the host's, both called by one response", patience, async (t) => {
  const c = open(t, key);
  await c.type('session.created');
  c.rt.send({ type: 'session.update', session: { type: 'realtime', tools: [weather], tool_choice: 'auto' } });
  const updated = await c.type('session.updated');
  assert.deepEqual(updated.session.tools.map((tool) => tool.name), [weather.name]);

  assert.ok(hostTools.includes('get_cart'));
  c.say(`call get_cart, ${weather.name}`);
  const call = await c.type('response.function_call_arguments.done');
  assert.equal(call.name, weather.name);
  const done = await c.type('response.done');
  assert.deepEqual(done.response.output.map((item) => [item.type, item.name]), [['function_call', weather.name]]);
  assert.equal(done.response.output[0].call_id, call.call_id);

  c.rt.send({
    type: 'conversation.item.create',
    item: { type: 'function_call_output', call_id: call.call_id, output: JSON.stringify({ name: 'Hail' }) },
  });
  c.rt.send({ type: 'response.create' });
  const after = await c.type('response.done');
  assert.equal(after.response.status, 'completed');
  assert.match(spoken(after.response), /cart.*Hail/, 'both were called');
  c.rt.close();
  await c.closed;
  assert.deepEqual(c.errors, []);
  // The question names a tool of the host, as the client knows.
  showsNothing(c.events.filter((event) => event.item?.role !== 'user'));
});

test('a wrong key', patience, async (t) => {
  const c = open(t, wrongKey);
  assert.equal((await c.closed).code, 3000);
  assert.equal(c.errors.length, 1);
  assert.equal(c.errors[0].error.code, 'invalid_api_key');
  assert.equal(c.errors[0].error.type, 'invalid_request_error');
  assert.ok(!JSON.stringify(c.events).includes(wrongKey));
  assert.ok(c.events.every((event) => event.type === 'error'));

  const rest = new OpenAI({ apiKey: wrongKey, baseURL: base, maxRetries: 0 });
  await assert.rejects(rest.realtime.clientSecrets.create({ session: { type: 'realtime', model } }), OpenAI.AuthenticationError);
});

test('a mistake is answered in the form of the service, and the conversation goes on', patience, async (t) => {
  const c = open(t, key);
  await c.type('session.created');
  c.rt.send({ type: 'session.update', event_id: 'mine', session: { type: 'realtime', temperature: 0.8 } });
  await c.type('error');
  assert.equal(c.errors.length, 1);
  assert.equal(c.errors[0].error.code, 'unknown_parameter');
  assert.equal(c.errors[0].error.event_id, 'mine');
  c.errors.length = 0;
  c.say('Hello');
  assert.equal((await c.type('response.done')).response.status, 'completed');
  c.rt.close();
  await c.closed;
  showsNothing(c.events);
});

// As a server hands one to a browser.
test('a short-lived key opens the session that it was made for', patience, async (t) => {
  const client = new OpenAI({ apiKey: key, baseURL: base });
  const secret = await client.realtime.clientSecrets.create({
    session: { type: 'realtime', model, instructions: 'Be brief.', audio: { output: { voice: 'cedar' } } },
  });
  assert.ok(secret.value.startsWith('ek_'), 'no short-lived key');
  const c = open(t, secret.value);
  const { session } = await c.type('session.created');
  assert.equal(session.audio.output.voice, 'cedar');
  c.rt.close();
  await c.closed;
  showsNothing([secret, ...c.events]);
});
