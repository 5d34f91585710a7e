// The page's side of a voice session: the socket of the contract, text and
// microphone in, speech and cart out. What comes from the shop or the agent is
// set as text, never as HTML.

const rate = 24000; // PCM16, mono, both ways
const element = (id) => document.getElementById(id);

let socket = null;
let started = null; // a promise of the voice session
let language = 'Japanese';

// ---------------------------------------------------------------- what is seen

function say(who, text) {
  if (!text) return;
  const line = document.createElement('li');
  line.className = who;
  line.textContent = text;
  element('said').append(line);
  line.scrollIntoView({ block: 'nearest' });
}

const tell = (text) => { element('state').textContent = text; };

function showCart(cart) {
  element('lines').replaceChildren(...(cart.items ?? []).map((item) => {
    const line = document.createElement('li');
    const name = document.createElement('span');
    const total = document.createElement('span');
    name.textContent = `${item.name} × ${item.quantity}`;
    total.textContent = item.formattedTotal ?? String(item.total);
    line.append(name, total);
    return line;
  }));
  element('total').textContent = cart.items?.length ? cart.formattedTotal ?? String(cart.subtotal) : '';
}

function toolResult({ name, result = {} }) {
  if (name === 'get_cart' && result.items) showCart(result);
  else if (name === 'clear_cart') showCart({ items: [] });
  else if (name === 'place_order' && result.success) {
    showCart({ items: [] });
    element('order').textContent = `Order ${result.orderNumber}: ${result.formattedTotal ?? result.total}`;
  } else if (result.cart) showCart(result.cart);
  say('note', `${name}${result.success === false ? `: ${result.error}` : ''}`);
}

// ---------------------------------------------------------------- what is heard

let audio = null;
let playing = []; // sources that are under way, in order
let nextStart = 0;
let item = { id: '', began: 0 };

function output() {
  audio ??= new AudioContext({ sampleRate: rate });
  if (audio.state === 'suspended') audio.resume();
  return audio;
}

function play(event) {
  const context = output();
  const bytes = Uint8Array.from(atob(event.delta), (c) => c.charCodeAt(0));
  const samples = new Int16Array(bytes.buffer, 0, bytes.length >> 1);
  const buffer = context.createBuffer(1, samples.length || 1, rate);
  const channel = buffer.getChannelData(0);
  for (let i = 0; i < samples.length; i++) channel[i] = samples[i] / 32768;
  const source = context.createBufferSource();
  source.buffer = buffer;
  source.connect(context.destination);
  nextStart = Math.max(nextStart, context.currentTime + 0.02);
  if (event.item_id !== item.id) item = { id: event.item_id, began: nextStart };
  source.start(nextStart);
  nextStart += buffer.duration;
  playing.push(source);
  source.onended = () => { playing = playing.filter((s) => s !== source); };
}

// The agent is interrupted: it forgets what was not heard.
function hush() {
  if (playing.length && item.id) {
    send({ type: 'omakase.playback', item_id: item.id, audio_end_ms: Math.max(0, Math.round((audio.currentTime - item.began) * 1000)) });
  }
  playing.forEach((source) => source.stop());
  playing = [];
  nextStart = 0;
}

// ---------------------------------------------------------------- the session

const send = (message) => { if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message)); };

const handlers = {
  voice_session_started: () => tell('listening'),
  voice_session_ended: () => stopped(),
  'input_audio_buffer.speech_started': hush,
  'conversation.item.input_audio_transcription.completed': (e) => say('you', e.transcript),
  'response.audio.delta': play,
  'response.audio_transcript.done': (e) => say('agent', e.transcript),
  function_call_result: toolResult,
  error: (e) => say('note', e.message ?? e.error?.message),
};

function start() {
  started ??= new Promise((resolve, reject) => {
    tell('connecting');
    socket = new WebSocket(location.origin.replace(/^http/, 'ws') + '/ws');
    socket.onmessage = (message) => {
      if (typeof message.data !== 'string') return;
      const event = JSON.parse(message.data);
      if (event.type === 'connected') {
        language = element('language').value;
        send({ type: 'update_config', config: { language } });
        send({ type: 'start_voice_session' });
      }
      handlers[event.type]?.(event);
      if (event.type === 'voice_session_started') resolve();
    };
    socket.onclose = () => { stopped(); reject(new Error('the connection ended')); };
    element('end').disabled = false;
  });
  return started;
}

function stopped() {
  hush();
  microphone.stop();
  tell('');
  element('end').disabled = true;
  started = null;
  socket?.close();
  socket = null;
}

// ---------------------------------------------------------------- the microphone

const microphone = {
  stream: null,
  async start() {
    this.stream = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1, echoCancellation: true } });
    const context = output();
    await context.audioWorklet.addModule('/microphone.js');
    const node = new AudioWorkletNode(context, 'microphone');
    node.port.onmessage = ({ data }) => {
      send({ type: 'input_audio_buffer.append', audio: btoa(String.fromCharCode(...new Uint8Array(data))) });
    };
    this.source = context.createMediaStreamSource(this.stream);
    this.source.connect(node);
    element('microphone').setAttribute('aria-pressed', 'true');
    element('microphone').textContent = 'Mute';
  },
  stop() {
    this.source?.disconnect();
    this.stream?.getTracks().forEach((track) => track.stop());
    this.stream = this.source = null;
    element('microphone').setAttribute('aria-pressed', 'false');
    element('microphone').textContent = 'Use the microphone';
  },
};

element('type').addEventListener('submit', async (event) => {
  event.preventDefault();
  const text = element('text').value.trim();
  if (!text) return;
  element('text').value = '';
  output(); // browsers allow sound after a gesture only
  try {
    await start();
  } catch {
    return say('note', 'The agent can not be reached.');
  }
  say('you', text);
  hush();
  send({ type: 'conversation.item.create', item: { type: 'message', role: 'user', content: [{ type: 'input_text', text }] } });
  send({ type: 'response.create' });
});

element('microphone').addEventListener('click', async () => {
  if (microphone.stream) return microphone.stop();
  output();
  try {
    await start();
    await microphone.start();
  } catch (error) {
    say('note', `No microphone: ${error.message}`);
  }
});

element('language').addEventListener('change', () => { if (socket) send({ type: 'end_voice_session' }); });
element('end').addEventListener('click', () => { send({ type: 'end_voice_session' }); });
