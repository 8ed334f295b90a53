// How many are before you: Gradio sends a visitor's place in line with its other messages, and shows it only in its own corner.
(() => {
  const waiting = new Map(); // event -> how many are before it
  const PATIENCE = 600; // ms: who gets a turn at once has nothing to read
  const words = (before) => (before === 1 ? WORDS.oneBefore : WORDS.moreBefore.replace('{number}', before));
  const show = () => {
    const before = Math.max(0, ...waiting.values());
    const places = [...document.querySelectorAll('[role="tabpanel"] [id$="status"]')];
    const place = places.find((status) => status.offsetParent) || document.body;
    const card = document.querySelector('#waiting') || Object.assign(document.createElement('section'), { id: 'waiting', className: 'ws-waiting' });
    card.setAttribute('role', 'status');
    if (before && card.nextElementSibling !== place) place.before(card);
    card.hidden = !before;
    if (card.textContent !== (before ? words(before) : '')) card.textContent = before ? words(before) : '';
  };
  const dropped = new Set(); // events that the visitor has ended: nothing more is said of them
  document.addEventListener('click', (event) => {
    if (!event.target.closest('#cancel, #change-stop, #batch-stop, [aria-label="Remove Image"]')) return;
    [...waiting.keys()].forEach((id) => dropped.add(id));
    waiting.clear();
    show();
  });
  const read = (message) => {
    if (dropped.has(message.event_id)) return;
    if (message.msg === 'estimation' && 'rank' in message) {
      const asked = !waiting.has(message.event_id);
      waiting.set(message.event_id, message.rank + 1); // the one that is looked at now is not counted in the rank
      if (!asked) show();
      else setTimeout(show, PATIENCE);
    } else if (waiting.delete(message.event_id)) show();
  };
  const listen = async (response, heard) => {
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let text = ''; ; ) {
      const { done, value } = await reader.read();
      if (done) break;
      const lines = (text + value).split('\n');
      text = lines.pop();
      const messages = lines.filter((line) => line.startsWith('data:')).map((line) => JSON.parse(line.slice(5)));
      messages.forEach((message) => heard.add(message.event_id));
      messages.forEach(read);
    }
  };
  // An event may be ended before its first message is read: Gradio says which it ends.
  const ended = (url, options) => {
    if (!String(url.url || url).endsWith('/cancel') || !options || typeof options.body !== 'string') return;
    const id = JSON.parse(options.body).event_id;
    dropped.add(id);
    if (waiting.delete(id)) show();
  };
  const fetched = window.fetch;
  window.fetch = async (...asked) => {
    ended(...asked);
    const response = await fetched(...asked);
    if (response.ok && response.url.includes('/queue/data?')) {
      const heard = new Set(); // its own events: another stream may have begun when this one ends
      listen(response.clone(), heard).catch(() => {}).finally(() => {
        heard.forEach((id) => waiting.delete(id));
        show();
      });
    }
    return response;
  };
})();
