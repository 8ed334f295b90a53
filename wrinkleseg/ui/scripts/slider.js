// Gradio's slider of two photos knows only the mouse: here its handle takes the keys as well, and moves as if it were dragged.
(() => {
  const PLACE = '#change-picture [data-testid="slider"]';
  const KEYS = { ArrowLeft: -0.02, ArrowDown: -0.02, ArrowRight: 0.02, ArrowUp: 0.02, PageDown: -0.1, PageUp: 0.1, Home: -1, End: 1 };
  const middle = (part) => {
    const box = part.getBoundingClientRect();
    return [box.left + box.width / 2, box.top + box.height / 2];
  };
  // The picture may be narrower than its room, and the handle goes no further than the picture.
  const bounds = (handle) => {
    const box = handle.parentElement.getBoundingClientRect(), picture = handle.parentElement.querySelector('img');
    const shape = picture?.naturalHeight ? picture.naturalWidth / picture.naturalHeight : box.width / box.height;
    const width = Math.min(box.width, box.height * shape);
    return { left: box.left + (box.width - width) / 2, width };
  };
  const share = (handle) => {
    const box = bounds(handle);
    return Math.min(1, Math.max(0, (middle(handle.querySelector('.inner'))[0] - box.left) / box.width));
  };
  const drag = (handle, to) => {
    const grip = handle.querySelector('.icon-wrap');
    const [x, y] = middle(grip);
    const mouse = (kind, at) => new MouseEvent(kind, { bubbles: true, cancelable: true, view: window, clientX: at, clientY: y });
    grip.dispatchEvent(mouse('mousedown', x));
    window.dispatchEvent(mouse('mousemove', x + (to - share(handle)) * bounds(handle).width));
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
  });
  const dress = () => {
    document.querySelectorAll(PLACE).forEach((handle) => {
      if (handle.tabIndex === 0) return;
      handle.tabIndex = 0;
      const said = { role: 'slider', 'aria-label': WORDS.changeEdge, 'aria-valuemin': 0, 'aria-valuemax': 100 };
      Object.entries(said).forEach(([name, value]) => handle.setAttribute(name, value));
      tell(handle);
      new MutationObserver(() => tell(handle)).observe(handle, { attributes: true, attributeFilter: ['style'], subtree: true });
    });
  };
  new MutationObserver(dress).observe(document.documentElement, { childList: true, subtree: true });
})();
