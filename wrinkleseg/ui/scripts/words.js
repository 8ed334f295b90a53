// Gradio gives the two pictures of its slider no words for a screen reader, and to the button that adds files the name of an entry
// in its list of translations.
(() => {
  const describe = () => {
    document.querySelectorAll('#change-picture img').forEach((image, i) => {
      if (image.alt !== WORDS.changePhotos[i]) image.alt = WORDS.changePhotos[i] || '';
    });
    document.querySelectorAll('[aria-label="common.upload"]').forEach((button) => {
      button.setAttribute('aria-label', WORDS.addFiles);
      if (button.title) button.title = WORDS.addFiles;
    });
  };
  new MutationObserver(describe).observe(document.documentElement, { childList: true, subtree: true });
})();
