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
