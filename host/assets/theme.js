// The chosen theme, before the page is painted: a script that blocks, and the only one.
"use strict";

{
  const theme = localStorage.getItem("taskbox-theme");
  if (theme) document.documentElement.dataset.theme = theme;
}
