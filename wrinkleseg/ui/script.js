// A photo that the browser does not know as a picture (HEIC on some systems, or no picture at all) is refused by Gradio's photo
// field before the server sees it. It goes through the field for any file instead, so that the page can use it, or say what is wrong.
(() => {
  const forward = (event, files) => {
    const field = event.target.closest && event.target.closest('.ws-photo');
    const other = field && (field.closest('[role="tabpanel"]') || document).querySelector('input[data-testid$="-upload-button"]');
    if (!other || !files || !files.length || files[0].type.startsWith('image/')) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const carried = new DataTransfer();
    carried.items.add(files[0]);
    other.files = carried.files;
    other.dispatchEvent(new Event('change', { bubbles: true }));
  };
  document.addEventListener('change', (event) => forward(event, event.target.files), true);
  document.addEventListener('drop', (event) => forward(event, event.dataTransfer && event.dataTransfer.files), true);
})();

// Gradio gives the two pictures of its slider no words for a screen reader, and to the button that adds files the name of an entry
// in its list of translations.
(() => {
  const words = ['The first photo', 'The later photo, laid on the first'];
  const describe = () => {
    document.querySelectorAll('#change-picture img').forEach((image, i) => {
      if (image.alt !== words[i]) image.alt = words[i] || '';
    });
    document.querySelectorAll('[aria-label="common.upload"]').forEach((button) => {
      button.setAttribute('aria-label', 'Add files');
      if (button.title) button.title = 'Add files';
    });
  };
  new MutationObserver(describe).observe(document.documentElement, { childList: true, subtree: true });
})();

// Gradio's slider of two photos knows only the mouse: here its handle takes the keys as well, and moves as if it were dragged.
(() => {
  const PLACE = '#change-picture [data-testid="slider"]';
  const KEYS = { ArrowLeft: -0.02, ArrowDown: -0.02, ArrowRight: 0.02, ArrowUp: 0.02, PageDown: -0.1, PageUp: 0.1, Home: -1, End: 1 };
  const middle = (part) => {
    const box = part.getBoundingClientRect();
    return [box.left + box.width / 2, box.top + box.height / 2];
  };
  const share = (handle) => {
    const box = handle.parentElement.getBoundingClientRect();
    return (middle(handle.querySelector('.inner'))[0] - box.left) / box.width;
  };
  const drag = (handle, to) => {
    const grip = handle.querySelector('.icon-wrap');
    const [x, y] = middle(grip);
    const mouse = (kind, at) => new MouseEvent(kind, { bubbles: true, cancelable: true, view: window, clientX: at, clientY: y });
    grip.dispatchEvent(mouse('mousedown', x));
    window.dispatchEvent(mouse('mousemove', x + (to - share(handle)) * handle.parentElement.getBoundingClientRect().width));
    window.dispatchEvent(mouse('mouseup', x));
  };
  const tell = (handle) => {
    const percent = String(Math.round(100 * share(handle)));
    if (handle.getAttribute('aria-valuenow') !== percent) handle.setAttribute('aria-valuenow', percent);
  };
  document.addEventListener('keydown', (event) => {
    const handle = event.target.closest && event.target.closest(PLACE);
    if (!handle || !(event.key in KEYS)) return;
    event.preventDefault();
    drag(handle, Math.min(1, Math.max(0, share(handle) + KEYS[event.key])));
    requestAnimationFrame(() => tell(handle));
  });
  const dress = () => {
    document.querySelectorAll(PLACE).forEach((handle) => {
      if (handle.tabIndex === 0) return;
      handle.tabIndex = 0;
      const said = { role: 'slider', 'aria-label': 'Edge between the first and the later photo', 'aria-valuemin': 0, 'aria-valuemax': 100 };
      Object.entries(said).forEach(([name, value]) => handle.setAttribute(name, value));
      tell(handle);
    });
  };
  new MutationObserver(dress).observe(document.documentElement, { childList: true, subtree: true });
})();

// How many are before you: Gradio sends a visitor's place in line with its other messages, and shows it only in its own corner.
(() => {
  const waiting = new Map(); // event -> how many are before it
  const PATIENCE = 600; // ms: who gets a turn at once has nothing to read
  const words = (before) => `You are in line: ${before === 1 ? 'one photo is' : `${before} photos are`} looked at before yours.`;
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

// What cannot be brought back is not thrown away by one click.
document.addEventListener('click', (event) => {
  if (!event.target.closest || !event.target.closest('#annotate-remove')) return;
  if (window.confirm('Take this photo, and what is drawn on it, out of the data set?')) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}, true);
