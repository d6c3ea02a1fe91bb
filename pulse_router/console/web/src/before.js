// Runs before the first paint: the theme that was chosen in this browser.
try {
  const theme = localStorage.getItem("pulse.theme");
  if (theme) document.documentElement.dataset.theme = theme;
} catch {}
