// Sets the theme before the first paint, so that a dark page never flashes white. Kept outside the bundle: the content
// security policy allows no inline script. The names are those of src/lib/theme.ts, which a test compares.
(function () {
  var choice = 'system';
  try {
    choice = JSON.parse(localStorage.getItem('avila.theme') || '"system"');
  } catch (error) {
    choice = 'system';
  }
  var prefersDark = matchMedia('(prefers-color-scheme: dark)').matches;
  var contrast = choice === 'contrast' || (choice === 'system' && matchMedia('(prefers-contrast: more)').matches);
  var dark = choice === 'dark' || ((choice === 'system' || choice === 'contrast') && prefersDark);
  document.documentElement.setAttribute('data-mantine-color-scheme', dark ? 'dark' : 'light');
  if (contrast) document.documentElement.setAttribute('data-contrast', 'more');
})();
