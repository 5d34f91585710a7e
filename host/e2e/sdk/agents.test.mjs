// RealtimeSession of the package @openai/agents-realtime, against a host.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OpenAIRealtimeWebSocket, RealtimeAgent, RealtimeSession, tool } from '@openai/agents-realtime';
import { z } from 'zod';
import { key, patience, product, showsNothing, socket, wrongKey } from './host.mjs';

// begin makes a session for a test, and collects what it is sent and what goes
// wrong.
function begin(t, { tools = [], transport = 'websocket' } = {}) {
  const agent = new RealtimeAgent({ name: 'Guide', instructions: 'Be brief.', tools });
  const session = new RealtimeSession(agent, { transport, model: 'gpt-realtime-2.1' });
  t.after(() => session.close());
  const events = [];
  const errors = [];
  session.on('transport_event', (event) => events.push(event));
  session.on('error', (error) => errors.push(error));
  return { session, events, errors };
}

// saidIn are what the agent has said, as the history has it.
const saidIn = (history) => history
  .filter((item) => item.type === 'message' && item.role === 'assistant')
  .flatMap((item) => item.content.map((part) => part.transcript ?? part.text ?? ''));

// hears waits until the agent has said what is meant.
const hears = (session, is) => new Promise((resolve) => {
  const look = (history) => { if (saidIn(history).some(is)) resolve(history); };
  session.on('history_updated', look);
  look(session.history);
});

// speak sends a second of something loud and one of silence, in frames of 20 ms
// of 24 kHz.
function speak(session) {
  for (let frame = 0; frame < 100; frame += 1) {
    const samples = Int16Array.from({ length: 480 }, (_, i) => (frame < 50 ? 12_000 * Math.sin((2 * Math.PI * 220 * i) / 24_000) : 0));
    session.sendAudio(samples.buffer);
  }
}

for (const [name, transport, connect] of [
  ["transport: 'websocket'", () => 'websocket', { apiKey: key, url: socket }],
  ['OpenAIRealtimeWebSocket', () => new OpenAIRealtimeWebSocket({ url: socket }), { apiKey: key }],
]) {
  test(`a conversation over ${name}`, patience, async (t) => {
    const { session, events, errors } = begin(t, { transport: transport() });
    let sound = 0;
    session.on('audio', ({ data }) => { sound += data.byteLength; });
    await session.connect(connect);
    session.sendMessage(`Please find ${product}`);
    const history = await hears(session, (said) => said.includes(product));
    assert.deepEqual(history.map((item) => item.type), history.map(() => 'message'));
    assert.equal(history[0].role, 'user');
    assert.ok(sound > 24_000, 'there is hardly a sound');
    session.close();
    assert.deepEqual(errors, []);
    showsNothing(events);
    showsNothing(history);
  });
}

test("the client's tool", patience, async (t) => {
  let calls = 0;
  const weather = tool({
    name: 'get_weather',
    description: 'The weather outside of the shop.',
    parameters: z.object({}),
    execute: async () => { calls += 1; return 'hail'; },
  });
  const { session, events, errors } = begin(t, { tools: [weather] });
  const used = new Promise((resolve) => session.on('agent_tool_end', (_context, _agent, used, result) => resolve([used.name, result])));
  await session.connect({ apiKey: key, url: socket });
  session.sendMessage('call get_weather');
  assert.deepEqual(await used, ['get_weather', 'hail']);
  await hears(session, (said) => said !== '');
  session.sendMessage(`Please find ${product}`);
  await hears(session, (said) => said.includes(product));
  session.close();
  assert.equal(calls, 1);
  assert.deepEqual(errors, []);
  showsNothing(events);
});

// A customer who is heard, and who then talks into the answer.
test('a spoken turn, and an interruption', patience, async (t) => {
  const { session, events, errors } = begin(t);
  const sounds = new Promise((resolve) => session.once('audio', resolve));
  const interrupted = new Promise((resolve) => session.once('audio_interrupted', resolve));
  await session.connect({ apiKey: key, url: socket });
  speak(session);
  await sounds;
  session.interrupt();
  await interrupted;
  session.sendMessage(`Please find ${product}`);
  await hears(session, (said) => said.includes(product));
  assert.ok(events.some((event) => event.type === 'conversation.item.input_audio_transcription.completed'), 'nothing was heard');
  assert.ok(events.some((event) => event.type === 'conversation.item.truncated'), 'nothing was cut');
  assert.deepEqual(errors, []);
  showsNothing(events);
});

test('a wrong key', patience, async (t) => {
  const { session, errors } = begin(t);
  const failed = new Promise((resolve) => session.on('error', resolve));
  const closed = new Promise((resolve) => session.transport.on('connection_change', (state) => { if (state === 'disconnected') resolve(); }));
  await session.connect({ apiKey: wrongKey, url: socket }).catch(() => {}); // the handshake may win
  await failed;
  await closed;
  assert.ok(JSON.stringify(errors).includes('invalid_api_key'));
});
