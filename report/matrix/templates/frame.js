// The drawing says how tall it is; its frame becomes as tall.
addEventListener("message", (event) => {
  const frame = document.querySelector("iframe");
  const height = event.source === frame?.contentWindow && event.data?.convparity;
  if (height) frame.style.height = `${height}px`;
});
