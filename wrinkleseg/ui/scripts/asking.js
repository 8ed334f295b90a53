// What cannot be brought back is not thrown away by one click.
document.addEventListener('click', (event) => {
  if (!event.target.closest || !event.target.closest('#annotate-remove')) return;
  if (window.confirm(WORDS.removeAnnotated)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}, true);
