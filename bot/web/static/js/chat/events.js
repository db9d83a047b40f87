/* Server-sent events out of a fetch stream, as the HTML standard reads them (section 9.2.6):
 * EventSource cannot send the Authorization header. */

/** Read a response's body to its end; calls `on({event, data, id})` for each event, `onLife()` for every byte that comes. */
export async function readEvents(response, on, onLife) {
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    onLife();
    rest += decoder.decode(value, { stream: true });
    const blocks = rest.split(/\r\n\r\n|\n\n|\r\r/);
    rest = blocks.pop();
    for (const block of blocks) {
      const event = parse(block);
      if (event) on(event);
    }
  }
}

function parse(block) {
  const event = { event: "message", data: [], id: null };
  for (const line of block.split(/\r\n|\n|\r/)) {
    const colon = line.indexOf(":");
    if (colon === 0 || !line) continue;   // A comment keeps the line open.
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "data") event.data.push(value);
    else if (field === "event" || field === "id") event[field] = value;
  }
  if (!event.data.length) return null;
  return { ...event, data: JSON.parse(event.data.join("\n")) };
}
